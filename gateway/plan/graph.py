"""The skeleton of a profile as a graph: cycles, and what comes first. Load time only.

The one door to networkx, which costs a quarter of a second and 24 MiB: it is imported
where a round has to be named or gone around, or for more than an order. A graph without
rounds, as profiles that serve have, is put in order by Python's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, TypeVar

from gateway.errors import Problems
from gateway.profile.model import Entity, Profile, Step
from gateway.values import SourceSpan

if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.DiGraph[str]

N = TypeVar("N")


def check_profile(profile: Profile, problems: Problems) -> None:
    """No step, and no step or field of a type, may need itself."""
    steps = profile.steps
    before = {name: _before(step) for name, step in steps.items()}
    spans = {name: step.span for name, step in steps.items()}
    _no_cycle(before, spans, problems)
    for entity in profile.entities.values():
        check_entity(entity, problems)


def check_entity(entity: Entity, problems: Problems) -> None:
    """No step or field of a type may need itself, over however many others.

    Of steps that give the same the planner takes one that does not.
    """
    if entity.nearest:
        return
    edges: dict[str, set[str]] = {}
    spans: dict[str, SourceSpan] = {}
    by_field = {f: s.name for s in entity.steps.values() for f in s.fields}
    for step in entity.steps.values():
        own = {by_field.get(name, name) for name in step.reads.own - step.fields.keys()}
        edges[step.name] = _before(step) | own
        spans[step.name] = step.span
    for name, computed in entity.computed.items():
        own = {by_field.get(read, read) for read in computed.reads.own - {name}}
        edges[name] = own
        spans[name] = computed.span
    known = {name: before & edges.keys() for name, before in edges.items()}
    _no_cycle(known, spans, problems)


def closure(steps: Mapping[str, Step], wanted: Iterable[str]) -> frozenset[str]:
    """The wanted steps and everything they need, over however many others."""
    import networkx as nx

    graph = _graph({name: _before(step) for name, step in steps.items()})
    found = set(wanted)
    return frozenset(found.union(*(nx.ancestors(graph, name) for name in found)))


def in_order(before: Mapping[N, Iterable[N]]) -> tuple[N, ...]:
    """Everything after what it needs; where there is a round, as it was written."""
    try:
        return tuple(TopologicalSorter(before).static_order())
    except CycleError:
        return _around(before)


def _around(before: Mapping[N, Iterable[N]]) -> tuple[N, ...]:
    """An order in which each round stands as one, in the order as written."""
    import networkx as nx

    graph = _graph(before)
    written = {node: number for number, node in enumerate(graph)}
    rounds = nx.condensation(graph)
    found: list[N] = []
    for one in nx.topological_sort(rounds):
        found += sorted(rounds.nodes[one]["members"], key=written.__getitem__)
    return tuple(found)


def _before(step: Step) -> set[str]:
    return {*step.reads.steps, *step.after}


def _graph(before: Mapping[N, Iterable[N]]) -> nx.DiGraph[N]:
    import networkx as nx

    graph: nx.DiGraph[N] = nx.DiGraph()
    graph.add_nodes_from(before)
    graph.add_edges_from((b, name) for name, all_ in before.items() for b in all_)
    return graph


def _no_cycle(
    before: Mapping[str, Iterable[str]],
    spans: Mapping[str, SourceSpan],
    problems: Problems,
) -> None:
    try:
        TopologicalSorter(before).prepare()
    except CycleError:
        pass
    else:
        return
    for cycle in _cycles(_graph(before)):
        way = " > ".join((*cycle, cycle[0]))
        problems.add(
            spans[cycle[0]],
            f"these steps wait for each other: {way}",
            hint="one of them has to do without the other",
        )


def _cycles(graph: Graph) -> Iterator[list[str]]:
    import networkx as nx

    for component in nx.strongly_connected_components(graph):
        first = min(component)
        if len(component) > 1 or graph.has_edge(first, first):
            edges = nx.find_cycle(graph.subgraph(component), first)
            yield [edge[0] for edge in edges]
