"""The types of what steps give, where no SDL says: `returns`, `sample`, columns.

In charge of which of a step's own keys tells its type, and of the name that the type
gets. Must never ask a source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.profile.declare import JSON, Declared, pascal
from gateway.profile.document import StepDocument
from gateway.profile.knowing import step_type_of
from gateway.profile.model import Concatenation, FirstAnswer, OneStep, Root
from gateway.profile.ownership import Giver
from gateway.profile.steps import StepText
from gateway.profile.world import World
from gateway.record import Model
from gateway.shape import FieldShape, TypeRef
from gateway.values import JsonValue, SourceSpan


def answer_of(text: StepText, world: World) -> tuple[FieldShape, ...] | None:
    """The fields of one row or object of an answer, where the step's type knows."""
    step_type = step_type_of(text.document.type, text.source, world)
    return step_type.shape(text.document) if step_type else None


def collects(text: StepText, world: World) -> bool:
    """Whether it answers with a list: all rules that hold, the messages of a stream."""
    if getattr(text.document, "mode", None) == "collect":
        return True
    step_type = step_type_of(text.document.type, text.source, world)
    gives_list = getattr(step_type, "gives_list", None)
    return gives_list is not None and bool(gives_list(text.document))


def filled_by(document: StepDocument) -> str:
    """The field that the step fills by its `fills`; empty where it names none."""
    return (document.fills or "").partition(".")[2]


class Inferring(Model, frozen=True):
    """Infers for an operation of one type; ``declared`` takes the types in."""

    type: TypeRef
    texts: Mapping[str, StepText]
    world: World
    declared: Declared

    def declare(
        self, givers: Sequence[Giver], root: Root, first: Iterable[str], at: SourceSpan
    ) -> None:
        """Declare the operation's type; its fields ``first`` are computed."""
        fields = {name: FieldShape(name, JSON) for name in first}
        match root:
            case OneStep(step):
                fields |= self._rows((step,), at)
            case FirstAnswer(steps) | Concatenation(steps):
                fields |= self._rows(steps, at)
            case _:
                fields = fields | self._by_step(givers) | fields
        if fields:
            self.declared.object(self.type.name, tuple(fields.values()), at)

    def step(self, text: StepText) -> TypeRef:
        """The type of a step's whole answer."""
        document = text.document
        if document.returns is not None:
            return self.world.read_type(document.returns)
        name = f"{self.type.name}{pascal(filled_by(document) or document.name)}"
        if document.sample is not None:
            span = text.written.span(("sample",))
            return self.declared.sample(name, document.sample, span)
        shape = self._shape(text, name)
        if not shape:
            return JSON
        made = self.declared.object(name, shape, text.written.span())
        many = getattr(document, "rows", None) == "many" or collects(text, self.world)
        return TypeRef(made.name, "[") if many else made

    def key(self, text: StepText, key: str) -> TypeRef:
        """The type of one key of a step's answer."""
        document = text.document
        if isinstance(document.sample, Mapping):
            below = ("sample", key) if key in document.sample else ("sample",)
            name, value = f"{self.type.name}{pascal(key)}", document.sample.get(key)
            return self.declared.sample(name, value, text.written.span(below), key)
        shape = self._shape(text, self.type.name) or ()
        return next((f.type for f in shape if f.name == key), JSON)

    def _shape(self, text: StepText, name: str) -> tuple[FieldShape, ...] | None:
        """The fields of an answer of the type `name`, objects in it declared."""
        document = text.document
        step_type = step_type_of(document.type, text.source, self.world)
        typed = getattr(step_type, "types", None)
        if typed is None:
            return answer_of(text, self.world)
        own: tuple[FieldShape, ...] | None = None
        for number, each in enumerate(typed(document, name)):
            fields = tuple(each.fields.values())
            if number:
                self.declared.object(each.name, fields, text.written.span())
            else:
                own = fields
        return own

    def _by_step(self, givers: Sequence[Giver]) -> dict[str, FieldShape]:
        """A field for each step, or for each that it was told to fill."""
        fields: dict[str, FieldShape] = {}
        for giver in givers:
            text = self.texts[giver.name]
            for name, key in (giver.explicit or {giver.name: None}).items():
                if name not in fields:
                    type_ = self.key(text, key) if key else self.step(text)
                    fields[name] = FieldShape(name, type_)
        return fields

    def _rows(self, steps: Sequence[str], at: SourceSpan) -> dict[str, FieldShape]:
        """What answers that are the value itself have in common, or one of them has."""
        documents = [self.texts[name].document for name in steps]
        samples = [row for each in documents for row in _objects(each.sample)]
        found = self.declared.fields(self.type.name, samples, at)
        fields = {each.name: each for each in found}
        for step in steps:
            for column in self._shape(self.texts[step], self.type.name) or ():
                fields.setdefault(column.name, column)
        if not fields:
            self.declared.problems.add(
                at,
                f"there is no type {self.type.name!r}, and nothing tells what is in it",
                hint="declare it in the schema folder, return "
                f"{TypeRef('JSON', self.type.wrappers)}, or add a 'sample' to step "
                f"{steps[0]!r}",
            )
        return fields


def _objects(sample: JsonValue) -> Iterator[JsonValue]:
    """The objects of a sample that is one, or a list of them."""
    for value in sample if isinstance(sample, list | tuple) else (sample,):
        if isinstance(value, Mapping):
            yield value
