"""A list that comes in pages, as far as it was read. Plain functions; nobody waits.

In charge of which rows are wanted, which page is next and when there is none, and of
what the rows together are: a list, or a Relay connection (its Cursor Connections
Specification). Must never ask for anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.connectors.base import PAGE, PAGE_LINK, PAGE_SIZE, Reply
from gateway.errors import Code
from gateway.execution.model import Failed, Failure, PagesRead
from gateway.execution.pages.cursors import (
    Mark,
    Position,
    cursor_of,
    position_of,
)
from gateway.execution.pages.links import next_link, parameter
from gateway.execution.pages.marks import fits, is_json, mark_of, said_by, whole_of
from gateway.execution.reading import evaluated
from gateway.profile.model import Names, Pages, Step
from gateway.record import Model

_UNSERVED = ("last", "before")
WINDOW = frozenset(f"paginate.{name}" for name in ("first", "after", *_UNSERVED))
"""The inputs of a step that say which rows are wanted."""
_SPELLED: Mapping[str, str] = {
    "pageInfo": "page_info",
    "hasNextPage": "has_next_page",
    "hasPreviousPage": "has_previous_page",
    "startCursor": "start_cursor",
    "endCursor": "end_cursor",
    "totalCount": "total_count",
}
"""A connection's keys as a source with snake_case names would spell them."""


class Page(Model, frozen=True):
    """One page's reply, read: its rows, and what it says of those that it lacks.

    ``next`` is what names the next page, or whether there is one; ``says`` whether
    the reply was asked for it at all.
    """

    rows: tuple[object, ...]
    next: object = None
    says: bool = False
    total: int | None = None


class Window(Model, frozen=True):
    """The rows that are wanted: after a position, so many (None: all there are).

    ``inside``: the position is not the beginning.
    """

    after: Position
    first: int | None
    inside: bool = False


def window_of(
    step: Step, pages: Pages, inputs: Mapping[str, object]
) -> Window | Failed:
    """Which rows the arguments of the field ask for."""
    for name in _UNSERVED:
        if inputs.get(f"paginate.{name}") is not None:
            return _bad(f"'{name}' is not served: this list is read with first, after.")
    first, after = inputs.get("paginate.first"), inputs.get("paginate.after")
    if first is not None and (type(first) is not int or first < 0):
        return _bad("'first' must be a number from 0.")
    start = Position(inputs.get(PAGE.name))  # type: ignore[arg-type]
    position = start if after is None else position_of(after, list_of(step))
    if position is None or not fits(position.mark, pages):
        return _bad("'after' is no cursor of this list.")
    return Window(position, first, inside=after is not None)


def list_of(step: Step) -> str:
    """The list that a cursor belongs to."""
    return f"{step.origin}.{step.name}"


def page_of(
    pages: Pages, value: object, reply: Reply, scope: Mapping[str, object]
) -> Page | Failed:
    """One page: ``value`` is what the reply gave the step, read in ``scope``."""
    if value is None:
        return Page(())
    if not isinstance(value, list | tuple):
        return _invalid("The source's page is no list.")
    total = evaluated(pages.total, scope) if pages.total else None
    if isinstance(total, Failed):
        return total
    if total is not None and whole_of(total) is None:
        return _invalid("The source's total is no number.")
    said = _said(pages, reply, scope)
    if isinstance(said, Failed):
        return said
    says = pages.next is not None or pages.rules.style == "link"
    return Page(tuple(value), said, says, whole_of(total))


def _said(pages: Pages, reply: Reply, scope: Mapping[str, object]) -> object:
    """What a reply says of the page after it; nothing is None."""
    if pages.rules.style == "link":
        link = next_link(reply.headers.get("link", ""))
        if link is None or pages.rules.param is None:
            return link
        mark = parameter(link, pages.rules.param)
        missing = "The source's link to its next page lacks the parameter."
        return _invalid(missing) if mark is None else mark
    said = evaluated(pages.next, scope) if pages.next else None
    if said in (None, False, "") or isinstance(said, Failed):
        return said or None
    if is_json(pages):
        mark = mark_of(said)
        odd = "The source's next cursor is no text, number or list of them."
        return _invalid(odd) if mark is None else mark
    if pages.rules.style != "cursor" or isinstance(said, str):
        return said
    number = whole_of(said)
    wrong = "The source's next cursor is neither text nor a number."
    return _invalid(wrong) if number is None else str(number)  # of any size


@dataclass(slots=True)
class Reading:
    """One list being read: the rows that are wanted and came, and where it goes on.

    ``at`` is the place after the last row that was taken; ``ends`` the place after
    each of them. ``more`` says that rows follow.
    """

    step: Step
    pages: Pages
    window: Window
    at: Position
    rows: list[object] = field(default_factory=list)
    ends: list[Position] = field(default_factory=list)
    seen: set[Mark] = field(default_factory=set)
    asked: int = 0
    total: int | None = None
    more: bool = True

    def inputs(self) -> Mapping[str, object]:
        """What the next call has to say; it counts as asked from now on."""
        self.asked += 1
        self.seen.add(self.at.mark)
        rules = self.pages.rules
        whole = rules.style == "link" and rules.param is None
        named = {PAGE_LINK.name: self.at.mark if whole else None}
        mark = said_by(self.at.mark) if is_json(self.pages) else self.at.mark
        return {PAGE.name: mark, PAGE_SIZE.name: self._size(), **named}

    def _size(self) -> int | None:
        """How many rows to ask for.

        Only offsets mean the same whatever the page's size is. One row more than is
        wanted says whether there are more.
        """
        rules, left = self.pages.rules, self._left()
        if rules.style != "offset" or rules.size is None or left is None:
            return rules.size
        return min(rules.size, left + (1 if self.pages.connection else 0)) or 1

    def _left(self) -> int | None:
        return None if self.window.first is None else self.window.first - len(self.rows)

    def take(self, page: Page) -> Failed | None:
        """Take what is wanted of a page; a failure where the list turns in a circle."""
        mark, skip, left = self.at.mark, self.at.index, self._left()
        follows = self._follows(page)
        rows = page.rows[skip:]
        kept = rows if left is None else rows[:left]
        self.rows += kept
        self.total = page.total
        self.more = len(kept) < len(rows) or follows is not None
        for number in range(1, len(kept) + 1):
            self.ends.append(self._place(mark, skip + number))
        if len(kept) < len(rows):
            self.at = self._place(mark, skip + len(kept))
        elif follows is None:
            self.at = self._place(mark, max(skip, len(page.rows)))
        elif follows.mark in self.seen:
            return _invalid("The source names a page as the next that was read before.")
        else:
            self.at = follows
            if kept:
                self.ends[-1] = follows
        return None

    def _place(self, mark: Mark, index: int) -> Position:
        """Offsets count rows, so they need no index."""
        if self.pages.rules.style == "offset" and isinstance(mark, int):
            return Position(mark + index)
        return Position(mark, index)

    def _follows(self, page: Page) -> Position | None:
        """Where the page after this one begins; None where there is none."""
        rules, mark = self.pages.rules, self.at.mark
        if rules.style in ("cursor", "link"):
            return None if page.next is None else Position(page.next)  # type: ignore[arg-type]
        if not isinstance(mark, int) or self._is_last(page, mark):
            return None
        return Position(mark + (len(page.rows) if rules.style == "offset" else 1))

    def _is_last(self, page: Page, mark: int) -> bool:
        """A counted page is the last where the reply says so, or where it is short."""
        if not page.rows:
            return True
        if page.says:
            return page.next is None
        size = self._asked_size()
        if page.total is None:
            return len(page.rows) < size
        rules = self.pages.rules
        start = rules.start if rules.start is not None else int(rules.style == "page")
        before = mark - start if rules.style == "offset" else (mark - start) * size
        return before + len(page.rows) >= page.total

    def _asked_size(self) -> int:
        sized = self.pages.rules.size_param is not None
        return (self._size() if sized else self.pages.rules.size) or 1

    @property
    def done(self) -> bool:
        """Whether no further page is to be asked for.

        A connection without ``first`` gives what one page has.
        """
        enough = self._left() == 0
        if self.pages.connection and self.window.first is None:
            enough = bool(self.rows)
        return enough or not self.more or self.asked >= self.pages.rules.max_pages

    @property
    def read(self) -> PagesRead:
        """What is told of it; ``cut``: rows that were wanted are left out."""
        wanted = self._left() != 0 and not self.pages.connection
        return PagesRead(self.asked, len(self.rows), cut=self.more and wanted)

    def answer(self) -> object:
        """The rows, or the connection that has them."""
        if not self.pages.connection:
            return self.rows
        of = list_of(self.step)
        cursors = [cursor_of(end, of) for end in self.ends]
        end = cursors[-1] if cursors else None
        if end is None and self.more:
            end = cursor_of(self.at, of)  # pages without a row: go on after them
        pairs = zip(self.rows, cursors, strict=True)
        return self._spelled(
            edges=[{"node": row, "cursor": cursor} for row, cursor in pairs],
            nodes=self.rows,
            totalCount=self.total,
            pageInfo=self._spelled(
                hasNextPage=self.more,
                hasPreviousPage=self.window.inside,
                startCursor=cursors[0] if cursors else None,
                endCursor=end,
            ),
        )

    def _spelled(self, **keys: object) -> dict[str, object]:
        if self.step.names is not Names.SNAKE:
            return keys
        return {_SPELLED.get(name, name): value for name, value in keys.items()}


def _bad(message: str) -> Failed:
    return Failed(Failure(Code.BAD_USER_INPUT, message))


def _invalid(message: str) -> Failed:
    return Failed(Failure(Code.UPSTREAM_INVALID, message, attempts=1))
