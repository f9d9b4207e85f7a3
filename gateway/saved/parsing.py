"""One file's text → its operation and its fragments, each with its place.

In charge of what may stand in such a file. Whether it fits a schema is said elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from graphql import (
    DefinitionNode,
    FragmentDefinitionNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    Source,
    TokenKind,
    parse,
)
from graphql.language import get_location

from gateway.errors import Problem, Problems
from gateway.record import Model, field
from gateway.request.model import OperationKind
from gateway.values import SourceSpan

_KINDS = frozenset(kind.value for kind in OperationKind)


class Parsed(Model, frozen=True):
    """A file as read. ``operation`` is None in a file of fragments for others."""

    file: str
    text: str
    operation: OperationDefinitionNode | None = None
    fragments: Mapping[str, FragmentDefinitionNode] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        """The operation's, or as the file is called where it is too broken to say."""
        own = self.operation.name if self.operation else None
        return own.value if own else PurePath(self.file).stem

    @property
    def is_shared(self) -> bool:
        """Whether it is there for its fragments alone."""
        return self.operation is None and bool(self.fragments) and not self.problems


def parse_file(file: str, text: str, most_tokens: int) -> Parsed:
    """The file's definitions; what is wrong with them stands in ``problems``."""
    problems = Problems()
    try:
        node = parse(Source(text, file), max_tokens=most_tokens)
    except GraphQLError as error:
        message = f"this is no GraphQL operation: {error.message}"
        hint = None
        if not text.strip():
            message, hint = "the file is empty", "write an operation, or remove it"
        problem = Problem(span_of(error, file), message, hint)
        return Parsed(file, text, problems=(problem,))
    except RecursionError:
        problems.add(SourceSpan(file), "the operation is nested too deeply")
        return Parsed(file, text, problems=tuple(problems.found))
    operation = _operation(file, node.definitions, problems)
    fragments: dict[str, FragmentDefinitionNode] = {}
    for one in node.definitions:
        if not isinstance(one, FragmentDefinitionNode):
            continue
        if fragments.setdefault(one.name.value, one) is not one:
            twice = f"there are two fragments {one.name.value!r} in this file"
            problems.add(place(one, file), twice, hint="remove one of them")
    return Parsed(file, text, operation, fragments, tuple(problems.found))


def _operation(
    file: str, definitions: tuple[DefinitionNode, ...], problems: Problems
) -> OperationDefinitionNode | None:
    """The file's one operation; everything that it must not hold is reported."""
    found: OperationDefinitionNode | None = None
    for one in definitions:
        if isinstance(one, FragmentDefinitionNode):
            continue
        if not isinstance(one, OperationDefinitionNode):
            problems.add(
                place(one, file),
                "a file of saved operations holds an operation and fragments only",
                hint="types are declared below the deployment's 'schema'",
            )
        elif found is not None:
            problems.add(
                place(one, file),
                "one file holds one operation",
                hint="move this one to a file of its own",
            )
        else:
            found = one
            _check_kind(one, file, problems)
    return found


def _check_kind(one: OperationDefinitionNode, file: str, problems: Problems) -> None:
    kind = one.operation.value
    if one.name is None:
        problems.add(
            place(one, file),
            "the operation has no name, and it is known by its name",
            hint=f"write '{kind} {PurePath(file).stem} ...'",
        )
    if kind not in _KINDS:
        problems.add(
            place(one, file),
            f"a {kind} cannot be saved",
            hint="write a query or a mutation",
        )


def place(node: Node, file: str) -> SourceSpan:
    """Where a node begins; of a described one, below its description."""
    where = node.loc
    if where is None:
        return SourceSpan(file)
    token = where.start_token
    while token.kind in _BEFORE and token.next is not None:
        token = token.next
    found = get_location(where.source, token.start)
    return SourceSpan(where.source.name, found.line, found.column)


_BEFORE = (TokenKind.STRING, TokenKind.BLOCK_STRING, TokenKind.COMMENT)


def span_of(error: GraphQLError, file: str) -> SourceSpan:
    """Where graphql-core found something wrong, in the file that it stands in."""
    source, places = error.source, error.locations
    if source is None or not places:
        return SourceSpan(file)
    return SourceSpan(source.name, places[0].line, places[0].column)


def leading_comment(text: str) -> str | None:
    """The lines of ``#`` before all else, as one description; None where none are."""
    lines: list[str] = []
    for raw in text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").splitlines():
        line = raw.strip()
        if line.startswith("#"):
            lines.append(line.lstrip("#").strip())
        elif line or any(lines):
            break
    return "\n".join(lines).strip() or None
