"""What agents are offered, complete; fixed as long as the process serves them."""

from __future__ import annotations

from gateway.record import Model


class AgentSettings(Model, frozen=True):
    """``profiles``: operations of profiles are tools too, not only saved ones.

    ``result`` and ``body`` are in bytes: of a tool's result, and of a request.
    ``hosts`` and ``origins`` are lower-case; ``hosts`` with ``*`` in it takes any.
    """

    path: str = "/mcp"
    profiles: bool = True
    mutations: bool = False
    query: bool = False
    result: int = 100_000
    body: int = 1_000_000
    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()

    @property
    def explores(self) -> bool:
        """Whether an agent can make use of the schema, and so may search it."""
        return self.profiles or self.query
