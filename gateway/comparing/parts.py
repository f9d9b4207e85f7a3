"""Profiles and entity files → parts with keys, and graphs that can be drawn.

In charge of what the same thing is called on both sides: an operation, its steps, and
which of its profiles. Must never compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from gateway.comparing import facts
from gateway.comparing.model import Course, Graph, Kind, Link, Node, Operation, Part
from gateway.comparing.written import Finding, Written, step_in
from gateway.plan.feasible import slowest_chain
from gateway.profile.model import Entity, Profile, Role, Step
from gateway.record import Model
from gateway.shape import Shapes
from gateway.values import SourceSpan


class Configured(Model, frozen=True):
    """One profile. ``variant`` is empty for the one that is everybody's else."""

    profile: Profile
    variant: str
    written: Written | None

    @property
    def name(self) -> str:
        """What it is called where several serve one operation."""
        operation = self.profile.operation
        return f"{operation} ({self.variant})" if self.variant else operation


class Reading(Model, frozen=True):
    """What parts are made with: a file's document by its name."""

    find: Finding

    def of_profile(self, one: Configured) -> Iterator[Part]:
        """The operation, then its steps, those of its objects too."""
        profile = one.profile
        yield Part(
            Kind.OPERATION,
            profile.operation,
            profile.span,
            facts.of_operation(profile, one.written),
            of=profile.operation,
            variant=one.variant,
        )
        for step in steps_of(profile):
            written = self._written(step, one.written)
            yield _step(step, written, profile.operation, one.variant)

    def of_entity(self, entity: Entity) -> Iterator[Part]:
        """The same of an entity file."""
        document = self.find(entity.span.file)
        written = Written(document) if document is not None else None
        known = facts.of_file(written)
        yield Part(Kind.ENTITY, entity.type, entity.span, known, of=entity.type)
        steps = {**entity.lookups, **entity.steps}
        for step in steps.values():
            yield _step(step, self._written(step, written), entity.type, "")

    def _written(self, step: Step, own: Written | None) -> Written | None:
        """A step as written: in its profile, else in the fragment that it is from."""
        found = step_in(own.document, step.name, step.span) if own else None
        if found is None:
            document = self.find(step.span.file)
            found = step_in(document, step.name, step.span) if document else None
        return found


def steps_of(profile: Profile) -> Iterator[Step]:
    """Every step of a profile, each once."""
    yield from profile.steps.values()
    for entity in profile.entities.values():
        yield from entity.steps.values()


def _step(step: Step, written: Written | None, of: str, variant: str) -> Part:
    grave = step.always or (step.role is Role.REQUIRED and step.fills is None)
    return Part(
        Kind.STEP,
        f"{of}.{step.name}",
        step.span,
        facts.of_step(step, written),
        of=of,
        variant=variant,
        grave=grave or step.writes,
    )


def operation_of(
    one: Configured, entities: Mapping[str, Entity], shapes: Shapes
) -> Operation:
    """The course and the graph of one profile."""
    profile = one.profile
    chain = slowest_chain(profile, entities, shapes)
    links = tuple(Link(o.name, o.seconds) for o in chain.links if o.seconds)
    course = Course(links, chain.seconds, profile.deadline)
    graph = _graph(tuple(steps_of(profile)))
    return Operation(one.name, profile.span, course, graph)


def _graph(steps: Iterable[Step]) -> Graph:
    known = {step.name: step for step in steps}
    return Graph(
        tuple(
            Node(s.name, s.source or s.type, s.role is Role.REQUIRED)
            for s in known.values()
        ),
        frozenset(_pairs(known, facts.edges_of)),
        frozenset(_pairs(known, _rungs)),
    )


def _pairs(
    known: Mapping[str, Step], ahead: Callable[[Step], Iterable[str]]
) -> Iterator[tuple[str, str]]:
    for name, step in known.items():
        yield from ((other, name) for other in ahead(step) if other in known)


def _rungs(step: Step) -> Iterator[str]:
    yield from (rung for rung in step.fallback if isinstance(rung, str))


def declared(profile: Profile) -> Mapping[str, SourceSpan]:
    """Coordinates that the schema has because of a profile, and its place."""
    root = f"{profile.kind.value.capitalize()}.{profile.operation}"
    found = {root: profile.span} if profile.declares_field else {}
    for shape in profile.declares:
        found[shape.name] = profile.span
        found |= {f"{shape.name}.{name}": profile.span for name in shape.fields}
    return found | {f"{profile.returns}.{a.name}": profile.span for a in profile.adds}
