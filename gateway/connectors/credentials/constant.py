"""Proof that never changes: a bearer token, or user name and password."""

from __future__ import annotations

import base64

from gateway.connectors.credentials.base import Proof
from gateway.connectors.credentials.settings import BasicSettings, BearerSettings
from gateway.connectors.rest_request import Request


class Constant:
    """The same proof for every request; nothing is ever waited for."""

    __slots__ = ("_proof",)

    def __init__(self, settings: BearerSettings | BasicSettings) -> None:
        self._proof: Proof = {"authorization": _authorization(settings)}

    @property
    def reads(self) -> str | None:
        return None

    def now(self, _request: Request) -> Proof:
        return self._proof

    async def proof(self, _request: Request) -> Proof:
        return self._proof

    def refused(self, _request: Request, _sent: Proof) -> bool:
        return False  # there is no other

    async def probe(self) -> str | None:
        return None  # only a call would tell whether it is accepted

    async def close(self) -> None:
        """Nothing is under way."""


def _authorization(settings: BearerSettings | BasicSettings) -> str:
    if isinstance(settings, BearerSettings):
        return f"Bearer {settings.token}"
    pair = f"{settings.username}:{settings.password}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
