"""`auth` of a source as written → what it takes to prove who calls."""

from __future__ import annotations

from gateway.connectors.credentials.settings import (
    AuthSettings,
    BasicSettings,
    BearerSettings,
    ExchangeSettings,
    OAuth2Settings,
    SigV4Settings,
)
from gateway.deployment.sources.credentials import OAuth2, SigV4, SourceAuth
from gateway.deployment.sources.tls import Tls
from gateway.tls import TlsFiles

_TYPES = "urn:ietf:params:oauth:token-type:"


def credentials_of(written: SourceAuth | None) -> AuthSettings | None:
    """None where nothing is proven."""
    if written is None:
        return None
    if written.bearer is not None:
        return BearerSettings(written.bearer.get_secret_value())
    if written.basic is not None:
        basic = written.basic
        return BasicSettings(basic.username, basic.password.get_secret_value())
    if written.exchange is not None:
        exchange = written.exchange
        return ExchangeSettings(
            _client(exchange),
            exchange.header,
            exchange.callers,
            f"{_TYPES}{exchange.subject_type}",
        )
    if written.oauth2 is not None:
        return _client(written.oauth2)
    return None if written.sigv4 is None else _sigv4(written.sigv4)


def tls_files_of(written: Tls | None) -> TlsFiles | None:
    """The certificates as they were read; None where none are named."""
    return None if written is None else written.files


def _client(written: OAuth2) -> OAuth2Settings:
    return OAuth2Settings(
        written.token_url,
        written.client_id,
        written.client_secret.get_secret_value(),
        written.scopes,
        written.audience,
        written.client_auth,
        tls_files_of(written.tls),
    )


def _sigv4(written: SigV4) -> SigV4Settings:
    secrets = (written.access_key, written.secret_key, written.session_token)
    told = (None if one is None else one.get_secret_value() for one in secrets)
    return SigV4Settings(written.region, written.service, *told)
