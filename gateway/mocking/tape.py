"""Recorded replies on disk: one JSON file for each step, redacted before it is written.

In charge of their form. Must never write a credential: values under names that look
secret, and under those that are asked for, are masked in headers and bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from gateway.connectors.masking import MASK
from gateway.connectors.settings import CannedAnswer
from gateway.errors import ErrorClass, Problem, ProfileError
from gateway.mocking.redaction import Redaction
from gateway.record import Model, replace
from gateway.values import JsonValue, SourceSpan

_KEPT = frozenset({"content-type", "link", "retry-after", "etag", "location"})
"""Headers of replies that mean something to a gateway; no other is written."""


class Taken(Model, frozen=True):
    """One call and what came of it. ``key`` stands for the call's values.

    ``step`` is ``operation.step``; ``call`` is as it is shown to people.
    """

    step: str
    source: str
    key: str
    call: Mapping[str, JsonValue]
    answer: CannedAnswer


def redacted(taken: Taken, redact: Redaction) -> Taken:
    """The same without anything that is nobody's business."""
    answer = taken.answer
    headers = {name.lower(): text for name, text in answer.headers.items()}
    shown = {
        name: MASK if name in redact.names else redact.text(text)
        for name, text in headers.items()
        if name in _KEPT
    }
    body = redact.masked(answer.body)
    clean = CannedAnswer(body, answer.status, shown, 0.0, answer.error)
    url = taken.call.get("url")
    call: Any = redact.masked(taken.call)
    if isinstance(url, str):
        call |= {"url": redact.path(url)}
    return Taken(taken.step, taken.source, taken.key, call, clean)


@dataclass(slots=True)
class Tape:
    """Calls in the order in which they were made; None where nothing came yet.

    ``hidden`` are texts that were masked in replies. ``passed`` are steps whose replies
    are not kept, as they differ by what is selected.
    """

    redact: Redaction = field(default_factory=Redaction)
    hidden: set[str] = field(default_factory=set, repr=False)
    passed: set[str] = field(default_factory=set)
    withheld: frozenset[str] = frozenset()
    """Steps whose whole answer is not written, as policies say who may read it."""
    _taken: list[Taken | None] = field(default_factory=list)

    def begin(self) -> Callable[[Taken], None]:
        """The next place on the tape, to be filled when its reply is there."""
        place = len(self._taken)
        self._taken.append(None)

        def fill(taken: Taken) -> None:
            if taken.step in self.withheld and taken.answer.error is None:
                taken = replace(taken, answer=replace(taken.answer, body=MASK))
            self.hidden.update(self.redact.hidden(taken.answer.body))
            self._taken[place] = redacted(taken, self.redact)

        return fill

    def loss(self) -> str | None:
        """What is not on the tape, in words; None where all is."""
        if not self.passed:
            return None
        steps = ", ".join(sorted(self.passed))
        return (
            f"not kept: what {steps} answered; a 'field' or an 'entity' of a GraphQL "
            "source differs by what is selected: write its 'mock' or 'replies' by hand"
        )

    @property
    def taken(self) -> Sequence[Taken]:
        """What was recorded so far."""
        return [one for one in self._taken if one is not None]


def write_tape(taken: Sequence[Taken], folder: Path) -> Sequence[Path]:
    """Add to what a folder has already; of equal calls the newer reply stays.

    Raises:
        ProfileError: a file of the folder is no recording.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for step in sorted({one.step for one in taken}):
        path = folder / f"{step}.json"
        entries = {one["key"]: one for one in _entries(path)}
        entries |= {one.key: _entry(one) for one in taken if one.step == step}
        ordered = [entries[key] for key in sorted(entries)]
        source = next(one.source for one in taken if one.step == step)
        text = {"step": step, "source": source, "replies": ordered}
        path.write_bytes(orjson.dumps(text, default=str, option=orjson.OPT_INDENT_2))
        written.append(path)
    return written


def read_tape(folder: Path) -> Mapping[str, Mapping[str, CannedAnswer]]:
    """The replies of a folder by step and by the values of the call.

    Raises:
        ProfileError: there is no such folder, or a file of it is no recording.
    """
    if not folder.is_dir():
        raise _broken(folder, "there is no such folder of recorded replies")
    return {
        path.stem: {one["key"]: _answer(one, path) for one in _entries(path)}
        for path in sorted(folder.glob("*.json"))
    }


def _entry(taken: Taken) -> dict[str, Any]:
    answer = taken.answer
    made: dict[str, Any] = {"key": taken.key, "call": taken.call}
    if answer.error is not None:
        return made | {"error": str(answer.error)}
    headers = {"headers": dict(answer.headers)} if answer.headers else {}
    return made | {"status": answer.status, **headers, "body": answer.body}


def _entries(path: Path) -> Sequence[dict[str, Any]]:
    if not path.exists():
        return ()
    try:
        found = orjson.loads(path.read_bytes())["replies"]
        if all(isinstance(one["key"], str) for one in found):
            return list(found)
    except (OSError, ValueError, TypeError, KeyError):
        pass
    raise _broken(path, "this is no recording of a step")


def _answer(entry: Mapping[str, Any], path: Path) -> CannedAnswer:
    try:
        error = ErrorClass(entry["error"]) if "error" in entry else None
        headers = {str(n): str(v) for n, v in entry.get("headers", {}).items()}
        status = int(entry.get("status", 200))
    except (ValueError, TypeError, AttributeError):
        raise _broken(path, "this is no recording of a step") from None
    return CannedAnswer(entry.get("body"), status, headers, 0.0, error)


def _broken(path: Path, message: str) -> ProfileError:
    hint = "record it anew: headwater record QUERY --to FOLDER"
    return ProfileError((Problem(SourceSpan(str(path)), message, hint),))
