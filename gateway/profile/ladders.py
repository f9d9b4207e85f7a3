"""Fallbacks that go round: a step cannot stand in for what it needs itself.

In charge of the ways between steps that lead over a rung. Must never judge the others:
steps that wait for each other are found where the profile is a graph.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from gateway.errors import Problems
from gateway.profile.model import Step
from gateway.profile.steps import StepText

_WAITS, _FALLS = "waits for", "falls back to"


def check_ladders(
    steps: Mapping[str, Step], texts: Mapping[str, StepText], problems: Problems
) -> None:
    """Each way round is told once, at the rung of the step that comes first."""
    told: set[frozenset[str]] = set()
    for name in steps:
        text = texts[name]
        for number, rung in enumerate(text.document.fallback):
            if not isinstance(rung, str) or rung not in steps or rung == name:
                continue
            way = _way(rung, name, steps)
            if not way or {rung, *way} in told:
                continue
            told.add(frozenset({rung, *way}))
            others = ", ".join(f"which {verb} {to!r}" for to, verb in way.items())
            alike = set(way.values()) == {_FALLS}
            problems.add(
                text.written.span(("fallback", number)),
                f"step {name!r} falls back to {rung!r}, {others}",
                hint="let one of them be the last"
                if alike
                else f"fall back to a step that does without {name!r}",
            )


def _way(start: str, end: str, steps: Mapping[str, Step]) -> dict[str, str]:
    """The shortest way from a step over what it needs: each with how it is needed.

    Without the start, with the end; empty where there is none.
    """
    came: dict[str, tuple[str, str]] = {}
    ahead = deque([start])
    while ahead and end not in came:
        here = ahead.popleft()
        for name, verb in _needs(steps[here]):
            if name in steps and name not in came:
                came[name] = here, verb
                ahead.append(name)
    if end not in came:
        return {}
    way = {}
    while end != start:
        before, verb = came[end]
        way[end] = verb
        end = before
    return dict(reversed(way.items()))


def _needs(step: Step) -> Iterator[tuple[str, str]]:
    yield from ((name, _WAITS) for name in (*step.reads.steps, *sorted(step.after)))
    yield from ((rung, _FALLS) for rung in step.fallback if isinstance(rung, str))
