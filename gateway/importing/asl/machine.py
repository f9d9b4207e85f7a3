"""A state machine's file → its states, checked as far as an import needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.importing.made import ImportFailure
from gateway.importing.openapi.library import Library, Raw, is_map, text_of
from gateway.record import Model

_TYPES = ("Task", "Pass", "Parallel", "Choice", "Map", "Wait", "Succeed", "Fail")


class Machine(Model, frozen=True):
    """States by name, and where they begin."""

    start: str
    states: Mapping[str, Raw]
    raw: Raw

    def next(self, name: str) -> Iterator[str]:
        """The states that may follow one, the machine's own way first."""
        state = self.states[name]
        if text_of(state, "Next"):
            yield text_of(state, "Next")
        for each in _maps(state.get("Choices")):
            yield text_of(each, "Next")
        if text_of(state, "Default"):
            yield text_of(state, "Default")

    def after(self, name: str) -> list[str]:
        """All states that may follow, the nearest first; itself is the first."""
        found, waiting = dict[str, None](), [name]
        while waiting:
            each = waiting.pop(0)
            if each and each not in found:
                found[each] = None
                waiting += self.next(each)
        return list(found)


def read_machine(file: Path) -> Machine:
    """The machine of a file, JSON or YAML.

    Raises:
        ImportFailure: it cannot be read, is none, or goes in circles.
    """
    library = Library(file)
    raw = library.open()
    if not is_map(raw.get("States")) or not text_of(raw, "StartAt"):
        raise ImportFailure(
            f"{file}:1:1",
            "this is no state machine: it lacks 'StartAt' or 'States'",
            "name the definition in the Amazon States Language",
        )
    if text_of(raw, "QueryLanguage") == "JSONata":
        raise ImportFailure(
            library.place(str(file), ("QueryLanguage",)),
            "the machine is written in JSONata",
            "only JSONPath is read here",
        )
    return _checked(raw, library, ())


def _checked(raw: Raw, library: Library, trail: tuple[str | int, ...]) -> Machine:
    file = str(library.main)
    states = raw.get("States")
    made = Machine(
        text_of(raw, "StartAt"),
        {k: v for k, v in (states if is_map(states) else {}).items() if is_map(v)},
        raw,
    )
    if made.start not in made.states:
        place = library.place(file, (*trail, "StartAt"))
        raise ImportFailure(place, f"there is no state {made.start!r}")
    for name, state in made.states.items():
        here = (*trail, "States", name)
        if text_of(state, "Type") not in _TYPES:
            place = library.place(file, (*here, "Type"))
            said = text_of(state, "Type") or "nothing"
            raise ImportFailure(place, f"state {name!r} is of type {said!r}")
        for target in made.next(name):
            if target not in made.states:
                place = library.place(file, here)
                raise ImportFailure(
                    place, f"{name!r} goes to {target!r}, which is none"
                )
        for number, branch in enumerate(_maps(state.get("Branches"))):
            _checked(branch, library, (*here, "Branches", number))
    _acyclic(made, library, trail)
    return made


def _acyclic(made: Machine, library: Library, trail: tuple[str | int, ...]) -> None:
    for name in made.states:
        for target in made.next(name):
            if name in made.after(target):
                place = library.place(str(library.main), (*trail, "States", name))
                raise ImportFailure(
                    place,
                    f"the machine goes round through {name!r}",
                    "steps have no loops: retry, or poll outside",
                )


def branch_of(raw: Raw) -> Machine:
    """A branch of a Parallel, which was checked with its machine."""
    states = raw.get("States")
    found = {k: v for k, v in (states if is_map(states) else {}).items() if is_map(v)}
    return Machine(text_of(raw, "StartAt"), found, raw)


def _maps(value: object) -> list[Raw]:
    return [each for each in value if is_map(each)] if isinstance(value, list) else []
