"""What an operation's value is to be, and which of its steps could give what of it.

Gathers what ownership is decided on: the composite's fields from the schema (or, with
no SDL, from the steps), and each root step's shape as far as it is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.errors import Problems, did_you_mean
from gateway.profile.declare import JSON, LEAVES, Declared, pascal
from gateway.profile.document import StepDocument
from gateway.profile.model import Computed, Entity, Step
from gateway.profile.ownership import Giver, Wanted
from gateway.profile.steps import Filling, StepText
from gateway.profile.world import World
from gateway.shape import FieldShape, TypeRef
from gateway.values import SourceSpan


@dataclass(frozen=True, slots=True)
class Giving:
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

    @property
    def undeclared(self) -> bool:
        """Whether the type comes from this profile, not from SDL."""
        name = self.type.name
        return name not in LEAVES and name not in self.world.shapes.types

    def filling(self, text: StepText) -> Filling:
        """What a root step gives, as far as its own keys say."""
        document, shapes = text.document, self.world.shapes
        name = _filled(document) or document.name
        shape = shapes.field(self.type.name, name) or self.added().get(name)
        filled = shape.type if shape else self.type
        known = shape is not None or (self.type.is_list and not self.undeclared)
        many = filled.is_list if known else None
        exact = shapes.reaches(filled.name, "Decimal")
        takes = tuple(shape.defaults()) if shape else None
        arguments = self._argument_types(self._explicit(document) or (name,))
        return Filling(None, {}, many, exact, filled, takes, arguments)

    def _argument_types(self, names: Iterable[str]) -> dict[str, str]:
        """The types of the arguments that fields have, by name."""
        found = (self.world.shapes.field(self.type.name, name) for name in names)
        given = (argument for shape in found if shape for argument in shape.arguments)
        return {argument.name: argument.type.name for argument in given}

    def wanted(self) -> Wanted:
        own = self.entity
        filled = {n for s in own.steps.values() for n in s.fields} if own else set()
        filled |= own.computed.keys() if own else set()
        return Wanted(
            self.type.name, self._fields(), self.computed, frozenset(filled), self.span
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
        """Fields that the type lacks in the SDL: steps bring them by `returns`."""
        if self.undeclared or self.type.is_list:
            return {}
        return {
            name: FieldShape(
                name,
                self.world.read_type(text.document.returns),
                span=text.written.span(),
            )
            for text in self.roots.values()
            if (name := _filled(text.document)) and text.document.returns
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
                below = ("fills",) if _filled(text.document) else ("provides",)
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
        return tuple(name for name, text in roots if _filled(text.document))

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
                shape=self._shape(self.texts[name].document),
                explicit=self._explicit(self.texts[name].document),
                read=name in read,
                always=step.always,
            )
            for name, step in steps.items()
            if not self._only_fallback(name) and name not in self._astray()
        )

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
        fills = _filled(document)
        if fills:
            return {fills: None}
        return {name: name for name in document.provides}

    def _shape(self, document: StepDocument) -> tuple[str, ...] | None:
        """The fields that a step's answer is known to have."""
        if document.returns is not None:
            found = self.world.shapes.get(document.returns.strip("[]!"))
            return tuple(found.fields) if found else None
        if isinstance(document.sample, Mapping):
            return tuple(document.sample)
        if _collects(document):
            return ()  # a list has no fields that could merge into the composite
        known = self._answer(document)
        return tuple(f.name for f in known) if known is not None else None

    def _answer(self, document: StepDocument) -> tuple[FieldShape, ...] | None:
        step_type = self.world.step_types.get(document.type)
        return step_type.shape(document) if step_type else None

    # -- what no SDL declares --------------------------------------------------------

    def declare(
        self, givers: Sequence[Giver], declared: Declared, problems: Problems
    ) -> None:
        """Declare the composite where no SDL does, a field for each step."""
        if not self.undeclared:
            return
        if self.type.is_list:
            problems.add(
                self.span,
                f"there is no type {self.type.name!r}",
                hint="declare it in the schema folder, or return [JSON]",
            )
            return
        fields = {name: FieldShape(name, JSON) for name in self.computed}
        for giver in givers:
            document = self.texts[giver.name].document
            for name in giver.explicit or (giver.name,):
                type_ = JSON if giver.explicit else self._type(document, declared)
                fields.setdefault(name, FieldShape(name, type_))
        declared.object(self.type.name, tuple(fields.values()), self.span)

    def _type(self, document: StepDocument, declared: Declared) -> TypeRef:
        name = f"{self.type.name}{pascal(document.name)}"
        if document.returns is not None:
            return self.world.read_type(document.returns)
        if document.sample is not None:
            return declared.sample(name, document.sample, self.span)
        shape = self._answer(document)
        if not shape:
            return JSON
        made = declared.object(name, shape, self.span)
        return TypeRef(made.name, "[") if _is_list(document) else made


def _is_list(document: StepDocument) -> bool:
    """Whether the step's own keys say that it answers with a list."""
    return getattr(document, "rows", None) == "many" or _collects(document)


def _collects(document: StepDocument) -> bool:
    """Whether it is a decision that answers with all rules that hold."""
    return getattr(document, "mode", None) == "collect"


def _filled(document: StepDocument) -> str:
    """The field that the step fills by its `fills`; empty where it names none."""
    return (document.fills or "").partition(".")[2]
