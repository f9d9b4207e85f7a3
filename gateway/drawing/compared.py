"""One side of a comparison as a picture: what is new, gone or changed says so.

In charge of marks by form and words besides colour, and of a place on each side for
what only the other one runs. Must never compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.drawing.graph import graph_of
from gateway.drawing.model import Box, Graph, State
from gateway.drawing.shown import plan_shown
from gateway.drawing.svg import svg_of
from gateway.record import replace
from gateway.values import JsonValue

_WORDS = {
    "added": ("new", "+ only on the right"),
    "removed": ("gone", "- only on the left"),
    "changed": ("changed", "± otherwise"),
}
_ONE_SIDED = ("added", "removed")


def side_of(plan: JsonValue, marks: Mapping[str, str], title: str) -> str:
    """The picture of a plan in which steps are marked, by their ids.

    Marks are `added`, `removed` and `changed`; any other is none. A step that this plan
    does without, and the other one runs, stands aside with its mark.

    Raises:
        UnreadableError: it is no plan.
    """
    graph = graph_of(plan_shown(plan))
    boxes = tuple(_marked(box, marks.get(box.id, "")) for box in graph.boxes)
    aside = tuple(_aside(graph, marks))
    titled = f"{title}: {graph.title}"
    return str(svg_of(replace(graph, boxes=boxes, aside=aside, title=titled)))


def _aside(graph: Graph, marks: Mapping[str, str]) -> Iterator[Box]:
    """What is left out here, and what only the other side runs."""
    here = {box.id for box in graph.boxes}
    others = {i: m for i, m in marks.items() if m in _ONE_SIDED and i not in here}
    by_name = {id_.partition(".")[2] or id_: id_ for id_ in others}
    for box in graph.aside:
        id_ = box.id if box.id in others else by_name.get(box.id, "")
        yield _marked(box, others.pop(id_, ""))
    for id_, mark in others.items():
        name = id_.rpartition(".")[2] or id_
        yield _marked(Box(id_, name, state=State.LEFT_OUT, facts=(id_,)), mark)


def _marked(box: Box, mark: str) -> Box:
    found = _WORDS.get(mark)
    if found is None:
        return box
    name, words = found
    return replace(box, mark=name, says=words, facts=(*box.facts, words))
