"""A source with moods: what comes of a call follows from a seed, not from how it left.

It is asked on a lane, at once, or waited for, and says the same each time: an answer,
late or never, a failure, that nothing arrived, a bug of its own, or that no connection
is free.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.hearing import Ear, GiveUp, Hearing, NeverArrivedError
from gateway.errors import ErrorClass, UpstreamError
from gateway.typed import Form
from gateway.values import JsonValue

Say = Callable[[object], None]
STALE = UpstreamError("stale", kind=ErrorClass.CONNECT)
"""It never arrived, as lanes say it."""


@dataclass(frozen=True)
class Mood:
    """How often what is not usual happens, as shares of 1.

    ``odd`` values and keys, ``missing`` rows.
    """

    slow: float = 0.0
    busy: float = 0.0
    down: float = 0.0
    never: float = 0.0
    stale: float = 0.0
    bug: float = 0.0
    odd: float = 0.0
    missing: float = 0.0


MOODS = (
    Mood(),
    Mood(odd=0.1, missing=0.1),
    Mood(0.05, 0.05, 0.05, 0.03, 0.05, 0.0, 0.05, 0.05),
    Mood(0.02, 0.02, 0.3, 0.03, 0.02, 0.0, 0.05, 0.05),
    Mood(0.02, 0.02, 0.02, 0.03, 0.02, 0.05, 0.02, 0.0),
)


@dataclass(frozen=True)
class Came:
    """What comes of one call, after so many seconds; None never comes."""

    said: Reply | Exception | None
    after: float


@dataclass
class Moody:
    """The source. ``asked`` are its calls, ``open`` those that nobody has ended.

    Addresses begin with ``/KIND/``, which says what is answered.
    """

    seed: str
    mood: Mood
    asked: Counter[str] = field(default_factory=Counter)
    open: int = 0

    def render(self, call: Call[Any]) -> Wire:
        return Wire(("moody", address(call.target, call.inputs)))

    def describe(self, call: Call[Any]) -> dict[str, JsonValue]:
        return {"step": call.step}

    async def close(self) -> None:
        """Nothing is open."""

    async def call(self, call: Call[Any]) -> Reply:
        self.open += 1
        try:
            while True:
                came = self.take(_to(call))
                if came.said is None:
                    await asyncio.Event().wait()
                await asyncio.sleep(came.after)
                if isinstance(came.said, Reply):
                    return came.said
                if came.said is not STALE:
                    raise came.said or AssertionError
        finally:
            self.open -= 1

    def begin(self, call: Call[Any], hearing: Hearing) -> GiveUp | None:
        to = _to(call)
        return None if self.is_busy(to) else self.leaves(to, partial(_told, hearing))

    def leaves(self, to: str, say: Say) -> GiveUp:
        """Let a call leave; what gives it up."""
        came, loop = self.take(to), asyncio.get_running_loop()
        self.open += 1

        def over(*, tell: bool) -> None:
            self.open -= 1
            if tell:
                say(came.said)

        if came.said is None:
            return partial(over, tell=False)
        timer = loop.call_later(came.after, partial(over, tell=True))
        return lambda: (timer.cancel(), over(tell=False))[1]

    def is_busy(self, to: str) -> bool:
        """Whether no connection is free for the next call to an address."""
        return self._chance(to, "busy").random() < self.mood.busy

    def take(self, to: str) -> Came:
        """What comes of the next call to an address."""
        rng, mood = self._chance(to, "came"), self.mood
        self.asked[to] += 1
        after = rng.uniform(1, 9) if rng.random() < mood.slow else rng.uniform(0.01, 1)
        after = round(after, 7)
        said: list[Reply | Exception | None] = [
            UpstreamError(
                "down", kind=ErrorClass.STATUS, status=rng.choice([500, 503, 404])
            ),
            None,
            STALE,
            RuntimeError("a bug"),
        ]
        usual = Reply(body(rng, mood, to))
        shares = [mood.down, mood.never, mood.stale, mood.bug]
        (one,) = rng.choices([*said, usual], [*shares, 1 - sum(shares)])
        return Came(one, after)

    def _chance(self, to: str, what: str) -> Random:
        return Random(f"{self.seed} {to} {self.asked[to]} {what}")  # noqa: S311 - no secret


@dataclass
class OnLanes(Moody):
    """The same with runways."""

    def lane(self, target: str, names: Mapping[str, str]) -> _Lane:
        return _Lane(self, target, names)


@dataclass
class _Lane:
    source: Moody
    begins_with: str
    names: Mapping[str, str]
    family: str = "moody"

    def address(self, values: Mapping[str, object], /) -> str | None:
        texts = {slot: values.get(name) for slot, name in self.names.items()}
        plain = all(isinstance(v, str) and v.isprintable() for v in texts.values())
        whole = all(
            str(v).isalnum() for s, v in texts.items() if s.startswith("endpoint")
        )
        return address(self.begins_with, texts) if plain and whole else None

    def begin(self, to: str, ear: Ear[Any], /) -> _Carrier | None:
        if self.source.is_busy(to):
            return None
        return _Carrier(self.source.leaves(to, partial(_heard, ear)))

    def over(self) -> None:
        """Nothing is counted here."""

    def read(self, raw: Reply | Exception, form: Form | None, /) -> Reply:
        assert form is None
        if isinstance(raw, Exception):
            raise raw
        return raw

    def why(self, error: UpstreamError, /) -> Exception:
        return NeverArrivedError() if error is STALE else error


@dataclass
class _Carrier:
    give_up: GiveUp

    def leave(self, _ear: object, /) -> None:
        self.give_up()


def _heard(ear: Ear[Any], said: object) -> None:
    if isinstance(said, UpstreamError):
        ear.set_exception(said)
    else:
        ear.set_result(said)


def _told(hearing: Hearing, said: object) -> None:
    if isinstance(said, Reply):
        hearing.came(said)
    elif isinstance(said, Exception):
        hearing.failed(NeverArrivedError() if said is STALE else said)


def address(target: str, texts: Mapping[str, object]) -> str:
    """Where a call with these values goes; of a batch its keys stand last."""
    return target + "&".join(f"{slot}={texts[slot]}" for slot in sorted(texts))


def _to(call: Call[Any]) -> str:
    assert call.wire is not None
    return str(call.wire.key[1])  # type: ignore[index]


# -- what is answered ------------------------------------------------------------------


def body(rng: Random, mood: Mood, to: str) -> object:
    """An answer of the kind that an address names."""
    kind = to.split("/")[1]
    if rng.random() < mood.odd:
        return deepcopy(rng.choice([None, 7, [], {}, [None], [7], "x", [[]]]))
    if kind == "batch":
        return _rows(rng, mood, to.rpartition("=")[2].split(","))
    if kind == "list":
        some = [_object(rng, mood) for _ in range(rng.choice([0, 1, 1, 2, 3, 5]))]
        return [*some, *some[: rng.random() < 0.2]]
    if kind == "nest":
        each = [rng.choice([0, 1, 2]) for _ in range(rng.choice([0, 1, 2]))]
        return [[_object(rng, mood) for _ in range(count)] for count in each]
    return _object(rng, mood) if kind == "object" else rng.choice([1, None, "x"])


def _rows(rng: Random, mood: Mood, keys: list[str]) -> list[object]:
    """Rows of keys: some missing, twice there, numbers, or asked for by nobody."""
    found: list[object] = []
    for key in keys:
        count = 0 if rng.random() < mood.missing else rng.choice([1, 1, 1, 2])
        for _ in range(count):
            named = int(key) if key.isdecimal() and rng.random() < 0.1 else key
            found.append({"id": named, "k": rng.choice(["k1", None])})
    if rng.random() < 0.2:
        found += rng.sample([{"id": "extra"}, {"id": None}, {}, None, 7], 1)
    rng.shuffle(found)
    return found


def _object(rng: Random, mood: Mood) -> dict[str, object]:
    made: dict[str, object] = {"id": rng.choice("1234"), "k": rng.choice("pqr")}
    for name in list(made):
        if rng.random() < mood.odd:
            odd = [None, 1, 2.0, True, "a b", "", ".", "a,b", "ü", {"x": 1}, [1]]
            made[name] = rng.choice(odd)
    return made
