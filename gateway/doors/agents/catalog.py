"""The tools of one generation, by name.

In charge of which tools there are and how they are called. Made once a generation, for
all callers; which of them a caller has, each tool says itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.cache.bounded import Bounded
from gateway.doors.agents.exploring import (
    DescribeTool,
    PlanTool,
    QueryTool,
    SearchTool,
)
from gateway.doors.agents.operations import profile_tool, saved_tool
from gateway.doors.agents.search import index_of
from gateway.doors.agents.selecting import Selecting
from gateway.doors.agents.settings import AgentSettings
from gateway.doors.agents.tool import Tool, Visit
from gateway.doors.agents.visible import Visible
from gateway.generation import Generation
from gateway.profile.model import Profile
from gateway.record import Model, replace
from gateway.request.model import OperationKind
from gateway.values import Coordinate

_MOST = 16
"""Catalogs that are kept, those that were asked for last."""
_OWN = frozenset({"search_schema", "describe_type", "plan", "query"})


class Catalog(Model, frozen=True):
    """Every tool of a generation, and what agents may know of its schema."""

    tools: Mapping[str, Tool]
    visible: Visible

    def offered(self, visit: Visit) -> Iterator[Tool]:
        """Those that the caller has, in their order."""
        return (tool for tool in self.tools.values() if tool.offered(visit))

    def find(self, name: str, visit: Visit) -> Tool | None:
        """The tool of that name; None where there is none, or none for the caller."""
        tool = self.tools.get(name)
        return tool if tool is not None and tool.offered(visit) else None


def catalog_of(generation: Generation, settings: AgentSettings) -> Catalog:
    """The tools of a generation. It takes its time: not in a loop that serves."""
    visible = Visible(generation.schema, mutations=settings.mutations)
    tools: dict[str, Tool] = {}
    for saved in generation.saved.values():
        name = _free(saved.name, tools)
        tools[name] = saved_tool(saved, generation.schema, name)
    reached = {}
    for profile in _profiles(generation, settings):
        name = _free(profile.operation, tools)
        made = profile_tool(profile, _selecting(generation, profile), name)
        if made is not None:
            tools[name] = made
            reached[profile.operation] = name
    query = QueryTool()
    own: tuple[Tool, ...] = (
        SearchTool(index_of(visible, reached)),
        DescribeTool(visible),
        PlanTool(),
        replace(query, described=replace(query.described, changes=settings.mutations)),
    )
    tools |= {tool.described.name: tool for tool in own}
    return Catalog(tools, visible)


def _profiles(generation: Generation, settings: AgentSettings) -> Iterator[Profile]:
    if not settings.profiles:
        return
    for _, profile in sorted(generation.audience.profiles.items()):
        query = profile.kind is OperationKind.QUERY
        if query or (settings.mutations and profile.kind is OperationKind.MUTATION):
            yield profile


def _free(name: str, taken: Mapping[str, object]) -> str:
    """A tool's name: the operation's own, where nobody has it yet."""
    while name in taken or name in _OWN:
        name = f"operation_{name}"
    return name


def _selecting(generation: Generation, profile: Profile) -> Selecting:
    """Fields that entity files and the profile's own entity steps fill cost calls."""
    kept = (*generation.audience.entities.values(), *profile.entities.values())
    costly = frozenset(
        Coordinate(entity.type, name)
        for entity in kept
        for step in entity.steps.values()
        for name in step.fields
    )
    return Selecting(generation.schema, costly, generation.limits.depth)


@dataclass(slots=True)
class Catalogs:
    """The catalogs of the generation that serves, made where nothing waits for them.

    Audiences that see other operations have catalogs of their own.
    """

    settings: AgentSettings
    _made: Bounded[str, Catalog] = field(default_factory=lambda: Bounded(_MOST))
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, generation: Generation) -> Catalog:
        """The tools of a generation."""
        key = f"{generation.reading} {generation.digest}"
        if key not in self._made:
            async with self._making:
                if key not in self._made:
                    made = await asyncio.to_thread(
                        catalog_of, generation, self.settings
                    )
                    self._made.get(key, lambda: made)
        return self._made.get(key, lambda: catalog_of(generation, self.settings))
