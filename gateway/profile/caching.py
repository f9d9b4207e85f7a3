"""`cache` and `share` as written → who is given a reply that another asked for.

In charge of what may be kept for whom: never a reply for more people than the call
says it is for. Must never decide anything about one call.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.connectors.base import StepType
from gateway.expression import Decision, Expression, Template
from gateway.profile.document import StepDefaults, StepDocument
from gateway.profile.model import CacheRule, CacheScope, Input, Sharing
from gateway.profile.scope import SURROUNDINGS, ReadsSoFar, Written
from gateway.record import Model
from gateway.wanted import Chosen

_READABLE_BY_TAGS = {*SURROUNDINGS, "self"}
_WHO = frozenset({"tenant", "claims"})


class CacheCompiler(Model, frozen=True):
    """Compiles the `cache` and `share` of one step, its own or its file's."""

    document: StepDocument
    written: Written
    defaults: StepDefaults | None
    reads: ReadsSoFar

    def sharing(self, step_type: StepType[Any]) -> Sharing:
        """What only reads is shared with everybody, unless somebody says otherwise."""
        default = self.defaults.share if self.defaults else None
        said = self.document.share or default
        if said is not None:
            return Sharing(said)
        reads = step_type.rules(self.document).reads
        return Sharing.ALL if reads else Sharing.REQUEST

    def rule(
        self, step_type: StepType[Any], inputs: Iterable[Input], said: frozenset[str]
    ) -> CacheRule | None:
        """None where nothing is kept. Defaults pass by steps that they do not fit.

        ``said`` are the parts of the request that the step's source tells its system.
        """
        own = self.document.cache
        asked = own or (self.defaults.cache if self.defaults else None)
        if asked is None or not self._keepable(step_type):
            return None
        scope = CacheScope(asked.scope)
        if own is not None:
            self._check_scope(scope, inputs, said)
        place = self.written if own else Written(self.written.file, ("defaults",))
        tags = (self._tag(text, place, n) for n, text in enumerate(asked.tags))
        return CacheRule(
            ttl=asked.ttl,
            refresh=asked.refresh,
            negative=asked.negative,
            keep=asked.keep or 0.0,
            scope=scope,
            tags=tuple(tag for tag in tags if tag is not None),
        )

    def _keepable(self, step_type: StepType[Any]) -> bool:
        if step_type.sources and step_type.idempotent(self.document):
            return True
        if self.document.cache is None:
            return False
        if not step_type.sources:
            message = f"'cache' has no effect: {self.document.type!r} calls nothing"
            self._warn(message, "remove it")
        else:
            self._problem(
                "'cache' would keep calls from being made, and making this one may "
                "change something",
                "remove it, or write 'idempotent: true' where it only reads",
            )
        return False

    def _tag(self, text: str, place: Written, number: int) -> Template | None:
        """What a tag reads is there before the call is made."""
        below = ("cache", "tags", number)
        made = self.reads.scope.template(text, place, below)
        if made is None:
            return None
        known = _READABLE_BY_TAGS | frozenset(self.reads.scope.arguments)
        for name in sorted(made.roots - known):
            self.reads.scope.problems.add(
                place.span(below),
                f"a tag reads {name!r}, which it cannot",
                hint="it reads the arguments, 'self', the request and the flags",
            )
            return None
        self.reads.add(made, place.span(below))
        return made

    def _check_scope(
        self, scope: CacheScope, inputs: Iterable[Input], said: frozenset[str]
    ) -> None:
        """A call that says who asks is not for more people than that."""
        values = (value.value for value in inputs)
        read = said.union(*map(parts_of_request, values))
        if "claims.sub" in read and scope is not CacheScope.CALLER:
            self._problem(
                "the call says who asks, so its answer is for one caller",
                "write 'scope: caller'",
            )
        elif scope is CacheScope.PUBLIC and not read.isdisjoint(_WHO):
            part = "claims" if "claims" in read else "tenant"
            narrow = "caller" if part == "claims" else "tenant"
            self._problem(
                f"the call depends on the {part} of the request, so its answer is "
                "not for everybody",
                f"write 'scope: {narrow}'",
            )

    def _problem(self, message: str, hint: str) -> None:
        span = self.written.span(("cache",), key=True)
        self.reads.scope.problems.add(span, message, hint=hint)

    def _warn(self, message: str, hint: str) -> None:
        span = self.written.span(("cache",), key=True)
        self.reads.scope.problems.warn(span, message, hint=hint)


def parts_of_request(
    value: Expression | Template | Decision | Chosen,
) -> frozenset[str]:
    """The parts of ``request`` that a value reads: ``tenant``, ``claims.sub``."""
    paths = (r.path for r in value.references if r.root == "request" and r.path)
    return frozenset(part for path in paths for part in (path[0], ".".join(path[:2])))
