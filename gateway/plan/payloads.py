"""The payloads of an answer in parts, for people and tools: which waits for whom.

In charge of how they are shown beside a plan. Never runs anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.plan.model import Groups, Late
from gateway.request.model import Deferral, Part
from gateway.values import JsonValue, StepId


def payloads_of(
    groups: Groups, deferral: Deferral, late: Iterable[Late] = ()
) -> list[JsonValue]:
    """The steps that the first payload waits for, and those that each other one does.

    With fields that are late, what they wait for is none of the first's.
    """
    gone = frozenset[StepId]().union(*(one.steps for one in late))
    first: list[JsonValue] = [{"steps": _names(groups.first - gone)}]
    first += [{"path": list(x.path), "steps": _names(x.steps)} for x in late]
    return first + [
        {
            "label": part.label,
            "streams": part.streams,
            "steps": _names(groups.later.get(part.number, frozenset())),
        }
        for part in deferral.parts
    ]


def payloads_as_text(groups: Groups, deferral: Deferral) -> str:
    """A line for each payload, to stand below a plan's."""
    told = [("first payload", groups.first)]
    told += [(_title(one), _of(groups, one)) for one in deferral.parts]
    return "\n".join(
        f"{title}: {', '.join(map(str, _names(steps))) or 'no step'}"
        for title, steps in told
    )


def payloads_as_mermaid(groups: Groups, deferral: Deferral) -> Iterator[str]:
    """The steps of each later payload in a box, to stand in a plan's flowchart.

    A step that several need is in the box of the first of them.
    """
    names = {step.id: f"s{n}" for n, step in enumerate(groups.plan.steps)}
    boxed: set[StepId] = set()
    for part in deferral.parts:
        steps = sorted(_of(groups, part) - boxed)
        if steps:
            boxed.update(steps)
            yield f'  subgraph p{part.number}["{_title(part)}"]'
            yield from (f"    {names[step]}" for step in steps)
            yield "  end"


def _title(part: Part) -> str:
    label = f" {part.label}" if part.label and part.label.isprintable() else ""
    return ("@stream" if part.streams else "@defer") + label.replace('"', "'")


def _of(groups: Groups, part: Part) -> frozenset[StepId]:
    return groups.later.get(part.number, frozenset())


def _names(steps: frozenset[StepId]) -> list[JsonValue]:
    return sorted(str(step) for step in steps)  # type: ignore[return-value]
