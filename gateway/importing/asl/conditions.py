"""Rules of a Choice → conditions in CEL.

In charge of comparisons. An argument that is compared tells its type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.importing.asl.document import (
    Input,
    Object,
    Plain,
    Unsaid,
    Value,
    at,
    cel_of,
    keys_of,
    literal,
)

_SIGNS = {
    "Equals": "==",
    "LessThan": "<",
    "GreaterThan": ">",
    "LessThanEquals": "<=",
    "GreaterThanEquals": ">=",
}
_COMPARISON = re.compile(
    r"(String|Numeric|Boolean|Timestamp)"
    r"(Equals|LessThanEquals|GreaterThanEquals|LessThan|GreaterThan)(Path)?"
)
_TYPES = {"String": "String", "Numeric": "Float", "Boolean": "Boolean"}
_KINDS = {"IsString": "string", "IsBoolean": "bool"}


def condition(rule: object, document: Value) -> str:
    """The rule as an expression.

    Raises:
        Unsaid: it compares in a way that is not known here.
    """
    if not isinstance(rule, Mapping):
        raise Unsaid("a rule that is no map")
    for key, sign in (("And", " && "), ("Or", " || ")):
        several = rule.get(key)
        if isinstance(several, list):
            return sign.join(_inner(condition(each, document)) for each in several)
    inner = rule.get("Not")
    if isinstance(inner, Mapping):
        return negated(condition(inner, document))
    path = str(rule.get("Variable", ""))
    for key, given in rule.items():
        if key not in ("Variable", "Next", "Comment"):
            return _compared(key, given, path, document)
    raise Unsaid("a rule without a comparison")


def _inner(cel: str) -> str:
    return f"({cel})" if " && " in cel or " || " in cel else cel


def _compared(key: str, given: object, path: str, document: Value) -> str:
    match = _COMPARISON.fullmatch(key)
    if match:
        _tell(document, path, _TYPES.get(match[1], "String"))
        left = cel_of(at(document, keys_of(path)))
        other = at(document, keys_of(str(given))) if match[3] else Plain(given)
        right = cel_of(other)
        if match[1] == "Timestamp":
            left, right = f"timestamp({left})", f"timestamp({right})"
        if given is True and match[0] == "BooleanEquals":
            return left
        return f"{left} {_SIGNS[match[2]]} {right}"
    return _known(key, given, cel_of(at(document, keys_of(path))))


def _known(key: str, given: object, left: str) -> str:
    """A comparison with nothing but the value itself."""
    truth = given is True
    if key == "StringMatches":
        return f"{left}.matches({literal(_pattern(str(given)))})"
    if key == "IsPresent" and "." in left:
        return f"has({left})" if truth else f"!has({left})"
    match key:
        case "IsNull":
            return f"{left} {'==' if truth else '!='} null"
        case "IsPresent":
            return f"{left} {'!=' if truth else '=='} null"
        case "IsString" | "IsBoolean":
            return f"type({left}) {'==' if truth else '!='} {_KINDS[key]}"
    raise Unsaid(key)


def _pattern(glob: str) -> str:
    parts = (re.escape(part) for part in glob.split("*"))
    return f"^{'.*'.join(parts)}$"


def _tell(document: Value, path: str, type_: str) -> None:
    keys = keys_of(path)
    while (
        isinstance(document, Object) and document.base and keys[0] not in document.keys
    ):
        document = document.base
    if isinstance(document, Input) and len(keys) == 1 and not document.whole:
        at(document, keys)
        known = document.arguments.get(str(keys[0]))
        document.arguments[str(keys[0])] = known or type_


def negated(cel: str) -> str:
    """The opposite."""
    if cel.startswith("!(") and cel.endswith(")"):
        return cel[2:-1]
    equal = re.fullmatch(r"([\w.\[\]]+) (==|!=) ('[^']*'|[\w.]+)", cel)
    if equal:
        return f"{equal[1]} {'!=' if equal[2] == '==' else '=='} {equal[3]}"
    simple = re.fullmatch(r"[\w.]+", cel)
    return f"!{cel}" if simple else f"!({cel})"


def joined(conditions: list[str]) -> str:
    """All of them."""
    kept = [each for each in conditions if each]
    if len(kept) == 1:
        return kept[0]
    return " && ".join(f"({each})" if " || " in each else each for each in kept)
