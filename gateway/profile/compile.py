"""A profile as written → the profile as planned.

Every problem is collected, each with its place; what comes back where there were
problems must not be used. The order of the work is the order of this file: arguments,
what is to be given, the steps, who owns what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.errors import Problems
from gateway.profile.arguments import arguments_of, check_names
from gateway.profile.declare import JSON, Declared, pascal
from gateway.profile.document import FragmentDocument, ProfileDocument
from gateway.profile.entities import EntityCompiler, coordinate_of
from gateway.profile.model import Computed, Entity, Profile, Step
from gateway.profile.ownership import Giver, Rules, Wanted, own
from gateway.profile.scope import NameScope, ReadsSoFar, Written
from gateway.profile.source import Document
from gateway.profile.steps import Filling, StepCompiler, StepText
from gateway.profile.world import World
from gateway.request.model import OperationKind
from gateway.shape import FieldShape, TypeRef
from gateway.values import digest

_ROOTS = {OperationKind.QUERY: "Query", OperationKind.MUTATION: "Mutation"}
DEADLINE = 10.0
"""Seconds an operation may take where its profile does not say."""


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
    defaults = document.defaults
    for number, step in enumerate(document.steps):
        yield StepText(
            step,
            Written(file, ("steps", number)),
            source=defaults.source if defaults else None,
            timeout=defaults.timeout if defaults else None,
        )


@dataclass
class _Compiler:
    document: ProfileDocument
    written: Written
    world: World
    texts: Mapping[str, StepText]
    problems: Problems
    declared: Declared = field(default_factory=Declared)

    def profile(self) -> Profile:
        self.kind = OperationKind(self.document.kind)
        self.in_sdl = self.world.shapes.field(
            _ROOTS[self.kind], self.document.operation
        )
        self.type = self._returns()
        self.in_schema = self.world.shapes.get(self.type.name)
        arguments = arguments_of(
            self.document, self.in_sdl, self.world, self.written, self.problems
        )
        steps = [text.document for text in self.texts.values()]
        check_names(arguments, steps, self.written, self.problems)
        names = tuple(argument.name for argument in arguments)
        self.scope = NameScope(names, frozenset(self.texts), self.problems)
        compiler = StepCompiler(
            self.document.operation,
            self.world,
            self.scope,
            paper=self.document.language is None,
            required=self._required(),
        )
        roots = {
            name: step
            for name, text in self.texts.items()
            if self._is_root(text)
            and (step := compiler.compile(text, self._filling(text)))
        }
        entities = self._entities(compiler)
        null_if = self._null_if()
        givers = tuple(self._givers(roots, entities, null_if))
        wanted = self._wanted(entities)
        root = own(givers, wanted, self._rules(), self.problems)
        declared_type = replace(self.type)
        self._declare(givers)
        return Profile(
            operation=self.document.operation,
            kind=self.kind,
            field=self.in_sdl
            or FieldShape(
                self.document.operation,
                declared_type,
                arguments,
                self.document.description,
                self.written.span(("operation",)),
            ),
            returns=self.type.name,
            root=root,
            steps=roots,
            entities=entities,
            deadline=self.document.deadline or DEADLINE,
            digest="",
            span=self.written.span(("operation",)),
            arguments=names,
            null_if=null_if,
            declares=tuple(self.declared.types.values()),
            declares_field=self.in_sdl is None,
            description=self.document.description,
        )

    # -- what is to be given -----------------------------------------------------

    def _returns(self) -> TypeRef:
        text = self.document.returns
        if self.in_sdl is not None:
            if text is not None and text != str(self.in_sdl.type):
                self.problems.add(
                    self.written.span(("returns",)),
                    f"the schema says that '{self.document.operation}' "
                    f"is of type {self.in_sdl.type}",
                    hint="remove 'returns'",
                )
            return self.in_sdl.type
        if text is None:
            return TypeRef(pascal(self.document.operation))
        try:
            return self.world.read_type(text)
        except ValueError as error:
            self.problems.add(self.written.span(("returns",)), str(error))
            return TypeRef(pascal(self.document.operation))

    def _is_root(self, text: StepText) -> bool:
        fills = text.document.fills
        return fills is None or fills.split(".")[0] == self.type.name

    def _filling(self, text: StepText) -> Filling:
        """What a root step gives, as far as its own keys say."""
        document, shapes = text.document, self.world.shapes
        name = (document.fills or "").partition(".")[2] or document.name
        shape = shapes.field(self.type.name, name)
        filled = shape.type if shape else self.type
        if self.in_schema is None or (shape is None and not self.type.is_list):
            many = None
        else:
            many = filled.is_list
        exact = shapes.reaches(filled.name, "Decimal")
        return Filling(None, {}, many, exact)

    def _wanted(self, entities: Mapping[str, Entity]) -> Wanted:
        own_type = entities.get(self.type.name)
        computed = dict(self._computed())
        fields: tuple[str, ...] | None = None
        if self.in_schema is None and not self.type.is_list:
            fields = tuple(dict.fromkeys((*computed, *self._undeclared())))
        elif self.in_schema and not self.type.is_list and self.in_schema.fields:
            abstract = self.in_schema.abstract
            fields = None if abstract else tuple(self.in_schema.fields)
        filled = (
            frozenset(name for step in own_type.steps.values() for name in step.fields)
            if own_type
            else frozenset()
        )
        return Wanted(
            self.type.name,
            fields,
            computed,
            filled,
            self.written.span(("operation",)),
        )

    def _undeclared(self) -> Iterator[str]:
        """Without SDL each step is a field under its own name."""
        for text in self.texts.values():
            if not self._is_root(text) or self._only_fallback(text.document.name):
                continue
            yield from text.document.provides or (text.document.name,)

    def _computed(self) -> Iterator[tuple[str, Computed]]:
        for coordinate, text in self.document.fields.items():
            type_name, _, name = coordinate.partition(".")
            if type_name == self.type.name:
                found = self._expression(text, ("fields", coordinate))
                if found:
                    yield name, found

    def _expression(self, text: str, below: Sequence[str | int]) -> Computed | None:
        made = self.scope.expression(text, self.written, below)
        if made is None:
            return None
        reads = ReadsSoFar(self.scope)
        reads.add(made, self.written.span(below))
        return Computed(made, reads.done(), self.written.span(below))

    def _null_if(self) -> Computed | None:
        text = self.document.null_if
        return self._expression(text, ("null_if",)) if text is not None else None

    # -- who gives it --------------------------------------------------------------

    def _entities(self, compiler: StepCompiler) -> dict[str, Entity]:
        """Steps and computed fields of nested types, by type."""
        made = EntityCompiler(compiler, self.written)
        for text in self.texts.values():
            if not self._is_root(text):
                made.add_step(text)
        for coordinate, text in self.document.fields.items():
            if coordinate_of(coordinate).type != self.type.name:
                made.add_field(coordinate, text)
        return made.done()

    def _givers(
        self,
        roots: Mapping[str, Step],
        entities: Mapping[str, Entity],
        null_if: Computed | None,
    ) -> Iterator[Giver]:
        inner = [s for entity in entities.values() for s in entity.steps.values()]
        read = {
            name
            for step in (*roots.values(), *inner)
            for name in (*step.reads.steps, *step.after)
        }
        for computed in dict(self._computed()).values():
            read |= computed.reads.steps.keys()
        if null_if:
            read |= null_if.reads.steps.keys()
        for name, step in roots.items():
            if self._only_fallback(name):
                continue
            yield Giver(
                name,
                step.span,
                shape=self._shape(self.texts[name]),
                explicit=self._explicit(self.texts[name]),
                read=name in read,
                always=step.always,
            )

    def _only_fallback(self, name: str) -> bool:
        return any(
            name in [rung for rung in text.document.fallback if isinstance(rung, str)]
            for text in self.texts.values()
        )

    def _explicit(self, text: StepText) -> dict[str, str | None]:
        document = text.document
        fills = (document.fills or "").partition(".")[2]
        if fills:
            return {fills: None}
        return {name: name for name in document.provides or ()}

    def _shape(self, text: StepText) -> tuple[str, ...] | None:
        """The fields that a step's answer is known to have."""
        document = text.document
        if document.returns is not None:
            found = self.world.shapes.get(document.returns.strip("[]!"))
            return tuple(found.fields) if found else None
        if isinstance(document.sample, Mapping):
            return tuple(document.sample)
        step_type = self.world.step_types.get(document.type)
        known = step_type.shape(document) if step_type else None
        return tuple(f.name for f in known) if known is not None else None

    def _rules(self) -> Rules:
        found = self.document.aggregation
        if found is None:
            return Rules()
        return Rules(
            found.strategy,
            found.on_conflict,
            found.by,
            self.written.span(("aggregation",)),
        )

    def _required(self) -> frozenset[str]:
        found = self.document.aggregation
        names = found.required_steps if found else ()
        for number, name in enumerate(names):
            if name not in self.texts:
                span = self.written.span(("aggregation", "required_steps", number))
                self.problems.add(span, f"there is no step {name!r} to require")
        return frozenset(names)

    # -- what no SDL declares ------------------------------------------------------

    def _declare(self, givers: Sequence[Giver]) -> None:
        if self.in_schema is not None or self.type.is_list:
            return
        span = self.written.span(("operation",))
        fields = {name: FieldShape(name, JSON) for name, _ in self._computed()}
        for giver in givers:
            document = self.texts[giver.name].document
            for name in giver.explicit or (giver.name,):
                if name not in fields:
                    type_ = JSON if giver.explicit else self._step_type(document)
                    fields[name] = FieldShape(name, type_)
        if not fields:
            self.problems.add(span, "the profile gives no field", hint="add a step")
        self.declared.object(self.type.name, tuple(fields.values()), span)

    def _step_type(self, document: object) -> TypeRef:
        name = f"{self.type.name}{pascal(document.name)}"
        span = self.written.span(("operation",))
        if document.returns is not None:
            return self.world.read_type(document.returns)
        if document.sample is not None:
            return self.declared.sample(name, document.sample, span)
        step_type = self.world.step_types.get(document.type)
        shape = step_type.shape(document) if step_type else None
        if not shape:
            return JSON
        many = getattr(document, "rows", None) == "many"
        made = self.declared.object(name, shape, span)
        return TypeRef(made.name, "[") if many else made
