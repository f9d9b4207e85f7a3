"""A profile as written → the profile as planned.

Every problem is collected, each with its place; what comes back where there were
problems must not be used. The order of the work is the order of this file: arguments,
what is to be given, the steps, who owns what.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from gateway.errors import Problems, did_you_mean
from gateway.profile.aggregating import required_of, rules_of
from gateway.profile.arguments import arguments_of, check_names
from gateway.profile.declare import Declared
from gateway.profile.document import ProfileDocument, StepDocument
from gateway.profile.document.many import MOST_STEPS, too_many_steps
from gateway.profile.document.step import owner_of
from gateway.profile.futile import check_policies, check_reading
from gateway.profile.giving import Giving
from gateway.profile.including import Fragment, Fragments, Material, material_of
from gateway.profile.invalidating import check_kind, idempotency_of
from gateway.profile.ladders import check_ladders
from gateway.profile.matching import matching_of
from gateway.profile.model import Computed, Entity, Matching, Profile, Step
from gateway.profile.objects import ObjectCompiler
from gateway.profile.ownership import own
from gateway.profile.parting import Parted, part
from gateway.profile.paths import Answer, answer_of, check_paths
from gateway.profile.policing import guard_of
from gateway.profile.returning import type_of
from gateway.profile.scope import NameScope, ReadsSoFar, Written
from gateway.profile.source import Document
from gateway.profile.steps import StepCompiler
from gateway.profile.subscribed import check_inner, feeding
from gateway.profile.world import World
from gateway.record import Struct, field, replace
from gateway.request.model import OperationKind
from gateway.shape import ArgumentShape, FieldShape, TypeRef
from gateway.values import SourceSpan, digest

__all__ = ["DEADLINE", "Fragment", "Fragments", "compile_profile"]

DEADLINE = 10.0
"""Seconds an operation may take where its profile does not say."""

_ROOTS = {kind: kind.value.capitalize() for kind in OperationKind}


def compile_profile(  # noqa: PLR0913 - the last only says how to judge
    document: ProfileDocument,
    file: Document,
    world: World,
    fragments: Fragments,
    problems: Problems,
    *,
    alone: bool = True,
) -> Profile | None:
    """The profile of one operation; None where it has problems.

    What one that is not ``alone`` lacks is the caller's to judge, who knows the other
    profiles of the operation.
    """
    before = len(problems.errors)
    material = material_of(document, file, fragments, problems)
    if len(material.steps) > MOST_STEPS:
        said, hint = too_many_steps(len(material.steps))
        problems.add(Written(file).span(("include",), key=True), said, hint=hint)
        return None
    compiler = _Compiler(document, Written(file), world, material, problems)
    compiler.lacks = None if alone else []
    compiled = compiler.profile()
    if len(problems.errors) > before:
        return None
    parts = [file.text, *(fragments[n].file.text for n in document.include)]
    return replace(compiled, digest=digest(world.digest, *parts))


def name_of_file(file: str) -> str:
    """The name of a profile that does not say its own."""
    return PurePath(file).name.partition(".y")[0]


def no_giver(profile: Profile, names: Sequence[str], problems: Problems) -> None:
    """The problem of fields that no profile of an operation gives."""
    what = ", ".join(f"{profile.returns}.{name}" for name in names)
    near = did_you_mean(names[0], profile.steps)
    hint = near or f"add a step named {names[0]!r}, or an entry in 'fields'"
    problems.add(profile.span, f"no step gives {what}", hint=hint)


class _Compiler(Struct):
    """One profile at work."""

    document: ProfileDocument
    written: Written
    world: World
    material: Material
    problems: Problems
    answers: dict[str, Answer] = field(default_factory=dict)
    lacks: list[str] | None = None

    def profile(self) -> Profile:
        kind, said = OperationKind(self.document.kind), self.document.aggregation
        in_sdl = self.world.shapes.field(_ROOTS[kind], self.document.operation)
        type_ = type_of(self.document, in_sdl, self.world, self.written, self.problems)
        arguments = arguments_of(
            self.document, in_sdl, self.world, self.written, self.problems
        )
        scope = self._scope(arguments)
        compiler = StepCompiler(
            self.document.operation,
            self.world,
            scope,
            paper=self.document.paper,
            required=required_of(
                said, self.material.steps, self.written, self.problems
            ),
            arguments={argument.name: argument.type.name for argument in arguments},
            changes=kind is OperationKind.MUTATION,
        )
        parted = part(self.material, type_.name, compiler)
        scope = parted.scope(scope)
        compiler = replace(compiler, scope=scope)
        entities = self._entities(compiler, parted)
        null_if = self._null_if(scope)
        giving = Giving(
            type_,
            self.material.steps,
            parted.roots,
            self.world,
            self._computed(scope, parted),
            entities.get(type_.name),
            null_if,
            self.written.span(("operation",)),
            self.document.operation,
        )
        steps = self._root_steps(compiler, giving)
        place = self.written.span(("kind",))
        steps = feeding(kind, steps, giving.roots, place, self.problems)
        check_inner(entities.values(), self.problems)
        inner = [s for entity in entities.values() for s in entity.steps.values()]
        giving.check(self.problems)
        check_paths(scope.seen, self.answers, self.world.shapes, self.problems)
        givers = giving.givers(steps, inner)
        wanted = giving.wanted(self.lacks)
        rules = rules_of(said, self.written, self.problems)
        root = own(givers, wanted, rules, self.problems)
        declared = Declared(self.world.shapes, self.problems)
        added = giving.declare(givers, root, declared)
        return Profile(
            operation=self.document.operation,
            kind=kind,
            field=in_sdl or self._field(type_, arguments),
            returns=type_.name,
            root=root,
            steps=steps,
            entities=entities,
            deadline=self.document.deadline or DEADLINE,
            digest="",
            span=self.written.span(("operation",)),
            arguments=scope.arguments,
            null_if=null_if,
            declares=tuple(declared.types.values()),
            declares_field=in_sdl is None,
            adds=added,
            description=self.document.description,
            deadline_span=self._deadline_span(),
            owner=owner_of(self.document.owner),
            idempotency=idempotency_of(self.document, kind, self.written, scope),
            slow_consumer=self.document.slow_consumer,
            deferral=self._deferral(),
            policy=guard_of(self.document.policy, self.written, scope),
            name=self.document.profile or name_of_file(self.written.file.file),
            lacks=tuple(self.lacks or ()),
            bodies=tuple(giving.bodies(steps).items()),
            match=self._match(),
            priority=self.document.priority or 0,
        )

    def _deadline_span(self) -> SourceSpan | None:
        written = self.document.deadline is not None
        return self.written.span(("deadline",)) if written else None

    def _deferral(self) -> float | None:
        written = self.document.deferral
        if written is None:
            return None
        if self.document.kind != "query":
            self.problems.add(
                self.written.span(("deferral",), key=True),
                f"'deferral' is for queries: a {self.document.kind} is answered whole",
                hint="remove 'deferral'",
            )
        return written.seconds

    def _match(self) -> Matching | None:
        file, flags = self.written.file, self.world.flags
        return matching_of(self.document, file, self.problems, flags)

    def _scope(self, arguments: Sequence[ArgumentShape]) -> NameScope:
        steps = [text.document for text in self.material.steps.values()]
        check_names(arguments, steps, self.written, self.problems)
        names = tuple(argument.name for argument in arguments)
        steps_here, file = frozenset(self.material.steps), self.written.file.file
        flags = self.world.flags
        return NameScope(names, steps_here, self.problems, file=file, flags=flags)

    def _root_steps(self, compiler: StepCompiler, giving: Giving) -> dict[str, Step]:
        made = {}
        for name, text in giving.roots.items():
            step = compiler.compile(text, giving.filling(text))
            if step:
                made[name] = step
                wanted = self._told(text.document, giving)
                self.answers[name] = answer_of(text, wanted, self.world)
                check_policies(text, step, self.world, self.problems)
                kind = OperationKind(self.document.kind)
                check_kind(kind, step, text.written, self.problems)
                if kind is not OperationKind.MUTATION:
                    check_reading(text, self.problems)
        check_ladders(made, giving.roots, self.problems)
        return made

    def _told(self, document: StepDocument, giving: Giving) -> TypeRef | None:
        """The type of the field that a step gives whole; None where none is known."""
        name = (document.fills or "").partition(".")[2] or document.name
        shape = self.world.shapes.field(giving.type.name, name)
        return shape.type if shape and not document.provides else None

    def _entities(self, compiler: StepCompiler, parted: Parted) -> dict[str, Entity]:
        """Steps and computed fields of objects, by type."""
        made = ObjectCompiler(compiler, self.written)
        for step in parted.steps:
            made.add_step(step)
        for text in parted.fields:
            made.add_field(text)
        self.answers |= made.answers
        return made.done()

    def _computed(self, scope: NameScope, parted: Parted) -> dict[str, Computed]:
        """The composite's fields whose value is an expression over steps."""
        made = {
            field.name: self._expression(scope, field.text, field.written, field.below)
            for field in parted.computed
        }
        return {name: computed for name, computed in made.items() if computed}

    def _null_if(self, scope: NameScope) -> Computed | None:
        text = self.document.null_if
        below = ("null_if",)
        return self._expression(scope, text, self.written, below) if text else None

    def _expression(
        self,
        scope: NameScope,
        text: str,
        written: Written,
        below: Sequence[str],
    ) -> Computed | None:
        made = scope.expression(text, written, below)
        if made is None:
            return None
        reads = ReadsSoFar(scope)
        reads.add(made, written.span(below))
        return Computed(made, reads.done(), written.span(below))

    def _field(
        self, type_: TypeRef, arguments: tuple[ArgumentShape, ...]
    ) -> FieldShape:
        return FieldShape(
            self.document.operation,
            type_,
            arguments,
            self.document.description,
            self.written.span(("operation",)),
        )
