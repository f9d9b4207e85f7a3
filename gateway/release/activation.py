"""Who made which release the one to serve: one entry of a log that only grows.

The log is the pointer: its newest entry says what is active, and its length is the
number that the next one has to follow. So the audit cannot differ from what serves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, cast, get_args

import orjson

from gateway.record import Model, asdict
from gateway.release.model import StoreError, UnknownReleaseError, is_id
from gateway.values import JsonValue

Act: TypeAlias = Literal[
    "activate", "rollback", "promote", "canary", "shadow", "withdraw"
]
SERVES: tuple[Act, ...] = ("activate", "rollback", "promote")
"""Entries whose bundle everybody is served from there on."""
TRIES: tuple[Act, ...] = ("canary", "shadow")
"""Entries whose bundle is tried beside the one that serves."""
_LONGEST = 500
"""Characters that are kept of what somebody says."""


class Actor(Model, frozen=True):
    """Who does it, from where, and why, in their own words."""

    by: str
    origin: str
    reason: str = ""

    def kept(self, most: int = _LONGEST) -> Actor:
        """What is written of it: so many characters of each text, in one line.

        Logs are shown in terminals, line by line: nobody writes a second entry into
        his own, or has the terminal do something.
        """
        texts = (self.by[:most], self.origin[:most], self.reason[:most])
        return Actor(*(_line(text) for text in texts))


def _line(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)


class Activation(Model, frozen=True):
    """Entry ``number`` of a channel's log: ``bundle`` serves from here on.

    ``at`` is UTC. ``previous`` is the bundle before it, None for the first.
    ``restores`` is the number of the entry that a rollback went back to. An entry that
    tries a bundle, or ends that (``withdraw``), leaves what serves as it is: ``stands``
    is that entry's number, and ``previous`` its bundle. ``terms`` are those of a trial,
    ``figures`` what decided its end.
    """

    number: int
    bundle: str
    act: Act
    at: str
    by: str
    origin: str
    reason: str
    previous: str | None
    restores: int | None = None
    stands: int | None = None
    terms: Mapping[str, JsonValue] | None = None
    figures: Mapping[str, JsonValue] | None = None

    def as_json(self) -> Mapping[str, JsonValue]:
        """As it is stored, printed and told."""
        said = asdict(self)
        return {k: v for k, v in said.items() if v is not None or k not in LATER}


LATER = ("stands", "terms", "figures")
"""What entries of an older gateway do not have."""


class Standing(Model, frozen=True):
    """What a log says: the entry that serves, and the one of a trial beside it."""

    active: Activation | None = None
    trial: Activation | None = None


def standing_of(log: Sequence[Activation]) -> Standing:
    """What a log, oldest first, comes to."""
    active = next((one for one in reversed(log) if one.act in SERVES), None)
    last = log[-1] if log else None
    return Standing(active, last if last is not None and last.act in TRIES else None)


def activation(
    log: Sequence[Activation],
    bundle: str,
    actor: Actor,
    at: str,
    act: Act = "activate",
) -> Activation:
    """The entry that follows a log, oldest first, and makes a bundle the active one.

    With another ``act`` it tries the bundle, or ends that.
    """
    active, said = standing_of(log).active, actor.kept()
    stays = act not in SERVES and active is not None
    return Activation(
        number=log[-1].number + 1 if log else 1,
        bundle=bundle,
        act=act,
        at=at,
        by=said.by,
        origin=said.origin,
        reason=said.reason,
        previous=active.bundle if active else None,
        stands=active.number if active and stays else None,
    )


def rollback(log: Sequence[Activation], actor: Actor, at: str) -> Activation:
    """The entry that goes back to what served before. See Note [further back].

    Raises:
        UnknownReleaseError: nothing did.
    """
    latest = standing_of(log).active
    known = {entry.number: entry for entry in log if entry.act in SERVES}
    place = latest.restores or latest.number if latest else 0
    before = (known[n] for n in sorted(known, reverse=True) if n < place)
    found = next((e for e in before if latest and e.bundle != latest.bundle), None)
    if latest is None or found is None:
        raise UnknownReleaseError(
            "there is no release before this one to go back to",
            hint="headwater release history shows what was active",
        )
    made = activation(log, found.bundle, actor, at)
    entry = {**asdict(made), "act": "rollback", "restores": found.number}
    return Activation(**entry)


def written(entry: Activation) -> bytes:
    """The entry as it is stored."""
    return orjson.dumps(entry.as_json())


def read(raw: bytes, number: int) -> Activation:
    """The entry that a store gave.

    Raises:
        StoreError: it is none, or another one.
    """
    try:
        found = cast("Mapping[str, object]", orjson.loads(raw))
        known = (key for key in Activation.__struct_fields__ if key not in LATER)
        later = {key: found.get(key) for key in LATER}
        made = Activation(**{key: found[key] for key in known}, **later)  # type: ignore[arg-type]
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        raise _garbage(number) from None
    texts = (made.bundle, made.at, made.by, made.origin, made.reason)
    if (
        made.number != number
        or made.act not in get_args(Act)
        or (made.act not in SERVES and not isinstance(made.stands, int))
        or not all(isinstance(text, str) for text in texts)
        or not is_id(made.bundle)
    ):
        raise _garbage(number)
    return made


def _garbage(number: int) -> StoreError:
    return StoreError(
        f"entry {number} of the activation log is garbage",
        hint="gateways go on with what they serve; take that entry out of the store",
    )


# Note [further back]
# A, then B, then C; two rollbacks shall end at A, and not at C again. So a rollback
# remembers which entry it restored, and the next one goes on from there: to the newest
# entry before it that served something else than what serves now.
