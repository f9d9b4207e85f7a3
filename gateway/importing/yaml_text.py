"""Values → YAML as people write it: short maps on one line, few quotes.

In charge of layout and quoting, under the strict reading of `profile.source`. Must
never be given anything but maps, lists, text, numbers, truth values and null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

_WIDE = 100
_PLAIN = re.compile(
    r"[A-Za-z_/.](?:[A-Za-z0-9_./{}()=+*<>?!&|,' -]|:(?=\S))*|[0-9]+(?:ms|s|m|h)"
)
_IN_FLOW = re.compile(r"[A-Za-z_/.][A-Za-z0-9_./()=+*<>! -]*|[0-9]+(?:ms|s|m|h)")
_NUMBER = re.compile(r"[.]?[0-9][0-9_.eE+-]*|[.](inf|nan)", re.IGNORECASE)
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"})
_KEY = re.compile(r"[A-Za-z_/][A-Za-z0-9_./$-]*|[1-9][0-9]{0,8}")


def document(data: Mapping[str, object], comments: Sequence[str] = ()) -> str:
    """A whole file; ``comments`` stand above it."""
    head = "".join(f"# {line}\n" for line in comments)
    return head + "\n".join(_map(data, 0)) + "\n"


def block(data: Mapping[str, object], indent: int) -> str:
    """The lines of a map, indented."""
    return "\n".join(_map(data, indent)) + "\n"


def _map(data: Mapping[str, object], indent: int) -> Iterator[str]:
    for key, value in data.items():
        yield from _entry(f"{' ' * indent}{_key(key)}:", value, indent)


def _entry(head: str, value: object, indent: int) -> Iterator[str]:
    if isinstance(value, str) and "\n" in value:
        yield f"{head} |" if value.endswith("\n") else f"{head} |-"
        yield from (
            f"{' ' * (indent + 2)}{line}".rstrip() for line in value.splitlines()
        )
    elif isinstance(value, Mapping | list | tuple):
        flow = _flow(value)
        if len(head) + 1 + len(flow) <= _WIDE and _is_short(value):
            yield f"{head} {flow}"
            return
        yield head
        yield from _nested(value, indent + 2)
    else:
        yield f"{head} {_scalar(value, _PLAIN)}"


def _nested(value: object, indent: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _map(value, indent)
        return
    for item in value if isinstance(value, list | tuple) else ():
        if isinstance(item, Mapping) and item and not _fits(item, indent + 2):
            lines = list(_map(item, indent + 2))
            yield f"{' ' * indent}- {lines[0].lstrip()}"
            yield from lines[1:]
        elif isinstance(item, Mapping | list | tuple):
            yield f"{' ' * indent}- {_flow(item)}"
        else:
            yield f"{' ' * indent}- {_scalar(item, _PLAIN)}"


def _fits(item: Mapping[str, object], indent: int) -> bool:
    return "name" not in item and _is_short(item) and len(_flow(item)) + indent <= _WIDE


def _is_short(value: object) -> bool:
    """Whether it reads well on one line: steps and maps of maps of maps do not."""
    if isinstance(value, list | tuple):
        return not any(isinstance(item, Mapping) and "name" in item for item in value)
    if isinstance(value, Mapping):
        texts = [v for v in value.values() if isinstance(v, str)]
        return not any("\n" in text for text in texts) and all(
            _is_short(item) for item in value.values()
        )
    return True


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        pairs = (f"{_key(key)}: {_flow(item)}" for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_flow(item) for item in value)}]"
    return _scalar(value, _IN_FLOW)


def _key(key: str) -> str:
    plain = _KEY.fullmatch(key) and key.lower() not in _WORDS
    return key if plain else json.dumps(key, ensure_ascii=False)


def _scalar(value: object, plain: re.Pattern[str]) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return json.dumps(value)
    odd = value.lower() in _WORDS or _NUMBER.fullmatch(value) or value != value.strip()
    if odd or not plain.fullmatch(value):
        single = '"' in value and "'" not in value and value.isprintable()
        return f"'{value}'" if single else json.dumps(value, ensure_ascii=False)
    return value


def source_block(name: str, source: Mapping[str, object], indent: int) -> str:
    """A named map, each of its keys on a line of its own where there are several."""
    head = f"{' ' * indent}{_key(name)}:"
    if len(source) == 1:
        return f"{head} {_flow(source)}\n"
    return f"{head}\n{block(source, indent + 2)}"
