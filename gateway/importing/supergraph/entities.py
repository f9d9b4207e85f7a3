"""The types of a supergraph that several graphs have → entity files. Pure.

In charge of which step gives which field, by which key, and of what is sent besides. A
field that several graphs have has a step in each: the planner takes the nearest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import ObjectTypeDefinitionNode

from gateway.connectors.graphql.fieldsets import fields_of, printed
from gateway.held import Fields
from gateway.importing.names import Taken, argument_name
from gateway.importing.supergraph.model import Supergraph, TypeIn
from gateway.importing.supergraph.offered import Offered, named
from gateway.importing.yaml_text import document
from gateway.record import Model, field


class Way(Model, frozen=True):
    """How a graph is asked for objects: the type it knows them by, and one key."""

    graph: str
    type: str
    key: Fields
    alone: bool

    @property
    def name(self) -> str:
        """What tells it from the graph's other ways."""
        return "" if self.alone else "_by_" + "_".join(self.key)


class Entities(Model, frozen=True):
    """The entity files of a supergraph. ``sources`` are names of ours, by graph."""

    graph: Supergraph
    offered: Offered
    sources: Mapping[str, str]
    names: Taken = field(default_factory=Taken)

    def files(self) -> Iterator[tuple[str, str]]:
        """Each type's file, by its path."""
        for name, node in self.offered.types.items():
            if not isinstance(node, ObjectTypeDefinitionNode):
                continue
            self._tell_of_keys(name)
            steps = list(self._steps(name)) if self.is_shared(name) else []
            if steps:
                whole = {
                    "language": 1,
                    "entity": name,
                    "on_conflict": "nearest",
                    "steps": steps,
                }
                yield f"profiles/{name}.entity.yaml", document(whole)

    def is_shared(self, name: str) -> bool:
        """Whether an object of a type may stand in a graph that lacks some of it."""
        within = self.graph.within[name]
        own = any(self._groups(way, name) for way in ways_to(self.graph, name))
        return own and (len(within) > 1 or self._has_interface_objects(name))

    def _has_interface_objects(self, name: str) -> bool:
        return any(way.type != name for way in ways_to(self.graph, name))

    def _steps(self, name: str) -> Iterator[Mapping[str, object]]:
        taken = Taken()
        for way in ways_to(self.graph, name):
            for requires, fields in self._groups(way, name).items():
                source = self.sources[way.graph]
                more = f"_{fields[0]}" if requires else ""
                step_name = argument_name(f"{source}{way.name}{more}")
                entity: dict[str, object] = {"type": way.type, "key": _listed(way.key)}
                needs = {**way.key}
                if requires:
                    entity["requires"] = _listed(fields_of(requires))
                    needs |= fields_of(requires)
                self._tell_of_hidden(name, needs, fields)
                yield {
                    "name": taken.free(step_name),
                    "type": "graphql",
                    "source": source,
                    "provides": fields,
                    "entity": entity,
                }

    def _tell_of_keys(self, name: str) -> None:
        """A key that is no set of fields finds nothing."""
        for id_, own in self.graph.within[name].items():
            for text in own.resolvable:
                if not _is_readable(text):
                    where = self.graph.graphs[id_].name
                    why = f"in {where} it has a key that is not read here: {text!r}"
                    self.offered.told.change(name, why)

    def _tell_of_hidden(self, name: str, needs: Fields, fields: list[str]) -> None:
        """What is sent and cannot be asked for must be in the object's own body."""
        for need in needs:
            if not self.offered.has(name, need):
                why = f"it needs {name}.{need}, which is not offered: it is given only"
                for each in fields:
                    what = f"{name}.{each}"
                    self.offered.told.change(what, f"{why} where that is at hand")

    def _groups(self, way: Way, name: str) -> dict[str, list[str]]:
        """The fields that one way gives, by what is sent for them besides the key."""
        groups: dict[str, list[str]] = {}
        for each in self.offered.fields(name):
            own = self.graph.fields.get((way.type, each), {}).get(way.graph)
            if own is not None and not own.foreign and each not in way.key:
                groups.setdefault(own.requires, []).append(each)
        return groups


def ways_to(graph: Supergraph, name: str) -> list[Way]:
    """Every way to objects of a type, in the order of the graphs.

    A graph that knows objects by their interface alone is asked by that.
    """
    found = list(_ways(name, graph.within[name]))
    node = graph.fielded(name)
    for above in (node.interfaces or ()) if node is not None else ():
        within = graph.within.get(above.name.value, {})
        alone = {g: one for g, one in within.items() if one.interface_object}
        found += _ways(above.name.value, alone)
    return found


def _ways(type_: str, within: Mapping[str, TypeIn]) -> Iterator[Way]:
    for id_, own in within.items():
        keys = [fields_of(text) for text in own.resolvable if _is_readable(text)]
        for key in keys:
            yield Way(id_, type_, key, alone=len(keys) == 1)


def _is_readable(text: str) -> bool:
    try:
        found = fields_of(text)
    except ValueError:
        return False
    return not any(name.startswith("...") for name in found)


def _listed(fields: Fields) -> list[str]:
    return [printed({name: below}) for name, below in fields.items()]


def unservable(graph: Supergraph, type_: str, name: str) -> str | None:
    """Why a field cannot be served as it is composed; None where it can."""
    within = graph.fields.get((type_, name), {})
    if not within:
        return None  # an interface object's, or an input's
    reasons = [_reason(graph, type_, name, id_) for id_ in within]
    return None if None in reasons else next(filter(None, reasons), None)


def _reason(graph: Supergraph, type_: str, name: str, id_: str) -> str | None:
    own = graph.fields[type_, name][id_]
    where = graph.graphs[id_].name
    if own.contexts:
        return f"in {where} an argument of it comes from @context"
    of = graph.fields_of(type_).get(name)
    result = graph.within.get(named(of.type), {}).get(id_) if of is not None else None
    if result is not None and result.interface_object:
        return (
            f"in {where} it is an interface object, of which nobody here knows the type"
        )
    if not own.requires:
        return None
    try:
        needed = fields_of(own.requires)
    except ValueError as error:
        return f"in {where} it @requires what is not read here: {error}"
    return _unreachable(graph, type_, needed)


def _unreachable(graph: Supergraph, type_: str, fields: Fields) -> str | None:
    """What of required fields no graph gives in one piece."""
    for name, below in fields.items():
        if name.startswith("..."):
            return f"it @requires what depends on a type: {name[3:]}"
        givers = [g for g in graph.graphs if graph.has(g, type_, name)]
        if not any(_gives(graph, g, type_, name, below) for g in givers):
            return f"it @requires {printed({name: below})}, which no one graph gives"
    return None


def _gives(graph: Supergraph, id_: str, type_: str, name: str, below: Fields) -> bool:
    of = graph.fields_of(type_).get(name)
    inner = named(of.type) if of is not None else ""
    keys = {
        top
        for text in (
            k.text for k in graph.within.get(inner, {}).get(id_, TypeIn()).keys
        )
        if _is_readable(text)
        for top in fields_of(text)
    }
    return all(
        not one.startswith("...")
        and (graph.has(id_, inner, one) or one in keys)
        and _gives(graph, id_, inner, one, more)
        for one, more in below.items()
    )
