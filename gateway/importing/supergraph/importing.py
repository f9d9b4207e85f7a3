"""A supergraph → sources, the API's SDL, operations and entity files. Pure.

In charge of what becomes of each part, and of telling what does not. Must never leave
out a protection in silence.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field

from graphql import FieldDefinitionNode, ScalarTypeDefinitionNode, print_ast

from gateway.importing.made import ImportFailure, Made, Told
from gateway.importing.names import Taken, argument_name, constant, field_name
from gateway.importing.sdl_text import ArgumentMade, FieldMade, extended, sdl
from gateway.importing.supergraph.entities import Entities, unservable
from gateway.importing.supergraph.linked import CONNECTORS
from gateway.importing.supergraph.model import Supergraph, TypeIn
from gateway.importing.supergraph.offered import OURS, Offered, named
from gateway.importing.supergraph.subgraphs import subgraph_sdl
from gateway.importing.yaml_text import document

_CONNECTED = frozenset({"connect", "source"})
"""Directives of graphs that are no GraphQL APIs."""
_PRIVATE = "its URL has a password, which nobody writes down"
_NOWHERE = "http://nowhere.invalid/"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants of a supergraph.

    ``urls`` are those of subgraphs, by their names. ``guarded``: what is protected is
    left out. ``besides`` are operations that are left out.
    """

    urls: Mapping[str, str] = field(default_factory=dict)
    guarded: bool = True
    besides: frozenset[str] = frozenset()


def import_supergraph(graph: Supergraph, title: str, wishes: Wishes) -> Made:
    """The project of a supergraph.

    Raises:
        ImportFailure: nothing of it can be asked.
    """
    return _Making(graph, title, wishes).made()


@dataclass(slots=True)
class _Making:
    graph: Supergraph
    title: str
    wishes: Wishes
    told: Told = field(default_factory=Told)
    files: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    unset: dict[str, str] = field(default_factory=dict)
    variables: Taken = field(default_factory=Taken)
    offered: Offered = field(init=False)

    def __post_init__(self) -> None:
        taken = Taken()
        self.sources = {
            id_: taken.free(field_name(one.name))
            for id_, one in self.graph.graphs.items()
        }
        self.offered = Offered(
            self.graph,
            self.told,
            self.wishes.guarded,
            lambda type_, name: unservable(self.graph, type_, name),
        )

    def made(self) -> Made:
        self._tell_of_links()
        self._refuse_ours()
        operations = {root: list(self._root(root)) for root in ("Query", "Mutation")}
        number = sum(map(len, operations.values()))
        if not number:
            raise ImportFailure(self.title, "it has no field that can be asked for")
        roots = [extended(root, made) for root, made in operations.items() if made]
        types = self.offered.printed()
        entities = dict(Entities(self.graph, self.offered, self.sources).files())
        files = {"schema/supergraph.graphql": sdl((*roots, *types)), **self.files}
        files |= entities
        for id_, source in self.sources.items():
            text = subgraph_sdl(self.graph, id_)
            if text:
                files[f"subgraphs/{source}.gql"] = text
        counted = {
            "operations": number,
            "types": len(types),
            "entities": len(entities),
            "sources": len(self.sources),
            "files": len(files),
        }
        sources = self._sources(files)
        return Made(self.title, files, sources, self.told, counted, unset=self.unset)

    def _sources(self, files: Container[str]) -> dict[str, Mapping[str, object]]:
        found: dict[str, Mapping[str, object]] = {}
        for id_, source in self.sources.items():
            one = self.graph.graphs[id_]
            url = self.wishes.urls.get(one.name) or one.url
            schema = f"subgraphs/{source}.gql"
            known = {"schema": f"./{schema}"} if schema in files else {}
            place = self._place(source, url)
            own = {"type": "graphql", "url": place, **known}
            found[source] = {**own, "together": True}  # as routers ask
        return found

    def _place(self, source: str, url: str) -> str:
        """A URL as written into a deployment file: a variable where nobody says it."""
        secret = "@" in url.partition("://")[2].partition("/")[0]
        if url.startswith(("http://", "https://")) and not secret:
            return url.replace("${", "$${")
        variable = self.variables.free(f"{constant(source)}_URL")
        self.unset[variable] = _NOWHERE
        why = "the file does not say where it is" if not secret else _PRIVATE
        why += ": set the variable, or add --url"
        self.told.change(f"{source} (${{{variable}}})", why)
        return f"${{{variable}}}"

    # -- operations -----------------------------------------------------------------

    def _root(self, root: str) -> Iterator[FieldMade]:
        for name, node in self.offered.fields(root).items():
            if root == "Mutation" and self.offered.has("Query", name):
                why = f"Query.{name} is an operation of that name already"
                self.told.leave_out(f"Mutation.{name}", why)
            elif name not in self.wishes.besides:
                yield self._operation(root, name, node)

    def _operation(self, root: str, name: str, node: FieldDefinitionNode) -> FieldMade:
        arguments, given, types = [], {}, {}
        for one in node.arguments or ():
            theirs, type_ = one.name.value, print_ast(one.type)
            ours = argument_name(theirs)
            if ours != theirs:
                self.told.change(f"{name}({theirs})", f"it is called {ours} here")
            given[theirs], types[theirs] = f"${{ {ours} }}", type_
            default = print_ast(one.default_value) if one.default_value else ""
            about = one.description.value if one.description else ""
            gone = bool(one.directives)
            arguments.append(ArgumentMade(ours, type_, about, default, gone))
        whole: dict[str, object] = {"language": 1, "operation": name}
        if root == "Mutation":
            whole["kind"] = "mutation"
        step = {
            "name": argument_name(name if name not in given else f"{name}Answer"),
            "type": "graphql",
            "source": self.sources[self._best(root, name, node)],
            "field": name,
            **({"mutation": True} if root == "Mutation" else {}),
            **({"arguments": given, "types": types} if given else {}),
        }
        self.files[f"profiles/{name}.yaml"] = document({**whole, "steps": [step]})
        about = node.description.value if node.description else ""
        gone = bool(node.directives)
        return FieldMade(name, print_ast(node.type), about, tuple(arguments), gone)

    def _best(self, root: str, name: str, node: FieldDefinitionNode) -> str:
        """Of the graphs that give a root field the one that has most of its type."""
        of = named(node.type)
        graphs = [
            id_ for id_, one in self.graph.fields[root, name].items() if not one.foreign
        ]
        return max(graphs or [*self.graph.graphs], key=lambda id_: self._size(id_, of))

    def _size(self, id_: str, of: str) -> int:
        """How many fields of a type one graph gives."""
        found = self.graph.types.get(of)
        names = [of, *(o.name.value for o in getattr(found, "types", None) or ())]
        return sum(
            self.graph.has(id_, each, name)
            for each in names
            for name in self.offered.fields(each)
        )

    def _refuse_ours(self) -> None:
        """What is called like a scalar of the gateway must be one."""
        for name in OURS & self.offered.types.keys():
            if not isinstance(self.offered.types[name], ScalarTypeDefinitionNode):
                message = f"{name} is a scalar of the gateway, and another type there"
                raise ImportFailure(self.title, message, "give it another name")

    # -- what is told ---------------------------------------------------------------

    def _tell_of_links(self) -> None:
        for name in self.graph.links.besides:
            self.told.change(f"@{name}", "it has no meaning here, and changes nothing")
        for place, name in self.graph.applied:
            self._tell_of_applied(place, name)
        for (type_, name), within in self.graph.fields.items():
            for one in within.values():
                if one.label:
                    why = "it stays where it was: override labels are not decided here"
                    self.told.change(f"{type_}.{name}", f"{why} ({one.label})")
        for type_, graphs in self.graph.within.items():
            self._tell_of_interface_objects(type_, graphs)

    def _tell_of_applied(self, place: str, name: str) -> None:
        if name == "link":
            return  # what is linked to is told where it is used
        if name.rpartition("__")[2] in _CONNECTED:
            message = f"{place} has a connector (@{name}): its graph is no GraphQL API"
            raise ImportFailure(self.title, message, CONNECTORS)
        why = f"@{name} is of its subgraph, and has no meaning here"
        self.told.change(place, why)

    def _tell_of_interface_objects(
        self, type_: str, graphs: Mapping[str, TypeIn]
    ) -> None:
        for id_, one in graphs.items():
            if one.interface_object:
                where = self.graph.graphs[id_].name
                why = f"in {where} it is an interface object, asked for by its key only"
                self.told.change(type_, why)
