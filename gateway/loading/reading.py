"""What the files of one load say, and the ends of what a load opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gateway.loading.catalog import Catalog
from gateway.loading.flagging import Offered
from gateway.profile.world import World
from gateway.schema.sdl import Sdl


class Read(NamedTuple):
    """What the files of one load say."""

    sdl: Sdl
    world: World
    catalog: Catalog
    flags: Offered


def all_of(*releases: Callable[[], None]) -> Callable[[], None]:
    """One call that makes them all, in order."""

    def call() -> None:
        for release in releases:
            release()

    return call
