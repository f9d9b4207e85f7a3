"""A graph as SVG: classes for `drawing.css`, no style and no script of its own.

In charge of the picture's marks. Texts go in as texts (`markup`), cut to what fits;
whoever points at a box reads all of it. Must never set an attribute ``style`` or
``on...``: pages with a strict policy show the picture as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.drawing.boxes import box_drawn
from gateway.drawing.layers import Spot, layers_of
from gateway.drawing.lines import line_drawn
from gateway.drawing.markup import Element, element
from gateway.drawing.model import Box, Graph, Kind
from gateway.drawing.palette import hues_of
from gateway.drawing.placing import HEIGHT, MARGIN, SPACE, WIDTH, Area, Placed, placed
from gateway.drawing.text import short, whole
from gateway.record import Model

XMLNS: Final = "http://www.w3.org/2000/svg"
_LINE: Final = 18
_FEWEST: Final = 3
"""Boxes in a row of those that were left out, at least."""
_IN_A_ROW: Final = 6
_TOLD: Final = 24
"""Sources that the legend has; boxes name all of them."""
_FORMS: Final = (
    "square: required",
    "round: optional",
    "dashed: fallback",
    "bold: critical path",
)
_LETTER: Final = 6.6
"""Width of a letter of the notes, about."""


class Picture(Model, frozen=True):
    """Everything placed: who stands where, in which colours."""

    graph: Graph
    within: Placed
    aside: Mapping[str, Area]
    ways: Mapping[int, tuple[Spot, ...]]
    hues: Mapping[str, int]
    width: float
    height: float


def picture_of(graph: Graph) -> Picture:
    """The graph with a place for everything."""
    reads = [(one.start, one.end) for one in graph.lines if one.kind is Kind.READS]
    falls = [(one.start, one.end) for one in graph.lines if one.kind is not Kind.READS]
    layers = layers_of([box.id for box in graph.boxes], reads, falls)
    top = MARGIN + _LINE * (len(graph.notes) + 1) + SPACE
    within = placed(layers, top)
    row = max(_FEWEST, int((within.width - MARGIN) // (WIDTH + SPACE)))
    first = within.height + SPACE + (_LINE + SPACE if graph.aside else 0)
    aside = {
        box.id: Area(
            MARGIN + (number % row) * (WIDTH + SPACE),
            first + (number // row) * (HEIGHT + SPACE),
            WIDTH,
            HEIGHT,
        )
        for number, box in enumerate(graph.aside)
    }
    areas = (*within.areas.values(), *aside.values())
    right = max((area.x + area.width for area in areas), default=0)
    bottom = max((area.y + area.height for area in areas), default=first)
    sources = [box.source for box in (*graph.boxes, *graph.aside) if box.source]
    width = max(right + MARGIN, 3 * (WIDTH + SPACE) + MARGIN)
    rows = -(-min(len(set(sources)), _TOLD) // _IN_A_ROW)
    legend = (rows + 1) * _LINE
    size = width, bottom + SPACE + legend + MARGIN
    return Picture(graph, within, aside, layers.ways, hues_of(sources), *size)


def svg_of(graph: Graph) -> Element:
    """The picture of a graph."""
    picture = picture_of(graph)
    return element(
        "svg",
        element("title", whole(graph.title)),
        element("desc", *(f"{whole(note)}. " for note in graph.notes)),
        *_notes(picture),
        element("g", *_lines(picture), class_="hw-lines"),
        element("g", *_boxes(picture), class_="hw-boxes"),
        *_legend(picture),
        xmlns=XMLNS,
        class_="hw-drawing",
        role="group",
        aria_label=whole(graph.title),
        width=picture.width,
        height=picture.height,
        viewBox=f"0 0 {picture.width:.1f} {picture.height:.1f}",
    )


def _notes(picture: Picture) -> Iterator[Element]:
    graph, fits = picture.graph, int((picture.width - 2 * MARGIN) / _LETTER)
    for number, note in enumerate((graph.title, *graph.notes)):
        kind = "hw-note" if number else "hw-heading"
        y = MARGIN + _LINE * number + _LINE / 2
        yield element("text", short(note, fits), class_=kind, x=MARGIN, y=y)
    if graph.aside:
        y = picture.within.height + SPACE + _LINE
        text = f"Left out ({len(graph.aside)})"
        yield element("text", text, class_="hw-heading", x=MARGIN, y=y)


def _boxes(picture: Picture) -> Iterator[Element]:
    for box in picture.graph.boxes:
        yield box_drawn(box, picture.within.areas[box.id], _hue(box, picture))
    for box in picture.graph.aside:
        yield box_drawn(box, picture.aside[box.id], _hue(box, picture))


def _hue(box: Box, picture: Picture) -> int | None:
    return None if box.source is None else picture.hues[box.source]


def _lines(picture: Picture) -> Iterator[Element]:
    """The firm lines come first in ``ways``, as they do in `picture_of`."""
    lines = sorted(picture.graph.lines, key=lambda line: line.kind is not Kind.READS)
    ports = _Ports(picture)
    for number, line in enumerate(lines):
        areas = [picture.within.areas[spot] for spot in picture.ways[number]]
        leaves, arrives = ports.out(number), ports.into(number)
        yield line_drawn(line, areas, leaves, arrives)


class _Ports:
    """Where on a box's side each line leaves or arrives, so that they stay apart."""

    def __init__(self, picture: Picture) -> None:
        areas, ways = picture.within.areas, picture.ways
        self._out: dict[int, float] = {}
        self._into: dict[int, float] = {}
        leaving: dict[Spot, list[int]] = {}
        arriving: dict[Spot, list[int]] = {}
        for number, way in ways.items():
            leaving.setdefault(way[0], []).append(number)
            arriving.setdefault(way[-1], []).append(number)
        for spot, numbers in leaving.items():
            numbers.sort(key=lambda n: areas[ways[n][1]].middle)
            self._out.update(_along(areas[spot], numbers))
        for spot, numbers in arriving.items():
            numbers.sort(key=lambda n: areas[ways[n][-2]].middle)
            self._into.update(_along(areas[spot], numbers))

    def out(self, line: int) -> float:
        return self._out[line]

    def into(self, line: int) -> float:
        return self._into[line]


def _along(area: Area, numbers: list[int]) -> Iterator[tuple[int, float]]:
    part = area.height / (len(numbers) + 1)
    for turn, number in enumerate(numbers, 1):
        yield number, area.y + part * turn


def _legend(picture: Picture) -> Iterator[Element]:
    """What colours and forms mean, in words."""
    sources = sorted(picture.hues.items())[:_TOLD]
    bottom = picture.height - MARGIN
    first = bottom - _LINE * -(-len(sources) // _IN_A_ROW)
    for number, (source, hue) in enumerate(sources):
        x = MARGIN + number % _IN_A_ROW * 110
        y = first + number // _IN_A_ROW * _LINE
        yield element(
            "g",
            element("title", whole(source)),
            element("rect", x=x, y=y - 9, width=10, height=10),
            element("text", short(source, 13), x=x + 16, y=y),
            class_=f"hw-legend hw-hue-{hue}",
        )
    for number, text in enumerate(_FORMS):
        yield element("text", text, class_="hw-note", x=MARGIN + number * 130, y=bottom)
