"""A bank that other subgraphs refer to: its files, and its systems on a real port."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from gateway.demo.listener import Listener
from gateway.schema.exchange import App, Receive, Scope, Send

FILES = {
    "headwater.yaml": """
        federation: true
        sources: { default: { url: "${BANK:-http://bank.invalid}" } }
        """,
    "schema/bank.graphql": """
        "Known here by name; its cards are another subgraph's."
        type Account {
          id: ID!
          name: String! @tag(name: "pii")
          balance: Money!
          branch: Branch
        }
        type Money @shareable { amount: Decimal!, currency: String! }
        type Branch { city: String! }
        """,
    "profiles/account.yaml": """
        language: 1
        operation: account
        args: { id: ID! }
        steps:
          - { name: account, endpoint: "/accounts/{id}" }
        """,
    "profiles/account.entity.yaml": """
        language: 1
        entity: Account
        key: [id]
        steps:
          - name: branch
            endpoint: /branches
            batch: { key: "${ self.id }", query: { account: "${ keys }" }, by: account }
        lookup:
          - name: byId
            provides: [name, balance]
            method: POST
            endpoint: /accounts/search
            batch: { key: "${ self.id }", body: "${ {'ids': keys} }", by: id, max: 50 }
        """,
}


@dataclass(slots=True)
class Bank:
    """The upstream: every account but one.

    ``calls`` are the paths it was asked, ``most`` how many at once at most.
    """

    calls: list[str] = field(default_factory=list)
    missing: str = ""
    most: int = 0
    under_way: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.calls.append(path)
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        query = scope["query_string"].decode()
        answer = self._answer(path, body, query)
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        text = json.dumps(answer).encode()
        await send({"type": "http.response.body", "body": text})
        self.under_way -= 1

    def _answer(self, path: str, body: bytes, query: str) -> object:
        if path == "/accounts/search":
            ids = json.loads(body)["ids"]
            return [_account(id_) for id_ in reversed(ids) if id_ != self.missing]
        if path == "/branches":
            ids = [pair.partition("=")[2] for pair in query.split("&")]
            return [{"account": id_, "city": f"City of {id_}"} for id_ in ids]
        return _account(path.rpartition("/")[2])


def _account(id_: str) -> dict[str, object]:
    balance = {"amount": 1.5, "currency": "EUR"}
    return {"id": id_, "name": f"Owner of {id_}", "balance": balance}


def write(folder: Path) -> None:
    """The files, as a user would write them."""
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(dedent(text).lstrip(), "utf-8")


@asynccontextmanager
async def listening(app: App) -> AsyncIterator[str]:
    """The URL of an app that is served meanwhile."""
    listener = Listener("app", app, port=0, latency=0)
    await listener.open()
    yield listener.url
    await listener.close()
