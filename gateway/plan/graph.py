"""The skeleton of a profile as a graph: cycles, the critical path. Load time only.

The one door to networkx, imported when a profile is loaded or explained, never on the
way of a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from gateway.errors import Problems
from gateway.profile.model import Entity, Profile, Step
from gateway.values import SourceSpan

if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.DiGraph[str]


def check_profile(profile: Profile, problems: Problems) -> None:
    """Cycles are problems; a critical path longer than the deadline is a warning."""
    steps = profile.steps
    before = {name: _before(step) for name, step in steps.items()}
    falling = {name: before[name] | _rungs(step) for name, step in steps.items()}
    spans = {name: step.span for name, step in steps.items()}
    if any(falling.values()):  # else there is nothing that could wait in a circle
        _no_cycle(_graph(falling), spans, problems)
        if not problems.errors:
            _in_time(profile, _graph(before), problems)
    for entity in profile.entities.values():
        check_entity(entity, problems)


def check_entity(entity: Entity, problems: Problems) -> None:
    """No step or field of a type may need itself, over however many others."""
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
    if any(known.values()):
        _no_cycle(_graph(known), spans, problems)


def closure(steps: Mapping[str, Step], wanted: Iterable[str]) -> frozenset[str]:
    """The wanted steps and everything they need, over however many others."""
    import networkx as nx

    graph = _graph({name: _before(step) for name, step in steps.items()})
    found = set(wanted)
    return frozenset(found.union(*(nx.ancestors(graph, name) for name in found)))


def _before(step: Step) -> set[str]:
    return {*step.reads.steps, *step.after}


def _rungs(step: Step) -> set[str]:
    """A step waits for its fallbacks too, once it has failed."""
    return {rung for rung in step.fallback if isinstance(rung, str)}


def _graph(before: Mapping[str, Iterable[str]]) -> Graph:
    import networkx as nx

    graph: Graph = nx.DiGraph()
    graph.add_nodes_from(before)
    graph.add_edges_from((b, name) for name, all_ in before.items() for b in all_)
    return graph


def _no_cycle(
    graph: Graph, spans: Mapping[str, SourceSpan], problems: Problems
) -> None:
    for cycle in _cycles(graph):
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


def _in_time(profile: Profile, graph: Graph, problems: Problems) -> None:
    path = _longest(profile.steps, graph)
    needed = sum(profile.steps[name].timeout for name in path)
    if needed > profile.deadline and len(path) > 1:
        way = " > ".join(path)
        problems.warn(
            profile.span,
            f"the timeouts of {way} add up to {needed * 1000:g} ms, "
            f"the deadline is {profile.deadline * 1000:g} ms",
            hint="shorten a timeout, or raise 'deadline'",
        )


def _longest(steps: Mapping[str, Step], graph: Graph) -> list[str]:
    """The chain with the longest sum of timeouts, its last step's included."""
    import networkx as nx

    weighted = graph.copy()
    for before, after in graph.edges:
        weighted.edges[before, after]["weight"] = steps[before].timeout
    weighted.add_weighted_edges_from((n, _END, s.timeout) for n, s in steps.items())
    return nx.dag_longest_path(weighted, weight="weight")[:-1]


_END = ">"
"""Follows every step; no step has this name."""
