"""A file of flags, JSON or YAML, as people write it → definitions.

In charge of the file's keys. Whatever is wrong becomes a problem with its place; must
never guess a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field, ValidationError

from gateway.deployment.words import OfRequest
from gateway.errors import Problems
from gateway.expression import parse
from gateway.flags.model import FlagDefinition, FlagRule, FlagValue
from gateway.profile.source import Document, read
from gateway.strict import Json, StrictModel
from gateway.unfit import Unfit
from gateway.units import Percent


class RuleWritten(StrictModel):
    """Who gets another value."""

    value: Json = Field(description="The flag's value for them.")
    when: OfRequest | None = Field(
        default=None, description="CEL over `request`: for whom the rule holds."
    )
    share: Percent | None = Field(
        default=None, description="Share of them: `10%`. The same caller stays in it."
    )
    by: OfRequest = Field(
        default="request.claims.?sub.orValue(null)",
        description="CEL over `request`: what a caller of a `share` is known by. "
        "Whoever has none is in no share.",
    )


class FlagWritten(StrictModel):
    """A flag with rules; one without is its value alone."""

    default: Json = Field(description="The value where no rule holds.")
    rules: tuple[RuleWritten, ...] = Field(
        default=(), description="Who gets another value: the first that holds."
    )


def read_flags(
    text: str, file: str, problems: Problems
) -> Mapping[str, FlagDefinition] | None:
    """The flags of a file by name; None where something in it is wrong."""
    before = len(problems.errors)
    document = read(text, file, problems)
    if document is None:
        return None
    found = {
        name: _definition(name, value, document, problems)
        for name, value in document.data.items()
    }
    known = {name: flag for name, flag in found.items() if flag is not None}
    return known if len(problems.errors) == before else None


def kind_of(value: FlagValue) -> str:
    """What a flag's value is, in an author's word."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "null" if value is None else "a map or a list"


def _definition(
    name: str, value: FlagValue, document: Document, problems: Problems
) -> FlagDefinition | None:
    if not isinstance(value, Mapping):
        _check_kind(value, value, (name,), document, problems)
        return FlagDefinition(value)
    try:
        written = FlagWritten.model_validate(value)
    except ValidationError as error:
        unfit = Unfit(document.span, problems, spoiled=document.spoiled)
        unfit.explain(error, FlagWritten, (name,))
        return None
    default: FlagValue = written.default
    _check_kind(default, default, (name, "default"), document, problems)
    for number, rule in enumerate(written.rules):
        trail = (name, "rules", number, "value")
        _check_kind(rule.value, default, trail, document, problems)
    return FlagDefinition(default, tuple(_rules(written)))


def _rules(written: FlagWritten) -> Iterator[FlagRule]:
    for rule in written.rules:
        when = parse(rule.when) if rule.when is not None else None
        by = parse(rule.by) if rule.share is not None else None
        yield FlagRule(rule.value, when, rule.share, by)


def _check_kind(
    value: FlagValue,
    default: FlagValue,
    trail: tuple[str | int, ...],
    document: Document,
    problems: Problems,
) -> None:
    """A flag has one type, whoever asks; expressions rely on it."""
    kind, wanted = kind_of(value), kind_of(default)
    if value is None:
        hint = "write true or false, a number, a text or a map"
        problems.add(document.span(trail), "a flag is never null", hint=hint)
    elif kind != wanted:
        message = f"flag {trail[0]!r} is {wanted} by default, and {kind} here"
        problems.add(document.span(trail), message, hint="use one type for a flag")
