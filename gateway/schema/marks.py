"""Federation's directives in SDL → what they say of each type, checked.

In charge of what can be told from SDL alone: texts that select no fields, external
fields that nobody uses, requirements of what is not external. Must never know who gives
a field: that is held against it when entity files are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    Node,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    get_named_type,
)
from graphql.execution.values import get_argument_values

from gateway.errors import Problems
from gateway.profile.model import FieldSet, Key, Marks, TypeMarks
from gateway.record import Struct, field
from gateway.schema.directives import KNOWN
from gateway.schema.field_sets import FieldSetError, Selected, Use, read_field_set
from gateway.values import Coordinate, SourceSpan

_Object: TypeAlias = (
    ObjectTypeDefinitionNode
    | ObjectTypeExtensionNode
    | InterfaceTypeDefinitionNode
    | InterfaceTypeExtensionNode
)
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_\-:./]*|percent\([0-9]+(\.[0-9]+)?\)")
_APART = ("external", "provides", "requires")
"""What cannot stand beside ``@override``: the field would not be given here."""


def marks_of(
    document: DocumentNode, schema: GraphQLSchema, problems: Problems
) -> TypeMarks:
    """What the directives say, by type; every problem at its place."""
    gathered: dict[str, _Type] = {}
    for node in document.definitions:
        if isinstance(node, _Object) and node.name.value in schema.type_map:
            type_ = schema.type_map[node.name.value]
            assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)  # noqa: S101
            one = gathered.setdefault(type_.name, _Type(type_, schema, problems))
            one.read(node)
    for one in gathered.values():
        one.select()
    used = {at for one in gathered.values() for at in one.used}
    external = {at for one in gathered.values() for at in one.external_fields()}
    for one in gathered.values():
        one.check(external, used)
    provided = {at for one in gathered.values() for at in one.provided()}
    made = {name: one.marks(provided) for name, one in gathered.items()}
    return {name: marks for name, marks in made.items() if marks != Marks()}


def span_of(node: Node) -> SourceSpan:
    """The place where a node begins."""
    if node.loc is None:
        return SourceSpan("<schema>")
    start = node.loc.start_token
    return SourceSpan(node.loc.source.name, start.line, start.column)


class _Type(Struct):
    """What is written at one type, over its definition and extensions."""

    type: GraphQLObjectType | GraphQLInterfaceType
    schema: GraphQLSchema
    problems: Problems
    own: list[DirectiveNode] = field(default_factory=list)
    fields: dict[str, dict[str, DirectiveNode]] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    sets: dict[tuple[str, str], tuple[Selected, SourceSpan]] = field(
        default_factory=dict
    )
    used: set[Coordinate] = field(default_factory=set)

    def read(self, node: _Object) -> None:
        self.own += self._sound(node.directives)
        for one in node.fields or ():
            self._field(one)

    def _field(self, node: FieldDefinitionNode) -> None:
        found = {d.name.value: d for d in self._sound(node.directives)}
        if found:
            self.fields[node.name.value] = found

    def _sound(self, nodes: Iterable[DirectiveNode] | None) -> Iterator[DirectiveNode]:
        """Those of federation's whose arguments are of their types."""
        for node in nodes or ():
            if node.name.value in KNOWN and self._arguments(node) is not None:
                yield node

    def _arguments(self, node: DirectiveNode) -> Mapping[str, object] | None:
        directive = self.schema.get_directive(node.name.value)
        if directive is None:
            return None
        try:
            return get_argument_values(directive, node)
        except GraphQLError as error:
            span = span_of((error.nodes or [node])[0])
            self.problems.add(
                span,
                f"@{node.name.value}: {error.message.rstrip('.')}",
                hint="write a value of that type",
            )
            return None

    # -- what directives select ---------------------------------------------------

    def select(self) -> None:
        """Read the fields that the directives name."""
        for node in self.own:
            if node.name.value == "key":
                self._key(node)
        for name, found in self.fields.items():
            for word in ("requires", "provides"):
                if word in found:
                    self._further(name, word, found[word])

    def _key(self, node: DirectiveNode) -> None:
        made = self._selected(node, self.type.name, Use.KEY)
        if made is not None:
            given = self._arguments(node) or {}
            self.keys.append(
                Key(made.fields, _place(node), given.get("resolvable") is not False)
            )

    def _further(self, name: str, word: str, node: DirectiveNode) -> None:
        of = self.type.name
        if word == "provides":
            named = get_named_type(self.type.fields[name].type)
            of = named.name
        made = self._selected(node, of, Use.FURTHER)
        if made is not None:
            self.sets[name, word] = (made, _place(node))

    def _selected(self, node: DirectiveNode, of: str, use: Use) -> Selected | None:
        text = str((self._arguments(node) or {}).get("fields", ""))
        try:
            made = read_field_set(text, self.schema.type_map[of], self.schema, use)
        except FieldSetError as error:
            message = f"@{node.name.value}: {error}"
            self.problems.add(_place(node), message, hint=error.hint)
            return None
        self.used |= made.met
        return made

    # -- what does not go together --------------------------------------------------

    def external_fields(self) -> Iterator[Coordinate]:
        """The fields that are marked as another subgraph's."""
        whole = any(node.name.value == "external" for node in self.own)
        for name in self.type.fields:
            if whole or "external" in self.fields.get(name, {}):
                yield Coordinate(self.type.name, name)

    def check(self, external: set[Coordinate], used: set[Coordinate]) -> None:
        """Hold what is required and provided against what is external."""
        for (name, word), (made, span) in self.sets.items():
            for way in made.ways:
                if external.isdisjoint(self._everywhere(way)):
                    self._ours(Coordinate(self.type.name, name), word, way, span)
        of_interfaces = {n for one in self.type.interfaces for n in one.fields}
        for name, found in self.fields.items():
            at = Coordinate(self.type.name, name)
            if "external" in found and at not in used and name not in of_interfaces:
                self.problems.add(
                    span_of(found["external"]),
                    f"{at} is @external, and nothing uses it",
                    hint=f'remove it, or write @requires(fields: "{name}") at the '
                    "field that needs it",
                )
            if "override" in found:
                self._override(at, found)

    def _everywhere(self, way: Iterable[Coordinate]) -> Iterator[Coordinate]:
        """A field of an interface is external where its types' fields are."""
        for at in way:
            yield at
            type_ = self.schema.type_map[at.type]
            if isinstance(type_, GraphQLInterfaceType):
                for one in self.schema.get_possible_types(type_):
                    yield Coordinate(one.name, at.field)

    def _ours(
        self,
        at: Coordinate,
        word: str,
        way: tuple[Coordinate, ...],
        span: SourceSpan,
    ) -> None:
        text, last = ".".join(one.field for one in way), way[-1]
        fix = f"write @external at {last}, or leave it out here"
        if word == "requires":
            fix = (
                f"write @external at {last} if another subgraph gives it; what is "
                "given here is read as it is, by 'self'"
            )
        self.problems.add(
            span,
            f"@{word} of {at} names {text}, which is not @external",
            hint=fix,
        )

    def _override(self, at: Coordinate, found: Mapping[str, DirectiveNode]) -> None:
        node = found["override"]
        given = self._arguments(node) or {}
        for word in _APART:
            if word in found:
                self.problems.add(
                    span_of(node),
                    f"{at} has @override and @{word}: it would be taken over from "
                    "another subgraph, and need that one",
                    hint="remove one of them",
                )
        label = given.get("label")
        if not given["from"]:
            self.problems.add(
                _place(node), f"@override of {at} names no subgraph", hint="name one"
            )
        if label is not None and not _LABEL.fullmatch(str(label)):
            self.problems.add(
                span_of(node),
                f"{str(label)!r} is no label of @override",
                hint='write a name that begins with a letter, or "percent(25)"',
            )

    def provided(self) -> Iterator[Coordinate]:
        """The fields that its fields bring to objects."""
        for (_, word), (made, _) in self.sets.items():
            if word == "provides":
                yield from self._everywhere(made.met)

    def marks(self, provided: Iterable[Coordinate]) -> Marks:
        """What it came to."""
        own = {d.name.value: d for d in self.own}
        keyed = {name for key in self.keys for name in key.fields}
        taken = {
            name: (
                str((self._arguments(d["override"]) or {})["from"]),
                _place(d["override"]),
            )
            for name, d in self.fields.items()
            if "override" in d
        }
        return Marks(
            tuple(self.keys),
            frozenset(at.field for at in self.external_fields()) - keyed,
            self._sets("requires"),
            self._sets("provides"),
            frozenset(at.field for at in provided if at.type == self.type.name),
            taken,
            span_of(own["interfaceObject"]) if "interfaceObject" in own else None,
        )

    def _sets(self, word: str) -> dict[str, FieldSet]:
        return {
            name: FieldSet(made.fields, span)
            for (name, of), (made, span) in self.sets.items()
            if of == word
        }


def _place(node: DirectiveNode) -> SourceSpan:
    """The place of what a directive names, as far as it is told."""
    for argument in node.arguments or ():
        if argument.name.value in ("fields", "from"):
            return span_of(argument.value)
    return span_of(node)
