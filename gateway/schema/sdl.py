"""SDL files → one checked document and what it declares, as shapes.

In charge of reading what people write in ``schema/**/*.graphql``. Reports every
problem with its place; must never know a profile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DocumentNode,
    GraphQLDeferDirective,
    GraphQLError,
    GraphQLSchema,
    GraphQLStreamDirective,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    Source,
    TypeDefinitionNode,
    build_ast_schema,
    parse,
    validate_schema,
)
from graphql.language import Visitor, visit
from graphql.validation.validate import validate_sdl

from gateway.errors import Problems
from gateway.profile.model import TypeMarks
from gateway.record import Model, field
from gateway.schema.costs import cost_problems
from gateway.schema.directives import hint_for, is_ours, known_directives
from gateway.schema.linking import unlinked
from gateway.schema.marks import marks_of
from gateway.schema.scalars import DESCRIPTIONS, equip
from gateway.schema.shapes import shapes_of
from gateway.shape import Shapes
from gateway.values import SourceSpan, digest

ROOTS = ("Query", "Mutation", "Subscription")


class Sdl(Model, frozen=True):
    """What the SDL files declare. ``digest`` is their texts'.

    ``schema`` is for looking types up, never for executing. ``links`` are the
    specifications besides federation's that the SDL links to, ``version`` the minor
    one of federation v2 that it asks for, ``marks`` what it says to routers.
    """

    document: DocumentNode
    schema: GraphQLSchema
    shapes: Shapes
    digest: str
    links: tuple[ConstDirectiveNode, ...] = ()
    version: int = 0
    marks: TypeMarks = field(default_factory=dict)


def read_sdl(texts: Mapping[str, str], problems: Problems) -> Sdl | None:
    """One document from files by name; None where a problem makes it unusable."""
    before = len(problems.errors)
    found = unlinked([*_definitions(texts, problems)])
    for unfit in found.problems:
        report(unfit, problems)
    document = complete(found.definitions)
    if len(problems.errors) > before:
        return None
    schema = _schema_of(document, problems)
    if schema is None:
        return None
    marks = marks_of(document, schema, problems)
    cost_problems(schema, problems)
    if len(problems.errors) > before:
        return None
    key = digest(*(part for pair in sorted(texts.items()) for part in pair))
    links, shapes = tuple(found.links), shapes_of(schema, key)
    return Sdl(document, schema, shapes, key, links, found.version, marks)


def _definitions(
    texts: Mapping[str, str], problems: Problems
) -> Iterator[DefinitionNode]:
    """What the files define, those that parse."""
    for file, text in sorted(texts.items()):
        if not text.strip():
            continue
        try:
            yield from parse(Source(text, file)).definitions
        except GraphQLError as syntax:
            report(syntax, problems)


def _schema_of(document: DocumentNode, problems: Problems) -> GraphQLSchema | None:
    """The schema of a document; None where it is none."""
    errors = validate_sdl(document)
    for error in errors:
        report(error, problems)
    if errors:
        return None
    schema = build_ast_schema(document, assume_valid_sdl=True)
    unfit = [
        error
        for error in validate_schema(schema)
        if "Query root type must be provided" not in error.message
    ]
    for error in unfit:
        report(error, problems)
    return None if unfit else schema


def complete(definitions: Iterable[DefinitionNode]) -> DocumentNode:
    """The definitions with extended roots, known scalars and directives defined."""
    nodes = [*_rooted(definitions)]
    used = _UsedTypes()
    visit(DocumentNode(definitions=tuple(nodes)), used)
    defined = {n.name.value for n in nodes if isinstance(n, TypeDefinitionNode)}
    missing = sorted((used.names & DESCRIPTIONS.keys()) - defined)
    text = "\n".join(f"scalar {name}" for name in missing)
    if text:
        nodes += parse(text, no_location=True).definitions
    nodes += known_directives(nodes)
    return DocumentNode(definitions=tuple(nodes))


def _rooted(definitions: Iterable[DefinitionNode]) -> Iterable[DefinitionNode]:
    """A root that is only ever extended: its first extension becomes its base."""
    nodes = list(definitions)
    defined = {n.name.value for n in nodes if isinstance(n, ObjectTypeDefinitionNode)}
    for node in nodes:
        if not isinstance(node, ObjectTypeExtensionNode):
            yield node
        elif node.name.value in ROOTS and node.name.value not in defined:
            defined.add(node.name.value)
            yield _as_definition(node)
        else:
            yield node


def _as_definition(node: ObjectTypeExtensionNode) -> ObjectTypeDefinitionNode:
    return ObjectTypeDefinitionNode(
        name=node.name,
        fields=node.fields,
        interfaces=node.interfaces,
        directives=node.directives,
        loc=node.loc,
    )


class _UsedTypes(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
        self.names.add(node.name.value)


def report(error: GraphQLError, problems: Problems) -> None:
    """A graphql-core error as a problem of the file it points into."""
    where = error.locations[0] if error.locations else None
    file = error.source.name if error.source else "<schema>"
    span = SourceSpan(file, where.line, where.column) if where else SourceSpan(file)
    hint = hint_for(error.message)
    problems.add(span, error.message.rstrip("."), hint=hint)


def executable(document: DocumentNode) -> GraphQLSchema:
    """The schema of a document that was checked."""
    plain = tuple(node for node in document.definitions if not is_ours(node))
    written = build_ast_schema(DocumentNode(definitions=plain), assume_valid_sdl=True)
    later = (GraphQLDeferDirective, GraphQLStreamDirective)
    names = {one.name for one in later}
    kept = (one for one in written.directives if one.name not in names)
    made = written.to_kwargs()
    made["directives"] = (*kept, *later)
    # Made anew, so that it has the types of their arguments: Int may be nowhere else.
    schema = GraphQLSchema(**made)
    equip(schema)
    return schema
