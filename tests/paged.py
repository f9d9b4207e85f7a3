"""Words for tests of lists that come in pages: a step, and a source that pages.

The source has ``rows`` in pages of ``size`` and hands them out in the step's style, as
real ones do: it knows nothing of cursors of connections.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.connectors.base import (
    PAGE,
    PAGE_LINK,
    PAGE_SIZE,
    Call,
    InputUse,
    PageRules,
    Reply,
)
from gateway.execution.model import Ok
from gateway.expression import parse, template
from gateway.profile.model import Input, Pages, Step
from gateway.testing import ScriptedSource
from tests.kit import ROOT, Graph, Ran, node, plan_of, run, value

STARTS = {"page": 1, "offset": 0}


@dataclass(frozen=True, slots=True)
class PagedList:
    """A list of ``total`` rows, in pages of ``size``.

    ``tells`` says how the end is told by page and offset: by ``next``, by ``total`` or
    by a short page (None). ``sized``: calls say how many rows they want.
    """

    style: str
    total: int
    size: int
    tells: str | None = None
    sized: bool = False
    connection: bool = False
    most: int = 1000

    @property
    def rows(self) -> list[int]:
        return list(range(self.total))

    @property
    def exact(self) -> bool:
        """Whether the source tells if there is more, in every reply."""
        return self.style in ("cursor", "link") or self.tells is not None

    def graph(self, **keys: object) -> Graph:
        rules = PageRules(
            self.style,  # type: ignore[arg-type]
            param=None if self.style == "link" and not self.connection else "p",
            size=self.size,
            size_param="n" if self.sized else None,
            max_pages=self.most,
        )
        next_ = self.style == "cursor" or self.tells == "next"
        pages = Pages(
            rules,
            next=parse("response.body.?next") if next_ else None,
            total=parse("response.body.total") if self.tells == "total" else None,
            connection=self.connection,
        )
        given = {
            PAGE.name: STARTS.get(self.style),
            PAGE_SIZE.name: self.size,
            PAGE_LINK.name: None,
        }
        fixed = {n: Input(template(v), InputUse.VALUE) for n, v in given.items()}
        window = {f"paginate.{name}": value(name) for name in ("first", "after")}
        inputs = {**fixed, **window}
        body = "response.body.rows"
        return node("list", pages=pages, inputs=inputs, select=body, **keys)

    async def reply(self, call: Call[object]) -> Reply:
        """One page, as the call asks for it."""
        asked = call.inputs[PAGE.name]
        if self.style == "page":
            begin = (int(str(asked)) - 1) * self.size
        elif self.style == "offset":
            begin = int(str(asked))
        else:
            link = call.inputs[PAGE_LINK.name]
            said = str(link).partition("=")[2] if link else asked
            begin = int(str(said)[1:]) if said else 0
        size = int(str(call.inputs[PAGE_SIZE.name])) if self.sized else self.size
        return self._page(begin, begin + size)

    def _page(self, begin: int, end: int) -> Reply:
        more = end < self.total
        after: object = f"c{end}" if more else None
        if self.style in ("page", "offset"):
            after = more
        body = {"rows": self.rows[begin:end], "next": after, "total": self.total}
        linked = self.style == "link" and more
        headers = {"link": f'</rows?p=c{end}>; rel="next"'} if linked else {}
        return Reply(body, 200, headers)

    async def read(
        self, first: int | None = None, after: str | None = None, **keys: object
    ) -> Ran:
        """Run the step once, with a source of its own."""
        source = ScriptedSource({"list": self.reply})
        plan = plan_of(self.graph(**keys))
        bound = {(ROOT,): {"first": first, "after": after}}
        return await run(plan, source, bindings=bound)


def given_by(ran: Ran) -> object:
    """The list, or the connection, that the step came to."""
    result = ran["list"]
    assert isinstance(result, Ok), result
    return result.value


def edges_of(connection: object) -> Sequence[Mapping[str, object]]:
    assert isinstance(connection, Mapping)
    return connection["edges"]  # type: ignore[no-any-return]


def page_info(connection: object) -> Mapping[str, object]:
    assert isinstance(connection, Mapping)
    return connection["pageInfo"]  # type: ignore[no-any-return]


def step_of(graph: Graph) -> Step:
    (one,) = graph.steps.values()
    return one
