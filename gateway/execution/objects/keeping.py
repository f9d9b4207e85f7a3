"""The rows of single keys between requests: what is known is not asked again.

In charge of which keys a batch need not ask, and of keeping what the others came to,
each under a key of its own: as if it had been asked for alone. Must never keep a reply
that was no answer, and never wait for the store longer than the store itself allows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.cache.base import Entry
from gateway.clock import Clock
from gateway.connectors.base import Reply
from gateway.execution.calls.asked import KeyText
from gateway.execution.calls.caching import (
    Abroad,
    Filed,
    at_hand,
    fresh_until,
    is_due,
    kept_as,
)
from gateway.execution.model import Provenance, StepResult
from gateway.execution.objects.rows import Rows, outcome_of
from gateway.profile.model import Batch
from gateway.record import Model

_AT_ONCE = 32
"""Keys that the store is asked for, or given, at a time."""


@dataclass(slots=True)
class Known:
    """What the store says of some keys.

    ``due`` are given, and old enough to be asked for again; ``expired`` are asked for
    now, and stand in where that fails.
    """

    found: dict[KeyText, StepResult] = field(default_factory=dict)
    due: dict[KeyText, object] = field(default_factory=dict)
    expired: dict[KeyText, Entry] = field(default_factory=dict)


class Keeping(Model, frozen=True):
    """The store, for the keys of one batch. ``filed`` is by a key's text."""

    batch: Batch
    abroad: Abroad
    clock: Clock
    filed: Mapping[KeyText, Filed]

    async def known(self, keys: Mapping[KeyText, object]) -> Known:
        """What is kept of the keys."""
        known = Known()
        for text, filed in self.filed.items():
            entry = at_hand(self.abroad.cache, filed, self._now)
            if entry is not None:
                known.found[text] = self._found(entry)
        far = [t for t in keys if t in self.filed and t not in known.found]
        for some in _portions(far):
            entries = await asyncio.gather(*map(self._get, some))
            for text, entry in zip(some, entries, strict=True):
                if entry is not None:
                    self._sort(known, text, keys[text], entry)
        return known

    def _sort(self, known: Known, text: KeyText, key: object, entry: Entry) -> None:
        now, rule = self._now(), self.filed[text].rule
        if now >= fresh_until(entry, rule):
            known.expired[text] = entry
            return
        known.found[text] = self._found(entry)
        if is_due(entry, rule, now):
            known.due[text] = key

    def _found(self, entry: Entry) -> StepResult:
        rows = entry.reply.body
        return outcome_of(rows, self.batch, Provenance.CACHE)

    async def keep(self, keys: Sequence[KeyText], rows: Rows, began: float) -> None:
        """The rows of the keys, no rows being an answer, too; asked for at `began`."""
        now = self._now()
        for some in _portions([text for text in keys if text in self.filed]):
            puts = []
            for text in some:
                found, filed = list(rows.get(text, ())), self.filed[text]
                entry = kept_as(Reply(found), filed.rule, now, nothing=not found)
                put = self.abroad.cache.put(filed.key, entry, filed.tags, began)
                puts.append(put)
            await asyncio.gather(*puts)

    def unrenewed(self, due: Mapping[KeyText, object]) -> Mapping[KeyText, object]:
        """Those of the keys that nobody asks for again by now."""
        running = self.abroad.commons.renewals
        return {t: key for t, key in due.items() if self.filed[t].key.of not in running}

    async def _get(self, text: KeyText) -> Entry | None:
        filed = self.filed[text]
        return await self.abroad.cache.get(filed.key, filed.tags)

    def _now(self) -> float:
        return self.clock.wall().timestamp()


def _portions(texts: Sequence[KeyText]) -> list[Sequence[KeyText]]:
    return [texts[n : n + _AT_ONCE] for n in range(0, len(texts), _AT_ONCE)]
