"""Who read what of whom: a line before each answer, for every way in."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import orjson
import pytest

from gateway.app import Gateway, build_gateway
from gateway.auditing.entry import Reading
from gateway.auditing.journal import Journal, journal_at
from gateway.errors import ProfileError
from gateway.request.model import Asking, Caller, RequestContext
from gateway.telemetry.auditing import AuditFailed, Declassified
from gateway.telemetry.events import Crashed, Event
from tests.project import write

SDL = """
type Query { person(id: ID!): Person  owner(id: Any, or: Any): Person  team: Team  level: Level }
scalar Any
type Level { high: Boolean, score: Int }
type Mutation { rename(id: ID!): Person }
type Person { id: ID, name: String @tag(name: "pii"), born: String @tag(name: "pii"), team: String, hint: String }
type Team { people: [Person!] }
"""  # noqa: E501
PERSON = """
language: 1
operation: person
null_if: person == null
steps:
  - { name: person, type: value, value: "${ id == '0' ? null : {'id': id, 'name': 'Ada', 'team': 'x'} }" }
"""  # noqa: E501
OWNER = """
language: 1
operation: owner
steps: [{ name: person, type: value, value: { id: a, name: Ada } }]
"""
TEAM = """
language: 1
operation: team
steps:
  - { name: people, type: value, value: [{ id: a, name: Ada }] }
"""
RENAME = """
language: 1
operation: rename
kind: mutation
steps:
  - { name: person, type: value, value: { id: a, name: Ada } }
"""
LEVEL = """
language: 1
operation: level
steps:
  - { name: score, type: value, value: 7, policy: request.tenant == 'acme' }
  - { name: high, type: value, value: "${ score > 5 }", declassify: true }
"""
HINT = """
language: 1
entity: Person
fields: { Person.hint: "'a person'" }
"""
AUDIT = "audit: { sink: ./access.jsonl, tags: [pii], subject: args.id, ON_FAILURE }\n"
POLICY = "policies: { pii: { when: request.tenant == 'acme' } }\n"


@contextmanager
def audited(
    folder: Path, on_failure: str = "on_failure: refuse", more: str = ""
) -> Iterator[tuple[Gateway, list[Event]]]:
    files = {
        "headwater.yaml": AUDIT.replace("ON_FAILURE", on_failure) + more,
        "schema/people.graphql": SDL,
        "profiles/person.yaml": PERSON,
        "profiles/team.yaml": TEAM,
        "profiles/owner.yaml": OWNER,
        "profiles/rename.yaml": RENAME,
        "profiles/hint.yaml": HINT,
        "profiles/level.yaml": LEVEL,
    }
    told: list[Event] = []
    gateway = build_gateway([write(folder, files)], {}, observe=told.append)
    yield gateway, told


async def ask(
    gateway: Gateway, query: str, operation: str | None = None, **who: Any
) -> Mapping[str, Any]:
    clock = gateway.pipeline.clock
    request = RequestContext(
        **{"request_id": "r1", "started": clock.now(), "time": clock.wall(), **who}
    )
    asking = Asking(query, operation)
    answer = await gateway.pipeline.answer(gateway.current, asking, request)
    return answer.as_json()


def lines(folder: Path) -> list[Any]:
    path = folder / "access.jsonl"
    found = path.read_bytes().splitlines() if path.exists() else []
    return [orjson.loads(line) for line in found]


async def test_a_line_says_who_read_what_of_whom(tmp_path: Path) -> None:
    """Names of fields, never values; it stands there when the answer is there."""
    with audited(tmp_path) as (gateway, _):
        query = 'query Q { one: person(id: "7") { id called: name ...F } } fragment F on Person { born team }'  # noqa: E501
        ann = Caller("ann", {"iss": "https://idp.test"})
        who = {"caller": ann, "tenant": "acme", "client": "desk"}
        answer = await ask(gateway, query, "Q", **who)
        assert answer["data"]["one"]["called"] == "Ada"
        (line,) = lines(tmp_path)
        time, profile = line.pop("time"), line["read"][0].pop("profile")
        assert (time[:2], len(profile)) == ("20", 32)
        assert line == {
            "request_id": "r1",
            "caller": "ann",
            "issuer": "https://idp.test",
            "tenant": "acme",
            "client": "desk",
            "operation": "Q",
            "release": None,
            "generation": gateway.current.number,
            "read": [
                {
                    "root": "person",
                    "subject": "7",
                    "fields": ["Person.born", "Person.name"],
                }
            ],
        }
        assert b"Ada" not in (tmp_path / "access.jsonl").read_bytes()
        assert (tmp_path / "access.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "query",
    [
        '{ person(id: "7") { id team } }',
        '{ person(id: "0") { name } }',
        '{ person(id: "7") { __typename } }',
        '{ person(id: "7") { nothing } }',
    ],
)
async def test_who_reads_nothing_of_it_leaves_no_line(
    tmp_path: Path, query: str
) -> None:
    """Other fields, what is null, refused documents."""
    with audited(tmp_path) as (gateway, _):
        await ask(gateway, query)
        assert lines(tmp_path) == []


async def test_what_is_declassified_is_told_and_recorded(tmp_path: Path) -> None:
    """Whoever is given what comes of denied answers is named; no one else is."""
    with audited(tmp_path) as (gateway, told):
        for tenant, steps in (("acme", 0), ("other", 1)):
            told.clear()
            who = {"caller": Caller("ann", {}), "tenant": tenant}
            answer = await ask(gateway, "{ level { high } }", **who)
            assert answer["data"] == {"level": {"high": True}}
            opened = [one for one in told if isinstance(one, Declassified)]
            assert opened == [Declassified("r1", "ann", ("level.high",))] * steps
        (line,) = lines(tmp_path)
        assert line["read"][0]["declassified"] == ["level.high"]


async def test_what_is_denied_is_not_read(tmp_path: Path) -> None:
    """A mask says nothing of anybody."""
    with audited(tmp_path, more=POLICY) as (gateway, _):
        for tenant in ("acme", "other"):
            answer = await ask(gateway, '{ person(id: "7") { name } }', tenant=tenant)
            shown = "Ada" if tenant == "acme" else "***"
            assert answer["data"] == {"person": {"name": shown}}
        assert [line["tenant"] for line in lines(tmp_path)] == ["acme"]


async def test_mutations_and_lists_are_recorded_too(tmp_path: Path) -> None:
    """Whose record it is may be unknown."""
    with audited(tmp_path) as (gateway, _):
        await ask(gateway, 'mutation { rename(id: "7") { name } }')
        await ask(gateway, '{ team { people { name } } person(id: "1") { name } }')
        read = [
            [(one["root"], one["subject"], one["fields"]) for one in line["read"]]
            for line in lines(tmp_path)
        ]
        assert read == [
            [("rename", "7", ["Person.name"])],
            [("team", None, ["Person.name"]), ("person", "1", ["Person.name"])],
        ]


async def test_lines_keep_their_order_and_a_rotation_begins_a_new_file(
    tmp_path: Path,
) -> None:
    """The file that was moved away keeps what stood in it."""
    with audited(tmp_path) as (gateway, _):
        many = (
            ask(gateway, f'{{ person(id: "{n}") {{ name }} }}') for n in range(1, 9)
        )
        await asyncio.gather(*many)
        subjects = [line["read"][0]["subject"] for line in lines(tmp_path)]
        assert subjects == [str(n) for n in range(1, 9)]
        (tmp_path / "access.jsonl").rename(tmp_path / "access.1")
        await ask(gateway, '{ person(id: "9") { name } }')
        assert [one["read"][0]["subject"] for one in lines(tmp_path)] == ["9"]
        assert len((tmp_path / "access.1").read_bytes().splitlines()) == 8


@pytest.mark.parametrize("refuses", [True, False])
async def test_what_cannot_be_recorded(tmp_path: Path, refuses: bool) -> None:
    """Nobody is given it, or it is logged; what nobody records is answered as ever."""
    (tmp_path / "access.jsonl").mkdir()
    how = "on_failure: refuse" if refuses else "on_failure: log"
    with audited(tmp_path, how) as (gateway, told):
        answer = await ask(gateway, '{ person(id: "7") { name } }')
        if refuses:
            assert "data" not in answer
            (error,) = answer["errors"]
            assert error["extensions"] == {"code": "AUDIT_UNAVAILABLE"}
        else:
            assert answer == {"data": {"person": {"name": "Ada"}}}
        failed = [one for one in told if isinstance(one, AuditFailed)]
        assert failed == [AuditFailed("r1", "Is a directory")]
        other = await ask(gateway, '{ person(id: "7") { team } }')
        assert other == {"data": {"person": {"team": "x"}}}


async def test_a_caller_who_goes_away_frees_everything(tmp_path: Path) -> None:
    """The generation is given back once, whenever he goes."""
    with audited(tmp_path) as (gateway, _):
        task = asyncio.create_task(ask(gateway, '{ person(id: "7") { name } }'))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await ask(gateway, '{ person(id: "8") { name } }')
        assert gateway.current.lease.holders == 0


async def test_whose_record_it_is_may_be_what_json_has_no_words_for(
    tmp_path: Path,
) -> None:
    """A caller may write it where an argument is JSON: it is recorded as text.

    Only in a document: values of variables are JSON, nested as deep as limits allow.
    """
    with audited(tmp_path) as (gateway, _):
        answer = await ask(gateway, f"{{ owner(id: {'9' * 30}, or: [1]) {{ name }} }}")
        assert answer == {"data": {"owner": {"name": "Ada"}}}
        (line,) = lines(tmp_path)
        assert line["read"][0]["subject"] == "9" * 30
        assert gateway.current.lease.holders == 0


async def test_a_pipe_that_nobody_reads_holds_nobody_up(tmp_path: Path) -> None:
    """It is an error at once, as any file is that cannot be written."""
    os.mkfifo(tmp_path / "access.jsonl")
    with audited(tmp_path) as (gateway, told):
        query = '{ person(id: "7") { name } }'
        answer = await asyncio.wait_for(ask(gateway, query), 60)
        assert answer["errors"][0]["extensions"] == {"code": "AUDIT_UNAVAILABLE"}
        (failed,) = (one for one in told if isinstance(one, AuditFailed))
        assert failed.message == "No such device or address"


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Files of this process grow to so many bytes and no further."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def written(path: Path, line: bytes, *, fresh: bool) -> OSError | None:
    """What a journal says of a line: the one of the file, or another process's."""
    came: SimpleQueue[OSError | None] = SimpleQueue()
    journal = Journal(path) if fresh else journal_at(path)
    journal.append(line, came.put)
    return came.get(timeout=60)


@pytest.mark.parametrize("fresh", [True, False])
def test_what_was_written_in_part_spoils_no_later_line(
    tmp_path: Path, fresh: bool
) -> None:
    """A disk is full within a line; the next one stands by itself."""
    path = tmp_path / "access.jsonl"
    assert written(path, b'{"n":1}', fresh=fresh) is None
    with room_for(12):
        failed = written(path, b'{"n":2}', fresh=fresh)
    assert failed is not None
    assert written(path, b'{"n":3}', fresh=fresh) is None
    assert path.read_bytes() == b'{"n":1}\n{"n"\n{"n":3}\n'


def test_a_tag_that_nothing_has_is_recorded_by_nobody(tmp_path: Path) -> None:
    """It does not load: whoever wrote it believes that it is recorded."""
    text = "audit: { sink: ./a, tags: [piis] }\npolicies: { pie: { when: 'true' } }\n"
    config = write(tmp_path, {"headwater.yaml": text, "schema/s.graphql": SDL})
    with pytest.raises(ProfileError) as raised:
        build_gateway([config], {})
    said = 'no field and no type of the schema is under @tag(name: "{}")'
    assert [(p.span.line, p.message, p.hint) for p in raised.value.problems] == [
        (1, said.format("piis"), "did you mean 'pii'?"),
        (2, said.format("pie"), "did you mean 'pii'?"),
    ]


async def test_a_bug_of_ours_lets_nobody_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is as a line that cannot be written, and the log learns the rest."""

    def breaks(*_: object) -> bytes:
        raise RuntimeError("broken for the test")

    monkeypatch.setattr(Reading, "line", breaks)
    with audited(tmp_path) as (gateway, told):
        async with asyncio.timeout(60):
            answer = await ask(gateway, '{ person(id: "1") { name } }')
    assert answer["errors"][0]["extensions"]["code"] == "AUDIT_UNAVAILABLE"
    assert "data" not in answer or answer["data"] is None
    crashes = [event for event in told if isinstance(event, Crashed)]
    assert [event.where for event in crashes] == ["audit"]
