"""What of one plan's answers may come later, worked out once for all requests.

In charge of finding again what was worked out before: which field belongs to which
payload, and the document that is executed. Kept with the plan, so that it is forgotten
with it. No I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import GraphQLSchema

from gateway.cache.bounded import Bounded
from gateway.plan.groups import groups_of
from gateway.plan.late import late_fields, says_something
from gateway.plan.model import Groups, Late, Plan
from gateway.plan.payloads import payloads_of
from gateway.request.deferring import deferral_of
from gateway.request.document import Document
from gateway.request.model import Deferral, OperationKind
from gateway.response.incremental.document import Arranged, arranged
from gateway.values import JsonValue, StepId

_MOST = 8
"""Of one plan, by the values of the variables in its directives; and of one of those,
by the steps that were not waited for."""
_NOT_GIVEN = object()
_PARTED = (OperationKind.QUERY,)


def _documents() -> Bounded[frozenset[StepId], Arranged]:
    return Bounded(_MOST)


@dataclass(frozen=True, slots=True)
class Parted:
    """Which parts answers come in, and what each of them waits for."""

    deferral: Deferral
    groups: Groups
    documents: Bounded[frozenset[StepId], Arranged] = field(default_factory=_documents)

    @property
    def has_parts(self) -> bool:
        """Whether the document has any that are in force. Only queries are parted."""
        return bool(self.deferral.parts) and self.groups.plan.kind in _PARTED

    def document(self, unsettled: frozenset[StepId]) -> Arranged:
        """What is executed where the first payload leaves while steps are unsettled."""

        def make() -> Arranged:
            late = late_fields(self.groups, self.deferral, unsettled)
            return arranged(self.groups, self.deferral, unsettled, late)

        return self.documents.get(unsettled, make)

    def says_something(self, unsettled: frozenset[StepId]) -> bool:
        """Whether a first payload that leaves now would have anything in it."""
        if not unsettled:
            return True
        late = self.document(unsettled).late
        return says_something(self.groups, self.deferral, unsettled, late)

    def shown(self, late: Iterable[Late] = ()) -> Mapping[str, JsonValue]:
        """The payloads as plans show them; nothing where there is only one."""
        late = tuple(late)
        if not (self.has_parts or late):
            return {}
        return {"payloads": payloads_of(self.groups, self.deferral, late)}


def _kept() -> Bounded[tuple[object, ...], Parted]:
    return Bounded(_MOST)


@dataclass(slots=True)
class Parting:
    """Keeps what is made of one plan, by what its document's directives say."""

    plan: Plan
    _kept: Bounded[tuple[object, ...], Parted] = field(default_factory=_kept)

    def parted(
        self,
        schema: GraphQLSchema,
        document: Document,
        name: str | None,
        values: Mapping[str, object],
    ) -> Parted:
        """How an operation's answer may be parted, by the values of its variables."""

        def make() -> Parted:
            deferral = deferral_of(schema, document, name, values)
            return Parted(deferral, groups_of(self.plan, deferral))

        read = (one.variable for one in document.switched)
        return self._kept.get(
            tuple(values.get(name, _NOT_GIVEN) for name in read), make
        )
