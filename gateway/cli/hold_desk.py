"""What `headwater hold`, `unhold` and `holds` act on: a store, or a gateway.

In charge of which, and of finding out whether there is such a step. Must never print.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from gateway.cli.failures import CommandError, misused
from gateway.cli.release_admin import AdminReleases, token_of
from gateway.cli.release_desk import Where, deployed, opened, reported

if TYPE_CHECKING:
    from gateway.release.activation import Actor
    from gateway.release.holding import Change
    from gateway.release.holds import Holds
    from gateway.release.releases import Releases


class HoldDesk(Protocol):
    """The holds of a channel, or of one gateway."""

    def hold(self, step: str, actor: Actor, span: float | None) -> Change: ...

    def unhold(self, step: str, actor: Actor) -> Change: ...

    def history(self) -> Sequence[Change]:
        """The newest entries of their log, oldest first."""

    def counts_for(self) -> str:
        """For whom."""


@contextlib.contextmanager
def opened_holds(where: Where) -> Iterator[HoldDesk]:
    """The holds that are meant.

    Raises:
        CommandError: no store is named, or what was asked of it cannot be done.
    """
    if where.admin is not None:
        if where.store or where.channel:
            raise misused(
                "a gateway has its own store and channel",
                hint="leave out --store and --channel, or --admin",
            )
        with reported():
            yield _OfGateway(where.admin, token_of(where.token))
        return
    from gateway.clock import SystemClock
    from gateway.release.holds import Holds
    from gateway.release.releases import Releases

    with opened(where) as found:
        assert isinstance(found, Releases), "it is a store's"  # noqa: S101
        yield _OfStore(where, found, Holds(found.store, found.channel, SystemClock()))


class _OfStore:
    """The holds in a store; who holds a step is held against what is active there."""

    def __init__(self, where: Where, releases: Releases, holds: Holds) -> None:
        self._where, self._releases, self._holds = where, releases, holds

    def hold(self, step: str, actor: Actor, span: float | None) -> Change:
        from gateway.release.holding import require_name

        require_name(step)
        self._require(step)
        return self._holds.hold(step, actor, span)

    def unhold(self, step: str, actor: Actor) -> Change:
        return self._holds.unhold(step, actor)

    def history(self) -> Sequence[Change]:
        return self._holds.history()

    def counts_for(self) -> str:
        return f"every gateway of channel {self._holds.channel}"

    def _require(self, step: str) -> None:
        """Raises: CommandError: what is active has no such step."""
        from gateway.errors import Problems
        from gateway.loading.withheld import unknown_among
        from gateway.loading.written import written_in

        entry = self._releases.active()
        if entry is None:
            raise CommandError(
                f"nothing is active in channel {self._releases.channel!r}",
                hint="headwater release activate",
            )
        bundle = self._releases.fetch(entry.bundle)
        deployment, loader = deployed(self._where.config)
        found = loader.examine(deployment, written_in(bundle, None), Problems())
        audience = found.audience
        if audience is None:
            return  # whatever serves is older than this, and nobody here knows it
        of_families = (c.profile for f in found.families for c in f.candidates)
        profiles = (*audience.profiles.values(), *filter(None, of_families))
        wrong = unknown_among(step, profiles, audience.entities.values())
        if wrong is not None:
            raise CommandError(wrong[0], hint=wrong[1])


class _OfGateway(AdminReleases):
    """The holds of a gateway, by its admin API."""

    def hold(self, step: str, actor: Actor, span: float | None) -> Change:
        from gateway.units import spelt

        long = {"until_unheld": True} if span is None else {"for": spelt(span)}
        return self._changed("/holds", {"step": step, **long}, actor)

    def unhold(self, step: str, actor: Actor) -> Change:
        return self._changed(f"/holds/{step}/release", {}, actor)

    def history(self, most: int = 100) -> Sequence[Any]:
        listed = self._asked("GET", "/holds").json()
        self._counts = str(listed.get("counts_for"))
        return [_change(one) for one in reversed(listed["history"][:most])]

    def counts_for(self) -> str:
        return self._counts

    _counts = ""

    def _changed(self, path: str, said: dict[str, object], actor: Actor) -> Change:
        import orjson

        raw = orjson.dumps({**said, "by": actor.by, "reason": actor.reason})
        told = self._asked("POST", path, content=raw).json()
        self._counts = str(told.get("counts_for"))
        return _change(told)


def _change(said: dict[str, Any]) -> Change:
    import orjson

    from gateway.release.holding import read
    from gateway.release.model import ReleaseError

    try:
        return read(orjson.dumps(said), int(said["number"]))
    except (KeyError, TypeError, ValueError, ReleaseError):
        raise CommandError("what listens there is no admin API of a gateway") from None
