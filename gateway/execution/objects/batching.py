"""Batches: the keys of all parents that are ready, in few calls, joined by value.

In charge of whose key is whose: each parent has an outcome of its own, so a missing
key or a failed chunk never spoils the others. How keys are asked is `asking`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import compress
from typing import Any

from gateway.execution.attempt import unless_wanted
from gateway.execution.calls.asked import Expired, KeyText, Outcomes
from gateway.execution.calls.keyed import Keyed, plain_text, texts_of
from gateway.execution.calls.runway import Runway
from gateway.execution.calls.sending import sent
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.model import (
    Failed,
    Join,
    Ok,
    Provenance,
    Skipped,
    SkipReason,
    StepResult,
)
from gateway.execution.objects.asking import Asking
from gateway.execution.objects.awaiting import Awaiting
from gateway.execution.objects.join import parents_of
from gateway.execution.objects.lot import told
from gateway.execution.objects.packing import Pack, packed, plain_key
from gateway.execution.objects.rows import (
    is_plain,
    is_spoiled,
    key_text,
    lacks,
)
from gateway.execution.reading import evaluated
from gateway.held import taken
from gateway.profile.model import Batch

_EXPIRED = frozenset({Expired})


@dataclass(slots=True, eq=False, kw_only=True)
class Batching(Awaiting):
    """One entity step that asks in batches; failures are the parents' own."""

    batch: Batch
    runway: Runway | None = None
    _shared: bool = False
    """Whether the call that left on it is another's."""
    _texts: list[KeyText] = field(default_factory=list)
    """Of all awaited parents, in their order."""
    _keys: dict[KeyText, object] = field(default_factory=dict)
    """The different ones."""

    def begin(self) -> None:
        planned, work = self.planned, self.work
        base = work.reader.common(planned.scope)
        if isinstance(base, Skipped):
            self.end(base)
            return
        join = self.tally.join = Join()
        self._sort(join)
        join.counts.asked += len(join.awaited)
        keys = self._keys
        join.counts.unique = len(keys)
        if keys and not self._flies(base):
            asking = Asking.of(planned, work.sending, self.tally, join.counts, base)
            flights = asking.begun(keys, work.deadlines[planned.root])
            for listen in [self.wait(texts, flight) for flight, texts in flights]:
                listen()

    def takes(self, pack: Pack, flight: Flight[Any], *, shared: bool) -> None:
        """Hear of a call that has left for all of them."""
        join = self.tally.join = Join()
        self._texts, self._keys, self._shared = pack.texts, pack.keys, shared
        join.awaited += pack.parents
        counts = join.counts
        counts.asked, counts.unique, counts.calls = len(pack.texts), len(pack.keys), 1
        self.wait(self._keys, flight)()

    def _flies(self, base: Mapping[str, object]) -> bool:
        """Whether one call for all keys has left on the runway, as most do."""
        runway, keys, batch = self.runway, self._keys, self.batch
        if runway is None or batch.join is None or len(keys) > batch.most:
            return False
        if self.work.engine.waits_for_others(self.planned.step):
            return False
        address = runway.lane.address(
            {"keys": batch.join.join(texts_of(keys.values()))}
        )
        if address is None:
            return False
        asked = Keyed(self.planned.step, base, keys.values())
        flying = runway.to(address, self.work, self.tally, asked)
        if flying is None:
            return False
        flight, self._shared = flying
        self.join.counts.calls = 1
        self.wait(keys, flight)()
        return True

    def _sort(self, join: Join) -> None:
        """Put each parent to its key; those without one settle."""
        parents = parents_of(self.planned, self.work.reader)
        pack = packed(self.planned, parents, plain_key(self.planned))
        if pack is not None:
            self._texts, self._keys = pack.texts, pack.keys
            join.awaited += parents
            return
        plain, joint = plain_key(self.planned), self.batch.join
        for parent in parents:
            key = parent.get(plain) if plain is not None else None
            if key.__class__ is not str or (joint is not None and joint in key):
                key = self._key(parent)  # all but the usual: text that is there
            if isinstance(key, Ok | Failed | Skipped):
                join.settle(parent, key)
                continue
            text = key_text(key)
            self._keys.setdefault(text, key)
            self._texts.append(text)
            join.awaited.append(parent)

    def came(self, asked: Collection[KeyText], value: Outcomes | Landed) -> None:
        join, texts = self.join, self._texts
        parents = join.awaited
        if isinstance(value, Landed):
            came = sent(value, shared=self._shared)
            value = told(self.planned.step, self._keys, came)
        elif len(asked) < len(self._keys):
            own = set(asked)
            mine = [text in own for text in texts]
            parents = list(compress(parents, mine))
            texts = list(compress(texts, mine))
        each: list[Any] = list(map(value.__getitem__, texts))
        join.parents += parents  # as `settle`, without a call for each
        if not _EXPIRED.isdisjoint(map(type, each)):
            each = list(map(partial(_unkept, join), parents, each))
        join.outcomes.update(zip(map(id, parents), each, strict=True))

    def _key(self, parent: object) -> object | StepResult:
        """What a parent is asked for by; null keys have no child and no call."""
        scope = self.work.reader.scope(self.planned.scope, parent)
        if isinstance(scope, Skipped):
            return scope
        unwanted = unless_wanted(self.planned.step, scope)
        if unwanted is not None:
            return unwanted
        key = evaluated(self.batch.key, scope)
        if isinstance(key, Ok | Failed | Skipped):
            return key
        parts: Iterable[object] = (key,)
        by = self.batch.by
        if isinstance(key, Mapping) and isinstance(by, Mapping):
            parts = key.values()
            if getattr(self.planned.step.target, "keyed", False):
                return self._whole(key, by.values())
        if any(part is None for part in parts):
            return self._nothing()
        return key if all(map(self._can_be_sent, parts)) else Skipped(SkipReason.INPUT)

    def _whole(
        self, key: Mapping[str, object], needed: Iterable[str]
    ) -> object | StepResult:
        """A key that a source takes in one piece, objects and nulls in it included.

        What the source did not get itself it cannot be asked by.
        """
        needs = getattr(self.planned.step.target, "needs", {})
        whole = {name: taken(part, needs.get(name, {})) for name, part in key.items()}
        if is_spoiled(whole):
            return Skipped(SkipReason.DEPENDENCY)
        parts = [(whole[n], needs.get(n, {})) for n in needed if n in whole]
        if any(lacks(*part) for part in parts):
            return self._nothing()
        plain = all(is_plain(*part) for part in parts)
        return whole if plain else Skipped(SkipReason.INPUT)

    def _can_be_sent(self, part: object) -> bool:
        """A list or an object would spoil the call for all the other keys of it."""
        if isinstance(part, Mapping | list | tuple):
            return False
        return self.batch.join is None or self.batch.join not in plain_text(part)

    def _nothing(self) -> Ok:
        return Ok([] if self.batch.many else None, Provenance.STATIC)


def _unkept(join: Join, parent: object, came: StepResult | Expired) -> StepResult:
    """What a key came to; an expired answer is put where ladders look for it."""
    if not isinstance(came, Expired):
        return came
    join.kept[id(parent)] = (came.kept, {})
    return came.result
