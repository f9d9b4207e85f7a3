"""Why a step waits for another: what of it is read, as the profile writes it.

In charge of the words on a plan's edges, for people. Must never decide an edge: a
step's `depends_on` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.expression import Reference, Template
from gateway.plan.model import PlannedStep
from gateway.plan.places import steps_of
from gateway.values import StepId

_OWN = "self"


def edges_of(step: PlannedStep) -> Mapping[StepId, tuple[str, ...]]:
    """What is read of each step that this one waits for: ``account.status``.

    Where nothing is read by name: for whose objects it runs, or that it comes after.
    """
    found: dict[StepId, dict[str, None]] = {id_: {} for id_ in sorted(step.depends_on)}
    for id_, words in _words(step):
        if id_ in found:
            found[id_][words] = None
    usual = _unread(step)
    return {
        id_: tuple(words) or (usual.get(id_, "depends_on"),)
        for id_, words in found.items()
    }


def _unread(step: PlannedStep) -> Mapping[StepId, str]:
    """What is said of a step of which nothing is read by name."""
    ahead, objects = _parents(step)
    each = f"for each {step.parents.type}" if step.parents else ""
    return dict.fromkeys((*ahead, *objects), each) | dict.fromkeys(
        step.unless, "unless it answers"
    )


def _words(step: PlannedStep) -> Iterator[tuple[StepId, str]]:
    own, scope = step.scope.own or {}, step.scope
    _, objects = _parents(step)
    for prefix, reference in _references(step):
        if reference.root in scope.steps:
            yield scope.steps[reference.root], prefix + _written(reference)
        elif reference.root == _OWN and reference.path and reference.path[0] in own:
            given = steps_of(own[reference.path[0]]) or objects
            yield from ((id_, prefix + _written(reference)) for id_ in given)


def _parents(step: PlannedStep) -> tuple[frozenset[StepId], frozenset[StepId]]:
    """Who gives what the objects of a step stand in, and who gives these themselves."""
    route = step.parents.route if step.parents is not None else ()
    given = [found for hop in route if (found := steps_of(hop.field.read))]
    return frozenset().union(*given[:-1]), given[-1] if given else frozenset()


def _references(step: PlannedStep) -> Iterator[tuple[str, Reference]]:
    """Every path that the step's keys read, with the key where it is a condition."""
    own = step.step
    for one in own.inputs.values():
        yield from (("", reference) for reference in one.value.references)
    if own.batch is not None:
        yield from (("", reference) for reference in own.batch.key.references)
    if own.when is not None:
        yield from (("when ", reference) for reference in own.when.whole.references)
    for rung in own.fallback:
        if isinstance(rung, Template):
            yield from (("on failure ", found) for found in rung.references)
    if own.retry is not None and own.retry.instead is not None:
        for one in own.retry.instead.inputs.values():
            yield from (("retry ", reference) for reference in one.value.references)
    for name, text in (("select", own.select), ("success_if", own.success_if)):
        references = getattr(text, "references", ())
        yield from ((f"{name} ", reference) for reference in references)


def _written(reference: Reference) -> str:
    first = ".?" if reference.optional else "."
    path = ".".join(reference.path)
    return f"{reference.root}{first}{path}" if path else reference.root
