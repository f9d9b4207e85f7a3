"""What a process that serves heeds: changed files, activated releases, trials that end.

In charge of waiting, for as long as it serves. What comes of it the gateway decides.
Must never end because a store is away.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from gateway.profile.watch import changes
from gateway.release.hearing import heard, pause
from gateway.release.releases import log_of

if TYPE_CHECKING:
    from gateway.app import Gateway

_LOOKS: Final = 1.0
"""Seconds between two looks at how a candidate does."""
_UNFOLLOWED: Final = 2.0
"""Seconds between two looks whether the deployment follows a store by now."""


async def heed_files(gateway: Gateway, stop: asyncio.Event) -> None:
    """Reload after every change of a file, until `stop` is set."""
    while not stop.is_set():
        deployment = gateway.loader.deployment
        if deployment is None or not deployment.profiles.watch:
            return
        watched = deployment.watched
        async for _ in changes(watched, stop):
            await gateway.reload()
            now = gateway.loader.deployment
            if now and now.watched != watched:
                break  # the deployment file names other folders now


async def heed_trial(gateway: Gateway, stop: asyncio.Event) -> None:
    """Judge what is tried, until `stop` is set."""
    while not stop.is_set():
        await pause(stop, _LOOKS)
        if gateway.trying.trial is not None:
            await gateway.judge()


async def heed_store(gateway: Gateway, stop: asyncio.Event) -> None:
    """Take over what is activated in the store, until `stop` is set."""
    while not stop.is_set():
        deployment = gateway.loader.deployment
        release = deployment.release if deployment else None
        if gateway.releases is None:
            return
        if release is None or not release.follow:
            await pause(stop, _UNFOLLOWED)
            continue
        log = log_of(release.channel)
        told = heard(release.store, log, every=release.poll, stop=stop)
        async with contextlib.aclosing(told):
            async for _ in told:
                await gateway.take_release()
                now = gateway.loader.deployment
                if now is None or now.release != release:
                    break  # the deployment file names another store now
