"""The workbench of profiles: their files, what edits of them come to, saving one.

In charge of who may do what, and of the forms of questions and answers. Reading and
judging is for those whom `plan.inspect` names; saving is for authors on their own
machine. Must never call a source.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Mapping
from functools import cache

from starlette.routing import Route

from gateway.connectors.registry import step_types
from gateway.deployment import Deployment
from gateway.errors import RequestError
from gateway.explorer.asked import Act, Place, Question, forbidden
from gateway.loading.files import name_of
from gateway.profile.document import json_schema
from gateway.record import Model
from gateway.schema.serving import Serving
from gateway.telemetry.processes import ProfileSaved
from gateway.values import JsonValue
from gateway.workbench.bench import Bench
from gateway.workbench.folder import Folder, Text
from gateway.workbench.laying import LARGEST_EDITS, edits_of
from gateway.workbench.standing import standing_of

Deployed = Callable[[], Deployment | None]
_LARGEST = LARGEST_EDITS + 1_000_000
_PROXIED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
READ_ONLY = (
    "Here profiles are read-only: they are saved with 'headwater serve --dev', on an "
    "author's own machine."
)
ELSEWHERE = "Profiles are saved from the machine alone on which the gateway runs."


def bench_routes(serving: Serving, bench: Bench, deployed: Deployed) -> list[Route]:
    """The paths of the workbench."""
    own = Workbench(serving, bench, deployed)
    table: tuple[tuple[str, Mapping[str, Act]], ...] = (
        ("profiles", {"GET": own.files}),
        ("profiles/{path:path}", {"GET": own.text, "PUT": own.save}),
        ("profile.schema.json", {"GET": own.schema}),
        ("check", {"POST": own.check}),
        ("diff", {"POST": own.diff}),
        ("dry-run", {"POST": own.dry_run}),
    )
    return [
        Route(f"/explorer/{path}", Place(serving, acts, _LARGEST))
        for path, acts in table
    ]


class Workbench(Model, frozen=True):
    """The answers of one gateway."""

    serving: Serving
    bench: Bench
    deployed: Deployed

    async def files(self, question: Question) -> JsonValue:
        """Every profile with its state, and whether it could be saved from here."""
        folder = self._folder(question)
        why = unsaved(question)
        names = await asyncio.to_thread(folder.names)
        return {
            "folder": name_of(folder.root),
            "writable": why is None,
            "why": why,
            "generation": question.generation.number,
            "release": _release(question),
            "files": standing_of(folder.root, names, question.generation),
        }

    async def text(self, question: Question) -> JsonValue:
        """What a file says now."""
        folder = self._folder(question)
        return _text(await asyncio.to_thread(folder.read, question.named["path"]))

    async def save(self, question: Question) -> JsonValue:
        """Write a file, where it still is what its author began with."""
        folder, said = self._folder(question), question.said
        why = unsaved(question)
        if why is not None:
            raise forbidden(why)
        text, known = said.get("text"), said.get("digest")
        if not isinstance(text, str):
            raise RequestError("'text' is no text.")
        if known is not None and not isinstance(known, str):
            raise RequestError("'digest' is neither a text nor null.")
        path, request = question.named["path"], question.request
        saved = _text(await asyncio.to_thread(folder.save, path, text, known))
        told = request.request_id, path, request.caller.subject, question.peer
        self.serving.pipeline.observe(ProfileSaved(*told))
        return saved

    async def schema(self, _question: Question) -> JsonValue:
        """The JSON Schema of profile files, for an editor's completion."""
        return await asyncio.to_thread(_profile_schema)

    async def check(self, question: Question) -> JsonValue:
        """Every problem of the files with the edits, and the graphs of one of them."""
        return await self._asked(question, "check", "file")

    async def diff(self, question: Question) -> JsonValue:
        """What the edits change."""
        return await self._asked(question, "diff")

    async def dry_run(self, question: Question) -> JsonValue:
        """A query's plan under the edits."""
        names = ("query", "variables", "operationName", "as")
        return await self._asked(question, "plan", *names)

    async def _asked(self, question: Question, kind: str, *names: str) -> JsonValue:
        self._folder(question)
        edits_of(question.said.get("texts"))
        wanted = ("texts", *names)
        said = {name: question.said.get(name) for name in wanted}
        return await self.bench.ask({"kind": kind, **said})

    def _folder(self, question: Question) -> Folder:
        """The folder, for those who may look into it.

        Raises:
            RequestError: this caller may not.
        """
        question.require_inspection()
        deployment = self.deployed()
        assert deployment is not None, "a gateway that serves has one"  # noqa: S101
        return Folder(deployment.profiles.path)


def unsaved(question: Question) -> str | None:
    """Why this caller may save nothing; None: he may."""
    if not question.generation.admission.development:
        return READ_ONLY
    by_proxy = any(name in question.headers for name in _PROXIED)
    return None if _is_here(question.peer) and not by_proxy else ELSEWHERE


def _is_here(peer: str | None) -> bool:
    try:
        return peer is not None and ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False


def _release(question: Question) -> str | None:
    release = question.generation.release
    return release.bundle if release else None


def _text(found: Text) -> JsonValue:
    return {"path": found.path, "text": found.text, "digest": found.digest}


@cache
def _profile_schema() -> JsonValue:
    types = {name: each.options for name, each in step_types().items()}
    return dict(json_schema(types))
