"""What an operation's value is to be, and which of its steps could give what of it.

Gathers what ownership is decided on: the composite's fields from the schema (or, with
no SDL, from the steps), and each root step's shape as far as it is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.errors import Problems, did_you_mean
from gateway.profile.declare import LEAVES, Declared
from gateway.profile.document import StepDocument
from gateway.profile.inferring import Inferring, answer_of, collects, filled_by
from gateway.profile.model import UNMARKED, Computed, Entity, Root, Step
from gateway.profile.ownership import Giver, Wanted
from gateway.profile.steps import Filling, StepText
from gateway.profile.world import World
from gateway.record import Model
from gateway.shape import FieldShape, TypeRef
from gateway.values import SourceSpan


class Giving(Model, frozen=True):
    """One operation's value.

    ``roots`` are those of its steps that run for the operation itself; ``entity`` is
    what the profile itself gives to the objects of its type.
    """

    type: TypeRef
    texts: Mapping[str, StepText]
    roots: Mapping[str, StepText]
    world: World
    computed: Mapping[str, Computed]
    entity: Entity | None
    null_if: Computed | None
    span: SourceSpan
    operation: str

    @property
    def undeclared(self) -> bool:
        """Whether the type comes from this profile, not from SDL."""
        name = self.type.name
        return name not in LEAVES and name not in self.world.shapes.types

    def filling(self, text: StepText) -> Filling:
        """What a root step gives, as far as its own keys say."""
        document, shapes = text.document, self.world.shapes
        name = filled_by(document) or document.name
        shape = shapes.field(self.type.name, name) or self.added().get(name)
        known = shape.type if shape else self._inferred(text)
        many = known.is_list if known else None
        filled = known or self.type
        exact = self._exact(filled)
        takes = tuple(shape.defaults()) if shape else None
        arguments = self._argument_types(self._explicit(document) or (name,))
        return Filling(None, {}, many, exact, filled, takes, arguments)

    def _exact(self, type_: TypeRef) -> bool:
        """Whether decimals are read from it; an inferred type may hold the schema's."""
        shapes = self.world.shapes
        if type_.name in shapes.types:
            return shapes.reaches(type_.name, "Decimal")
        below = (name for name in shapes.types if name.startswith(type_.name))
        return any(shapes.reaches(name, "Decimal") for name in below)

    def _argument_types(self, names: Iterable[str]) -> dict[str, str]:
        """The types of the arguments that fields have, by name."""
        found = (self.world.shapes.field(self.type.name, name) for name in names)
        given = (argument for shape in found if shape for argument in shape.arguments)
        return {argument.name: argument.type.name for argument in given}

    def wanted(self, lacks: list[str] | None = None) -> Wanted:
        own = self.entity
        filled = {n for s in own.steps.values() for n in s.fields} if own else set()
        filled |= own.computed.keys() if own else set()
        filled |= self._elsewhere()
        return Wanted(
            self.type.name,
            self._fields(),
            self.computed,
            frozenset(filled),
            self.span,
            self._objects(),
            lacks,
        )

    def _elsewhere(self) -> set[str]:
        """Fields that another subgraph gives, unless the operation says it does."""
        marks = self.world.marks
        external = marks.get(self.type.name, UNMARKED).external
        provides = (
            marks.get(root, UNMARKED).provides for root in ("Query", "Mutation")
        )
        said = (sets.get(self.operation) for sets in provides)
        return {*external}.difference(*(one.fields for one in said if one))

    def _objects(self) -> frozenset[str]:
        """Fields of the type whose own type has fields: a row of SQL holds none."""
        shapes = self.world.shapes
        own = shapes.get(self.type.name)
        found = own.fields.items() if own is not None else ()
        return frozenset(
            name
            for name, field_ in found
            if (below := shapes.get(field_.type.name)) is not None and below.fields
        )

    def _fields(self) -> tuple[str, ...] | None:
        if self.type.is_list:
            return None
        if self.undeclared:
            return tuple(dict.fromkeys((*self.computed, *self._own_fields())))
        shape = self.world.shapes.get(self.type.name)
        if shape is None or shape.abstract or not shape.fields:
            return None
        return (*shape.fields, *self.added())

    def added(self) -> Mapping[str, FieldShape]:
        """Fields that the type lacks in the SDL: steps bring them."""
        return self._added(Declared(self.world.shapes, Problems()))

    def _bringing(self) -> Mapping[str, StepText]:
        """Steps that bring a field and tell its type, by `returns` or `sample`."""
        if self.undeclared or self.type.is_list:
            return {}
        return {
            name: text
            for text in self.roots.values()
            if (name := filled_by(text.document)) and _tells(text.document)
            if self.world.shapes.field(self.type.name, name) is None
        }

    def check(self, problems: Problems) -> None:
        """Fields that steps and `fields` are to give, and the type does not have."""
        self._check_list(problems)
        known = self._fields()
        if known is None or self.undeclared:
            return
        for text in self.roots.values():
            for name in self._explicit(text.document):
                below = ("fills",) if filled_by(text.document) else ("provides",)
                self._known(name, known, text.written.span(below), problems)
        for name, computed in self.computed.items():
            self._known(name, known, computed.span, problems)

    def _check_list(self, problems: Problems) -> None:
        """Objects of a list are filled one by one: by what says whose it is."""
        for name in self._astray():
            problems.add(
                self.roots[name].written.span(("fills",)),
                f"each {self.type.name} of the list is filled for itself, and "
                f"step {name!r} reads nothing of it",
                hint="read 'self', such as self.id",
            )

    def _astray(self) -> tuple[str, ...]:
        """Steps that would fill a field of a list, which has none of its own."""
        roots = self.roots.items() if self.type.is_list else ()
        return tuple(name for name, text in roots if filled_by(text.document))

    def _known(
        self, name: str, known: Iterable[str], span: SourceSpan, problems: Problems
    ) -> None:
        if name not in known:
            hint = did_you_mean(name, known) or "add 'returns' to declare it here"
            message = f"type {self.type.name} has no field {name!r}"
            problems.add(span, message, hint=hint)

    def _own_fields(self) -> Iterator[str]:
        """Without SDL each step is a field under its own name."""
        for name, text in self.roots.items():
            if not self._only_fallback(name):
                yield from self._explicit(text.document) or (name,)

    # -- who could give it ---------------------------------------------------------

    def givers(
        self, steps: Mapping[str, Step], inner: Iterable[Step]
    ) -> tuple[Giver, ...]:
        read = self._read((*steps.values(), *inner))
        return tuple(
            Giver(
                name,
                step.span,
                shape=self._shape(self.texts[name]),
                explicit=self._explicit(self.texts[name].document),
                read=name in read,
                always=step.always,
                feeds=step.type == "stream",
            )
            for name, step in steps.items()
            if not self._only_fallback(name) and name not in self._astray()
        )

    def bodies(self, steps: Mapping[str, Step]) -> dict[str, frozenset[str]]:
        """The keys that answers have at most, where nothing else can stand in."""
        found = {}
        for name, step in steps.items():
            known = answer_of(self.texts[name], self.world)
            if known and not (step.select or step.fallback or step.on_skip):
                found[name] = frozenset(shape.name for shape in known)
        return found

    def _read(self, steps: Iterable[Step]) -> set[str]:
        """The steps that other steps and expressions read."""
        read = {n for s in steps for n in (*s.reads.steps, *s.after)}
        for computed in self.computed.values():
            read |= computed.reads.steps.keys()
        return read | (self.null_if.reads.steps.keys() if self.null_if else set())

    def _only_fallback(self, name: str) -> bool:
        """A step named only in fallback lists gives nothing of its own."""
        named = any(name in text.document.fallback for text in self.texts.values())
        return named and self.world.shapes.field(self.type.name, name) is None

    def _explicit(self, document: StepDocument) -> dict[str, str | None]:
        fills = filled_by(document)
        if fills:
            return {fills: None}
        return {name: name for name in document.provides}

    def _shape(self, text: StepText) -> tuple[str, ...] | None:
        """The fields that a step's answer is known to have."""
        document = text.document
        if document.returns is not None:
            found = self.world.shapes.get(document.returns.strip("[]!"))
            return tuple(found.fields) if found else None
        if isinstance(document.sample, Mapping):
            return tuple(document.sample)
        if collects(text, self.world):
            return ()  # a list has no fields that could merge into the composite
        known = answer_of(text, self.world)
        return tuple(f.name for f in known) if known is not None else None

    # -- what no SDL declares --------------------------------------------------------

    def declare(
        self, givers: Sequence[Giver], root: Root, declared: Declared
    ) -> tuple[FieldShape, ...]:
        """Declare what no SDL does; gives the fields that the SDL's type lacks."""
        if self.undeclared:
            self._inferring(declared).declare(givers, root, self.computed, self.span)
        return tuple(self._added(declared).values())

    def _inferring(self, declared: Declared) -> Inferring:
        return Inferring(self.type, self.texts, self.world, declared)

    def _added(self, declared: Declared) -> dict[str, FieldShape]:
        inferring = self._inferring(declared)
        return {
            name: FieldShape(name, inferring.step(text), span=text.written.span())
            for name, text in self._bringing().items()
        }

    def _inferred(self, text: StepText) -> TypeRef | None:
        """What the step's field is, where its own keys and no SDL say so."""
        document = text.document
        if not self.undeclared or self.type.is_list:
            return self.type if self.type.is_list else None
        if document.returns is None and document.sample is None:
            return None
        return self._inferring(Declared(self.world.shapes, Problems())).step(text)


def _tells(document: StepDocument) -> bool:
    return document.returns is not None or document.sample is not None
