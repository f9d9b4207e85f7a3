"""The door: a plan's JSON → pictures and words, for a page or as files.

In charge of what goes together. Must never believe a plan that it was given.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from gateway.drawing.graph import graph_of
from gateway.drawing.markup import Element, Style, Value
from gateway.drawing.model import Estimate
from gateway.drawing.shown import plan_shown
from gateway.drawing.svg import XMLNS, svg_of
from gateway.drawing.waterfall import waterfall_of
from gateway.drawing.words import accounts_shown, words_of
from gateway.record import Model, replace
from gateway.values import JsonValue


class Drawn(Model, frozen=True):
    """A plan, or its run: how it is tied, where its time went, what came of it.

    ``waterfall`` is None where nothing ran. Both pictures want `drawing.css`.
    """

    drawing: Element
    waterfall: Element | None
    words: tuple[str, ...]


def drawn(
    plan: JsonValue, completeness: JsonValue = None, estimate: Estimate | None = None
) -> Drawn:
    """Everything that can be shown of a plan.

    Raises:
        UnreadableError: it is no plan, or ``completeness`` no account.
    """
    shown = plan_shown(plan)
    words = words_of(shown, accounts_shown(completeness))
    return Drawn(svg_of(graph_of(shown, estimate)), waterfall_of(shown), words)


def drawing_of(plan: JsonValue, estimate: Estimate | None = None) -> str:
    """The picture of a plan, or of its run, as SVG for a page that has `drawing.css`.

    Raises:
        UnreadableError: it is no plan.
    """
    return str(svg_of(graph_of(plan_shown(plan), estimate)))


def file_of(plan: JsonValue, estimate: Estimate | None = None) -> str:
    """The same as a file that stands by itself; below it the times of a run.

    Raises:
        UnreadableError: it is no plan.
    """
    shown = plan_shown(plan)
    first, second = svg_of(graph_of(shown, estimate)), waterfall_of(shown)
    own = Style("style", {}, (f"svg{{color-scheme:light dark}}{sheet()}",))
    if second is None:
        return str(replace(first, parts=(own, *first.parts)))
    return str(_stacked(own, first, second))


def _stacked(own: Style, first: Element, second: Element) -> Element:
    """One picture below another."""
    sizes = [
        (one.attributes["width"], one.attributes["height"]) for one in (first, second)
    ]
    (width, height), (wide, high) = [(float(w), float(h)) for w, h in sizes]
    width, whole = max(width, wide), height + high
    below = replace(second, attributes={**second.attributes, "y": height})
    box = f"0 0 {width:g} {whole:g}"
    size: dict[str, Value] = {
        "width": width,
        "height": whole,
        "viewBox": box,
        "role": "group",
    }
    return Element(
        "svg", {"xmlns": XMLNS, "role": "group", **size}, (own, first, below)
    )


@cache
def sheet(name: str = "drawing.css") -> str:
    """A style sheet of this package: that of all pictures, or of pages."""
    return (files("gateway.drawing") / name).read_text(encoding="utf-8")
