"""What a profile is compiled against: the schema, the sources, the step types.

``digest`` stands for all of it: a profile compiled against an equal world is equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.alarm import Owner
from gateway.connectors.base import StepType
from gateway.conversion import Conversions
from gateway.expression import Expression
from gateway.profile.lending import Lending
from gateway.profile.model import Names, SourceSays, TypeMarks
from gateway.shape import ArgumentShape, Shapes, TypeRef
from gateway.values import JsonValue


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What compiling needs to know of a source.

    ``timeout`` is its own for a step, in seconds; None leaves it to the deployment.
    ``tells`` are the parts of a request that every call tells it; calls of one that is
    ``metered`` are billed. ``conversions`` are how it spells leaf types, ``says``
    where its failed replies say why, ``owner`` who is asked where no profile says it,
    ``pick`` which of its places a call goes to; null where it may go to none.
    ``offer`` is what is known of its answers, for step types that know what to make of
    it; equal offers are shown equally.
    ``dialect`` is the SQL that it speaks, ``lending`` which files may name it; None:
    all of them.
    """

    type: str
    names: Names = Names.VERBATIM
    timeout: float | None = None
    tells: tuple[str, ...] = ()
    metered: bool = False
    conversions: Conversions = field(default_factory=dict)
    says: SourceSays | None = None
    owner: Owner | None = None
    offer: object | None = field(default=None, kw_only=True)
    dialect: str | None = None
    lending: Lending | None = None
    pick: Expression | None = None
    repeatable: bool = False
    """Whether it knows a repeated call of a mutation again."""


@dataclass(frozen=True, slots=True)
class World:
    """``timeout`` is the deployment's default for a step, in seconds.

    ``root`` is the folder of profiles, spelled as their own names are.
    ``timed`` says that the deployment wrote it, ``federated`` that a router may name
    objects by their keys, ``marks`` what SDL says to routers,
    ``flags`` are the defaults of those there are, None where nobody says.
    ``read_type`` and ``read_argument`` read GraphQL text (``[Branch!]!``,
    ``channel``, ``String = "web"``); both raise ValueError with what is wrong.
    """

    shapes: Shapes
    sources: Mapping[str, SourceFacts]
    step_types: Mapping[str, StepType[Any]]
    timeout: float
    read_type: Callable[[str], TypeRef]
    read_argument: Callable[[str, str], ArgumentShape]
    digest: str
    timed: bool = False
    federated: bool = False
    root: str = ""
    marks: TypeMarks = field(default_factory=dict)
    flags: Mapping[str, JsonValue] | None = None
