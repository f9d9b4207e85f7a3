"""A profile as written → the profile as planned.

Every problem is collected, each with its place; what comes back where there were
problems must not be used. The order of the work is the order of this file: arguments,
what is to be given, the steps, who owns what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.errors import Problems
from gateway.profile.arguments import arguments_of, check_names
from gateway.profile.declare import Declared, pascal
from gateway.profile.document import FragmentDocument, ProfileDocument
from gateway.profile.entities import EntityCompiler
from gateway.profile.giving import Giving
from gateway.profile.model import Computed, Entity, Profile, Step
from gateway.profile.ownership import Rules, own
from gateway.profile.scope import NameScope, ReadsSoFar, Written
from gateway.profile.source import Document
from gateway.profile.steps import StepCompiler, StepText
from gateway.profile.world import World
from gateway.request.model import OperationKind
from gateway.shape import ArgumentShape, FieldShape, TypeRef
from gateway.values import digest

DEADLINE = 10.0
"""Seconds an operation may take where its profile does not say."""

_KINDS = {kind.value: kind for kind in OperationKind}
_ROOTS = {OperationKind.QUERY: "Query", OperationKind.MUTATION: "Mutation"}
_NOT_HERE = {
    "policy": "'policy' is not enforced in this version, so this does not load",
    "match": "profiles that serve only some requests are not available in this version",
}


@dataclass(frozen=True, slots=True)
class Fragment:
    document: FragmentDocument
    file: Document


Fragments = Mapping[str, Fragment]


def compile_profile(
    document: ProfileDocument,
    file: Document,
    world: World,
    fragments: Fragments,
    problems: Problems,
) -> Profile | None:
    """The profile of one operation; None where it has problems."""
    before = len(problems.errors)
    texts = _steps(document, file, fragments, problems)
    compiled = _Compiler(document, Written(file), world, texts, problems).profile()
    if len(problems.errors) > before:
        return None
    parts = [file.text, *(fragments[n].file.text for n in document.include)]
    return replace(compiled, digest=digest(world.digest, *parts))


def _steps(
    document: ProfileDocument, file: Document, fragments: Fragments, problems: Problems
) -> dict[str, StepText]:
    """Steps by name: those of fragments first, ours winning in their place."""
    texts: dict[str, StepText] = {}
    for number, name in enumerate(document.include):
        fragment = fragments.get(name)
        if fragment is None:
            span = Written(file).span(("include", number))
            problems.add(span, f"there is no fragment {name!r}")
            continue
        texts |= {t.document.name: t for t in _texts(fragment.document, fragment.file)}
    return texts | {t.document.name: t for t in _texts(document, file)}


def _texts(
    document: ProfileDocument | FragmentDocument, file: Document
) -> Iterator[StepText]:
    for number, step in enumerate(document.steps):
        written = Written(file, ("steps", number))
        yield StepText(step, written, document.defaults)


@dataclass(slots=True)
class _Compiler:
    """One profile at work."""

    document: ProfileDocument
    written: Written
    world: World
    texts: Mapping[str, StepText]
    problems: Problems

    def profile(self) -> Profile:
        self._refuse()
        kind = self._kind()
        in_sdl = self.world.shapes.field(_ROOTS[kind], self.document.operation)
        type_ = self._returns(in_sdl)
        arguments = arguments_of(
            self.document, in_sdl, self.world, self.written, self.problems
        )
        scope = self._scope(arguments)
        compiler = StepCompiler(
            self.document.operation,
            self.world,
            scope,
            paper=self.document.paper,
            required=self._required(),
        )
        entities = self._entities(compiler, type_)
        null_if = self._null_if(scope)
        giving = Giving(
            type_,
            self.texts,
            self.world,
            self._computed(scope, type_),
            entities.get(type_.name),
            null_if,
            self.written.span(("operation",)),
        )
        steps = self._root_steps(compiler, giving)
        inner = [s for entity in entities.values() for s in entity.steps.values()]
        giving.check(self.problems)
        givers = giving.givers(steps, inner)
        root = own(givers, giving.wanted(), self._rules(), self.problems)
        declared = Declared()
        giving.declare(givers, declared, self.problems)
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
            adds=tuple(giving.added().values()),
            description=self.document.description,
        )

    def _refuse(self) -> None:
        """Keys that would promise what this version does not do."""
        for key, why in _NOT_HERE.items():
            if key in self.document.model_fields_set:
                span = self.written.span((key,), key=True)
                self.problems.add(span, why, hint=f"remove {key!r}")

    def _kind(self) -> OperationKind:
        if self.document.kind not in _KINDS:
            span = self.written.span(("kind",))
            self.problems.add(span, "subscriptions are not served in this version")
        return _KINDS.get(self.document.kind, OperationKind.QUERY)

    def _returns(self, in_sdl: FieldShape | None) -> TypeRef:
        text = self.document.returns
        by_name = TypeRef(pascal(self.document.operation))
        if in_sdl is not None:
            if text is not None and text != str(in_sdl.type):
                self.problems.add(
                    self.written.span(("returns",)),
                    f"the schema says that '{self.document.operation}' "
                    f"is of type {in_sdl.type}",
                    hint="remove 'returns'",
                )
            return in_sdl.type
        if text is None:
            return by_name
        try:
            return self.world.read_type(text)
        except ValueError as error:
            self.problems.add(self.written.span(("returns",)), str(error))
            return by_name

    def _scope(self, arguments: Sequence[ArgumentShape]) -> NameScope:
        steps = [text.document for text in self.texts.values()]
        check_names(arguments, steps, self.written, self.problems)
        names = tuple(argument.name for argument in arguments)
        return NameScope(names, frozenset(self.texts), self.problems)

    def _root_steps(self, compiler: StepCompiler, giving: Giving) -> dict[str, Step]:
        made = {}
        for name, text in giving.roots.items():
            step = compiler.compile(text, giving.filling(text))
            if step:
                made[name] = step
        return made

    def _entities(self, compiler: StepCompiler, type_: TypeRef) -> dict[str, Entity]:
        """Steps and computed fields of nested types, by type."""
        made = EntityCompiler(compiler, self.written)
        for text in self.texts.values():
            fills = text.document.fills
            if fills is not None and fills.partition(".")[0] != type_.name:
                made.add_step(text)
        for coordinate, expression in self.document.fields.items():
            if coordinate.partition(".")[0] != type_.name:
                made.add_field(coordinate, expression)
        return made.done()

    def _computed(self, scope: NameScope, type_: TypeRef) -> dict[str, Computed]:
        """The composite's fields whose value is an expression over steps."""
        found = {}
        for coordinate, text in self.document.fields.items():
            type_name, _, name = coordinate.partition(".")
            made = (
                self._expression(scope, text, ("fields", coordinate))
                if type_name == type_.name
                else None
            )
            if made:
                found[name] = made
        return found

    def _null_if(self, scope: NameScope) -> Computed | None:
        text = self.document.null_if
        return self._expression(scope, text, ("null_if",)) if text else None

    def _expression(
        self, scope: NameScope, text: str, below: Sequence[str | int]
    ) -> Computed | None:
        made = scope.expression(text, self.written, below)
        if made is None:
            return None
        reads = ReadsSoFar(scope)
        reads.add(made, self.written.span(below))
        return Computed(made, reads.done(), self.written.span(below))

    def _rules(self) -> Rules:
        found = self.document.aggregation
        return Rules(found.strategy, found.on_conflict, found.by)

    def _required(self) -> frozenset[str]:
        names = self.document.aggregation.required_steps
        for number, name in enumerate(names):
            if name not in self.texts:
                span = self.written.span(("aggregation", "required_steps", number))
                self.problems.add(span, f"there is no step {name!r} to require")
        return frozenset(names)

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
