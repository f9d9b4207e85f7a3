"""Paths of the listener at which deployments may have doors of their own."""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.strict import wrong

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_PROBES = {"/health", "/livez", "/healthz", "/healthcheck", "/readyz", "/readiness"}
_TAKEN = frozenset({"/graphql", "/metrics", *_PROBES})


def free_path(example: str) -> Callable[[str], str]:
    """A check of a written path: it is one, and the gateway has nothing there."""

    def checked(written: str) -> str:
        if _PATH.fullmatch(written) is None or written.startswith("/-/"):
            raise wrong("this is no path of a URL", hint=f"write {example}")
        if written in _TAKEN:
            said = f"the gateway itself answers at {written}"
            raise wrong(said, hint=f"write {example}")
        return written

    return checked
