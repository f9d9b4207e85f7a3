"""Profiles as graphs of their steps and sources, in the form in which plans are drawn.

In charge of showing all that a profile has, whatever is selected. Must never draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gateway.comparing.facts import edges_of
from gateway.comparing.parts import steps_of
from gateway.profile.model import Entity, Profile, Stale, Step
from gateway.values import JsonValue

_MOST_GRAPHS = 50


def graphs_of(
    profiles: Iterable[Profile], entities: Iterable[Entity], files: Iterable[str]
) -> list[dict[str, JsonValue]]:
    """The graph of each profile and entity that stands in one of these files."""
    wanted = frozenset(files)
    found = [_profile(one) for one in profiles if one.span.file in wanted]
    found += [_entity(one) for one in entities if one.span.file in wanted]
    return found[:_MOST_GRAPHS]


def _profile(profile: Profile) -> dict[str, JsonValue]:
    steps = {step.name: step for step in steps_of(profile)}
    return _graph(profile.operation, profile.name, profile.span.file, steps)


def _entity(entity: Entity) -> dict[str, JsonValue]:
    steps = {**entity.lookups, **entity.steps}
    return _graph(entity.type, entity.type, entity.span.file, steps)


def _graph(
    of: str, name: str, file: str, steps: Mapping[str, Step]
) -> dict[str, JsonValue]:
    return {
        "of": of,
        "name": name,
        "file": file,
        "plan": {
            "steps": [_step(one, steps) for one in steps.values()],
            "left_out": {},
            "critical_path": [],
        },
    }


def _step(step: Step, known: Mapping[str, Step]) -> dict[str, JsonValue]:
    told: dict[str, JsonValue] = {
        "id": step.name,
        "step": step.name,
        "type": step.type,
        "source": step.source,
        "role": step.role.value,
        "depends_on": [name for name in sorted(edges_of(step)) if name in known],
        "timeout_ms": round(step.timeout * 1000),
        "defined_at": str(step.span),
        "status": "conditional" if step.when is not None else "planned",
    }
    rungs = list(_rungs(step))
    if rungs:
        told["fallback"] = rungs
    if step.fills is not None:
        told["parents"] = step.fills
    return told


def _rungs(step: Step) -> Iterator[JsonValue]:
    for rung in step.fallback:
        if isinstance(rung, str):
            yield rung
        else:
            yield f"stale for {rung.age:g} s" if isinstance(rung, Stale) else "value"
