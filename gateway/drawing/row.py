"""A row of the picture of times: a name, a bar, and words at its right.

In charge of how all rows look. Must never know what ran.
"""

from __future__ import annotations

from gateway.drawing.markup import Element, element
from gateway.drawing.scale import MARGIN, ROW, Scale, right
from gateway.record import Model


class Row(Model, frozen=True):
    """What a row says, and its time in milliseconds since the first step began.

    ``told`` is all of it, for whoever points at the row or listens.
    """

    name: str
    says: str
    told: str
    at: float
    took: float


def row_drawn(
    row: Row, scale: Scale, y: float, *below: Element, **also: str | int
) -> Element:
    """The row from ``y`` on, with what is below its bar; ``also`` are attributes."""
    words = y + ROW / 2 + 4
    return element(
        "g",
        element("title", row.told),
        element("text", row.name, class_="hw-name", x=MARGIN, y=words),
        element(
            "rect",
            class_="hw-bar",
            x=scale.x(row.at),
            y=y + 8,
            width=scale.width(row.took),
            height=ROW - 16,
            rx=2,
        ),
        element("text", row.says, class_="hw-says", x=right(), y=words),
        *below,
        role="img",
        aria_label=row.told,
        **also,
    )
