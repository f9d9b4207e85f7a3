"""Who judges callers at each way in, where it has a rule of its own.

In charge of that no rule is inherited by mistake: a door has its own whole, or that of
all. Must never judge a caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from gateway.deployment.auth import Auth, AuthSettings
from gateway.errors import RequestError
from gateway.record import Model, field, replace
from gateway.request.adapter import AdapterSettings, Proving

_GONE = 404


class Judging(Model, frozen=True):
    """One rule: who judges, and whether headers say who asks."""

    prover: Proving | None = None
    trusts: bool = False


class Judges(Model, frozen=True):
    """The rule of all, and those of doors that have their own."""

    main: Judging = Judging()
    doors: Mapping[str, Judging] = field(default_factory=dict)

    def at_doors(self, common: AdapterSettings) -> Mapping[str, AdapterSettings]:
        """What is believed at each such door; all else is as it is everywhere."""
        return {
            door: replace(common, prover=one.prover, trust_headers=one.trusts)
            for door, one in self.doors.items()
        }


def trusts(auth: Auth | None) -> bool:
    """Whether tenant and claims are what headers say."""
    return isinstance(auth, AuthSettings) and auth.trust_headers


class Closed:
    """Judges nobody: the deployment no longer has this door, and its path stays."""

    brought: frozenset[str] = frozenset()
    introducing: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.refused: Mapping[str, int] = {}

    def begin(self, now: float) -> None:
        """Nothing is needed."""

    def prove(self, headers: Mapping[str, str], now: float) -> NoReturn:  # noqa: ARG002
        """Nobody comes in.

        Raises:
            RequestError: 404, always.
        """
        raise RequestError("Nothing is served here any more.", status=_GONE)

    def ready(self, headers: Mapping[str, str], now: float) -> NoReturn:
        """As `prove`."""
        self.prove(headers, now)
