"""What a tape heard as a profile test, which passes as it stands.

In charge of the text. Must never touch a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from gateway.mocking.tape import Taken
from gateway.record import Model, field
from gateway.values import JsonValue


class Heard(Model, frozen=True):
    """One request: what was asked, what the sources said, what was answered.

    ``name`` is what its case is called, ``who`` who asked, where anybody did.
    """

    query: str
    variables: Mapping[str, JsonValue]
    taken: Sequence[Taken]
    answer: Mapping[str, JsonValue]
    name: str | None = None
    who: Mapping[str, object] = field(default_factory=dict)

    @property
    def operation(self) -> str:
        """The operation that was asked for first, by its profile's name."""
        shown = self.answer.get("data")
        first = next(iter(shown), "") if isinstance(shown, Mapping) else ""
        roots = [one.step.partition(".")[0] for one in self.taken]
        return first if first in roots or not roots else roots[0]


def case_text(heard: Heard, unwrap: Mapping[str, str]) -> str:
    """One case. ``unwrap`` are the keys that sources wrap their answers in."""
    name = heard.name or f"as recorded, {_first_line(heard.query)}"
    lines = [f"  - name: {_json(name)}", f"    query: {_json(heard.query)}"]
    if heard.who:
        lines.append(f"    as: {_json(heard.who)}")
    if heard.variables:
        lines.append(f"    variables: {_json(heard.variables)}")
    calls = Counter(_name(one) for one in heard.taken)
    lines += [f"    {line}" for line in replies_lines(heard.taken, unwrap)]
    lines += [
        "    expect:",
        f"      calls: {_json(dict(calls))}",
        f"      data: {_json(heard.answer.get('data'))}",
        f"      errors: {_json(_errors(heard.answer))}",
    ]
    return "\n".join(lines) + "\n"


def replies_lines(taken: Sequence[Taken], unwrap: Mapping[str, str]) -> Sequence[str]:
    """The `replies` of a case, as lines without a margin."""
    steps = dict.fromkeys(_name(one) for one in taken)
    lines = ["replies:" if steps else "replies: {}"]
    for step in steps:
        said = [_reply(one, unwrap) for one in taken if _name(one) == step]
        shown = said[0] if all(one == said[0] for one in said) else said
        lines.append(f"  {step}: {_json(shown)}")
    return lines


def file_text(operation: str) -> str:
    """The head of a file of cases."""
    return f"operation: {operation}\ncases:\n"


def _errors(answer: Mapping[str, JsonValue]) -> list[Any]:
    found: Any = answer.get("errors") or ()
    return [
        {"path": error.get("path"), "code": error.get("extensions", {}).get("code")}
        for error in found
    ]


def _reply(taken: Taken, unwrap: Mapping[str, str]) -> Mapping[str, object]:
    answer = taken.answer
    if answer.error is not None:
        return {"error": str(answer.error)}
    key = unwrap.get(taken.source)
    wrapped = key is not None and answer.status < 300 and answer.body is not None  # noqa: PLR2004
    body = {key: answer.body} if wrapped else answer.body
    status = {} if answer.status == 200 else {"status": answer.status}  # noqa: PLR2004
    headers = {"headers": dict(answer.headers)} if answer.headers else {}
    return {**status, **headers, "body": body}


def _name(taken: Taken) -> str:
    return taken.step.rpartition(".")[2]


def _first_line(query: str) -> str:
    return " ".join(query.split())[:60]


def _json(value: object) -> str:
    """JSON is YAML, and says exactly what was there."""
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
