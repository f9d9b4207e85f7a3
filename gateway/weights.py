"""How much fields weigh and how long lists are taken to be, before anything runs.

The values that SDL and a deployment say of it, in the words of the GraphQL cost
directives (``@cost``, ``@listSize``). Must never know a request.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.record import Model, field
from gateway.values import Coordinate


class Sizing(Model, frozen=True):
    """How many items a list is taken to have; ``assumed`` where no argument says it.

    ``slicing`` are the arguments that say it, as paths into them; with ``one``, exactly
    one of them has to be given. ``sized`` are the lists below that it is said of; none:
    it is said of the field itself.
    """

    assumed: int | None = None
    slicing: tuple[tuple[str, ...], ...] = ()
    sized: tuple[str, ...] = ()
    one: bool = False


class Weights(Model, frozen=True):
    """What SDL says: the weights of types, fields and given arguments, and sizes."""

    types: Mapping[str, float] = field(default_factory=dict)
    fields: Mapping[Coordinate, float] = field(default_factory=dict)
    arguments: Mapping[Coordinate, Mapping[str, float]] = field(default_factory=dict)
    sizes: Mapping[Coordinate, Sizing] = field(default_factory=dict)


NO_WEIGHTS = Weights()
