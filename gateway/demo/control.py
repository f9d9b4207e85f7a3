"""Breaks and mends the services of the demo that is running, from another terminal.

In charge of finding that demo: it leaves a note in the person's own folder below the
temporary directory, and without one the usual control port is tried.
"""

from __future__ import annotations

import http.client
import json
import os
import tempfile
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.demo.listener import HOST
from gateway.demo.upstreams import CONTROL, CONTROL_PORT

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT = 5.0


class DemoError(Exception):
    """The demo cannot do what was asked; the text is for the person asking."""


def _note() -> Path:
    """Where the running demo's addresses stand; the folder is ours alone."""
    folder = Path(tempfile.gettempdir()) / f"headwater-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat(follow_symlinks=False).st_uid != os.getuid() or folder.is_symlink():
        raise DemoError(f"{folder} belongs to somebody else: remove it, or set TMPDIR")
    return folder / "demo.json"


def remember(addresses: Mapping[str, str]) -> None:
    """Note where the demo that just started can be told to break things."""
    _note().write_text(json.dumps(addresses), "utf-8")


def forget(addresses: Mapping[str, str]) -> None:
    """Remove the note, unless a later demo has written its own."""
    if _remembered() == addresses:
        _note().unlink(missing_ok=True)


def _remembered() -> Mapping[str, str]:
    try:
        found: Mapping[str, str] = json.loads(_note().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def break_service(service: str, mode: str = "down") -> str:
    """Make a service of the running demo ``down``, ``slow`` or answer ``error``.

    Returns a sentence for the terminal. Raises `DemoError` where no demo runs, or the
    service or the mode is unknown.
    """
    _ask("/-/break", service=service, mode=mode)
    return f"{service} is {mode}: mend it with headwater demo mend {service}"


def mend_service(service: str) -> str:
    """Bring a service of the running demo back; see `break_service`."""
    _ask("/-/mend", service=service)
    return f"{service} is up"


def _ask(path: str, **parameters: str) -> None:
    usual = f"http://{HOST}:{CONTROL_PORT}"
    address = urllib.parse.urlsplit(_remembered().get(CONTROL, usual))
    connection = http.client.HTTPConnection(address.netloc, timeout=_TIMEOUT)
    try:
        connection.request("POST", f"{path}?{urllib.parse.urlencode(parameters)}")
        reply = connection.getresponse()
        answer = json.loads(reply.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DemoError("no demo is running: start one with headwater demo") from error
    finally:
        connection.close()
    if reply.status != http.client.OK:
        services, modes = (", ".join(answer.get(k, ())) for k in ("services", "modes"))
        raise DemoError(f"services are {services}; modes are {modes}")
