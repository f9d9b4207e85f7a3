"""A source that can be asked without waiting, in either way, by a script."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.hearing import Carrier, Ear, GiveUp, Hearing, Lane
from gateway.errors import ErrorClass, UpstreamError
from gateway.typed import Form
from gateway.values import JsonValue, canonical

DOWN = UpstreamError("down", kind=ErrorClass.STATUS, status=503)
NEVER = object()
"""Nothing comes."""
NOT_READ = cast("Call[Any]", None)
BUSY = object()
"""No connection is open and free."""


@dataclass
class Sudden:
    """A source that can be asked without waiting: by either way it says the same.

    ``script`` has what comes of each call: a body, an exception, NEVER or BUSY.
    ``begun`` counts calls by the short way, ``called`` by the long one.
    """

    script: list[object]
    after: float = 0.0
    short: bool = True
    begun: int = 0
    called: int = 0
    left: int = 0
    tasks: int = 0
    hearings: list[Hearing] = field(default_factory=list)
    dashed: int = 0
    over: int = 0
    has_lanes: ClassVar[bool] = False

    def render(self, call: Call[Any]) -> Wire:
        return Wire(("family", f"/{canonical(call.inputs)!r}"))

    def lane(self, _target: object, names: Mapping[str, str]) -> Lane | None:
        return _Lane(self, dict(names)) if self.has_lanes else None

    def _next(self) -> object:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def begin(
        self,
        call: Call[Any],  # noqa: ARG002
        hearing: Hearing,
    ) -> GiveUp | None:
        if not self.short:
            return None
        if self.script[0] is BUSY:
            self._next()
            return None
        self.begun += 1
        self.hearings.append(hearing)
        self.tasks = len(asyncio.all_tasks())
        said, loop = self._next(), asyncio.get_running_loop()
        if said is NEVER:
            return self._leave
        timer = loop.call_later(self.after, self._say, said, hearing)
        return lambda: (timer.cancel(), self._leave())[1]

    def _leave(self) -> None:
        self.left += 1

    @staticmethod
    def _say(said: object, hearing: Hearing) -> None:
        if isinstance(said, Exception):
            hearing.failed(said)
        else:
            hearing.came(Reply(said))

    async def call(self, call: Call[Any]) -> Reply:  # noqa: ARG002
        self.called += 1
        said = self._next()
        await asyncio.sleep(self.after)
        if said is NEVER:
            await asyncio.Event().wait()
        if isinstance(said, Exception):
            raise said
        return Reply(said)

    def describe(self, call: Call[Any]) -> dict[str, JsonValue]:
        return {"step": call.step}

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class _Lane:
    """The short way once more, for what is planned."""

    source: Sudden
    names: dict[str, str]
    family: str = "family"
    begins_with: str = "/"

    def address(self, values: Mapping[str, object], /) -> str | None:
        texts = {slot: values.get(name) for slot, name in self.names.items()}
        plain = all(map(_is_plain, texts.values()))
        return f"/{canonical(texts)!r}" if plain else None

    def begin(self, to: str, ear: Ear[Reply], /) -> Carrier | None:
        assert to[0] == "/"
        give_up = self.source.begin(NOT_READ, _Hearing(ear))
        if give_up is None:
            return None
        self.source.dashed += 1
        return _Carrier(give_up)

    def over(self) -> None:
        self.source.over += 1

    def read(self, raw: Reply, form: Form | None, /) -> Reply:
        assert form is None
        return raw

    def why(self, error: Exception, /) -> Exception:
        return error


@dataclass
class _Hearing:
    """The ear of a lane, as sources speak to theirs."""

    ear: Ear[Reply]

    def came(self, reply: Reply) -> None:
        self.ear.set_result(reply)

    def failed(self, error: Exception) -> None:
        self.ear.set_exception(cast("UpstreamError", error))


@dataclass
class _Carrier:
    give_up: GiveUp

    def leave(self, _ear: object, /) -> None:
        self.give_up()


def _is_plain(value: object) -> bool:
    """Text of usual keys, which may be several."""
    return isinstance(value, str) and value.replace(",", "").isalnum()
