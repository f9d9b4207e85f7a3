"""Which steps operators hold back: one entry of a log that only grows, as it is kept.

Each entry has all holds that are in force after it, so that the newest one is the whole
truth however long the log is. Time is handed in, and ends are points in time: a hold
ends by itself, on every machine by its own clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, cast

import orjson

from gateway.hold import OF_SOURCE, Hold
from gateway.record import Model, replace
from gateway.release.activation import Actor
from gateway.release.model import ReleaseError, StoreError, UnknownReleaseError
from gateway.units import spelt
from gateway.values import JsonValue

Act: TypeAlias = Literal["hold", "unhold"]
LONGEST = 24 * 3600.0
"""Seconds that a hold lasts at most, unless it is to last until it is ended."""
_MOST = 30
"""Holds at one time: whoever needs more wants a release, or a source's hold."""
_LONGEST_TEXT = 200
_STEP = re.compile(r"[A-Za-z_][\w-]*\.[A-Za-z_][\w-]*")
_SOURCE = re.compile(re.escape(OF_SOURCE) + r"[\w.-]{1,100}")


class NotHeldError(UnknownReleaseError):
    """Nobody holds this step."""


class Change(Model, frozen=True):
    """Entry ``number`` of the log: who did what to ``step``; ``holds`` are in force."""

    number: int
    act: Act
    step: str
    at: str
    by: str
    origin: str
    reason: str
    holds: tuple[Hold, ...]

    def as_json(self) -> dict[str, JsonValue]:
        """As it is stored."""
        said = {name: getattr(self, name) for name in self.__struct_fields__}
        return {**said, "holds": [hold.as_json() for hold in self.holds]}


def in_force(change: Change | None, now: datetime) -> tuple[Hold, ...]:
    """What is held at a time of day."""
    return tuple(h for h in change.holds if h.lasts(now)) if change else ()


def require_name(step: str) -> None:
    """Check that it can be one step, or one source.

    Raises:
        ReleaseError: it is a wildcard, or nothing of this kind.
    """
    if any(sign in step for sign in "*?["):
        raise ReleaseError(
            f"{step[:100]!r} is not one step: a hold names what it holds",
            hint="hold each step, or all that call a source: source:NAME",
        )
    if not _STEP.fullmatch(step) and not _SOURCE.fullmatch(step):
        raise ReleaseError(
            f"{step[:100]!r} is no name of a step",
            hint="write OPERATION.STEP, TYPE.STEP or source:NAME",
        )


def holding(
    before: Change | None, step: str, actor: Actor, now: datetime, span: float | None
) -> Change:
    """The entry by which a step is held for so many seconds; None: until it is ended.

    Of two holds of a step the one that ends later stands.

    Raises:
        ReleaseError: it is no step's name, too long, or there are too many.
    """
    require_name(step)
    if span is not None and span > LONGEST:
        raise ReleaseError(
            f"a hold of {spelt(span)} is longer than a day",
            hint="hold it for 24h at most, or with --until-unheld",
        )
    said = actor.kept(_LONGEST_TEXT)
    if not said.reason.strip():
        raise ReleaseError("a hold needs a reason", hint='add --reason "..."')
    until = _iso(now + timedelta(seconds=span)) if span is not None else None
    fresh = Hold(step, _iso(now), until, said.by, said.origin, said.reason)
    others = in_force(before, now)
    known = next((hold for hold in others if hold.step == step), None)
    if known is not None and known.outlasts(fresh):
        fresh = replace(known)
    holds = (*(hold for hold in others if hold.step != step), fresh)
    if len(holds) > _MOST:
        raise ReleaseError(
            f"{_MOST} holds are in force already",
            hint="hold a source, or roll back to a release without these steps",
        )
    return _change(before, "hold", step, actor, now, holds)


def releasing(before: Change | None, step: str, actor: Actor, now: datetime) -> Change:
    """The entry by which a hold ends.

    Raises:
        NotHeldError: there is none.
    """
    known = in_force(before, now)
    holds = tuple(hold for hold in known if hold.step != step)
    if len(holds) == len(known):
        held = ", ".join(hold.step for hold in known)
        hint = f"held are {held}" if held else "nothing is held"
        raise NotHeldError(f"{step[:100]!r} is not held", hint=hint)
    return _change(before, "unhold", step, actor, now, holds)


def _change(  # noqa: PLR0913 - an entry has so many parts
    before: Change | None,
    act: Act,
    step: str,
    actor: Actor,
    now: datetime,
    holds: tuple[Hold, ...],
) -> Change:
    number = before.number + 1 if before else 1
    said = actor.kept(_LONGEST_TEXT)
    who = said.by, said.origin, said.reason
    return Change(number, act, step, _iso(now), *who, holds)


def written(change: Change) -> bytes:
    """The entry as it is stored."""
    return orjson.dumps(change.as_json())


def read(raw: bytes, number: int) -> Change:
    """The entry that a store gave.

    Raises:
        StoreError: it is none, or another one.
    """
    try:
        found = cast("Mapping[str, object]", orjson.loads(raw))
        said = {key: found[key] for key in Change.__struct_fields__}
        holds = tuple(_hold(one) for one in cast("Sequence[object]", said["holds"]))
        made = Change(**{**said, "holds": holds})  # type: ignore[arg-type]
        texts = (made.step, made.at, made.by, made.origin, made.reason)
        fits = made.number == number and made.act in ("hold", "unhold")
        if not fits or not all(isinstance(text, str) for text in texts):
            raise ValueError  # noqa: TRY301 - garbage is garbage, however it is seen
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StoreError(f"entry {number} of the log of holds is garbage") from None
    return made


def _hold(said: object) -> Hold:
    found = cast("Mapping[str, str]", said)
    made = Hold(**{key: found[key] for key in Hold.__struct_fields__})
    require_name(made.step)
    for moment in (made.since, made.until):
        if moment is not None and datetime.fromisoformat(moment).tzinfo is None:
            raise ValueError
    return made


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
