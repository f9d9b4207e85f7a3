"""Bytes as the chances of a random world: both ways of answering stay the same.

Guided this way the dice of `tests.laws` look for branches instead of falling blindly.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from zlib import crc32

from tests.fuzzing.generated import only_projection
from tests.laws.many_projections import MOODS, asked, held
from tests.laws.worlds import world

TOKENS = ("\x00\x00\x00\x00", "\x01\x01\x01\x01", "\x7f\x7f\x7f\x7f")
_REPLIES = 3


class Dice(Random):
    """Chance as it was written down; where that ends, as it follows from it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(crc32(data))
        self._data, self._at = data, 0

    def getrandbits(self, count: int, /) -> int:
        """From so many bytes as the bits need."""
        size = (count + 7) // 8
        taken = self._data[self._at : self._at + size]
        self._at += size
        if len(taken) < size:
            return super().getrandbits(count)
        return int.from_bytes(taken, "little") & ((1 << count) - 1)

    def random(self) -> float:
        """From one byte: no chance in `tests.laws` is finer."""
        if self._at >= len(self._data):
            return super().random()
        self._at += 1
        return self._data[self._at - 1] / 256


def seeds() -> Iterator[bytes]:
    """Different dice."""
    for number in range(8):
        yield bytes((number * 37 + at * at) % 256 for at in range(256))


def try_one(data: bytes) -> None:
    """One world, one question, some replies; and its source is all ours."""
    dice = Dice(data)
    question = asked(world(dice), dice)
    if question.projection is not None:
        only_projection(question.projection.source)
    for _ in range(_REPLIES):
        held(question, dice, dice.choice(MOODS))
