"""Payload templates and intrinsic functions → values.

In charge of keys that end in `.$`, and of `States.Format` and its like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.importing.asl.document import (
    Items,
    Object,
    Plain,
    Read,
    Unsaid,
    Value,
    at,
    cel_of,
    keys_of,
)

_CALL = re.compile(r"States\.(\w+)\((.*)\)\s*", re.DOTALL)
_PART = re.compile(
    r"\s*('(?:[^'\\]|\\.)*'|\$[^,()]*|-?\d+(?:\.\d+)?|true|false|null)\s*"
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WORDS: Mapping[str, object] = {"true": True, "false": False, "null": None}


def filled(template: object, document: Value) -> Value:
    """A payload template over what `$` is.

    Raises:
        Unsaid: it holds what cannot be written here.
    """
    if isinstance(template, Mapping):
        made: dict[str, Value] = {}
        for key, each in template.items():
            if key.endswith(".$"):
                made[key[:-2]] = evaluated(str(each), document)
            else:
                made[key] = filled(each, document)
        return Object(made)
    if isinstance(template, list):
        return Items(tuple(filled(each, document) for each in template))
    return Plain(template)


def evaluated(text: str, document: Value) -> Value:
    """A path, or a call of an intrinsic function.

    Raises:
        Unsaid: it is another path or function.
    """
    if text.startswith("$"):
        return at(document, keys_of(text.strip()))
    call = _CALL.fullmatch(text.strip())
    if call is None:
        raise Unsaid(text)
    arguments = [_argument(each, document) for each in _parts(call[2], text)]
    made = _called(call[1], arguments)
    if made is None:
        raise Unsaid(f"States.{call[1]}")
    return made


def _called(name: str, arguments: list[Value]) -> Value | None:
    match name, arguments:
        case "Array", items:
            return Items(tuple(items))
        case "ArrayGetItem", [many, Plain(int() as number)]:
            return at(many, (number,))
    made = _expression(name, arguments)
    return Read(made) if made else None


def _expression(name: str, arguments: list[Value]) -> str:
    made = ""
    match name, arguments:
        case "Format", [Plain(str() as text), *rest]:
            made = _formatted(text, rest)
        case "ArrayLength", [only]:
            made = f"size({cel_of(only)})"
        case "ArrayContains", [many, one]:
            made = f"{cel_of(one)} in {cel_of(many)}"
        case "MathAdd", [one, other]:
            made = f"{cel_of(one)} + {cel_of(other)}"
        case "StringSplit", [one, other]:
            made = f"{cel_of(one)}.split({cel_of(other)})"
    return made


def _formatted(text: str, rest: list[Value]) -> str:
    """``'a/{}'`` over values: `'a/%s'.format([x])`."""
    given = ", ".join(cel_of(each) for each in rest)
    template = text.replace("%", "%%").replace("{}", "%s")
    return f"{cel_of(Plain(template))}.format([{given}])"


def format_parts(text: str, document: Value) -> list[str | Value] | None:
    """The texts and values of a `States.Format`; None for anything else."""
    call = _CALL.fullmatch(text.strip())
    if call is None or call[1] != "Format":
        return None
    first, *rest = [_argument(each, document) for each in _parts(call[2], text)]
    if not isinstance(first, Plain) or not isinstance(first.value, str):
        return None
    texts = first.value.split("{}")
    made: list[str | Value] = [texts[0]]
    for number, each in enumerate(texts[1:]):
        if number >= len(rest):
            return None
        made += [rest[number], each]
    return made


def _parts(text: str, whole: str) -> list[str]:
    """The arguments of a call; calls within calls are not known here."""
    found, at_ = [], 0
    while at_ < len(text):
        match = _PART.match(text, at_)
        if match is None:
            raise Unsaid(whole)
        found.append(match[1].strip())
        at_ = match.end()
        if at_ < len(text) and text[at_] != ",":
            raise Unsaid(whole)
        at_ += 1
    return found


def _argument(text: str, document: Value) -> Value:
    if text.startswith("$"):
        return at(document, keys_of(text))
    if text.startswith("'"):
        return Plain(re.sub(r"\\(.)", r"\1", text[1:-1]))
    if _NUMBER.fullmatch(text):
        return Plain(float(text) if "." in text else int(text))
    return Plain(_WORDS[text])
