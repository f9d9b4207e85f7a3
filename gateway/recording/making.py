"""A request that was taken → one line of a recording, redacted. Pure.

In charge of what is written of it, and that all of it is blurred first.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from typing import NamedTuple, TypeAlias

import orjson

from gateway.connectors.base import Reply
from gateway.execution.model import Failed, Skipped
from gateway.flags.asked import read_of
from gateway.plan.model import Plan, PlannedField
from gateway.recording.blurring import Blurring, Hiding, folded
from gateway.recording.guarding import GuardedHere, guarded_in
from gateway.recording.model import Taken, TakenCall, Taking
from gateway.recording.pseudonyms import Pseudonyms
from gateway.recording.rendered import rendered
from gateway.recording.spelling import line, plain
from gateway.response.model import FieldError
from gateway.values import Coordinate, canonical, digest

VERSION = 1
HEADERS = frozenset({"content-type", "link", "retry-after", "etag", "location"})
"""Headers of replies that mean something to a gateway; no other is written."""
_WORD = re.compile(r"\w+")
_ID_BYTES = 6


def made(taken: Taken, taking: Taking) -> bytes:
    """The line of a request."""
    document = taken.asking.document
    guarded = guarded_in(taken.plan, taking.known)
    names = frozenset(_hidden_keys(taken.plan, taking.hidden))
    paths = frozenset(tuple(map(folded, place)) for place in guarded.places)
    hiding = Hiding(taking.hiding.names | names, taking.hiding.paths | paths)
    pseudonyms = Pseudonyms(secrets.token_bytes(32), enums=taking.enums)
    blurring = Blurring(hiding, pseudonyms, frozenset(_WORD.findall(document)))
    subject = taken.request.caller.subject
    blurring.hide(subject)
    blurring.find_in_document(document)
    blurring.find_variables(document, taken.asking.variables)
    for one in taken.calls:
        blurring.hide([plain(v) for v in guarded.within(one)])
    _body(taken, taking, guarded, Content(blurring.found, blurring.hidden))
    blurring.ready()
    blurred = _body(taken, taking, guarded, Content(blurring.blurred, blurring.whole))
    head = {
        "version": VERSION,
        "id": secrets.token_hex(_ID_BYTES),
        "time": taken.request.time.astimezone(UTC).isoformat(),
        "operations": [root.field.name for root in taken.plan.roots],
        "kind": taken.plan.kind.value,
        "document": blurring.document(document),
        "operation_name": taken.asking.operation,
        "made_by": {
            "generation": taken.made_by.generation,
            "bundle": taken.made_by.bundle,
        },
        "seconds": round(taken.seconds, 6),
        "subject": pseudonyms.of(subject),
    }
    return line({**head, **blurred})


def key_of(call: object) -> str:
    """What tells one rendered call from another."""
    return digest(canonical(call))


Of: TypeAlias = Callable[[object], object]


class Content(NamedTuple):
    """Is asked for everything that somebody said, and gives what is written of it.

    ``part`` looks at names, of ``whole`` everything is hidden.
    """

    part: Of
    whole: Of


def _body(
    taken: Taken, taking: Taking, guarded: GuardedHere, content: Content
) -> dict[str, object]:
    """All that may hold something to hide."""
    request, of = taken.request, content.part
    claims, headers = request.caller.claims, request.headers
    known = {n: plain(v) for n, v in claims.items() if n in taking.claims}
    sent = {n: v for n, v in headers.items() if n in taking.headers}
    said = taken.answer.as_json().get("data")
    data = orjson.loads(orjson.dumps(said, default=str))
    return {
        "who": {
            "tenant": of(request.tenant),
            "client": of(request.client),
            "region": request.region,
            "claims": of(known),
            "headers": of(sent),
        },
        "variables": of(plain(taken.asking.variables)),
        "flags": of(plain(dict(read_of(request.flags)))),
        "calls": [
            _call(one, of, content.whole if one.step in guarded.steps else of)
            | ({"derived": True} if guarded.within(one) else {})
            for one in taken.calls
        ],
        "answer": {
            "data": of(data),
            "errors": [_error(one, of) for one in taken.answer.errors],
            "verdict": taken.answer.verdict.value,
            "derived": sorted(map(list, guarded.made)),
        },
    }


def _error(error: FieldError, of: Of) -> dict[str, object]:
    path = None if error.path is None else list(error.path)
    return {"path": path, "code": error.code, "message": of(error.message)}


def _call(taken: TakenCall, of: Of, of_body: Of) -> dict[str, object]:
    asked = {name: of(plain(v)) for name, v in rendered(taken.call).items()}
    made: dict[str, object] = {
        "step": taken.step,
        "source": taken.source,
        "key": key_of(asked),
        "call": asked,
        "seconds": None if taken.seconds is None else round(taken.seconds, 6),
    }
    landed = taken.landed
    if landed is None:
        return made
    came = {"attempts": landed.attempts, "provenance": landed.provenance.value}
    return {**made, **came, **_outcome(landed.reply, of, of_body)}


def _outcome(
    reply: Reply | Failed | Skipped, of: Of, of_body: Of
) -> Mapping[str, object]:
    if isinstance(reply, Reply):
        kept = {n: of(v) for n, v in reply.headers.items() if n in HEADERS}
        said: dict[str, object] = {"status": reply.status, "headers": kept}
        if reply.partial:
            said["partial"] = True
        return {"reply": {**said, "body": of_body(plain(reply.body))}}
    if isinstance(reply, Skipped):
        return {"skipped": reply.reason.value}
    failure = reply.failure
    return {
        "failed": {
            "code": failure.code.value,
            "message": of(failure.message),
            "status": failure.status,
            "upstream_code": of(failure.upstream_code),
        }
    }


def _hidden_keys(plan: Plan, hidden: frozenset[Coordinate]) -> Iterator[str]:
    """The response keys under which this answer has hidden fields."""
    for root in plan.roots if hidden else ():
        yield from _keys(root.field, hidden)


def _keys(field: PlannedField, hidden: frozenset[Coordinate]) -> Iterator[str]:
    for concrete, below in field.fields.items():
        for one in below.values():
            if Coordinate(concrete, one.name) in hidden:
                yield folded(one.key)
            else:
                yield from _keys(one, hidden)
