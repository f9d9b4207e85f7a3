"""Thompson's automaton over a pattern, made deterministic as texts need it.

In charge of linear time: each character of the text is looked at once. Must never keep
more than `CACHE_MAX` states. Follows Russ Cox, "Regular Expression Matching in the
Wild" (2010).
"""

from __future__ import annotations

import functools
from typing import Final, TypeAlias

from gateway.expression.patterns.errors import PatternError
from gateway.expression.patterns.sets import CharSet
from gateway.expression.patterns.syntax import (
    Assertion,
    Both,
    Either,
    Piece,
    Repeat,
    read,
)

CACHE_MAX: Final = 5_000
SIZE_MAX: Final = 5_000
"""How many instructions a pattern may need; RE2 bounds its memory likewise."""

_Instruction: TypeAlias = tuple[CharSet | str | None, tuple[int, ...]]
_NOTHING, _NEWLINE, _WORD, _OTHER = range(4)


class _State:
    """A set of instructions to go on from, after a character of one kind."""

    __slots__ = ("after", "ends", "live", "next")

    def __init__(self, live: frozenset[int], after: int) -> None:
        self.live = live
        self.after = after
        self.next: dict[str, _State | None] = {}
        self.ends: bool | None = None


class Pattern:
    """A compiled pattern."""

    def __init__(self, pattern: str) -> None:
        self._program: list[_Instruction] = []
        self._match = self._emit(None, ())
        self._first = self._write(read(pattern), self._match)
        self._states: dict[tuple[frozenset[int], int], _State] = {}
        self._start = self._state(frozenset({self._first}), _NOTHING)

    def occurs_in(self, text: str) -> bool:
        """Whether some part of the text matches."""
        state = self._start
        for char in text:
            try:
                following = state.next[char]
            except KeyError:
                following = self._step(state, char)
            if following is None:
                return True
            state = following
        if state.ends is None:
            state.ends = self._match in self._closure(state, _NOTHING)
        return state.ends

    # -- building -----------------------------------------------------------------

    def _emit(self, test: CharSet | str | None, targets: tuple[int, ...]) -> int:
        if len(self._program) >= SIZE_MAX:
            raise PatternError("the pattern is too large")
        self._program.append((test, targets))
        return len(self._program) - 1

    def _write(self, piece: Piece, then: int) -> int:
        """Instructions for the piece, going on to ``then``; the first of them."""
        match piece:
            case CharSet():
                return self._emit(piece, (then,))
            case Assertion():
                return self._emit(piece.where, (then,))
            case Both():
                for part in reversed(piece.parts):
                    then = self._write(part, then)
                return then
            case Either():
                starts = tuple(self._write(part, then) for part in piece.parts)
                return self._emit(None, starts)
            case Repeat():
                return self._repeat(piece, then)

    def _repeat(self, piece: Repeat, then: int) -> int:
        if piece.most is None:
            loop = self._emit(None, ())
            body = self._write(piece.part, loop)
            self._program[loop] = (None, (body, then))
            then = loop
        else:
            for _ in range(piece.most - piece.least):
                body = self._write(piece.part, then)
                then = self._emit(None, (body, then))
        for _ in range(piece.least):
            then = self._write(piece.part, then)
        return then

    # -- running ------------------------------------------------------------------

    def _state(self, live: frozenset[int], after: int) -> _State:
        key = (live, after)
        found = self._states.get(key)
        if found is None:
            if len(self._states) >= CACHE_MAX:
                self._states.clear()
            found = self._states[key] = _State(live, after)
        return found

    def _step(self, state: _State, char: str) -> _State | None:
        """The state after a character; None where the pattern matched before it."""
        if len(state.next) >= CACHE_MAX:
            state.next.clear()
        before = _kind(char)
        reached = self._closure(state, before)
        following: _State | None = None
        if self._match not in reached:
            live = {self._first}
            for place in reached:
                test, targets = self._program[place]
                if isinstance(test, CharSet) and test.has(char):
                    live.update(targets)
            following = self._state(frozenset(live), before)
        state.next[char] = following
        return following

    def _closure(self, state: _State, before: int) -> set[int]:
        """All instructions reached from the state without taking a character."""
        reached: set[int] = set()
        waiting = list(state.live)
        while waiting:
            place = waiting.pop()
            if place in reached:
                continue
            reached.add(place)
            test, targets = self._program[place]
            if test is None or (
                isinstance(test, str) and _holds(test, state.after, before)
            ):
                waiting.extend(targets)
        return reached


def _kind(char: str) -> int:
    if char == "\n":
        return _NEWLINE
    return _WORD if char.isascii() and (char.isalnum() or char == "_") else _OTHER


def _holds(where: str, after: int, before: int) -> bool:
    match where:
        case "start":
            return after == _NOTHING
        case "end":
            return before == _NOTHING
        case "line_start":
            return after in {_NOTHING, _NEWLINE}
        case "line_end":
            return before in {_NOTHING, _NEWLINE}
        case "edge":
            return (after == _WORD) is not (before == _WORD)
        case _:
            return (after == _WORD) is (before == _WORD)


@functools.lru_cache(maxsize=512)
def compiled(pattern: str) -> Pattern:
    """The pattern, compiled once.

    Raises:
        PatternError: it is none in RE2's syntax, or too large.
    """
    return Pattern(pattern)
