"""An operation → a field of a root, and the step that answers it.

In charge of names, of the type of the answer, and of what a step says beyond its call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.importing.names import Taken, camel
from gateway.importing.openapi.media import is_json
from gateway.importing.openapi.model import Description, Operation
from gateway.importing.openapi.paging import Paged, paged
from gateway.importing.openapi.sending import Sender, Sent, Unsaid
from gateway.importing.openapi.typed import Way
from gateway.importing.openapi.types import Types
from gateway.importing.sdl_text import (
    ArgumentMade,
    FieldMade,
    InputMade,
    ObjectMade,
    UnionMade,
)
from gateway.profile.samples import is_name
from gateway.profile.scope import RESERVED
from gateway.record import Model, replace

READS = "Query"
WRITES = "Mutation"
_OTHER_METHODS = ("HEAD", "OPTIONS", "TRACE")


class Drafted(Model, frozen=True):
    """An operation as it will be: its field, its step, and where it came from."""

    operation: Operation
    root: str
    field: FieldMade
    step: Mapping[str, object]
    sent: Sent

    @property
    def type(self) -> str:
        """The type of its answer, lists taken away."""
        return self.field.type.strip("[]!")


@dataclass(slots=True)
class Drafter:
    """Drafts the operations of one description for a source."""

    description: Description
    types: Types
    source: str
    mutations: bool
    _names: Taken = field(default_factory=Taken)

    def drafted(self) -> list[Drafted]:
        """All that can be; the others are told."""
        made = []
        wanted = [o for o in self.description.operations if self._wanted(o)]
        taken = {each.name for each in wanted if is_name(each.name)}
        for operation in wanted:
            name = self._name(operation, taken)
            try:
                made.append(self._draft(operation, name))
            except Unsaid as error:
                self.types.told.leave_out(operation.said, str(error))
        return made

    def _wanted(self, operation: Operation) -> bool:
        if operation.method in _OTHER_METHODS:
            self.types.told.leave_out(operation.said, "has no answer of its own")
            return False
        if operation.method != "GET" and not self.mutations:
            self.types.told.leave_out(
                operation.said, "changes something: --mutations makes it"
            )
            return False
        return True

    def _name(self, operation: Operation, taken: set[str]) -> str:
        """Its `operationId` where that is legal, else its words."""
        said = operation.name
        if is_name(said):
            wanted = said
        else:
            wanted = camel(said) if said else _by_path(operation)
            wanted = camel(wanted) if not is_name(wanted) else wanted
        others = taken - {said}
        name = self._names.free(wanted or "operation", others)
        if said and name != said:
            why = "is there twice" if is_name(said) else "is no GraphQL name"
            self.types.told.change(f"{said} is {name}", f"its operationId {why}")
        return name

    def _draft(self, operation: Operation, name: str) -> Drafted:
        pages = paged(self.types.library, operation)
        skipped = pages.skipped if pages else frozenset()
        sent = Sender(operation, self.types, name, skipped).sent()
        type_, select = self._answer(operation, name, pages)
        if pages is not None:
            self._first(sent)
        made = FieldMade(
            name,
            type_,
            _said(operation),
            tuple(sent.arguments),
            operation.deprecated,
        )
        root = READS if operation.method == "GET" else WRITES
        step = self._step(operation, sent)
        step |= _extra(operation, select, pages, sent)
        return Drafted(operation, root, made, step, sent)

    def _first(self, sent: Sent) -> None:
        names = {each.name for each in sent.arguments}
        if "first" not in names:
            sent.arguments.append(ArgumentMade("first", "Int"))

    def _answer(
        self, operation: Operation, name: str, pages: Paged | None
    ) -> tuple[str, str]:
        """The type of what it answers, and what to select of the reply."""
        answer = operation.answer
        reads = operation.method == "GET"
        if answer is None and reads:
            raise Unsaid("no good answer is described")
        if answer is None or not answer.media or answer.schema is None:
            if reads:
                raise Unsaid("its answer has no body")
            return "Boolean", "true"
        if not is_json(answer.media):
            raise Unsaid(f"it answers {answer.media}")
        rows = pages.rows if pages else answer.schema
        typed = self.types.typed(rows, _hint(name), Way.OUT)
        return typed.type, pages.select if pages else ""

    def _step(self, operation: Operation, sent: Sent) -> dict[str, object]:
        step: dict[str, object] = {"name": "", "source": self.source}
        if operation.method != "GET":
            step["method"] = operation.method
        step["endpoint"] = sent.endpoint
        for key in ("query", "headers", "body", "form"):
            if value := getattr(sent, key):
                step[key] = value
        return step

    def completed(self, draft: Drafted) -> Drafted:
        """With what only all types together tell: the step's name, its types' words."""
        type_ = self.types.known(draft.field.type)
        arguments = tuple(self._known(each) for each in draft.field.arguments)
        made = replace(draft.field, type=type_, arguments=arguments)
        step = {**draft.step, "name": self._step_name(draft)}
        by = self._type_by(draft)
        if by is not None:
            step["type_by"] = by
        return replace(draft, field=made, step=step)

    def _known(self, argument: ArgumentMade) -> ArgumentMade:
        return replace(argument, type=self.types.known(argument.type))

    def _step_name(self, draft: Drafted) -> str:
        made = self.types.made.get(draft.type)
        fields = {each.name for each in getattr(made, "fields", ())}
        names = fields | {each.name for each in draft.field.arguments} | RESERVED
        wanted = (draft.field.name, "answer", "reply", f"{draft.field.name}Call")
        return next(each for each in wanted if each not in names)

    def _type_by(self, draft: Drafted) -> dict[str, object] | None:
        """How all unions below tell their types; they must agree, as a step has one."""
        found = dict.fromkeys(self._below(draft.type, set()))
        unions = [self.types.unions[name] for name in found]
        if not unions:
            return None
        first, types = unions[0], dict(unions[0].types)
        for name, each in zip(list(found)[1:], unions[1:], strict=True):
            same = all(types.get(word, t) == t for word, t in each.types.items())
            if each.key != first.key or not same:
                self.types.told.change(
                    f"{draft.field.name}: {name}",
                    "its objects are told apart in another way than the others': "
                    "they answer INVALID_VALUE until a step of theirs says 'type_by'",
                )
                continue
            types |= each.types
        return {"field": first.key, "types": types}

    def _below(self, name: str, seen: set[str]) -> Iterator[str]:
        if name in seen:
            return
        seen.add(name)
        match self.types.made.get(name):
            case UnionMade(_, members):
                yield name
                for member in members:
                    yield from self._below(member, seen)
            case ObjectMade(_, fields):
                for each in fields:
                    yield from self._below(each.type.strip("[]!"), seen)
            case InputMade() | None | _:
                return


def _extra(
    operation: Operation, select: str, pages: Paged | None, sent: Sent
) -> dict[str, object]:
    """What a step says of replies."""
    made: dict[str, object] = {}
    if select:
        made["select"] = select
    if pages is not None:
        made["paginate"] = {**pages.paginate, "first": "first"}
    asked = any(each.type.endswith("!") for each in sent.arguments)
    if asked and "404" in operation.statuses and operation.method == "GET":
        made["on_status"] = {"404": None}
    return made


def _said(operation: Operation) -> str:
    """The summary, else the description: what one wants to see in an explorer."""
    return operation.summary or operation.description


def _hint(name: str) -> str:
    return f"{name[:1].upper()}{name[1:]}Result"


def _by_path(operation: Operation) -> str:
    """``GET /pets/{id}/toys`` is ``petsToysById``; other methods go first."""
    parts = [part for part in operation.path.split("/") if part]
    words = [part for part in parts if "{" not in part]
    keys = [part.strip("{}") for part in parts if "{" in part]
    by = [f"by {keys[-1]}"] if keys else []
    method = [] if operation.method == "GET" else [operation.method.lower()]
    return camel(" ".join((*method, *words, *by))) or "root"
