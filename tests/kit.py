"""Short words for tests: profiles, plans and requests made by hand.

`step("a") >> step("b")` is a graph; `profile(...)` compiles nothing and reads no
file. Everything here is a value that the loader could have made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from gateway.clock import LoopClock
from gateway.connectors.base import InputUse, Slot
from gateway.execution.engine import Engine
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.model import ResultStore
from gateway.execution.reading import Reader
from gateway.execution.upstream import Upstream, Upstreams
from gateway.expression import parse
from gateway.plan.model import (
    AnswerOf,
    Composed,
    Plan,
    PlannedField,
    PlannedRoot,
    PlannedStep,
    Scope,
)
from gateway.plan.planner import make_plan
from gateway.plan.rank import critical_path
from gateway.profile.model import (
    Audience,
    Composite,
    Computed,
    Condition,
    Entity,
    Fixed,
    FromStep,
    Input,
    Profile,
    Reads,
    Role,
    Root,
    Step,
)
from gateway.record import replace
from gateway.request.model import (
    Bindings,
    OperationKind,
    RequestContext,
    SelectedField,
    Selection,
)
from gateway.shape import FieldShape, Shapes, TypeKind, TypeRef, TypeShape
from gateway.telemetry.events import Event
from gateway.testing import ScriptedSource
from gateway.values import NOWHERE, SourceSpan, StepId, digest

ROOT = "customer"
"""The root field of plans made here, and the operation's name."""
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


# -- steps and profiles --------------------------------------------------------------


def step(name: str, **keys: object) -> Step:
    """A step that calls source ``s``; `keys` are those of `Step`.

    ``when`` and ``select`` may be text; ``reads`` may be names of steps, all needed;
    ``value`` makes it a step without I/O.
    """
    given = dict(keys)
    reads = given.pop("reads", ())
    if not isinstance(reads, Reads):
        reads = Reads(steps=dict.fromkeys(_names(reads), True))
    if isinstance(given.get("when"), str):
        given["when"] = condition(str(given["when"]))
    if isinstance(given.get("select"), str):
        given["select"] = parse(str(given["select"]))
    if isinstance(given.get("success_if"), str):
        given["success_if"] = parse(str(given["success_if"]))
    if "on_skip" in given:
        given["on_skip"] = Fixed(given["on_skip"])  # type: ignore[arg-type]
    if "value" in given:
        given |= {"source": None, "type": "value", "target": given.pop("value")}
    made: dict[str, object] = {
        "type": "api",
        "source": "s",
        "target": f"target of {name}",
        "inputs": {},
        "span": SourceSpan("profile.yaml", sum(map(ord, name)), 3),
        "timeout": 5.0,
        **given,
    }
    return Step(name=name, reads=reads, **made)  # type: ignore[arg-type]


def condition(text: str, *, early: Iterable[str] = ()) -> Condition:
    """A ``when``; `early` are the conjuncts decided before planning."""
    return Condition(parse(text), tuple(parse(one) for one in early))


def computed(text: str, *steps: str, own: Iterable[str] = ()) -> Computed:
    """A field's expression over steps, all needed, and over fields of ``self``."""
    reads = Reads(steps=dict.fromkeys(steps, True), own=frozenset(own))
    return Computed(parse(text), reads, NOWHERE)


def segment(text: str) -> Input:
    """An expression that stands in a URL."""
    return Input(parse(text), InputUse.SEGMENT)


def value(text: str) -> Input:
    """An expression that stands anywhere else."""
    return Input(parse(text), InputUse.VALUE)


def slot(name: str) -> Slot:
    return Slot(name)


def profile(
    *steps: Step, root: Root | None = None, returns: str = "Customer", **keys: object
) -> Profile:
    """An operation whose composite has a field for each step, by its name."""
    given: dict[str, object] = {
        "operation": ROOT,
        "kind": OperationKind.QUERY,
        "entities": {},
        "deadline": 10.0,
        "span": NOWHERE,
        **keys,
    }
    name = str(given["operation"])
    return Profile(
        field=FieldShape(name, TypeRef(returns)),
        returns=returns,
        root=root or Composite({one.name: FromStep(one.name) for one in steps}),
        steps={one.name: one for one in steps},
        digest=digest(repr(steps), repr(root), repr(sorted(given, key=str))),
        **given,  # type: ignore[arg-type]
    )


def entity(type_: str, *steps: Step, **expressions: Computed) -> Entity:
    """Steps and expressions that fill fields of a type."""
    by_name = {one.name: one for one in steps}
    return Entity(type_, by_name, expressions, digest(type_, *by_name), NOWHERE)


def audience(*profiles: Profile, entities: Iterable[Entity] = ()) -> Audience:
    found = {one.operation: one for one in profiles}
    by_type = {one.type: one for one in entities}
    key = digest(*(p.digest for p in profiles), *(e.digest for e in by_type.values()))
    return Audience(found, by_type, key)


# -- what is asked ---------------------------------------------------------------------


def shapes(**types: Mapping[str, str] | str) -> Shapes:
    """Object types by their fields' types: ``shapes(Account={"id": "ID!"})``."""
    made = {}
    for name, fields in types.items():
        if isinstance(fields, str):
            possible = frozenset(fields.split("|"))
            made[name] = TypeShape(name, TypeKind.UNION, possible=possible)
        else:
            by_name = {key: FieldShape(key, type_ref(t)) for key, t in fields.items()}
            made[name] = TypeShape(name, TypeKind.OBJECT, by_name)
    return Shapes(made, digest(repr(types)))


def type_ref(text: str) -> TypeRef:
    """``[Branch!]!`` as the rooms know it."""
    marks, rest = "", text
    while rest[-1] in "!]":
        marks += "!" if rest[-1] == "!" else "["
        rest = rest[1:-1] if rest[-1] == "]" else rest[:-1]
    return TypeRef(rest, marks)


def asked(
    name: str, type_: str = "JSON", *children: SelectedField, key: str | None = None
) -> SelectedField:
    """A selected field; `children` are what is selected of its one concrete type."""
    ref = type_ref(type_)
    fields = {ref.name: children} if children else {}
    return SelectedField(key or name, name, ref, fields=fields)


def selection(
    *roots: SelectedField, kind: OperationKind = OperationKind.QUERY
) -> Selection:
    return Selection(kind, None, roots, digest(repr(roots), kind.value))


def customer(*names: str, key: str = ROOT) -> SelectedField:
    """The root field with some fields of its composite."""
    return asked(ROOT, "Customer", *(asked(name) for name in names), key=key)


def planned(of: Profile, *names: str, **types: Mapping[str, str]) -> Plan:
    """The plan of a selection of a profile's fields."""
    known = shapes(Customer=dict.fromkeys(of.steps, "JSON"), **types)
    return make_plan(selection(customer(*names)), audience(of), known, {})


# -- plans by hand -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Graph:
    """Steps and what each waits for."""

    steps: Mapping[str, Step]
    before: Mapping[str, frozenset[str]] = field(default_factory=dict)
    last: tuple[str, ...] = ()

    def __rshift__(self, other: Graph) -> Graph:
        """All of `other` waits for what came last here."""
        before = {**self.before, **other.before}
        for name in other.steps:
            if not other.before.get(name):
                before[name] = before.get(name, frozenset()) | set(self.last)
        return Graph({**self.steps, **other.steps}, before, other.last)

    def __and__(self, other: Graph) -> Graph:
        """Side by side."""
        before = dict(self.before)
        for name, names in other.before.items():
            before[name] = before.get(name, frozenset()) | names
        steps = {**self.steps, **other.steps}
        return Graph(steps, before, (*self.last, *other.last))


def node(name: str, **keys: object) -> Graph:
    """A graph of one step."""
    return Graph({name: step(name, **keys)}, {}, (name,))


def instance(name: str, root: str = ROOT) -> StepId:
    return StepId((root,), name)


def plan_of(graph: Graph, *, deadline: float = 10.0, root: str = ROOT) -> Plan:
    """The graph as a plan; a step cannot do without what it waits for."""
    steps = tuple(_planned(graph, name, root) for name in _ordered(graph))
    children = {
        one.id.step: PlannedField(
            one.id.step, one.id.step, TypeRef("JSON"), AnswerOf(one.id)
        )
        for one in steps
    }
    top = PlannedField(
        root, root, TypeRef("Customer"), Composed(), fields={"Customer": children}
    )
    return Plan(
        OperationKind.QUERY,
        (PlannedRoot(top, None, steps, {}, deadline),),
        critical_path(steps),
        digest(repr(steps)),
    )


def together(*plans: Plan, kind: OperationKind = OperationKind.QUERY) -> Plan:
    """One plan with the roots of several."""
    roots = tuple(root for plan in plans for root in plan.roots)
    steps = tuple(one for plan in plans for one in plan.steps)
    return Plan(kind, roots, critical_path(steps), digest(repr(roots)))


def _planned(graph: Graph, name: str, root: str) -> PlannedStep:
    before = sorted(graph.before.get(name, ()))
    ids = {one: instance(one, root) for one in before}
    scope = Scope((root,), ids, frozenset(ids))
    made = PlannedStep(
        instance(name, root), graph.steps[name], scope, frozenset(ids.values())
    )
    return replace(made)


def _ordered(graph: Graph) -> list[str]:
    done: list[str] = []
    while len(done) < len(graph.steps):
        done += [
            name
            for name in graph.steps
            if name not in done and graph.before.get(name, frozenset()) <= set(done)
        ]
    return done


# -- running -------------------------------------------------------------------------


def request(**keys: object) -> RequestContext:
    """A request that starts now; needs a running loop."""
    given: dict[str, object] = {"request_id": "r", "time": MIDNIGHT, **keys}
    return RequestContext(started=LoopClock().now(), **given)  # type: ignore[arg-type]


def upstreams(limit: int = 64, **sources: ScriptedSource) -> Upstreams:
    return {
        name: Upstream(name, source, Bulkhead(limit))
        for name, source in sources.items()
    }


@dataclass(slots=True)
class Ran:
    """What came of a plan: the results, the calls and the events."""

    reader: Reader
    source: ScriptedSource
    events: list[Event]

    @property
    def store(self) -> ResultStore:
        return self.reader.store

    def __getitem__(self, name: str) -> object:
        """What the only instance of a step came to."""
        (found,) = (r for i, r in self.store.results.items() if i.step == name)
        return found

    def started(self, name: str) -> float:
        (found,) = (t for i, t in self.store.timings.items() if i.step == name)
        return found.started

    def ended(self, name: str) -> float:
        (found,) = (t for i, t in self.store.timings.items() if i.step == name)
        return found.ended


async def run(
    plan: Plan,
    source: ScriptedSource,
    *,
    limit: int = 64,
    bindings: Bindings | Mapping[tuple[str], Mapping[str, object]] | None = None,
    **keys: object,
) -> Ran:
    """Run a plan with one source named ``s``."""
    events: list[Event] = []
    engine = Engine(upstreams(limit, s=source), LoopClock(), events.append)
    bound = cast("Bindings", bindings or {})
    reader = await engine.execute(plan, request(**keys), bound)
    return Ran(reader, source, events)


def _names(reads: object) -> tuple[str, ...]:
    return tuple(reads.split()) if isinstance(reads, str) else tuple(reads)  # type: ignore[arg-type]


REQUIRED = Role.REQUIRED
