"""Plans as JSON, made up, and pictures of them read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from gateway.drawing.drawn import drawing_of
from gateway.drawing.graph import graph_of
from gateway.drawing.shown import plan_shown
from gateway.drawing.svg import Picture, picture_of

SVG = "{http://www.w3.org/2000/svg}"


def step(id_: str, *after: str, **more: Any) -> dict[str, Any]:
    """One step that waits for others."""
    return {"id": id_, "type": "api", "source": "s", "depends_on": [*after], **more}


def plan(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A plan of these steps."""
    return {"steps": [*steps], **more}


def picture(shown: Mapping[str, Any]) -> Picture:
    """Where everything of a plan stands."""
    return picture_of(graph_of(plan_shown(dict(shown))))


def drawn(shown: Mapping[str, Any]) -> ET.Element:
    """A plan's picture, as a browser reads it."""
    return read(drawing_of(dict(shown)))


def read(text: object) -> ET.Element:
    """A picture as a browser reads it."""
    return ET.fromstring(str(text))  # noqa: S314 - our own


def steps_in(svg: ET.Element) -> Counter[str]:
    """The boxes by their steps' ids."""
    return Counter(
        one.attrib["data-step"] for one in svg.iter() if "data-step" in one.attrib
    )


def edges_in(svg: ET.Element) -> Counter[tuple[str, str]]:
    """The lines, by whence and whither."""
    pairs = ((one.get("data-from"), one.get("data-to")) for one in svg.iter())
    return Counter((a, b) for a, b in pairs if a is not None and b is not None)


def group(svg: ET.Element, id_: str) -> ET.Element:
    """The box of one step."""
    return next(one for one in svg.iter() if one.get("data-step") == id_)


def texts(element: ET.Element) -> Iterator[str]:
    """Everything that is written in it, but what pointing at it shows."""
    for one in element.iter(f"{SVG}text"):
        yield "".join(one.itertext())
