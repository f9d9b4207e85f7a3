"""What of the loaded generation is not called, for one process.

In charge of which holds are known, which are in force, and of telling when one begins
and ends. A store that is lost changes nothing: what is known stands until its time.
Must never be asked by two threads at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.clock import Clock
from gateway.deployment import Deployment
from gateway.generation import Generation
from gateway.hold import Hold
from gateway.loading.withheld import steps_of, withheld
from gateway.record import Struct, field
from gateway.release.holding import Change, in_force
from gateway.release.holds import Holds, LastHolds
from gateway.release.model import ReleaseError
from gateway.release.stores.memory import MemoryStore
from gateway.release.stores.opening import open_store
from gateway.telemetry.events import Observer
from gateway.telemetry.releasing import HoldIdle, HoldsLost, StepHeld, StepReleased
from gateway.values import JsonValue

_ALONE = "this process"


class Holding(Struct):
    """``loaded`` is the generation as it was loaded, ``applied`` what of it is held."""

    clock: Clock
    observe: Observer
    loaded: Generation | None = None
    applied: tuple[Hold, ...] = ()
    known: Change | None = None
    _holds: Holds | None = None
    _kept: LastHolds = field(default_factory=lambda: LastHolds(None, ""))
    _named: tuple[str, str] | None = None
    _lost: str | None = None
    _idle: set[str] = field(default_factory=set)

    def log(self) -> Holds:
        """Where holds are written: the deployment's store, else this process."""
        if self._holds is None:
            self._holds = Holds(MemoryStore(), _ALONE, self.clock)
        return self._holds

    @property
    def shared(self) -> bool:
        """Whether others hear of them."""
        return self._named is not None

    # -- what is known ----------------------------------------------------------------

    def look(self, deployment: Deployment | None, lost: str | None = None) -> None:
        """Ask the log once. Waits; whatever goes wrong changes nothing.

        ``lost`` is why the store did not answer a moment ago: it is not asked then, and
        what is known on the disk holds.
        """
        try:
            self._open(deployment)
            if lost is not None:
                self._lose(lost)
                return
            found = self.log().newest()
        except ReleaseError as error:
            self._lose(error.message)
            return
        self._lost = None
        if found is not None and found != self.known:
            self.known = found
            self._kept.write(found)

    def _open(self, deployment: Deployment | None) -> None:
        """The log that the deployment names now; what another one said is forgotten."""
        release = deployment.release if deployment else None
        named = (release.store, release.channel) if release else None
        if named == self._named:
            return
        fresh, kept = None, LastHolds(None, "")
        if release is not None and deployment is not None:
            state = deployment.profiles.state
            folder = state / "release" if state else None
            kept = LastHolds(folder, release.channel)
            fresh = Holds(open_store(release.store), release.channel, self.clock)
        self.close()
        self._holds, self._kept, self._named = fresh, kept, named
        self.known = kept.read()

    def _lose(self, why: str) -> None:
        if self._lost != why:
            self._lost = why
            self.observe(HoldsLost(why))

    def close(self) -> None:
        """Give back what the store holds open."""
        if self._holds is not None:
            self._holds.store.close()

    # -- what is in force -------------------------------------------------------------

    def upon(self, loaded: Generation) -> Generation:
        """A generation as it serves: without calls of what is held now."""
        self.loaded = loaded
        found = self._in_force()
        self._tell(found)
        self.applied = found
        return withheld(loaded, found)

    def also(self, other: Generation) -> Generation:
        """Another generation that is served beside it, under the same holds."""
        return withheld(other, self.applied)

    def again(self) -> Generation | None:
        """The same generation under other holds; None where they are the same."""
        if self.loaded is None or self._in_force() == self.applied:
            return None
        return self.upon(self.loaded)

    def left(self) -> float | None:
        """Seconds until the next hold ends by itself; None where none does."""
        ends = [datetime.fromisoformat(h.until) for h in self.applied if h.until]
        if not ends:
            return None
        return max((min(ends) - self.clock.wall()).total_seconds(), 0.0)

    def _in_force(self) -> tuple[Hold, ...]:
        return in_force(self.known, self.clock.wall()) if self.known else ()

    # -- what is told -----------------------------------------------------------------

    def _tell(self, found: Sequence[Hold]) -> None:
        for hold in self.applied:
            if not any(one.step == hold.step for one in found):
                self.observe(StepReleased(hold.step, self._why_over(hold)))
        for hold in found:
            if hold not in self.applied:
                steps = self._steps(hold)
                said = hold.step, hold.until, hold.by, hold.origin, hold.reason
                self.observe(StepHeld(*said, steps))
        idle = {hold.step for hold in found if not self._steps(hold)}
        for step in sorted(idle - self._idle):
            self.observe(HoldIdle(step))
        self._idle = idle

    def _why_over(self, hold: Hold) -> str:
        last = self.known
        if not hold.lasts(self.clock.wall()):
            return "its time is over"
        if last is not None and last.act == "unhold" and last.step == hold.step:
            return f"{last.by} ended it"
        return "it was ended"

    def _steps(self, hold: Hold) -> tuple[str, ...]:
        """The steps that it holds; none where what it names is not there any more."""
        if self.loaded is None:
            return ()
        known = steps_of(self.loaded.whole).items()
        return tuple(n for n, step in known if hold.covers(n, step.source))

    def standing(self) -> list[JsonValue]:
        """The holds in force, for operators."""
        return [{**h.as_json(), "steps": list(self._steps(h))} for h in self.applied]

    def where(self) -> Mapping[str, JsonValue]:
        """For whom holds count that are made here."""
        log = self.log()
        if not self.shared:
            return {"channel": None, "store": None, "lost": None}
        return {"channel": log.channel, "store": log.place, "lost": self._lost}
