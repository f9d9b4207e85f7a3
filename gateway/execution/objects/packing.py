"""A batch's parents by their keys, where each has one that is text: most have.

In charge of the usual alone; whatever is not is `batching`'s. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.execution.attempt import Sent
from gateway.execution.calls.asked import KeyText
from gateway.execution.model import Counts, Join, Ok
from gateway.execution.objects.lot import told
from gateway.execution.objects.rows import texts_at
from gateway.plan.model import KeyOf, PlannedStep
from gateway.record import Struct

_OK = frozenset({Ok})


class Pack(Struct, eq=False):
    """Parents, the key of each in their order, and the different keys."""

    parents: list[Mapping[str, object]]
    texts: list[KeyText]
    keys: dict[KeyText, object]

    def joined(self, planned: PlannedStep, came: Sent) -> Join | None:
        """What the one call for all keys came to; None unless each has an answer."""
        outcomes = told(planned.step, self.keys, came)
        each: list[Any] = list(map(outcomes.__getitem__, self.texts))
        if not _OK.issuperset(map(type, each)):
            return None
        parents: list[Any] = self.parents
        counts = Counts(asked=len(each), unique=len(self.keys), calls=1)
        by_parent = dict(zip(map(id, parents), each, strict=True))
        return Join(by_parent, parents=parents, counts=counts, awaited=parents)


def packed(
    planned: PlannedStep, parents: list[Mapping[str, object]], plain: str | None
) -> Pack | None:
    """Parents by their keys; None where one has no text, or a joint stands in it.

    ``plain`` is the step's `plain_key`.
    """
    batch = planned.step.batch
    texts = None if plain is None else texts_at(parents, plain)
    if texts is None or batch is None:
        return None
    if batch.join is not None and batch.join in "".join(texts):
        return None
    return Pack(parents, texts, dict(zip(texts, texts, strict=True)))


def plain_key(planned: PlannedStep) -> str | None:
    """The key of a parent's own body that holds what it is asked for by.

    None where there is more to it than to look there.
    """
    own, batch = planned.scope.own, planned.step.batch
    if own is None or batch is None or batch.key.own is None:
        return None
    read = own.get(batch.key.own)
    alone = len(own) == 1 and planned.step.when is None
    return read.key if alone and isinstance(read, KeyOf) else None
