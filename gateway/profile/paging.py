"""`paginate` as written → how a step's list is read page by page.

In charge of which rows the field wants and in which form; where a call says which page
it wants is its connector's. The field's own arguments travel as inputs of the call,
so that calls for other rows are other calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.connectors.base import (
    PAGE,
    PAGE_LINK,
    PAGE_SIZE,
    InputUse,
    PageRules,
    StepType,
)
from gateway.expression import Expression, parse, reference, template
from gateway.profile.document import StaleRung, StepDocument
from gateway.profile.model import Input, Pages
from gateway.profile.scope import ReadsSoFar, Written
from gateway.record import Model
from gateway.shape import Shapes, TypeKind, TypeRef

WINDOW = ("first", "after", "last", "before")
"""The arguments of a connection. Their inputs are called `paginate.first`, ..."""
_RESPONSE = frozenset({"response"})
_BODY = "response.body"
_PATH = re.compile(r"response\.body((?:\.[A-Za-z_]\w*)+)")
_NEEDS: Mapping[str, Mapping[str, str]] = {
    "cursor": {
        "param": "param: cursor",
        "next": 'next: "response.body.next"',
    },
    "page": {"param": "param: page", "size": "size: 100"},
    "offset": {"param": "param: offset", "size": "size: 100"},
    "link": {},
}
"""What each style cannot do without, with an example."""


class Paged(Model, frozen=True):
    """The pages of a step, and what its call needs to be told besides."""

    pages: Pages | None = None
    inputs: Mapping[str, Input] | None = None


class PageCompiler(Model, frozen=True):
    """Compiles `paginate` of one step.

    ``wanted`` is the type of what the step gives, ``takes`` the arguments of that
    field; None where they are the operation's own. ``many``: whether it is a list,
    None where nobody knows.
    """

    document: StepDocument
    written: Written
    reads: ReadsSoFar
    shapes: Shapes
    wanted: TypeRef | None
    takes: tuple[str, ...] | None
    many: bool | None

    def paged(self, rules: PageRules | None, step_type: StepType[Any]) -> Paged:
        """How the list is read; nothing where it comes whole."""
        if rules is None:
            return Paged()
        connection = is_connection(self.wanted, self.shapes)
        self._check(rules, step_type, connection=connection)
        pages = Pages(
            rules,
            next=self._of_reply("next", rules.next),
            total=self._of_reply("total", rules.total),
            connection=connection,
        )
        window = dict(self._window(rules, connection=connection))
        start = {"page": 1, "offset": 0}.get(rules.style)
        start = start if rules.start is None else rules.start
        known = {PAGE.name: start, PAGE_SIZE.name: rules.size, PAGE_LINK.name: None}
        constants = {n: Input(template(v), InputUse.VALUE) for n, v in known.items()}
        return Paged(pages, {**constants, **window})

    # -- expressions -----------------------------------------------------------------

    def _of_reply(self, key: str, text: str | None) -> Expression | None:
        """CEL over a page's reply.

        A bare path may be missing, as the last page's often is: then it says nothing.
        """
        place = ("paginate", key)
        made = self.reads.scope.expression(text, self.written, place) if text else None
        if text is None or made is None:
            return None
        self.reads.add(made, self.written.span(place), also=_RESPONSE)
        path = _PATH.fullmatch(text.strip())
        return parse(_BODY + path[1].replace(".", ".?")) if path else made

    def _window(
        self, rules: PageRules, *, connection: bool
    ) -> Iterator[tuple[str, Input]]:
        """Which rows are wanted: by ``first`` as written, or by Relay's arguments."""
        place = ("paginate", "first")
        if rules.first is not None:
            made = self.reads.scope.expression(rules.first, self.written, place)
            if made is not None:
                yield self._input("first", made, place)
        for name in WINDOW if connection else ():
            if self._has(name) and not (name == "first" and rules.first):
                path = (name,) if self.takes is None else ("args", name)
                yield self._input(name, reference(path), ("paginate",))

    def _input(
        self, name: str, made: Expression, place: tuple[str, ...]
    ) -> tuple[str, Input]:
        self.reads.add(made, self.written.span(place))
        return f"paginate.{name}", Input(made, InputUse.VALUE)

    def _has(self, argument: str) -> bool:
        own = self.reads.scope.arguments if self.takes is None else self.takes
        return argument in own

    # -- what cannot be --------------------------------------------------------------

    def _check(
        self, rules: PageRules, step_type: StepType[Any], *, connection: bool
    ) -> None:
        self._check_style(rules, connection=connection)
        if self.document.batch is not None:
            self._problem(
                "a batch asks for its keys in one call each, and not for pages",
                "remove 'batch' or 'paginate'",
            )
        if not step_type.idempotent(self.document):
            self._problem(
                "pages are asked for with one call each, and making this call twice "
                "may not be the same as making it once",
                "write 'idempotent: true' where it is the same",
            )
        if any(isinstance(rung, StaleRung) for rung in self.document.fallback):
            self._problem(
                "an old answer is kept for each page, so none can stand in for the "
                "list",
                "remove 'stale' from 'fallback'; { value: [] } can stand in",
            )
        if connection:
            self._check_connection(rules)
        elif self.wanted is not None and self.many is False:
            self._problem(
                f"a list comes in pages, and {self.wanted} is neither a list nor a "
                "connection",
                f"write [{self.wanted.name}!] in the schema, or a type with edges and "
                "pageInfo",
            )

    def _check_style(self, rules: PageRules, *, connection: bool) -> None:
        for key, example in _NEEDS[rules.style].items():
            instead = key == "size" and rules.next is not None
            if getattr(rules, key) is None and not instead:
                self._problem(f"'style: {rules.style}' needs {key!r}", f"add {example}")
        if rules.size_param is not None and rules.size is None:
            self._problem("'size_param' needs 'size'", "add size: 100", "size_param")
        if rules.style == "link" and rules.next is not None:
            self._problem(
                "the Link header names the next page, so 'next' has no effect",
                "remove it, or write 'style: cursor'",
                "next",
            )
        if rules.start is not None and rules.style in ("cursor", "link"):
            self._problem(
                f"'style: {rules.style}' starts where the source does",
                "remove 'start'",
                "start",
            )
        if rules.start is not None and rules.start < 0:
            self._problem("no page and no row is before 0", "write 0 or 1", "start")
        if connection and rules.style == "link" and rules.param is None:
            self._problem(
                "clients hold the cursors of a connection, and must not choose what "
                "is asked of the source",
                "add 'param': the one parameter of the link that says which page it is",
            )

    def _check_connection(self, rules: PageRules) -> None:
        for name in ("first", "after"):
            if not self._has(name) and not (name == "first" and rules.first):
                type_ = "Int" if name == "first" else "String"
                self._problem(
                    f"{self.wanted} is a connection, and its field has no argument "
                    f"{name!r}",
                    f"add {name}: {type_} to the field in the schema",
                )
        shape = self.shapes.get(self.wanted.name) if self.wanted else None
        if shape is not None and "totalCount" in shape.fields and rules.total is None:
            self.reads.scope.problems.warn(
                self.written.span(("paginate",), key=True),
                f"{shape.name}.totalCount is always null",
                hint='add total: "response.body.total"',
            )

    def _problem(self, message: str, hint: str, key: str | None = None) -> None:
        place = ("paginate", key) if key else ("paginate",)
        span = self.written.span(place, key=True)
        self.reads.scope.problems.add(span, message, hint=hint)


def is_connection(type_: TypeRef | None, shapes: Shapes) -> bool:
    """Whether a type is a Relay connection: it has edges with nodes, and pageInfo."""
    shape = shapes.get(type_.name) if type_ and not type_.is_list else None
    if shape is None or shape.kind is not TypeKind.OBJECT:
        return False
    edges = shape.fields.get("edges")
    if edges is None or "pageInfo" not in shape.fields or not edges.type.is_list:
        return False
    return shapes.field(edges.type.name, "node") is not None
