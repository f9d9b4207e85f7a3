"""What a query comes to for somebody under one configuration: its plan, and his schema.

In charge of taking the same way to a plan as a request does, without being one: nothing
runs, nothing is counted. Must never compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.chosen import chosen_for
from gateway.comparing import facts
from gateway.comparing.written import step_in
from gateway.errors import RequestError
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.plan.explain import as_json
from gateway.plan.model import Plan, PlannedRoot
from gateway.prepared import Ready
from gateway.profile.model import Step
from gateway.refusing import crashed, refused
from gateway.request.model import Asking, RequestContext
from gateway.response.model import Answer
from gateway.values import JsonValue

Told = Mapping[str, Mapping[str, JsonValue]]
"""Keys of a step by name, each with its ``text`` and where it stands (``at``)."""


@dataclass(frozen=True, slots=True)
class View:
    """A plan as `extensions.plan` has it, or why there is none; steps are by their id.

    ``errors`` are those that the answer would have. ``ready`` is None with them.
    """

    plan: Mapping[str, JsonValue] | None = None
    errors: tuple[JsonValue, ...] = ()
    steps: Mapping[str, Told] = field(default_factory=dict)
    ready: Ready | None = field(default=None, repr=False, compare=False)


def view(
    pipeline: Pipeline, generation: Generation, asking: Asking, request: RequestContext
) -> View:
    """What the query comes to. Never raises, whatever was asked."""
    try:
        ready = pipeline.prepare(generation, asking, request)
        plan = {
            **as_json(ready.plan),
            **ready.parted(generation, asking.operation).shown(),
            **chosen_for(generation, request, ready),
        }
    except RequestError as error:
        return View(errors=_told(refused(error, asking, generation), error.hint))
    except Exception as error:  # noqa: BLE001 - as in a passage: a code, and an event
        return View(errors=_told(crashed(error, request, pipeline.observe, generation)))
    return View(plan, (), _steps(generation, ready.plan), ready)


def _told(answer: Answer, hint: str | None = None) -> tuple[JsonValue, ...]:
    return tuple(
        {
            "message": error.message,
            "locations": [
                {"line": line, "column": column} for line, column in error.locations
            ],
            "code": error.code,
            **({"hint": hint} if hint else {}),
        }
        for error in answer.errors
    )


def _steps(generation: Generation, plan: Plan) -> dict[str, Told]:
    """The keys of every step, planned or waiting for a failure."""
    return {
        str(planned.id): _keys(generation, root, planned.step)
        for root in plan.roots
        for planned in root.steps
    }


def _keys(generation: Generation, root: PlannedRoot, step: Step) -> Told:
    profile = root.profile
    tree = generation.trees.get((profile.operation, profile.name)) if profile else None
    written = step_in(tree, step.name, step.span) if tree is not None else None
    found = facts.of_step(step, written)
    return {
        name: {"text": None if fact.sealed else fact.text, "at": str(fact.span)}
        for name, fact in found.items()
    }
