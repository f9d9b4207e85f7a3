"""A file of rules as people write it → rules.

In charge of its keys, and of telling a fact that no rule can read, with the place and
the fact that was meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Literal

from pydantic import Field, ValidationError

from gateway.errors import Problems, Severity, did_you_mean
from gateway.expression import Expression, ExpressionSyntaxError, parse, template
from gateway.profile.source import Document, read
from gateway.record import Model
from gateway.rules.model import Known, Over, Rule
from gateway.strict import Cel, StrictModel, Text
from gateway.unfit import Unfit

RECOMMENDED = "recommended"
"""The word for the rules that are built in."""


class RuleDocument(StrictModel):
    """One rule."""

    name: Text = Field(description="What people call it; said where it does not hold.")
    over: Literal["profile", "step", "field", "source"] = Field(
        default="step", description="What it is held against: each of them."
    )
    when: Cel | None = Field(
        default=None, description="CEL: which of them. All, where it is left out."
    )
    check: Cel = Field(description="CEL: what must be true of them.")
    message: Text | None = Field(
        default=None, description="What is wrong, with `${ cel }`. Default: the check."
    )
    hint: Text | None = Field(default=None, description="How to put it right.")
    severity: Literal["error", "warning"] = Field(
        default="error", description="`warning` leaves the exit status 0."
    )
    exempt: tuple[Text, ...] = Field(
        default=(),
        description="Names that it is not held against: `customer360.fraud`, `old*`.",
    )


class RulesDocument(StrictModel):
    """A file of rules."""

    rules: tuple[RuleDocument, ...] = Field(
        min_length=1, description="The rules, each held against what it is over."
    )


def recommended() -> str:
    """The text of the rules that are built in, for people to begin with."""
    return files("gateway.rules").joinpath("recommended.yaml").read_text("utf-8")


def read_rules(
    text: str, file: str, known: Known, problems: Problems
) -> tuple[Rule, ...]:
    """The rules of a file; none, with every problem, where something is wrong."""
    before = len(problems.errors)
    document = read(text, file, problems)
    if document is None:
        return ()
    try:
        written = RulesDocument.model_validate(document.data)
    except ValidationError as error:
        unfit = Unfit(document.span, problems, spoiled=document.spoiled)
        unfit.explain(error, RulesDocument)
        return ()
    reader = _Reader(document, problems, known)
    made = [reader.rule(number, rule) for number, rule in enumerate(written.rules)]
    return tuple(r for r in made if r) if len(problems.errors) == before else ()


class _Reader(Model, frozen=True):
    document: Document
    problems: Problems
    known: Known

    def rule(self, number: int, written: RuleDocument) -> Rule | None:
        over = Over(written.over)
        trail = ("rules", number)
        check = self._expression(written.check, over, (*trail, "check"))
        when = None
        if written.when is not None:
            when = self._expression(written.when, over, (*trail, "when"))
        message = self._message(written.message, over, (*trail, "message"))
        if check is None:
            return None
        return Rule(
            written.name,
            over,
            check,
            Severity(written.severity),
            self.document.span((*trail, "name")),
            when,
            message,
            written.hint,
            written.exempt,
        )

    def _message(self, text: str | None, over: Over, trail: tuple[Any, ...]) -> Any:
        if text is None:
            return None
        try:
            made = template(text)
        except ExpressionSyntaxError as error:
            self.problems.add(self.document.span(trail), error.message, hint=error.hint)
            return None
        self._check(made.references, over, trail)
        return made

    def _expression(
        self, text: str, over: Over, trail: tuple[Any, ...]
    ) -> Expression | None:
        try:
            made = parse(text)
        except ExpressionSyntaxError as error:
            self.problems.add(self.document.span(trail), error.message, hint=error.hint)
            return None
        self._check(made.references, over, trail)
        return made

    def _check(self, references: Any, over: Over, trail: tuple[Any, ...]) -> None:
        for what, word, among in self._unknown(references, over):
            hint = did_you_mean(word, among) or f"there are {', '.join(sorted(among))}"
            self.problems.add(self.document.span(trail), what, hint=hint)

    def _unknown(
        self, references: Any, over: Over
    ) -> Iterator[tuple[str, str, frozenset[str]]]:
        """What is read and is not there, with what is."""
        known = self.known[over]
        for read_ in references:
            if read_.root not in known:
                message = f"a rule over each {over} reads no {read_.root!r}"
                yield message, read_.root, frozenset(known)
                continue
            keys = known[read_.root]
            if read_.path and read_.path[0] not in keys:
                message = f"a {read_.root} has no {read_.path[0]!r}"
                yield message, read_.path[0], keys
