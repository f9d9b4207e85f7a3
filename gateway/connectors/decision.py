"""`type: decision`: a table of rules that answers without any call.

In charge of load time only: the table is compiled by the section, the engine reads its
answer from the target's slot. Must never do I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, cast

from gateway.connectors.base import ReplyRules, RuleText, Section, Slot
from gateway.connectors.options import DecisionOptions
from gateway.shape import FieldShape, TypeRef
from gateway.values import JsonValue

_JSON = TypeRef("JSON")
_INT = range(-(2**31), 2**31)


class DecisionStep:
    """Load time of ``type: decision``; its target is the slot of the answer."""

    names: ClassVar[tuple[str, ...]] = ("decision",)
    options: ClassVar[type[DecisionOptions]] = DecisionOptions
    sources: ClassVar[frozenset[str]] = frozenset()
    default_source: ClassVar[str | None] = None

    def compile(self, section: Section, options: object) -> Slot:
        asked = cast("DecisionOptions", options)
        for trail, outputs in _outputs(asked):
            _check_names(section, trail, outputs)
        rules = tuple(RuleText(rule.when, rule.then) for rule in asked.rules)
        return section.decision(rules, asked.default, asked.mode)

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:
        """Each output by its name, of the type that all its values have."""
        values: dict[str, list[JsonValue]] = {}
        for _, outputs in _outputs(cast("DecisionOptions", options)):
            for name, value in outputs.items():
                values.setdefault(name, []).append(value)
        return tuple(FieldShape(name, _type(given)) for name, given in values.items())

    def rules(self, options: object) -> ReplyRules:  # noqa: ARG002
        return ReplyRules()

    def idempotent(self, options: object) -> bool:  # noqa: ARG002
        return True


def _outputs(
    asked: DecisionOptions,
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, JsonValue]]]:
    """Every map of outputs with where it stands."""
    for number, rule in enumerate(asked.rules):
        yield ("rules", number, "then"), rule.then
    if asked.default is not None:
        yield ("default",), asked.default


def _check_names(
    section: Section, trail: Sequence[str | int], outputs: Iterable[str]
) -> None:
    """Outputs become fields, so GraphQL and expressions must be able to name them."""
    for name in outputs:
        if not (name.isascii() and name.isidentifier()) or name.startswith("__"):
            section.problem(
                (*trail, name),
                f"output {name!r} is no name",
                hint="letters, digits and _ make one, not starting with a digit or __",
            )


def _type(values: Iterable[JsonValue]) -> TypeRef:
    """The one type of all values that are written out, else JSON."""
    found = {_leaf(value) for value in values if value is not None}
    if found == {"Int", "Float"}:
        return TypeRef("Float")
    return TypeRef(found.pop()) if len(found) == 1 else _JSON


def _leaf(value: JsonValue) -> str:
    match value:
        case bool():
            return "Boolean"
        case int():
            return "Int" if value in _INT else "Float"
        case float():
            return "Float"
        case str():
            return "JSON" if _is_expression(value) else "String"
        case _:
            return "JSON"


def _is_expression(text: str) -> bool:
    """Whether a text may be one whole `${ cel }`, whose type nobody knows yet."""
    return text.lstrip().startswith("${")
