"""What one request has asked so far: calls, and keys of batches.

So that no step asks again for what another asked for. Plain functions.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from itertools import repeat

from gateway.cache.base import Entry
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.model import StepResult
from gateway.record import Record, Struct, field

KeyText = str
"""A batch key as text that is equal for equal keys."""


class Expired(Record, frozen=True):
    """A failure of a batch key, and its expired answer, which may stand in."""

    result: StepResult
    kept: Entry


Outcomes = Mapping[KeyText, StepResult | Expired]
"""What batch keys came to; others may be among them."""


class Flights(Struct, eq=False):
    """What one request has asked so far."""

    _calls: dict[Hashable, Flight[Landed]] = field(default_factory=dict)
    _keys: dict[tuple[Hashable, KeyText], Flight[Outcomes]] = field(
        default_factory=dict
    )

    def known(self, key: Hashable) -> Flight[Landed] | None:
        """The flight of a call that this request asked for before."""
        found = self._calls.get(key)
        return None if found is None or found.given_up else found

    def keep(self, key: Hashable, flight: Flight[Landed]) -> None:
        """Whoever asks for the call from now on gets what comes of this flight."""
        self._calls[key] = flight

    @property
    def has_keys(self) -> bool:
        """Whether any batch has asked for keys."""
        return bool(self._keys)

    def asked(self, call: Hashable, key: KeyText) -> Flight[Outcomes] | None:
        """The flight that asks for a key of a batch, if one does."""
        known = self._keys.get((call, key))
        return None if known is None or known.given_up else known

    def ask(
        self, call: Hashable, keys: Iterable[KeyText], flight: Flight[Outcomes]
    ) -> None:
        """Each of a chunk's keys is asked by this flight from now on."""
        self._keys.update(zip(zip(repeat(call), keys), repeat(flight)))
