"""An operation's steps before and after a change, as Mermaid flowcharts.

In charge of the picture: what is new, gone or in another place stands out. Must never
decide what is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.comparing.model import Graph, Node, Operation, Redrawn

_CLASSES = {
    "gone": "stroke:#cf222e,stroke-width:3px",
    "fresh": "stroke:#1a7f37,stroke-width:3px",
}


def as_mermaid(redrawn: Redrawn) -> str:
    """Both graphs in one chart, side by side: gone is red, new or rerouted green."""
    before, after = redrawn.before, redrawn.after
    lines = ["flowchart LR"]
    if before is not None:
        marked = _others(before, after)
        lines += _box("before", "a", before.graph, marked, "gone")
    if after is not None:
        marked = _others(after, before)
        lines += _box("after", "b", after.graph, marked, "fresh")
    lines += [f"  classDef {name} {style}" for name, style in _CLASSES.items()]
    return "\n".join(lines)


def _others(one: Operation, other: Operation | None) -> frozenset[str]:
    """The steps that the other side does not have so: in its place, by its source."""
    known = {*_placed(other.graph)} if other is not None else set()
    return frozenset(at[0].name for at in _placed(one.graph) if at not in known)


def _placed(graph: Graph) -> Iterator[tuple[Node, frozenset[str], frozenset[str]]]:
    """Each step with those that it waits for, and those that stand in for it."""
    for node in graph.nodes:
        ahead = frozenset(one for one, other in graph.edges if other == node.name)
        below = frozenset(one for one, other in graph.falls if other == node.name)
        yield node, ahead, below


def _box(
    title: str, prefix: str, graph: Graph, marked: frozenset[str], style: str
) -> Iterator[str]:
    names = {node.name: f"{prefix}{n}" for n, node in enumerate(graph.nodes)}
    yield f"  subgraph {title}"
    yield from (f"    {names[node.name]}{_shape(node)}" for node in graph.nodes)
    for one, other in sorted(graph.edges):
        yield f"    {names[one]} --> {names[other]}"
    for rung, step in sorted(graph.falls):
        yield f"    {names[step]} -.->|on failure| {names[rung]}"
    yield "  end"
    found = ",".join(names[name] for name in names if name in marked)
    if found:
        yield f"  class {found} {style}"


def _shape(node: Node) -> str:
    label = f"{node.name}<br/>{node.source}".replace('"', "'")
    return f'["{label}"]' if node.required else f'("{label}")'
