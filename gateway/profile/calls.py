"""What a step calls: its own keys and its source → a target with its inputs.

In charge of one call as written, the step's own or one that further attempts make
instead. Must never decide when it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.connectors.base import PICK, InputUse, StepType
from gateway.conversion import Sending, sending_of
from gateway.errors import did_you_mean
from gateway.profile.advice import check_secrets
from gateway.profile.document import StepDefaults, StepDocument
from gateway.profile.lending import Borrowing, check_lending
from gateway.profile.model import Input
from gateway.profile.scope import ReadsSoFar, Written
from gateway.profile.section import StepSection
from gateway.profile.world import World
from gateway.record import Model, field


class Called(Model, frozen=True):
    """A call as compiled; fields mean what they do in a `Step`."""

    source: str | None
    target: object
    inputs: Mapping[str, Input]
    endpoint: str
    sending: Sending | None = None


class ArgumentTypes(Model, frozen=True):
    """The type names of an operation's arguments, and of those of a step's field."""

    operation: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)


class CallCompiler(Model, frozen=True):
    """Compiles what one step calls. ``many`` and ``exact`` are about its field."""

    operation: str
    world: World
    step_type: StepType[Any]
    paper: bool
    defaults: StepDefaults | None
    many: bool | None
    exact: bool
    arguments: ArgumentTypes = field(default_factory=ArgumentTypes)

    def call(
        self, document: StepDocument, written: Written, reads: ReadsSoFar
    ) -> Called:
        """The call; what its expressions read goes to `reads`."""
        source = self._source(document, written, reads)
        facts = self.world.sources.get(source or "")
        section = StepSection(
            self.operation,
            document.name,
            written,
            reads.scope,
            reads,
            self.many,
            self.exact,
            facts.dialect if facts else None,
            kind=facts.type if facts else None,
        )
        target = self.step_type.compile(section, document)
        if facts is not None and facts.pick is not None:
            section.inputs[PICK.name] = Input(facts.pick, InputUse.SEGMENT)
        check_secrets(document, written, reads.scope.problems)
        endpoint, sending = self._endpoint(document), self._sending(source)
        return Called(source, target, section.inputs, endpoint, sending)

    def _sending(self, source: str | None) -> Sending | None:
        """Which arguments the source spells in its own way."""
        facts = self.world.sources.get(source or "")
        if facts is None or not facts.conversions:
            return None
        types, shapes = self.arguments, self.world.shapes
        return sending_of(facts.conversions, types.operation, types.own, shapes)

    def _source(
        self, document: StepDocument, written: Written, reads: ReadsSoFar
    ) -> str | None:
        """Explicit, or by the profile's defaults, or the type's own default."""
        fits = self.step_type.sources
        if not fits:
            return None
        sources, problems = self.world.sources, reads.scope.problems
        default = self.defaults.source if self.defaults else None
        name = document.source or default or self.step_type.default_source or "default"
        if self.paper and not document.source and document.name in sources:
            name = document.name
        place = written.span(("source",) if document.source else ())
        if name not in sources:
            hint = did_you_mean(name, sources) or (
                f"declare it under 'sources' in headwater.yaml: {name}"
            )
            problems.add(place, f"there is no source {name!r}", hint=hint)
        elif sources[name].type not in fits:
            problems.add(
                place,
                f"source {name!r} is of type {sources[name].type}, a step of type "
                f"{document.type!r} needs {' or '.join(sorted(fits))}",
                hint="name another source",
            )
        else:
            files = (written.file.file, reads.scope.file or written.file.file)
            method = getattr(document, "method", None)
            borrowed = Borrowing(name, files, place, method)
            check_lending(sources[name].lending, borrowed, self.world.root, problems)
        return name

    def _endpoint(self, document: StepDocument) -> str:
        """Steps with one URL share what is known of it, whatever file they are in."""
        endpoint = getattr(document, "endpoint", None)
        if isinstance(endpoint, str):
            return f"{getattr(document, 'method', '')} {endpoint}"
        poll = getattr(document, "poll", None)
        if isinstance(poll, Mapping) and isinstance(poll.get("endpoint"), str):
            return f"{poll.get('method', 'GET')} {poll['endpoint']}"
        return f"{self.operation}.{document.name}"
