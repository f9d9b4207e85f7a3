"""Trials in a channel's log: a candidate beside what serves, begun, promoted, ended.

In charge of what may follow what. Every entry is a compare-and-set, so a fleet has one
trial at a time, and one end of it, whoever decides. Must never judge a candidate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from gateway.record import replace
from gateway.release import activation as acts
from gateway.release.activation import Activation, Actor, standing_of
from gateway.release.model import SHORT, ReleaseError
from gateway.release.releases import Proof, Releases
from gateway.release.terms import Terms, checked
from gateway.values import JsonValue

Kind = Literal["canary", "shadow"]


class NoTrialError(ReleaseError):
    """There is no trial, or another one."""


class Trials(Releases, frozen=True):
    """A channel of releases with its trials."""

    def begin(
        self,
        kind: Kind,
        bundle: str,
        terms: Terms,
        actor: Actor,
        prove: Proof | None = None,
    ) -> Activation:
        """Have every gateway try a bundle; the same one goes on under new terms.

        Raises:
            LostRaceError: somebody else wrote to the log meanwhile.
            ReleaseError: it serves already, another one is tried, or it is not there,
                not whole, or ``prove`` says no.
        """
        log = self.history()
        standing = standing_of(log)
        if standing.active is None:
            raise ReleaseError(
                "nothing serves in this channel, so there is nothing to compare with",
                hint="headwater release activate",
            )
        if standing.active.bundle == bundle:
            raise ReleaseError(f"release {bundle[:SHORT]} is what serves already")
        trial = standing.trial
        if trial is not None and trial.bundle != bundle:
            raise ReleaseError(
                f"release {trial.bundle[:SHORT]} is tried already, by {trial.by} "
                f"(number {trial.number})",
                hint="headwater release rollback ends that, and promote completes it",
            )
        checked(terms)
        self.require(bundle, prove)
        made = acts.activation(log, bundle, actor, self.now(), kind)
        return self.append(replace(made, terms=terms.as_json()))

    def promote(
        self,
        actor: Actor,
        *,
        of: int | None = None,
        figures: Mapping[str, JsonValue] | None = None,
    ) -> Activation:
        """Have everybody served by the bundle that is tried.

        Raises as `withdraw`.
        """
        log = self.history()
        trial = _trial(log, of)
        made = acts.activation(log, trial.bundle, actor, self.now(), "promote")
        return self.append(replace(made, figures=figures))

    def withdraw(
        self,
        actor: Actor,
        *,
        of: int | None = None,
        figures: Mapping[str, JsonValue] | None = None,
    ) -> Activation:
        """End the trial: what serves goes on serving, for everybody.

        ``of`` is the number of the trial that is meant.

        Raises:
            NoTrialError: there is none, or not that one.
            LostRaceError: somebody else wrote to the log meanwhile.
        """
        log = self.history()
        trial = _trial(log, of)
        made = acts.activation(log, trial.bundle, actor, self.now(), "withdraw")
        return self.append(replace(made, figures=figures))

    def roll_back(self, actor: Actor, prove: Proof | None = None) -> Activation:
        """End the trial where there is one; else go back to what served before.

        Raises as `withdraw` and `Releases.roll_back` do.
        """
        if self.standing().trial is not None:
            return self.withdraw(actor)
        return Releases.roll_back(self, actor, prove)


def _trial(log: Sequence[Activation], of: int | None) -> Activation:
    trial = standing_of(log).trial
    if trial is None or (of is not None and trial.number != of):
        raise NoTrialError(
            "no release is tried", hint="headwater release canary begins that"
        )
    return trial
