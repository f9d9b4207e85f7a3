"""AWS Signature Version 4, by botocore: the signer that AWS maintains.

In charge of what is signed: method, address, body, `host`, `content-type` and AWS's own
headers (`x-amz-`), a step's among them, since AWS refuses those that are not; nothing
that a proxy may change. Credentials of a role are renewed in a thread,
since finding them asks the network. The only importer of botocore; it comes with the
extra ``aws``.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

from gateway.connectors.credentials.base import Proof
from gateway.connectors.credentials.settings import SigV4Settings
from gateway.connectors.rest_request import Request
from gateway.errors import ErrorClass, UpstreamError

_UNRESERVED = "-_.~"
_FIXED = "content-type"
_OWN = "x-amz-"
_S3 = frozenset({"s3", "s3express", "s3-object-lambda"})


class SigV4:
    """Signs each request anew. ``base`` is the source's URL."""

    __slots__ = ("_base", "_found", "_looking", "_settings", "_signer")

    def __init__(self, settings: SigV4Settings, base: str) -> None:
        from botocore.auth import S3SigV4Auth, SigV4Auth

        self._settings = settings
        self._base = base
        self._signer: Any = S3SigV4Auth if settings.service in _S3 else SigV4Auth
        self._found: Any = _given(settings)
        self._looking: asyncio.Task[Any] | None = None

    @property
    def reads(self) -> str | None:
        return None

    def now(self, request: Request) -> Proof | None:
        found = self._found
        if found is None or _is_due(found):
            return None
        return self._signed(request, found.get_frozen_credentials())

    async def proof(self, request: Request) -> Proof:
        if self._looking is None:
            self._looking = asyncio.create_task(asyncio.to_thread(self._look))
            self._looking.add_done_callback(self._ended)
        return self._signed(request, await asyncio.shield(self._looking))

    def refused(self, _request: Request, _sent: Proof) -> bool:
        return False  # a signature of the same keys would be refused, too

    async def probe(self) -> str | None:
        await self.proof(Request("GET", "/", {}))
        return "credentials"

    async def close(self) -> None:
        if self._looking is not None:
            await asyncio.wait((self._looking,))

    def _look(self) -> Any:
        """The keys, found or renewed. Runs in a thread: it may ask the network."""
        try:
            if self._found is None:
                import botocore.session

                self._found = botocore.session.get_session().get_credentials()
            if self._found is not None:
                return self._found.get_frozen_credentials()
        except Exception as error:  # noqa: BLE001 - botocore's own, many kinds
            raise _without(type(error).__name__) from None
        raise _without("no credentials in the environment, nor of a role")

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._looking = None
        if not task.cancelled():
            task.exception()

    def _signed(self, request: Request, keys: Any) -> Proof:
        from botocore.awsrequest import AWSRequest

        url = _canonical(self._base + request.url)
        headers = {n: v for n, v in request.headers.items() if _is_signed(n)}
        asked = AWSRequest(request.method, url, headers, request.content or b"")
        settings = self._settings
        self._signer(keys, settings.service, settings.region).add_auth(asked)
        proof = {name.lower(): str(value) for name, value in asked.headers.items()}
        proof.pop(_FIXED, None)
        return proof


def _is_signed(name: str) -> bool:
    return name == _FIXED or name.startswith(_OWN)


def _given(settings: SigV4Settings) -> Any:
    from botocore.credentials import Credentials

    if settings.access_key is None or settings.secret_key is None:
        return None
    return Credentials(settings.access_key, settings.secret_key, settings.session_token)


def _is_due(found: Any) -> bool:
    """Whether credentials of a role are to be renewed first, which may wait."""
    due = getattr(found, "refresh_needed", None)
    return due is not None and bool(due())


def _canonical(url: str) -> str:
    """The URL with each part of its query written in the one way AWS signs it."""
    parts = urlsplit(url)
    pairs = [pair.partition("=") for pair in parts.query.split("&") if pair]
    query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, _, value in pairs)
    return parts._replace(query=query, path=parts.path or "/").geturl()


def _quoted(text: str) -> str:
    return quote(unquote_to_bytes(text), safe=_UNRESERVED)


def _without(why: str) -> UpstreamError:
    message = "The source cannot be reached: there are no credentials for it."
    return UpstreamError(message, kind=ErrorClass.CONNECT, detail=why)
