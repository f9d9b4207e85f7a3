"""Batches: the keys of all parents that are ready, in few calls, joined by value.

In charge of whose key is whose: each parent has an outcome of its own, so a missing
key or a failed chunk never spoils the others. How keys are asked is `asking`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.execution.attempt import unless_wanted
from gateway.execution.calls.sharing import KeyText, Outcomes
from gateway.execution.model import (
    Failed,
    Join,
    Ok,
    Provenance,
    Skipped,
    SkipReason,
    StepResult,
    is_failure,
)
from gateway.execution.objects.asking import Asking
from gateway.execution.objects.awaiting import Awaiting
from gateway.execution.objects.join import parents_of
from gateway.execution.objects.rows import (
    is_plain,
    is_spoiled,
    key_text,
    lacks,
    plain_text,
)
from gateway.execution.reading import evaluated
from gateway.held import taken
from gateway.plan.model import KeyOf
from gateway.profile.model import Batch


@dataclass(slots=True, eq=False, kw_only=True)
class Batching(Awaiting):
    """One entity step that asks in batches; failures are the parents' own."""

    batch: Batch
    _waiting: dict[KeyText, tuple[object, list[object]]] = field(default_factory=dict)

    def begin(self) -> None:
        planned, work = self.planned, self.work
        base = work.reader.common(planned.scope)
        if isinstance(base, Skipped):
            self.end(base)
            return
        join = self.tally.join = Join()
        self._sort(join)
        join.counts.asked += len(join.awaited)
        keys = {text: key for text, (key, _) in self._waiting.items()}
        join.counts.unique = len(keys)
        if keys:
            asking = Asking.of(planned, work.sending, self.tally, join.counts, base)
            flights = asking.begun(keys, work.deadlines[planned.root])
            for listen in [self.wait(texts, flight) for flight, texts in flights]:
                listen()

    def _sort(self, join: Join) -> None:
        """Put each parent to its key; those without one settle."""
        waiting = self._waiting
        plain, joint = self._plain(), self.batch.join or "\0"
        for parent in parents_of(self.planned, self.work.reader):
            key = parent.get(plain) if plain is not None else None
            if key.__class__ is not str or joint in key:
                key = self._key(parent)  # all but the usual: text that is there
            if isinstance(key, Ok | Failed | Skipped):
                join.settle(parent, key)
                continue
            known = waiting.get(text := key_text(key))
            if known is None:
                waiting[text] = (key, [parent])
            else:
                known[1].append(parent)
            join.awaited.append(parent)

    def came(self, asked: list[KeyText], value: Outcomes) -> None:
        join, waiting = self.join, self._waiting
        for text in asked:
            found = value[text]
            result, kept = found.result, found.kept
            stale = kept is not None and is_failure(result)
            for each in waiting[text][1]:
                join.parents.append(each)  # as `settle`, without a call for each
                join.outcomes[id(each)] = result
                if stale and kept is not None:
                    join.kept[id(each)] = (kept, {})

    def _plain(self) -> str | None:
        """The key of a parent's own body that holds what it is asked for by.

        None where there is more to it than to look there.
        """
        own = self.planned.scope.own
        if self.batch.key.own is None or own is None:
            return None
        read = own.get(self.batch.key.own)
        alone = len(own) == 1 and self.planned.step.when is None
        return read.key if alone and isinstance(read, KeyOf) else None

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
