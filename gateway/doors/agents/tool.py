"""What a tool is to this door, whatever stands behind it.

In charge of the contract: who may see a tool, what it says of itself, what it does.
Must never know the protocol; that is `server`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gateway.doors.agents.outcome import Outcome
from gateway.doors.agents.settings import AgentSettings
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.record import Model, field
from gateway.request.model import Asking, RequestContext
from gateway.response.model import Answer
from gateway.schema.serving import answer_safely
from gateway.values import JsonValue


class Visit(Model, frozen=True):
    """One message of one caller, and the configuration that it is answered by."""

    generation: Generation
    request: RequestContext
    pipeline: Pipeline
    settings: AgentSettings

    @property
    def seen(self) -> Generation:
        """The configuration as the caller sees it: what may be told of it."""
        generation = self.generation
        return generation.seen_by(generation.offered(self.request))

    async def answer(self, asking: Asking) -> Answer:
        """The answer, as over HTTP: the same limits, the same deadline."""
        return await answer_safely(self.pipeline, self.generation, asking, self.request)


class Described(Model, frozen=True):
    """What a tool says of itself. ``output`` is None where no schema can be said."""

    name: str
    description: str
    input: Mapping[str, JsonValue]
    output: Mapping[str, JsonValue] | None = None
    title: str | None = None
    changes: bool = False
    """Whether calling it may change something."""
    arguments: Mapping[str, bool] = field(default_factory=dict)
    """Which arguments there are, and whether each must be given."""


class Tool(Protocol):
    """Something that an agent can call."""

    @property
    def described(self) -> Described: ...

    def offered(self, visit: Visit) -> bool:
        """Whether this caller has it; for all others it does not exist."""

    async def call(self, visit: Visit, arguments: Mapping[str, JsonValue]) -> Outcome:
        """What it comes to. The arguments are known ones, and those it needs.

        Raises:
            Refusal: it cannot be called like this.
            RequestError: it cannot be asked by anybody.
        """
