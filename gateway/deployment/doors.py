"""The ways in that may know their callers by a rule of their own.

In charge of where such rules are written. Must never judge one.
"""

from __future__ import annotations

from gateway.unfit import Trail

DOORS = ("agents", "api")
"""Keys of `headwater.yaml` that open a way in besides GraphQL's."""
MAIN: Trail = ("auth",)
AUTHS: tuple[Trail, ...] = (MAIN, *((door, "auth") for door in DOORS))
"""Where it is written how callers are known: for all, and for each of these doors."""
