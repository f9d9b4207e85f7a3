"""The trial of a process: begun, gone on with, and ended, as the store's log says.

In charge of one candidate beside the generation that serves. What goes wrong with it is
told and changes nothing: whoever would have had it is served as everybody is. Must
never open a store, nor load by itself.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.errors import GatewayError, ProfileError
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.record import replace
from gateway.release.activation import Activation, Actor
from gateway.release.model import LostRaceError, ReleaseError, StoreError
from gateway.release.terms import read_terms
from gateway.release.trials import NoTrialError, Trials
from gateway.splitting import Splitting
from gateway.telemetry.events import Crashed, Event, Observer
from gateway.telemetry.releasing import (
    ShadowDiffers,
    ShadowMissed,
    TrialBegun,
    TrialDecided,
    TrialEnded,
    TrialRefused,
)
from gateway.trying.apart import pipeline_apart
from gateway.trying.counting import Window
from gateway.trying.fleet import Telling, reported
from gateway.trying.shadowing import Hidden, Shadow, shadow_of, unheard
from gateway.trying.splitting import Split, split_of
from gateway.trying.trial import Decision, Trial, of
from gateway.values import JsonValue
from gateway.warming import warmed

Load = Callable[[Activation], Generation]
"""Makes the candidate of an entry; waits, and raises ReleaseError or ProfileError."""


@dataclass(slots=True)
class Trying:
    """At most one trial. Its methods are called one at a time."""

    pipeline: Pipeline
    hidden: Hidden
    trial: Trial | None = None
    hold: Callable[[Generation], Generation] = lambda candidate: candidate
    """Has a candidate not call what operators hold back."""
    telling: Telling = field(default_factory=Telling)
    _last: Trial | None = None
    _refused: tuple[Activation, Generation | None, str] | None = None
    _plain: Observer = field(init=False)
    _quiet: bool = field(init=False)

    def __post_init__(self) -> None:
        self._plain, self._quiet = self.pipeline.observe, self.pipeline.quiet

    async def take(
        self, wanted: Activation | None, beside: Generation, load: Load
    ) -> None:
        """Try what the log says is to be tried, beside what serves."""
        trial, refused = self.trial, self._refused
        if wanted is None:
            self._refused = None
            self.end()
            return
        if trial is not None and (trial.entry, trial.beside) == (wanted, beside):
            return
        if refused is not None and refused[:2] == (wanted, beside):
            return
        try:
            if trial is not None and _is_same(trial, wanted, beside):
                found = trial.candidate  # under other terms
            else:
                found = await asyncio.to_thread(load, wanted)
            await self._begin(wanted, found, beside)
        except StoreError as error:
            self._refuse(wanted, beside, error.message, again=True)
        except ReleaseError as error:
            self._refuse(wanted, beside, error.message)
        except ProfileError as error:
            why = f"it does not load: {error.problems[0]}" if error.problems else ""
            self._refuse(wanted, beside, why or error.message)

    async def _begin(
        self, entry: Activation, candidate: Generation, beside: Generation
    ) -> None:
        terms, before = read_terms(entry.terms), self.trial
        if before is not None and (before.entry.bundle, before.entry.act) != (
            entry.bundle,
            entry.act,
        ):
            self.end()
            before = None
        now, least = self.pipeline.clock.now, terms.bounds.least
        # What was counted counts on: a reload or other terms make no other candidate.
        mine = before.mine if before else Window(now)
        theirs = before.theirs if before else Window(now)
        mine.least = theirs.least = least
        pipeline = before.pipeline if before else None
        if before is None or before.candidate is not candidate or pipeline is None:
            pipeline = await self._pipeline(entry, candidate, beside, mine)
        answers = {"candidate": mine.answers, "stable": theirs.answers}
        held = self.hold(candidate)
        made = Trial(entry, terms, candidate, beside, pipeline, mine, theirs)
        made.differences = before.differences if before else made.differences
        split: Splitting = (
            split_of(terms, entry.bundle, (held, pipeline), answers)
            if entry.act == "canary"
            else shadow_of(made, held, answers, self.hidden)
        )
        self.trial, self._refused = made, None
        compares = entry.act == "canary"
        self._tells(theirs.over(self._plain) if compares else self._plain)
        self._leave_aside()
        if before is not None and before.candidate is not candidate:
            before.candidate.lease.retire()
        if before is not None and before.entry == entry:
            made.decided = before.decided
        else:
            self._plain(TrialBegun(entry.bundle, entry.number, entry.act, entry.by))
        is_out = made.decided is not None and made.decided.how == "withdrawn"
        self.pipeline.splitting = None if is_out else split

    async def _pipeline(
        self,
        entry: Activation,
        candidate: Generation,
        beside: Generation,
        mine: Window,
    ) -> Pipeline:
        """One for the candidate, in which what is in use is prepared."""
        told = _only_bugs(self._plain)
        if entry.act == "canary":
            told = mine.over(self._plain, alarms=False)
        made = pipeline_apart(self.pipeline, told)
        if entry.act == "canary":  # whoever is given it uses it
            made.watch = self.pipeline.watch
            made.preparing.counting = self.pipeline.preparing.counting
            made.preparing.excesses = self.pipeline.preparing.excesses
        else:
            made.ways = Counter()  # nobody was answered
        hot = self.pipeline.preparing.hot(beside)
        ready = await asyncio.to_thread(lambda: tuple(warmed(hot, candidate)))
        made.preparing.keep(ready)
        return made

    def hold_again(self) -> None:
        """Operators hold something else back now."""
        split, trial = self.pipeline.splitting, self.trial
        if isinstance(split, Split) and trial is not None:
            fresh = replace(split, candidate=self.hold(trial.candidate))
            self.pipeline.splitting = fresh
        elif isinstance(split, Shadow) and trial is not None:
            split.candidate = unheard(self.hold(trial.candidate))

    def end(self) -> None:
        """Nobody is given the candidate any more; who has it keeps it to the end."""
        trial, self.trial = self.trial, None
        if trial is None:
            return
        self._last = trial if trial.entry.act == "shadow" else None
        self._leave_aside()
        self.pipeline.splitting = None
        self._tells(self._plain)
        self.pipeline.commons.in_flight.beside = None
        trial.candidate.lease.retire()
        entry, requests = trial.entry, trial.requests
        self._plain(TrialEnded(entry.bundle, entry.number, requests))

    def _leave_aside(self) -> None:
        """What a shadow runs aside is nobody's to wait for."""
        if isinstance(self.pipeline.splitting, Shadow):
            self.pipeline.splitting.end()

    def _tells(self, observe: Observer) -> None:
        """Whom what serves tells from now on; what is under way goes on as it was.

        Who counts hears the usual, too, which the log leaves out.
        """
        self.pipeline.observe, self.pipeline.running = observe, None
        self.pipeline.quiet = self._quiet and observe is self._plain

    def _refuse(
        self,
        entry: Activation,
        beside: Generation,
        why: str,
        *,
        again: bool = False,
    ) -> None:
        told = self._refused
        self.end()
        if told is None or (told[0], told[2]) != (entry, why):
            self._plain(TrialRefused(entry.bundle, entry.number, why))
        # Where the store was away, it is looked at again with the next look at it.
        self._refused = entry, None if again else beside, why

    # -- its end --

    async def hear(self, trials: Trials | None) -> None:
        """Tell the fleet what is counted here, and hear what others count."""
        trial, telling, now = self.trial, self.telling, self.pipeline.clock.now
        if trial is None or trials is None or trial.entry.act != "canary":
            return
        if telling.due(trial.entry.number, now()):
            store, channel = trials.store, trials.channel
            said = store, channel, trial.here()
            telling.took(await asyncio.to_thread(telling.exchange, *said), now())
        trial.others = telling.heard

    def decide(self) -> Decision | None:
        """How the trial ends, if it does; it holds here at once."""
        trial = self.trial
        if trial is None:
            return None
        if trial.decided is None:
            trial.decided = found = trial.decide(self.pipeline.clock.wall())
            if found is not None:
                if found.how == "withdrawn":
                    self.pipeline.splitting = None
                entry = trial.entry
                self._plain(
                    TrialDecided(
                        entry.bundle,
                        entry.number,
                        found.how,
                        found.reason,
                        found.figures,
                    )
                )
        return trial.decided

    def record(self, decision: Decision, trials: Trials, origin: str) -> bool:
        """Tell everybody, by the log. False where the store cannot be asked now.

        Waits. Whoever was faster has decided.
        """
        trial = self.trial
        if trial is None:
            return True
        actor = Actor("headwater", origin, decision.reason)
        act = trials.promote if decision.how == "promoted" else trials.withdraw
        try:
            act(actor, of=trial.entry.number, figures=decision.figures)
        except (LostRaceError, NoTrialError):
            return True
        except GatewayError:
            return False
        return True

    def report(self) -> Mapping[str, JsonValue] | None:
        """What a shadow found out here, while it goes on or after it was the last."""
        trial = self.trial or self._last
        if trial is None or trial.entry.act != "shadow":
            return None
        return {**of(trial.entry), **trial.differences.as_json()}

    def counted(self) -> Mapping[str, JsonValue] | None:
        """What is tried, with what all processes count of every step."""
        told, trial = self.standing(), self.trial
        if trial is None or told is None or trial.entry.act == "shadow":
            return told
        return {**told, **reported(trial.counted())}

    def standing(self) -> Mapping[str, JsonValue] | None:
        """What is tried, for operators; None where nothing is."""
        if self.trial is not None:
            return self.trial.shown()
        if self._refused is not None:
            entry, _, why = self._refused
            return {**of(entry), "state": "refused", "reason": why}
        return None


def _only_bugs(observe: Observer) -> Observer:
    """What a shadow's steps meet is told in its report alone, unlike what it found."""

    def told(event: Event) -> None:
        if isinstance(event, Crashed | ShadowDiffers | ShadowMissed):
            observe(event)

    return told


def _is_same(trial: Trial, wanted: Activation, beside: Generation) -> bool:
    """The same bundle beside the same generation: under other terms."""
    return (
        trial.entry.bundle == wanted.bundle
        and trial.entry.act == wanted.act
        and trial.beside is beside
    )
