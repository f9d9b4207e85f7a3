"""What proves who calls, made from settings. Connects to nothing yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never
from urllib.parse import urlsplit, urlunsplit

from gateway.connectors.credentials.base import Authorizer
from gateway.connectors.credentials.constant import Constant
from gateway.connectors.credentials.endpoint import TokenEndpoint
from gateway.connectors.credentials.exchanged import Exchanged
from gateway.connectors.credentials.granted import Granted
from gateway.connectors.credentials.settings import (
    AuthSettings,
    BasicSettings,
    BearerSettings,
    ExchangeSettings,
    OAuth2Settings,
    SigV4Settings,
)
from gateway.connectors.transport.base import Transport
from gateway.tls import TlsFiles

Opening = Callable[[str, TlsFiles | None], Transport]
"""Opens connections to a base URL, for fetching tokens."""


def open_authorizer(
    settings: AuthSettings, base: str, opening: Opening | None = None
) -> Authorizer:
    """The authorizer of a source whose URL is ``base``."""
    opening = opening or _transport
    match settings:
        case BearerSettings() | BasicSettings():
            return Constant(settings)
        case OAuth2Settings():
            return Granted(_endpoint(settings, opening))
        case ExchangeSettings():
            return Exchanged(settings, _endpoint(settings.client, opening))
        case SigV4Settings():
            # Botocore takes a quarter of a second: only who signs pays for it.
            from gateway.connectors.credentials.sigv4 import SigV4

            return SigV4(settings, base)
        case _:
            assert_never(settings)


def _endpoint(settings: OAuth2Settings, opening: Opening) -> TokenEndpoint:
    parts = urlsplit(settings.token_url)
    base = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    return TokenEndpoint(settings, opening(base, settings.tls))


def _transport(base: str, tls: TlsFiles | None) -> Transport:
    from gateway.connectors.transport.lean import Keeping, LeanTransport

    return LeanTransport(base, Keeping(2), tls=tls)
