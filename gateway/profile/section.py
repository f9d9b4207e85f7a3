"""A step's own keys as its connector sees them at load time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.connectors.base import InputUse, RuleText, Slot
from gateway.errors import did_you_mean
from gateway.expression import (
    Decision,
    Expression,
    ExpressionSyntaxError,
    Mode,
    Placeholder,
    Rule,
    Template,
    reference,
    template,
    url_parts,
)
from gateway.profile.decisions import Row, advise_table
from gateway.profile.model import Input
from gateway.profile.scope import NameScope, ReadsSoFar, Written
from gateway.record import Struct, field, replace
from gateway.values import JsonValue, SourceSpan


class StepSection(Struct):
    """Implements `connectors.base.Section`: hands out slots, collects their inputs."""

    operation: str
    name: str
    written: Written
    scope: NameScope
    reads: ReadsSoFar
    many: bool | None
    exact: bool = False
    dialect: str | None = None
    inputs: dict[str, Input] = field(default_factory=dict)
    kind: str | None = None

    @property
    def span(self) -> SourceSpan:
        return self.written.span()

    def url(self, key: str, text: str) -> tuple[str | Slot, ...]:
        try:
            parts = url_parts(text)
        except ExpressionSyntaxError as error:
            where = self.written.inside((key,), text, error.offset)
            self.scope.problems.add(where, error.message, hint=error.hint)
            return ()
        return tuple(
            part if isinstance(part, str) else self._placeholder(key, text, part)
            for part in parts
        )

    def value(self, trail: Sequence[str | int], value: JsonValue) -> JsonValue | Slot:
        made = self.scope.template(value, self.written, trail)
        if made is None:
            return None
        if made.constant:
            return made({})  # type: ignore[return-value]
        return self._slot(trail, made)

    def expression(self, trail: Sequence[str | int], text: str) -> Slot:
        made = self.scope.expression(text, self.written, trail)
        return self._slot(trail, made) if made else Slot(_name(trail))

    def decision(
        self,
        rules: Sequence[RuleText],
        default: Mapping[str, JsonValue] | None,
        mode: Mode,
    ) -> Slot:
        made = [self._rule(number, rule) for number, rule in enumerate(rules)]
        self._advise(rules, made, mode, ("default",) if default else None)
        otherwise = (
            None if default is None else self._read_outputs(("default",), default)
        )
        slot = Slot("decision")
        table = Decision([rule for rule in made if rule], otherwise, mode)
        self.inputs[slot.name] = Input(table, InputUse.VALUE)
        return slot

    def _rule(self, number: int, rule: RuleText) -> Rule | None:
        """A row of a table; None where it cannot be read."""
        place = ("rules", number, "when")
        when = self.scope.expression(rule.when, self.written, place)
        if when is not None:
            self._read(when, place)
        then = self._read_outputs(("rules", number, "then"), rule.then)
        return Rule(when, then) if when is not None and then is not None else None

    def _advise(
        self,
        rules: Sequence[RuleText],
        made: Sequence[Rule | None],
        mode: Mode,
        default: tuple[str] | None,
    ) -> None:
        """Warn of what can never answer, once every row can be read."""
        pairs = enumerate(zip(rules, made, strict=True))
        rows = [
            Row(n + 1, rule.when, text.then, self.written.span(("rules", n, "when")))
            for n, (text, rule) in pairs
            if rule is not None
        ]
        if len(rows) == len(rules):
            place = self.written.span(default, key=True) if default else None
            advise_table(rows, place, mode, self.scope.problems)

    def _read_outputs(
        self, trail: Sequence[str | int], outputs: Mapping[str, JsonValue]
    ) -> Template | None:
        """What a row gives, each output read at its own place."""
        parts = {
            name: self.scope.template(value, self.written, (*trail, name))
            for name, value in outputs.items()
        }
        for name, part in parts.items():
            if part is not None:
                self._read(part, (*trail, name))
        return None if None in parts.values() else template(dict(outputs))

    def argument_names(self) -> tuple[str, ...]:
        return self.scope.arguments

    def argument(self, name: str, trail: Sequence[str | int]) -> Slot:
        found = name if name in self.reads.extra else self.scope.argument(name)
        if found is None:
            hint = did_you_mean(name, self.scope.arguments)
            self.problem(trail, f"there is no argument {name!r}", hint=hint)
            return Slot(name)
        slot = Slot(f"{_name(trail)}:{name}")
        self.inputs[slot.name] = Input(reference((found,)), InputUse.VALUE)
        return slot

    def wants_many(self) -> bool | None:
        return True if self.reads.extra else self.many  # a batch answers with rows

    def wants_exact(self) -> bool:
        return self.exact

    def below(self, key: str) -> StepSection:
        return replace(self, written=self.written.at(key))

    def problem(
        self, trail: Sequence[str | int], message: str, *, hint: str | None = None
    ) -> None:
        self.scope.problems.add(self.written.span(trail), message, hint=hint)

    def _placeholder(self, key: str, text: str, part: Placeholder) -> Slot:
        root, *rest = part.path
        known = root in self.scope.steps or root in self.scope.known()
        path = (root if known else self.scope.argument(root) or root, *rest)
        try:
            made = reference(path)
        except ExpressionSyntaxError as error:
            where = self.written.inside((key,), text, part.offset)
            self.scope.problems.add(where, error.message, hint=error.hint)
            return Slot(key)
        slot = Slot(f"{key}:{'.'.join(part.path)}")
        where = self.written.inside((key,), text, part.offset)
        self.reads.add(made, where)
        self.reads.no_parent(made, where)
        self.inputs[slot.name] = Input(made, InputUse.SEGMENT)
        return slot

    def _slot(self, trail: Sequence[str | int], made: Expression | Template) -> Slot:
        slot = Slot(_name(trail))
        self._read(made, trail)
        self.inputs[slot.name] = Input(made, InputUse.VALUE)
        return slot

    def _read(self, made: Expression | Template, trail: Sequence[str | int]) -> None:
        span = self.written.span(trail)
        self.reads.add(made, span)
        self.reads.no_parent(made, span)


def _name(trail: Sequence[str | int]) -> str:
    return ".".join(map(str, trail))
