"""A step's section for tests: slots named by their place, problems as text."""
# ruff: noqa: ARG002 - it implements a contract and needs not all of it

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.connectors.base import RuleText, Slot
from gateway.record import replace
from gateway.values import NOWHERE, JsonValue, SourceSpan

_PLACE = re.compile(r"\{([^}]+)\}")


@dataclass
class TestedSection:
    """Stands for the profile: knows no expression, only where one stands."""

    __test__ = False

    arguments: tuple[str, ...] = ("customer_id",)
    many: bool | None = None
    exact: bool = False
    problems: list[str] = field(default_factory=list)
    tables: list[object] = field(default_factory=list)
    operation: str = "customer360"
    name: str = "account"
    span: SourceSpan = NOWHERE
    dialect: str | None = None
    kind: str | None = None
    under: tuple[str, ...] = ()

    def url(self, key: str, text: str) -> tuple[str | Slot, ...]:
        parts = _PLACE.split(text)
        return tuple(
            Slot(part) if number % 2 else part
            for number, part in enumerate(parts)
            if part
        )

    def value(self, trail: Sequence[str | int], value: JsonValue) -> JsonValue | Slot:
        return Slot(".".join(map(str, trail))) if _holds_expression(value) else value

    def expression(self, trail: Sequence[str | int], text: str) -> Slot:
        return Slot(".".join(map(str, trail)))

    def decision(
        self,
        rules: Sequence[RuleText],
        default: Mapping[str, JsonValue] | None,
        mode: str,
    ) -> Slot:
        self.tables.append((tuple(rules), default, mode))
        return Slot("decision")

    def argument_names(self) -> tuple[str, ...]:
        return self.arguments

    def argument(self, name: str, trail: Sequence[str | int]) -> Slot:
        if name not in self.arguments:
            self.problem(trail, f"there is no argument {name!r}")
        return Slot(name)

    def wants_many(self) -> bool | None:
        return self.many

    def wants_exact(self) -> bool:
        return self.exact

    def below(self, key: str) -> TestedSection:
        return replace(self, under=(*self.under, key))

    def problem(
        self, trail: Sequence[str | int], message: str, *, hint: str | None = None
    ) -> None:
        place = ".".join(map(str, (*self.under, *trail)))
        self.problems.append(f"{place}: {message}" + (f" — {hint}" if hint else ""))


def _holds_expression(value: JsonValue) -> bool:
    if isinstance(value, str):
        return "${" in value
    if isinstance(value, Mapping):
        return any(map(_holds_expression, value.values()))
    return isinstance(value, list) and any(map(_holds_expression, value))
