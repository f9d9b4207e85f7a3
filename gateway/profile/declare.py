"""Types for what no SDL declares: from samples and known shapes, else JSON.

In charge of the types that one profile declares beside the SDL's. A name that the SDL
has is the SDL's: so people take an inferred type over by writing it down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.errors import Problems
from gateway.profile.drafts import Drafts, DraftType, Manner
from gateway.profile.samples import pascal, seen
from gateway.record import Struct, field
from gateway.shape import FieldShape, Shapes, TypeKind, TypeRef, TypeShape
from gateway.values import JsonValue, SourceSpan

__all__ = ["JSON", "LEAVES", "Declared", "pascal"]

JSON = TypeRef("JSON")
LEAVES = frozenset(
    ("JSON", "ID", "String", "Int", "Float", "Boolean", "Date", "DateTime", "Decimal")
)
"""Types that need no SDL."""


class Declared(Struct):
    """The types that one profile declares; ``shapes`` are the SDL's."""

    shapes: Shapes
    problems: Problems
    types: dict[str, TypeShape] = field(default_factory=dict)

    def object(
        self, name: str, fields: Sequence[FieldShape], span: SourceSpan
    ) -> TypeRef:
        """An object type of these fields, or the SDL's own of that name."""
        if not self._is_owned(name, span):
            by_name = {f.name: f for f in fields}
            self._declare(TypeShape(name, TypeKind.OBJECT, by_name, span=span))
        return TypeRef(name)

    def sample(
        self, name: str, value: JsonValue, span: SourceSpan, key: str = ""
    ) -> TypeRef:
        """The type of a sample that stands under a key; `name` is for an object."""
        drafts = self._drafts()
        made = drafts.draft(seen([value]), name, key)
        self._take(drafts, span)
        return made.type

    def fields(
        self, name: str, samples: Sequence[JsonValue], span: SourceSpan
    ) -> tuple[FieldShape, ...]:
        """The fields of the type `name` that samples of it show together."""
        drafts = self._drafts()
        made = drafts.fields(seen(samples), name)
        self._take(drafts, span)
        return tuple(FieldShape(each.name, each.draft.type) for each in made)

    def _drafts(self) -> Drafts:
        types = self.shapes.types.items()
        objects = frozenset(n for n, t in types if t.kind is TypeKind.OBJECT)
        return Drafts(Manner.LENIENT, objects)

    def _take(self, drafts: Drafts, span: SourceSpan) -> None:
        for name in drafts.clashes:
            self._clash(name, span)
        for name, made in drafts.types.items():
            if not self._is_owned(name, span):
                self._declare(_shape(made, span))

    def _declare(self, made: TypeShape) -> None:
        before = self.types.setdefault(made.name, made)
        if _types(before) != _types(made):
            self._clash(made.name, made.span)

    def _clash(self, name: str, span: SourceSpan) -> None:
        self.problems.add(
            span,
            f"the type of this would be called {name!r}, like another one here",
            hint=f"declare {name} in the schema folder, or name a type by 'returns'",
        )

    def _is_owned(self, name: str, span: SourceSpan) -> bool:
        found = self.shapes.get(name)
        if found is None:
            return False
        if found.kind is not TypeKind.OBJECT:
            self.problems.add(
                span,
                f"the type of this would be called {name!r}, which is no object type "
                "of the schema",
                hint="name a type by 'returns'",
            )
        return True


def _shape(made: DraftType, span: SourceSpan) -> TypeShape:
    fields = {f.name: FieldShape(f.name, f.draft.type) for f in made.fields}
    return TypeShape(made.name, TypeKind.OBJECT, fields, span=span)


def _types(shape: TypeShape) -> Mapping[str, TypeRef]:
    return {name: each.type for name, each in shape.fields.items()}
