"""Which texts are meant: those on disk as they are edited, or those of a release.

In charge of finding a release in the deployment's store. Must never activate one.
"""

from __future__ import annotations

from gateway.clock import SystemClock
from gateway.deployment import Deployment
from gateway.errors import RequestError
from gateway.loading.stored import StoredReleases, stored
from gateway.loading.written import Written, written_in
from gateway.release.model import Bundle, ReleaseError
from gateway.values import JsonValue
from gateway.workbench.laying import Edits, laid

DISK, ACTIVE, PREVIOUS = "disk", "active", "previous"


def wanted(deployment: Deployment, of: JsonValue, edits: Edits) -> Written:
    """The texts of ``disk``, of a release by the start of its id, ``active``, ...

    Raises:
        RequestError: there is no such release, or it is not to be had.
    """
    if of is None or of == DISK:
        return laid(deployment, edits)
    if deployment.release is None:
        raise RequestError(
            "This deployment has no store of releases.",
            status=422,
            hint="compare 'serving' with 'disk', or name a store in 'release'",
        )
    try:
        found = stored(deployment.release, deployment, SystemClock())
        try:
            return written_in(_bundle(found, str(of)[:100]), None)
        finally:
            found.close()
    except ReleaseError as error:
        raise RequestError(error.message, status=422, hint=error.hint) from None


def _bundle(found: StoredReleases, of: str) -> Bundle:
    releases = found.releases
    if of not in (ACTIVE, PREVIOUS):
        return found.proved(releases.fetch(releases.find(of)))
    entry = releases.active()
    meant = entry and (entry.bundle if of == ACTIVE else entry.previous)
    if not meant:
        raise ReleaseError(f"there is no {of} release")
    return found.proved(releases.fetch(meant))
