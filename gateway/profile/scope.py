"""Which names an expression may read, and what it did read.

Every expression of a profile passes here once: unknown names become problems with a
suggestion, known ones become `Reads`. Must never evaluate anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from gateway.errors import Problems, did_you_mean
from gateway.expression import (
    Expression,
    ExpressionSyntaxError,
    Reference,
    Template,
    parse,
    template,
)
from gateway.profile.model import Reads
from gateway.profile.source import Document
from gateway.record import Model, Struct, field, replace
from gateway.values import JsonValue, SourceSpan

Trail = tuple[str | int, ...]
SURROUNDINGS = frozenset({"request", "flags"})
RESERVED = SURROUNDINGS | {"self", "keys", "args", "response"}
_ELSEWHERE = {
    "keys": "'keys' are there where a step has a 'batch'",
    "response": "'response' is there in 'select', 'success_if' and 'retry.if'",
}


class Written(Model, frozen=True):
    """A part of a profile as it stands in a file; fragments bring their own."""

    file: Document
    trail: Trail = ()

    def at(self, *below: str | int) -> Written:
        return Written(self.file, (*self.trail, *below))

    def span(self, below: Sequence[str | int] = (), *, key: bool = False) -> SourceSpan:
        return self.file.span((*self.trail, *below), key=key)

    def inside(self, below: Sequence[str | int], leaf: str, offset: int) -> SourceSpan:
        """The place of a character of a one-line text; of the text where it is not."""
        start = self.span(below)
        lines = self.file.text_of(start.file).splitlines()
        line = lines[start.line - 1] if start.line <= len(lines) else ""
        for quote in (0, 1):
            begin = start.column - 1 + quote
            if leaf and line[begin : begin + len(leaf)] == leaf:
                return SourceSpan(start.file, start.line, begin + offset + 1)
        return start


class Seen(NamedTuple):
    """A path that is read at a place, and the type of ``self`` there."""

    reference: Reference
    span: SourceSpan
    type: str


class NameScope(Struct):
    """The names of one profile or entity, and the problems of reading others.

    ``own`` is the step whose expressions these are: it cannot read itself. ``each``
    are steps that run for each object of a type, by the type: only what runs for the
    same objects can read them. ``of`` is the type of ``self``, where it is known.
    ``seen`` collects what is read of steps and of ``self``. ``file`` is that of the
    profile or entity, whichever fragment a step is of. ``flags`` are those there are,
    None where nobody says.
    """

    arguments: tuple[str, ...]
    steps: frozenset[str]
    problems: Problems
    has_self: bool = False
    own: str = ""
    each: Mapping[str, str] = field(default_factory=dict)
    of: str = ""
    seen: list[Seen] = field(default_factory=list)
    file: str = ""
    flags: Collection[str] | None = None

    def among(self, type_name: str) -> NameScope:
        """The names for what runs for each object of a type: its siblings too."""
        siblings = {name for name, of in self.each.items() if of == type_name}
        return replace(self, steps=self.steps | siblings, of=type_name)

    def expression(
        self, text: str, written: Written, below: Sequence[str | int]
    ) -> Expression | None:
        """The expression at a place; None and a problem where it is none."""
        try:
            return parse(text)
        except ExpressionSyntaxError as error:
            where = written.inside(below, text, error.offset)
            self.problems.add(where, error.message, hint=error.hint)
            return None

    def template(
        self, value: JsonValue, written: Written, below: Sequence[str | int]
    ) -> Template | None:
        try:
            return template(value)
        except ExpressionSyntaxError as error:
            place = (*below, *error.trail)
            where = written.inside(place, error.leaf or "", error.offset)
            self.problems.add(where, error.message, hint=error.hint)
            return None

    def argument(self, name: str) -> str | None:
        """The argument of that name; a camelCase one serves a snake_case name."""
        if name in self.arguments:
            return name
        camel = _camel(name)
        return camel if camel in self.arguments else None

    def known(self) -> Iterable[str]:
        own = ("self",) if self.has_self else ()
        return (*self.arguments, *self.steps, *SURROUNDINGS, "args", *own)


class ReadsSoFar(Struct):
    """Collects what the expressions of one step (or field) read.

    ``extra`` are names that are in scope besides: ``keys`` in a batch. ``own`` are
    the fields of ``self``; an empty name is all of it, which is a problem.
    """

    scope: NameScope
    extra: frozenset[str] = frozenset()
    steps: dict[str, bool] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    field_arguments: bool = False

    def add(
        self,
        read: Expression | Template,
        span: SourceSpan,
        *,
        also: frozenset[str] = frozenset(),
    ) -> None:
        for reference in read.references:
            self._add(reference, span, also)

    def _add(self, read: Reference, span: SourceSpan, also: frozenset[str]) -> None:
        root = read.root
        if root == "self" or root in self.scope.steps:
            self.scope.seen.append(Seen(read, span, self.scope.of))
        if root == "flags" and not read.optional:
            self._flag(read, span)
        known = also | self.extra | SURROUNDINGS
        if root in known or root in self.scope.arguments:
            return
        if root in self.scope.steps:
            self.steps[root] = self.steps.get(root, False) or not read.optional
        elif root == "args":
            self.field_arguments = True
        elif root == "self" and self.scope.has_self:
            self._own(read, span)
        else:
            self._unknown(root, span)

    def _flag(self, read: Reference, span: SourceSpan) -> None:
        known = self.scope.flags
        if known is not None and read.path and read.path[0] not in known:
            hint = did_you_mean(read.path[0], known)
            self.scope.problems.add(
                span,
                f"there is no flag {read.path[0]!r}",
                hint=hint or "add it to what 'flags' of the deployment file names",
            )

    def _own(self, read: Reference, span: SourceSpan) -> None:
        self.own.add(read.path[0] if read.path else "")
        if not read.path:
            self.scope.problems.add(
                span, "'self' is read as a whole", hint="read a field of it: self.id"
            )

    def _unknown(self, root: str, span: SourceSpan) -> None:
        if root == "self":
            self.scope.problems.add(
                span,
                "'self' is only there in a step that fills a field of a type",
                hint="add 'fills: Type.field'",
            )
            return
        if root in RESERVED:
            self.scope.problems.add(
                span, f"{root!r} cannot be read here", hint=_ELSEWHERE.get(root)
            )
            return
        if root == self.scope.own:
            self.scope.problems.add(
                span,
                f"step {root!r} reads itself",
                hint="read another step; its own reply is 'response', in 'select'",
            )
            return
        if root in self.scope.each:
            of = self.scope.each[root]
            self.scope.problems.add(
                span,
                f"step {root!r} runs for each {of}, and this is read elsewhere",
                hint=f"only what fills another field of {of} reads it",
            )
            return
        hint = did_you_mean(root, self.scope.known())
        self.scope.problems.add(
            span, f"{root!r} is neither an argument nor a step here", hint=hint
        )

    def no_parent(self, read: Expression | Template, span: SourceSpan) -> None:
        """What belongs to a whole batch cannot read one of its parents."""
        if self.extra and "self" in read.roots:
            self.scope.problems.add(
                span,
                "a batch asks for many parents, so this cannot read 'self'",
                hint="write 'keys'; 'batch.key' says what they are made of",
            )

    def done(self) -> Reads:
        return Reads(dict(self.steps), frozenset(self.own), self.field_arguments)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)
