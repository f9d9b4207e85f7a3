"""One step as written → one step as planned and run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.connectors.base import StepType
from gateway.errors import Problems, did_you_mean
from gateway.expression import Expression
from gateway.profile.batches import KEYS, BatchCompiler
from gateway.profile.caching import CacheCompiler
from gateway.profile.calls import ArgumentTypes, CallCompiler
from gateway.profile.checks import check_step
from gateway.profile.document import OwnerDocument, StepDefaults, StepDocument
from gateway.profile.escalations import EscalationCompiler
from gateway.profile.fallbacks import rungs_of
from gateway.profile.hedges import hedge_of, skips_late
from gateway.profile.instead import InsteadCompiler
from gateway.profile.invalidating import invalidation_of
from gateway.profile.keys import KeyCheck, Keyed, known_columns
from gateway.profile.knowing import step_type_of
from gateway.profile.model import (
    Condition,
    Fixed,
    Names,
    Role,
    Step,
    TypeBy,
)
from gateway.profile.paging import PageCompiler
from gateway.profile.policing import guard_of
from gateway.profile.retries import RetryCompiler
from gateway.profile.saying import saying_of
from gateway.profile.scope import SURROUNDINGS, NameScope, ReadsSoFar, Written
from gateway.profile.world import World
from gateway.record import Model, field, replace
from gateway.shape import Shapes, TypeKind, TypeRef

_RESPONSE = frozenset({"response"})


class StepText(Model, frozen=True):
    """A step as written, with where, and what its file gives it by default."""

    document: StepDocument
    written: Written
    defaults: StepDefaults | None = None
    owner: str | OwnerDocument | None = None

    @property
    def source(self) -> str | None:
        """The source that it names, or its file for it."""
        default = self.defaults.source if self.defaults else None
        return self.document.source or default


class Filling(Model, frozen=True):
    """What a step gives: a whole field, or keys of a type, per parent or at the root.

    ``type`` is None for steps of the composite itself; ``many`` whether a list is
    wanted, None where no SDL says so; ``exact`` whether decimals are read from it.
    ``wanted`` is the type of what it gives, where that is one field; ``takes`` are
    that field's arguments, None where they are the operation's. ``arguments`` are the
    type names of all arguments of its fields.
    """

    type: str | None
    fields: Mapping[str, str | None]
    many: bool | None
    exact: bool = False
    wanted: TypeRef | None = None
    takes: tuple[str, ...] | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)


class StepCompiler(Model, frozen=True):
    """Compiles the steps of one profile or entity against one world.

    ``arguments`` are the type names of the operation's arguments.
    """

    operation: str
    world: World
    scope: NameScope
    paper: bool
    required: frozenset[str] = frozenset()
    arguments: Mapping[str, str] = field(default_factory=dict)
    changes: bool = False
    """Whether it is a mutation's."""

    @property
    def problems(self) -> Problems:
        return self.scope.problems

    def compile(self, text: StepText, filling: Filling) -> Step | None:
        """The step, or None where its type cannot be known."""
        document, written = text.document, text.written
        step_type = step_type_of(document.type, text.source, self.world)
        if step_type is None:
            hint = did_you_mean(document.type, self.world.step_types)
            message = f"there is no step type {document.type!r}"
            self.problems.add(written.span(("type",)), message, hint=hint)
            return None
        scope = replace(
            self.scope,
            steps=self.scope.steps - {document.name},
            has_self=filling.type is not None,
            own=document.name,
        )
        check_step(document, written, scope, self.world)
        reads = ReadsSoFar(scope, KEYS if document.batch else frozenset())
        batches = BatchCompiler(document, written, scope, reads, filling.many)
        calls = CallCompiler(
            self.operation,
            self.world,
            step_type,
            self.paper,
            text.defaults,
            filling.many,
            filling.exact,
            arguments=ArgumentTypes(self.arguments, filling.arguments),
        )
        called = batches.called()
        call = calls.call(called, written, reads)
        batch, source, role = batches.batch(), call.source, self._role(text)
        self._check_keys(text, filling, step_type)
        when = self._condition(document, written, reads)
        rules = step_type.rules(document)
        further = InsteadCompiler(calls, called, written, reads)
        facts = self.world.sources.get(source or "")
        known = self.changes and facts is not None and facts.repeatable
        retries = RetryCompiler(document, written, text.defaults, reads, further, known)
        retry = retries.retry(step_type, source)
        caches = CacheCompiler(document, written, text.defaults, reads)
        said = frozenset(facts.tells if facts else ())
        cache = caches.rule(step_type, call.inputs.values(), said)
        paging = PageCompiler(
            document,
            written,
            reads,
            self.world.shapes,
            filling.wanted,
            filling.takes,
            filling.many,
        ).paged(rules.pages, step_type)
        return Step(
            name=document.name,
            type=document.type,
            source=source,
            target=call.target,
            inputs={**call.inputs, **(paging.inputs or {})},
            when=when,
            select=self._expression(document.select, "select", written, reads),
            success_if=self._expression(rules.success_if, "success_if", written, reads),
            on_status=rules.on_status,
            on_skip=_given(document, "on_skip"),
            reads=reads.done(),
            span=written.span(),
            timeout=self._said_timeout(text, source) or self.world.timeout,
            timed=bool(self._said_timeout(text, source)) or self.world.timed,
            role=role,
            always=document.always,
            after=self._after(document, written),
            names=self._names(source),
            type_by=self._type_by(document, written),
            fills=filling.type,
            fields=filling.fields,
            batch=batch,
            retry=retry,
            endpoint=call.endpoint,
            fallback=rungs_of(document, written, scope, cache),
            error=saying_of(document, written, self.scope, text.defaults),
            share=caches.sharing(step_type),
            cache=cache,
            origin=self.operation,
            escalate=self._escalations(text).alarm(source),
            owner=self._escalations(text).owner_of(source),
            hedge=hedge_of(document, text.defaults, step_type, facts),
            skips_late=skips_late(document, text.defaults, source, role),
            conversions=facts.conversions if facts else {},
            sending=call.sending,
            says=facts.says if facts else None,
            mock=document.mock or (),
            pages=paging.pages,
            writes=bool(step_type.sources) and not rules.reads,
            invalidates=invalidation_of(document, written, scope),
            policy=guard_of(document.policy, written, scope),
            declassify=document.declassify,
            cost=document.cost,
            returns=self.world.read_type(document.returns).name
            if document.returns
            else "",
        )

    def _check_keys(
        self, text: StepText, filling: Filling, step_type: StepType[Any]
    ) -> None:
        """A batch's keys and its rows can meet, as far as types tell."""
        document = text.document
        if document.batch is None or filling.type is None:
            return
        entity = getattr(document, "entity", None)
        if entity is not None and isinstance(document.batch.by, Mapping):
            return  # keys of a subgraph are objects, and its rows come in their turn
        columns = known_columns(document, step_type)
        row = TypeRef(filling.type) if document.provides else filling.wanted
        keyed = Keyed(filling.type, frozenset(filling.fields), columns, row)
        place = text.written.at("batch")
        KeyCheck(self.world.shapes, self.scope, place).check(document.batch, keyed)

    def _escalations(self, text: StepText) -> EscalationCompiler:
        return EscalationCompiler(
            self.operation,
            text.document,
            text.written,
            text.defaults,
            text.owner,
            self.world,
            self.scope,
        )

    def _said_timeout(self, text: StepText, source: str | None) -> float | None:
        """The nearest that says one: step, profile, source; else the deployment."""
        facts = self.world.sources.get(source or "")
        default = text.defaults.timeout if text.defaults else None
        own = facts.timeout if facts else None
        return text.document.timeout or default or own

    def _names(self, source: str | None) -> Names:
        facts = self.world.sources.get(source or "")
        return facts.names if facts else Names.VERBATIM

    def _role(self, text: StepText) -> Role:
        default = text.defaults.role if text.defaults else None
        role = text.document.role or default
        named = text.document.name in self.required
        return Role.REQUIRED if named or role == "required" else Role.OPTIONAL

    def _expression(
        self, text: str | None, key: str, written: Written, reads: ReadsSoFar
    ) -> Expression | None:
        if text is None:
            return None
        made = self.scope.expression(text, written, (key,))
        if made:
            reads.add(made, written.span((key,)), also=_RESPONSE)
            reads.no_parent(made, written.span((key,)))
        return made

    def _condition(
        self, document: StepDocument, written: Written, reads: ReadsSoFar
    ) -> Condition | None:
        if document.when is None:
            return None
        made = self.scope.expression(document.when, written, ("when",))
        if made is None:
            return None
        reads.add(made, written.span(("when",)))
        known = SURROUNDINGS | frozenset(self.scope.arguments)
        early = tuple(part for part in made.conjuncts if part.roots <= known)
        return Condition(made, early)

    def _after(self, document: StepDocument, written: Written) -> frozenset[str]:
        for number, name in enumerate(document.depends_on):
            if name not in self.scope.steps:
                self.problems.add(
                    written.span(("depends_on", number)),
                    f"step {document.name!r} waits for {name!r}, "
                    "which is not a step here",
                    hint=did_you_mean(name, self.scope.steps),
                )
        return frozenset(document.depends_on) & self.scope.steps

    def _type_by(self, document: StepDocument, written: Written) -> TypeBy | None:
        if document.type_by is None:
            return None
        shapes = self.world.shapes
        for value, name in document.type_by.types.items():
            found = shapes.get(name)
            if found is None or found.kind is not TypeKind.OBJECT:
                self.problems.add(
                    written.span(("type_by", "types", value)),
                    f"{name!r} is not an object type of the schema",
                    hint=did_you_mean(name, _objects(shapes)),
                )
        return TypeBy(document.type_by.field, dict(document.type_by.types))


def _objects(shapes: Shapes) -> Iterable[str]:
    return (n for n, shape in shapes.types.items() if shape.kind is TypeKind.OBJECT)


def _given(document: StepDocument, key: str) -> Fixed | None:
    given = key in document.model_fields_set
    return Fixed(getattr(document, key)) if given else None
