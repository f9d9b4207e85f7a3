"""Colours: the same for a source in every picture, and seen by everybody."""

from __future__ import annotations

import re

import pytest

from gateway.drawing.drawn import sheet
from gateway.drawing.palette import HUES, hues_of

LIGHT, DARK = "#ffffff", "#151b23"
HUE = re.compile(
    r"\.hw-hue-(\d) > \.hw-stripe[^{]*{ fill: light-dark\((#\w+), (#\w+)\)"
)
TEXT = re.compile(
    r"(?:text|says|where|note|reads)[^{}]*{ fill: light-dark\((#\w+), (#\w+)\)"
)


def _light(colour: str) -> float:
    """Relative luminance, by WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """How far two colours are apart, by WCAG 2: 1 to 21."""
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_source_has_one_colour_and_shares_it_with_nobody() -> None:
    """Until there are more sources than colours."""
    names = ["accounts", "risk", "cases", "branches"]
    hues = hues_of(names)
    assert len({*hues.values()}) == len(names)
    assert hues_of(reversed(names)) == hues
    many = hues_of(f"source{n}" for n in range(HUES))
    assert {*many.values()} == {*range(HUES)}
    assert len(hues_of(f"source{n}" for n in range(50))) == 50


@pytest.mark.parametrize(("side", "paper"), [(1, LIGHT), (2, DARK)])
def test_stripes_and_words_stand_out_in_light_and_dark(side: int, paper: str) -> None:
    """3 : 1 for what is seen, 4.5 : 1 for what is read (WCAG 2, 1.4.3 and 1.4.11)."""
    hues = HUE.findall(sheet())
    assert [int(hue[0]) for hue in hues] == [*range(HUES)]
    assert [hue for hue in hues if contrast(hue[side], paper) < 3] == []
    words = TEXT.findall(sheet())
    assert len(words) >= 4
    assert [one for one in words if contrast(one[side - 1], paper) < 4.5] == []
