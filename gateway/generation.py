"""One loaded configuration, complete and frozen: what a request holds to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from graphql import GraphQLSchema

from gateway.errors import Problem
from gateway.execution.upstream import Upstreams
from gateway.profile.model import Audience
from gateway.shape import Shapes


@dataclass(frozen=True, slots=True)
class Generation:
    """Schema, profiles and opened sources of one moment.

    It owns no sockets: `release` gives its sources back to whoever keeps them open.
    ``digest`` is the content's, ``number`` counts the generations of this process.
    """

    number: int
    digest: str
    schema: GraphQLSchema
    schema_digest: str
    shapes: Shapes
    audience: Audience
    upstreams: Upstreams
    problems: tuple[Problem, ...] = ()
    stale: tuple[str, ...] = ()
    release: Callable[[], None] = field(default=lambda: None, repr=False)
