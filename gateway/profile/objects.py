"""Steps and computed fields of objects, by type: of operations and of entity files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.errors import Problems, did_you_mean
from gateway.expression import Expression, Reference
from gateway.profile.document import EntityDocument, StepDocument
from gateway.profile.futile import check_policies, check_reading
from gateway.profile.including import FieldText
from gateway.profile.model import Computed, Entity, Step
from gateway.profile.paths import Answer, answer_of
from gateway.profile.scope import NameScope, ReadsSoFar, Written
from gateway.profile.steps import Filling, StepCompiler, StepText
from gateway.profile.world import World
from gateway.record import Struct, field, replace
from gateway.shape import FieldShape, TypeKind
from gateway.values import Coordinate, SourceSpan


def coordinate_of(text: str) -> Coordinate:
    type_name, _, name = text.partition(".")
    return Coordinate(type_name, name)


def check_type(
    name: str,
    world: World,
    span: SourceSpan,
    problems: Problems,
    document: EntityDocument | None = None,
) -> None:
    """Objects have steps; an interface's would belong to none of its types.

    It may have keys: whoever names one of its objects need not know what it is.
    """
    found = world.shapes.get(name)
    keyed = document is not None and (document.key or document.lookup)
    giving = document is not None and (document.steps or document.fields)
    is_interface = found is not None and found.kind is TypeKind.INTERFACE
    named = is_interface and keyed and not giving
    if found is None:
        hint = did_you_mean(name, world.shapes.types) or "declare it in the schema"
        problems.add(span, f"there is no type {name!r}", hint=hint)
    elif found.kind is not TypeKind.OBJECT and not named:
        ours = ", ".join(sorted(found.possible))
        hint = f"write a file for each of {ours}" if ours else "name an object type"
        problems.add(span, f"{name} is no object type", hint=hint)


class ObjectCompiler(Struct):
    """Collects what fills nested types. ``type`` is set for entity files.

    ``nearest``: a field may have several steps that give it.
    """

    compiler: StepCompiler
    written: Written
    type: str | None = None
    nearest: bool = False
    steps: dict[str, dict[str, Step]] = field(default_factory=dict)
    computed: dict[str, dict[str, Computed]] = field(default_factory=dict)
    owners: dict[Coordinate, str] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def problems(self) -> Problems:
        return self.compiler.problems

    def add_step(self, text: StepText) -> None:
        """A step that runs once for each parent object of the type it fills."""
        found = self._fills(text.document, text.written)
        if found is None:
            return
        type_name, fields = found
        shapes = self.compiler.world.shapes
        many = wanted = None
        takes: tuple[str, ...] = ()
        exact = False
        arguments: dict[str, str] = {}
        for name, key in fields.items():
            at = Coordinate(type_name, name)
            self._claim(at, text.document.name, text.written.span())
            shape = self._field(at, text.written.span(("fills",)))
            if shape is not None:
                many = key is None and shape.type.is_list
                exact = exact or shapes.reaches(shape.type.name, "Decimal")
                arguments |= {a.name: a.type.name for a in shape.arguments}
                wanted, takes = shape.type, tuple(shape.defaults())
        scope = self.compiler.scope.among(type_name)
        compiler = replace(self.compiler, scope=scope)
        filling = Filling(type_name, fields, many, exact, wanted, takes, arguments)
        step = compiler.compile(text, filling)
        if step is not None:
            self.answers[step.name] = answer_of(text, wanted, self.compiler.world)
            self.steps.setdefault(type_name, {})[step.name] = step
            check_policies(text, step, self.compiler.world, self.problems)
            check_reading(text, self.problems)

    def add_field(self, field: FieldText) -> None:
        """A computed field of a nested type; it may read only ``self``."""
        at = coordinate_of(field.coordinate)
        if not self._is_about(at.type, field.below, field.written):
            return
        span = field.written.span(field.below)
        seen = self.compiler.scope.seen
        scope = NameScope(
            (),
            frozenset(),
            self.problems,
            has_self=True,
            of=at.type,
            seen=seen,
            flags=self.compiler.world.flags,
        )
        made = scope.expression(field.text, field.written, field.below)
        self._field(at, field.written.span(field.below, key=True))
        if made is None or not self._reads_self_only(made, at, span):
            return
        reads = ReadsSoFar(scope)
        reads.add(made, span)
        self._claim(at, "fields", span)
        computed = Computed(made, reads.done(), span)
        self.computed.setdefault(at.type, {})[at.field] = computed

    def _reads_self_only(
        self, made: Expression, at: Coordinate, span: SourceSpan
    ) -> bool:
        """An object's field cannot read what there is once for all of them."""
        scope = self.compiler.scope
        known = {*scope.steps, *scope.each, *scope.arguments}
        others = [read for read in made.references if read.root in known]
        for read in others:
            self.problems.add(
                span,
                f"fields of objects read only 'self', and {at} reads {read.root!r}",
                hint=self._of_self(read, at),
            )
        return not others

    def _of_self(self, read: Reference, at: Coordinate) -> str:
        """What to write in place of a step's name: what the object itself has."""
        fields = self.compiler.world.shapes.get(at.type)
        trail = ".".join(map(str, read.path))
        if fields is not None and read.root in fields.fields:
            return f"write self.{read.root}{'.' if trail else ''}{trail}"
        if trail:
            return f"write self.{trail}, or add a step with 'fills: {at}'"
        return f"read a field of 'self', or add a step with 'fills: {at}'"

    def done(self) -> dict[str, Entity]:
        """What was collected, by type."""
        span = self.written.span()
        return {
            name: Entity(
                name, self.steps.get(name, {}), self.computed.get(name, {}), "", span
            )
            for name in (*self.steps, *self.computed)
        }

    def _fills(
        self, document: StepDocument, written: Written
    ) -> tuple[str, Mapping[str, str | None]] | None:
        text = document.fills or self.type or ""
        type_name, _, name = text.partition(".")
        if not self._is_about(type_name, ("fills",), written):
            return None
        if document.provides:
            return type_name, {field: field for field in document.provides}
        if name or self.type is not None:
            return type_name, {name or document.name: None}
        self.problems.add(
            written.span(("fills",)),
            f"which fields of {type_name} does the step fill?",
            hint=f"write 'fills: {type_name}.field', or add 'provides'",
        )
        return None

    def _is_about(
        self, name: str, below: Sequence[str], written: Written | None = None
    ) -> bool:
        if self.type is None or name == self.type:
            return True
        span = (written or self.written).span(below)
        self.problems.add(span, f"this file is about {self.type}, not {name}")
        return False

    def _field(self, at: Coordinate, span: SourceSpan) -> FieldShape | None:
        shapes = self.compiler.world.shapes
        found = shapes.get(at.type)
        if found is None:
            if at.type != self.type:  # an entity file's own was looked at before
                near = did_you_mean(at.type, shapes.types)
                fix = near or "declare it in the schema folder"
                self.problems.add(span, f"there is no type {at.type!r}", hint=fix)
            return None
        if self.type is None:
            check_type(at.type, self.compiler.world, span, self.problems)
        shape = found.fields.get(at.field)
        if shape is None:
            hint = did_you_mean(at.field, found.fields)
            message = f"type {at.type} has no field {at.field!r}"
            self.problems.add(span, message, hint=hint)
        return shape

    def _claim(self, at: Coordinate, owner: str, span: SourceSpan) -> None:
        before = self.owners.setdefault(at, owner)
        if before != owner and not (self.nearest and "fields" not in (before, owner)):
            self.problems.add(
                span,
                f"{at} has two owners: {before} and {owner}",
                hint="let one of them give it",
            )
