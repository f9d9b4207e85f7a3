"""Services of gRPC → a project: an operation for each rpc that a step can call.

In charge of which rpcs there are, and of telling which are not. Must never ask anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.cli.import_proto_types import Types
from gateway.connectors.grpc.descriptors import Descriptors, Method
from gateway.importing.made import ImportFailure, Made, Told
from gateway.importing.names import Taken, camel
from gateway.importing.sdl_text import ArgumentMade, FieldMade, extended, printed, sdl
from gateway.importing.yaml_text import document
from gateway.record import Model

_READS = re.compile(
    r"(Batch)?(Get|List|Search|Find|Query|Lookup|Read|Count|Check|Describe|Watch)(?![a-z])"
)
"""What rpcs that change nothing are called, where none says that it does."""


class Wishes(Model, frozen=True):
    """What the person asked for."""

    source: str
    keys: Mapping[str, object]
    mutations: bool = False
    besides: frozenset[str] = frozenset()
    """Operations that are not wanted."""


class _Draft(Model, frozen=True):
    method: Method
    field: FieldMade
    message: Mapping[str, str]
    reads: bool


@dataclass(slots=True)
class _Making:
    found: Descriptors
    wishes: Wishes
    told: Told = field(default_factory=Told)
    taken: Taken = field(default_factory=Taken)

    def drafts(self, types: Types) -> Iterator[_Draft]:
        for service in self.found.services:
            if service.startswith(("grpc.reflection.", "grpc.health.")):
                continue
            for rpc in self.found.rpcs(service):
                method = self.found.method(service, rpc)
                if method is None or not self._is_wanted(method):
                    continue
                name = self.taken.free(camel(method.name))
                if name not in self.wishes.besides:
                    yield self._draft(name, method, types)

    def _is_wanted(self, method: Method) -> bool:
        name = f"{method.service}/{method.name}"
        if method.takes_stream:
            self.told.leave_out(name, "it takes a stream, and a step sends one message")
            return False
        if self._reads(method) or self.wishes.mutations:
            return True
        why = "it may change something: --mutations makes those, too"
        self.told.leave_out(name, why)
        return False

    def _reads(self, method: Method) -> bool:
        if method.reads:
            return True
        if _READS.match(method.name) is None:
            return False
        why = "is taken to change nothing, by its name: no idempotency_level says it"
        self.told.change(f"{method.service}/{method.name}", why)
        return True

    def _draft(self, name: str, method: Method, types: Types) -> _Draft:
        given = types.arguments(method.input)
        message = {shown: f"${{ {argument.name} }}" for argument, shown in given}
        answer = types.answer(method.output, many=method.gives_stream)
        arguments: tuple[ArgumentMade, ...] = tuple(each for each, _ in given)
        deprecated = bool(method.descriptor.GetOptions().deprecated)
        made = FieldMade(name, answer, arguments=arguments, deprecated=deprecated)
        return _Draft(method, made, message, self._reads(method))


def make(found: Descriptors, title: str, wishes: Wishes) -> Made:
    """What the services offer, as a project.

    Raises:
        ImportFailure: there is nothing in it that a step can call.
    """
    making = _Making(found, wishes)
    types = Types(making.told)
    drafts = list(making.drafts(types))
    if not drafts:
        hint = (
            None if wishes.mutations else "add --mutations for what changes something"
        )
        raise ImportFailure(title, "no rpc of it can be imported", hint)
    files = {f"schema/{wishes.source}.graphql": _schema(drafts, types)}
    for each in drafts:
        files[f"profiles/{each.field.name}.yaml"] = _profile(each, wishes.source)
    return Made(
        title,
        files,
        {wishes.source: wishes.keys},
        making.told,
        {"operations": len(drafts), "types": len(types.made), "files": len(files)},
    )


def _schema(drafts: Iterable[_Draft], types: Types) -> str:
    queries = [each.field for each in drafts if each.reads]
    mutations = [each.field for each in drafts if not each.reads]
    roots = [extended("Query", queries)] if queries else []
    if mutations:
        roots.append(extended("Mutation", mutations))
    return sdl((*roots, *map(printed, types.made.values())))


def _profile(draft: _Draft, source: str) -> str:
    """One operation, of one step that gives the whole of it."""
    method = draft.method
    step: dict[str, object] = {
        "name": draft.field.name,
        "type": "grpc",
        "source": source,
        "service": method.service,
        "rpc": method.name,
    }
    if draft.message:
        step["message"] = dict(draft.message)
    whole: dict[str, object] = {"language": 1, "operation": draft.field.name}
    if not draft.reads:
        whole["kind"] = "mutation"
    return document({**whole, "steps": [step]})
