"""One step as a box: its form says its role, its stripe the source, its words the rest.

In charge of one box. Must never say by colour alone what matters.
"""

from __future__ import annotations

from typing import Final

from gateway.drawing.markup import Element, element
from gateway.drawing.model import Box, Role, State
from gateway.drawing.placing import Area
from gateway.drawing.text import short, whole

_INSET: Final = 14
_NAME: Final = 21
_WORDS: Final = 28
_CODE: Final = 23
"""Letters that fit a box's lines, in DejaVu Sans too, which is a wide one: of a name
they are bold, of a code capitals."""
_CORNER: Final = 14
_SIGNS: Final = {
    State.OK: "✓",
    State.CACHED: "✓",
    State.STALE: "~",
    State.FALLBACK: "↳",
    State.SKIPPED: "-",
    State.FAILED: "✗",
    State.HELD: "‖",
}


def box_drawn(box: Box, area: Area, hue: int | None) -> Element:
    """The box of a step at a place, in the colour of its source."""
    told = ". ".join(whole(fact) for fact in box.facts) or whole(box.name)
    middle = area.middle
    return element(
        "g",
        element("title", told),
        *_behind(box, area),
        _outline(box, area, "hw-outline"),
        _stripe(area),
        element(
            "text", short(box.name, _NAME), class_="hw-name", **_at(area, middle - 14)
        ),
        element(
            "text",
            short(_where(box), _WORDS),
            class_="hw-where",
            **_at(area, middle + 5),
        ),
        element("text", _says(box), class_="hw-says", **_at(area, middle + 23)),
        class_=_classes(box, hue),
        data_step=whole(box.id),
        role="img",
        tabindex=0,
        aria_label=told,
    )


def _at(area: Area, y: float) -> dict[str, str | int | float | None]:
    return {"x": area.x + _INSET, "y": y}


def _says(box: Box) -> str:
    """What became of it; of a failure the sign says that it is one."""
    sign = _SIGNS.get(box.state)
    if box.state is State.FAILED:
        return short(f"{sign} {box.says.removeprefix('failed: ')}", _CODE)
    return short(f"{sign} {box.says}" if sign else box.says, _WORDS)


def _where(box: Box) -> str:
    words = [word for word in (box.source or box.kind,) if word]
    if box.parents is not None:
        words.append(f"each {box.parents}")
    return " · ".join(words)


def _classes(box: Box, hue: int | None) -> str:
    words = ["hw-step", f"hw-role-{box.role.value}", f"hw-is-{box.state.value}"]
    if hue is not None:
        words.append(f"hw-hue-{hue}")
    if box.critical:
        words.append("hw-critical")
    if box.mark is not None:
        words.append(f"hw-{box.mark}")
    return " ".join(words)


def _stripe(area: Area) -> Element:
    return element(
        "rect",
        class_="hw-stripe",
        x=area.x + 4,
        y=area.y + 8,
        width=4,
        height=area.height - 16,
    )


def _behind(box: Box, area: Area) -> tuple[Element, ...]:
    """A second box behind one that runs for each of several objects."""
    if box.parents is None:
        return ()
    moved = area._replace(x=area.x + 5, y=area.y + 5)
    return (_outline(box, moved, "hw-outline hw-behind"),)


def _outline(box: Box, area: Area, kind: str) -> Element:
    if box.role is Role.FALLBACK:
        return element("path", class_=kind, d=_cut(area))
    round_ = 2 if box.role is Role.REQUIRED else 16
    return element(
        "rect",
        class_=kind,
        x=area.x,
        y=area.y,
        width=area.width,
        height=area.height,
        rx=round_,
    )


def _cut(area: Area) -> str:
    """A box whose right corners are cut off."""
    x, y, width, height = area
    right, bottom = x + width, y + height
    return (
        f"M{x:g} {y:g}H{right - _CORNER:g}L{right:g} {y + _CORNER:g}"
        f"V{bottom - _CORNER:g}L{right - _CORNER:g} {bottom:g}H{x:g}Z"
    )
