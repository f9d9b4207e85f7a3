"""Nothing that is denied is called or read, whatever is asked, and both ways agree.

Worlds, questions and replies are random, and so is what of them is denied: steps by
policies, fields by tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

import pytest

from gateway.expression import parse
from gateway.plan.masking import Ending, is_text
from gateway.plan.model import (
    Denied,
    Evaluate,
    LeftOut,
    Masked,
    Plan,
    PlannedField,
    PlannedStep,
)
from gateway.plan.places import steps_of, steps_of_scope
from gateway.plan.planner import make_plan
from gateway.policy.limits import Limits
from gateway.profile.model import (
    Audience,
    Deny,
    Entity,
    Guard,
    Protection,
    Step,
    TagRule,
)
from gateway.record import replace
from gateway.request.document import read_document
from gateway.request.model import Asking, Selection
from gateway.request.selection import select
from gateway.response.projection import compile_projection
from gateway.response.reference import ErrorView, Finished
from gateway.values import Coordinate, SourceSpan, StepId
from tests.laws.questions import question
from tests.laws.replies import Mood, settled
from tests.laws.worlds import OBJECTS, World, world
from tests.response.ways import held_equal

WORLDS, QUESTIONS = 12, 6
NEVER = parse("false")


@dataclass(frozen=True, slots=True)
class Ruled:
    """A world of which some is denied to some: by ``spans`` of steps and of tags."""

    world: World
    audience: Audience
    steps: frozenset[SourceSpan]
    tags: frozenset[SourceSpan]


def ruled(of: World, rng: Random) -> Ruled:
    """The world with random policies, all of which deny."""
    spans: set[SourceSpan] = set()

    def guarded(step: Step) -> Step:
        place = SourceSpan("policies", len(spans) + 1)
        if rng.random() < 0.7:
            return replace(
                step, span=SourceSpan(f"free {step.name}", rng.randrange(9**9))
            )
        spans.add(place)
        opens = rng.random() < 0.2
        return replace(step, policy=Guard(NEVER, place), span=place, declassify=opens)

    def entity(one: Entity) -> Entity:
        return replace(one, steps={n: guarded(s) for n, s in one.steps.items()})

    profiles = {
        name: replace(
            one,
            steps={n: guarded(s) for n, s in one.steps.items()},
            entities={t: entity(e) for t, e in one.entities.items()},
        )
        for name, one in of.audience.profiles.items()
    }
    entities = {t: entity(e) for t, e in of.audience.entities.items()}
    fields = {}
    for name in OBJECTS:
        for field in of.fields[name]:
            if rng.random() < 0.25:
                place = SourceSpan("tags", len(fields) + 1)
                deny, keep = rng.choice(list(Deny)), rng.choice([0, 2])
                rule = TagRule("t", Guard(NEVER, place), deny, keep)
                fields[Coordinate(name, field)] = (rule,)
    made = replace(
        of.audience,
        profiles=profiles,
        entities=entities,
        protection=Protection(fields),
    )
    tags = frozenset(rules[0].guard.span for rules in fields.values())
    return Ruled(of, made, frozenset(spans), tags)


def planned(of: Ruled, selection: Selection, *, denied: bool) -> Plan:
    closed = {("", span): LeftOut.DENIED for span in of.tags}
    closed |= {
        (root.key, span): LeftOut.DENIED
        for root in selection.roots
        for span in of.steps
    }
    shut = closed if denied else {}
    return make_plan(selection, of.audience, of.world.shapes, shut)


def cases(seed: int) -> Iterator[tuple[Ruled, Selection, Finished, Random]]:
    for number in range(WORLDS):
        rng = Random(f"{seed} {number}")  # noqa: S311 - chance, no secret
        of = ruled(world(rng), rng)
        for _ in range(QUESTIONS):
            put = question(of.world, rng)
            schema = of.world.schema
            document = read_document(put.text, schema, Limits(planning=30.0), put.text)
            (operation,) = document.operations.values()
            selection = select(schema, document, operation, put.truths)
            plan = planned(of, selection, denied=True)
            reader = settled(plan, rng, rng.choice(list(Mood)))
            asking = Asking(put.text, variables=put.truths)
            yield of, selection, Finished(schema, document, asking, plan, reader), rng


@pytest.mark.parametrize("seed", range(2))
def test_nothing_denied_is_called_or_read(seed: int) -> None:
    """But for what a step that declassifies needs; and that no field reads."""
    hidden = 0
    for of, _, finished, _ in cases(seed):
        steps = {step.id: step for step in finished.plan.steps}
        for root in finished.plan.roots:
            declassified = {steps[id_] for id_ in root.declassified if id_ in steps}
            internal = _needed(declassified, steps)
            bad = _denied(of, root.steps)
            assert bad <= internal, "a denied step runs for nobody who may open it"
            for at, field in _fields(root.field, Coordinate("", root.field.name)):
                assert steps_of(field.read).isdisjoint(bad), (at, field.read)
                assert steps_of(field.read) <= steps.keys()
                if at in of.audience.protection.fields:
                    hidden += 1
                    assert _is_withheld(field), (at, field.read)
                if isinstance(field.read, Evaluate):
                    reads = {
                        r.path[:1]
                        for r in field.read.expression.references
                        if r.root == "self"
                    }
                    own = {Coordinate(at.type, p[0]) for p in reads if p}
                    withheld = isinstance(field.convert, Ending)
                    assert withheld or own.isdisjoint(of.audience.protection.fields)
    assert hidden > 40


@pytest.mark.parametrize("seed", range(2))
def test_both_ways_agree_on_what_is_denied(seed: int) -> None:
    """Masks, nulls and errors leave byte for byte the same, whatever came."""
    compiled = 0
    for _, selection, finished, rng in cases(seed):
        projection = compile_projection(finished.schema, selection, finished.plan)
        compiled += projection is not None
        held_equal(finished, ErrorView(explain=rng.random() < 0.5), projection)
    assert compiled > WORLDS


def test_whoever_may_see_everything_has_the_plan_of_before() -> None:
    """Policies that allow cost nothing and change nothing."""
    for of, selection, _, _ in cases(99):
        bare = replace(of.audience, protection=Protection())
        free = make_plan(selection, bare, of.world.shapes, {})
        allowed = planned(of, selection, denied=False)
        assert replace(allowed, digest="") == replace(free, digest="")


def _denied(of: Ruled, steps: tuple[PlannedStep, ...]) -> set[StepId]:
    """By their own policy, or by reading one that is, unless they declassify."""
    found: set[StepId] = set()
    for step in steps:
        reads = steps_of_scope(step.scope) | step.depends_on
        inherits = not step.step.declassify and not found.isdisjoint(reads)
        if step.step.span in of.steps or inherits:
            found.add(step.id)
    return found


def _needed(
    those: set[PlannedStep], steps: Mapping[StepId, PlannedStep]
) -> set[StepId]:
    found: set[StepId] = set()
    ahead = [id_ for step in those for id_ in _all_of(step)]
    while ahead:
        id_ = ahead.pop()
        if id_ not in found:
            found.add(id_)
            ahead += _all_of(steps[id_])
    return found


def _all_of(step: PlannedStep) -> list[StepId]:
    return [*step.depends_on, *(r for r in step.rungs if isinstance(r, StepId))]


def _fields(
    field: PlannedField, at: Coordinate
) -> Iterator[tuple[Coordinate, PlannedField]]:
    yield at, field
    for concrete, fields in field.fields.items():
        for child in fields.values():
            yield from _fields(child, Coordinate(concrete, child.name))


def _is_withheld(field: PlannedField) -> bool:
    if isinstance(field.convert, Ending):
        return is_text(field.type)
    return isinstance(field.read, Denied | Masked)
