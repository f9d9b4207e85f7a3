"""What of a deployment nobody may read: its secrets, wherever they stand.

In charge of finding them by their kind, so that a key that is added is found too.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote_plus

from pydantic import BaseModel, SecretStr

from gateway.deployment.sources.credentials import Basic

_LOGIN = re.compile(r"://([^\s/?#@:]*):([^\s/?#]+)@")


def secrets_in(written: object) -> Iterator[str]:
    """The secrets in a value, and passwords of URLs in its texts, however deep."""
    if isinstance(written, SecretStr):
        yield written.get_secret_value()
    elif isinstance(written, str):
        for user, password in _LOGIN.findall(written):
            if password != user:  # `postgres:postgres` hides nothing
                yield from {password, unquote_plus(password)}
    else:
        if isinstance(written, Basic):
            yield _sent(written)
        for value in _parts(written):
            yield from secrets_in(value)


def _parts(written: object) -> Iterable[object]:
    match written:
        case BaseModel():
            return [value for _, value in written]
        case Mapping():
            return written.values()
        case list() | tuple():
            return written
        case _:
            return ()


def _sent(basic: Basic) -> str:
    pair = f"{basic.username}:{basic.password.get_secret_value()}"
    return base64.b64encode(pair.encode()).decode()
