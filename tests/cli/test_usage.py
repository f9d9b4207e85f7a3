"""`headwater usage`, and what `headwater diff --usage` makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from orjson import loads

from gateway.usage.counting import Taken
from gateway.usage.model import OTHERS, User
from gateway.usage.writing import UsageFile
from tests.cli.conftest import Invoke
from tests.project import write

NOW = datetime.now(UTC)
TODAY = str(NOW.date())
FILES = {
    "headwater.yaml": 'sources: { default: { url: "http://127.0.0.1:9" } }\n'
    "usage: { to: ./usage }\n",
    "schema/a.graphql": (
        "enum K { X Y }\n"
        "type Query { v(id: ID, k: K): V }\n"
        'type V { a: Int b: Int c: Int @deprecated(reason: "a")\n'
        '  d: Int @deprecated(reason: "b") k: K }\n'
    ),
    "profiles/v.yaml": (
        "language: 1\noperation: v\nsteps: [{ name: body, endpoint: /v }]\n"
    ),
}
WEB = User("Screen", "web", "7", "acme")
APP = User("", "app", "", "")


@pytest.fixture
def counted(here: Path) -> Path:
    """A project, and what two clients used of it."""
    write(here, FILES)
    file = UsageFile(here / "usage", "a", 1e8)
    file.add(
        [
            Taken("d1", WEB, ("Query.v", "V.a", "V.c"), 5),
            Taken("d2", APP, ("Query.v", "Query.v(id:)", "V.a", "V.k"), 2),
        ],
        NOW,
    )
    return here


def test_who_uses_what_is_a_table(counted: Path, invoke: Invoke) -> None:
    """Then what is deprecated and used, what may go, and how much is unused."""
    result = invoke("usage")
    assert result.exit_code == 0, result.output
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert lines == [
        f"7 requests, {TODAY} to {TODAY}",
        "operation  client  version  tenant  times  last",
        f"Screen     web     7        acme        5  {TODAY}",
        f"-          app                          2  {TODAY}",
        "",
        "Deprecated and still used",
        f"  V.c: 5 times, last on {TODAY}",
        f"    web 7 of acme in Screen: 5 times, last on {TODAY}",
        "",
        "Deprecated and used by nobody: safe to remove",
        "  V.d",
        "",
        "2 of 6 fields were not used (--unused lists them)",
    ]


def test_one_field_and_those_that_nobody_uses(counted: Path, invoke: Invoke) -> None:
    """What a team asks before it takes something away."""
    assert "web" in invoke("usage", "--field", "V.c").stdout
    assert "app" not in invoke("usage", "--field", "V.c").stdout
    assert "Nobody used it." in invoke("usage", "--field", "V.b").stdout
    unused = invoke("usage", "--unused").stdout.splitlines()[1:]
    assert unused == ["  V.b", "  V.d, deprecated"]


def test_programs_read_json(counted: Path, invoke: Invoke) -> None:
    """All of it."""
    found = loads(invoke("usage", "--json", "--field", "V.c").stdout)
    assert found["requests"] == 7
    assert found["fields"] == [
        {
            "field": "V.c",
            "deprecated": "a",
            "count": 5,
            "used_by": [
                {
                    "operation": "Screen",
                    "client": "web",
                    "version": "7",
                    "tenant": "acme",
                    "count": 5,
                    "last_seen": TODAY,
                }
            ],
        }
    ]


def test_what_is_older_does_not_count(here: Path, invoke: Invoke) -> None:
    """30 days where nothing else is said."""
    write(here, FILES)
    long_ago = NOW - timedelta(days=50)
    UsageFile(here / "usage", "a", 1e8).add([Taken("d", WEB, ("V.b",), 1)], long_ago)
    assert invoke("usage").stdout.splitlines()[0] == "Nothing was counted."
    assert invoke("usage", "--since", "60d").stdout.startswith("1 requests, ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "there is no folder nowhere"),
        (("--since", "soon"), "--since soon"),
        (("--since", "9999999999d"), "--since 9999999999d"),
        (("--field", "V.aa"), "there is no field 'V.aa'"),
    ],
)
def test_what_cannot_be_meant_is_status_2(
    counted: Path, invoke: Invoke, arguments: tuple[str, ...], said: str
) -> None:
    """In one line."""
    result = invoke("usage", *arguments)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


def test_a_deployment_that_counts_nothing_says_how_to(
    here: Path, invoke: Invoke
) -> None:
    """And a folder may be named all the same."""
    text = FILES["headwater.yaml"].replace("usage: { to: ./usage }\n", "")
    write(here, {**FILES, "headwater.yaml": text})
    result = invoke("usage")
    assert (result.exit_code, "usage: { to: ./usage }" in result.stderr) == (2, True)
    (here / "counts").mkdir()
    assert invoke("usage", "counts").exit_code == 0


# -- diff --usage ----------------------------------------------------------------------


def changed(here: Path, sdl: str) -> None:
    write(here / "new", {**FILES, "schema/a.graphql": sdl})


CHANGES = {
    "b: Int ": ("", []),
    "a: Int b": ("b", ["web 7", "app"]),
    'c: Int @deprecated(reason: "a")': ("", ["web 7"]),
    "(id: ID, k": ("(k", ["app"]),
    "v(id: ID, ": ("v(id: ID, must: Int!, ", ["web 7", "app"]),
    "X Y": ("X", ["app"]),
}


@pytest.mark.parametrize("token", CHANGES)
def test_a_breaking_change_names_those_who_use_it(
    counted: Path, invoke: Invoke, token: str
) -> None:
    """A field, an argument, a value of an enum; those alone make CI fail."""
    after, clients = CHANGES[token]
    changed(counted, FILES["schema/a.graphql"].replace(token, after))
    options = ("diff", ".", "new", "--usage", "usage")
    found = loads(invoke(*options, "--json").stdout)
    breaking = [one for one in found["changes"] if one["level"] == "breaking"]
    assert [[by["client"] for by in one["used_by"]] for one in breaking] == [clients]
    result = invoke(*options, "--fail-on", "used")
    assert result.exit_code == int(bool(clients))
    assert ("nobody used it" in result.stdout) is not bool(clients)


def test_people_and_pull_requests_are_told_whom_it_hurts(
    counted: Path, invoke: Invoke
) -> None:
    """How often, and when last."""
    changed(counted, FILES["schema/a.graphql"].replace("a: Int b", "b"))
    options = ("diff", ".", "new", "--usage", "usage")
    said = f"used by web 7 of acme in Screen: 5 times, last on {TODAY}"
    assert said in invoke(*options).stdout
    row = f"| `V.a` | `Screen` | `web 7` | `acme` | 5 | {TODAY} |"
    assert row in invoke(*options, "--markdown").stdout


def test_a_deprecation_of_what_nobody_uses_is_told_to_be_safe_to_remove(
    counted: Path, invoke: Invoke
) -> None:
    """In the change that deprecates it."""
    sdl = FILES["schema/a.graphql"].replace("b: Int ", "b: Int @deprecated ")
    changed(counted, sdl)
    result = invoke("diff", ".", "new", "--usage", "usage")
    assert result.exit_code == 0
    assert "nobody used it: it is safe to remove" in result.stdout


def test_what_is_not_known_may_be_use(counted: Path, invoke: Invoke) -> None:
    """Requests beyond the bounds of counting are held against every change."""
    others = User(*[OTHERS] * 4)
    UsageFile(counted / "usage", "b", 1e8).add([Taken(OTHERS, others, (), 3)], NOW)
    changed(counted, FILES["schema/a.graphql"].replace("b: Int ", ""))
    result = invoke("diff", ".", "new", "--usage", "usage", "--fail-on", "used")
    assert (result.exit_code, OTHERS in result.stdout) == (1, True)
    assert "Of 3 requests it is not known what they used" in invoke("usage").stdout


def test_an_empty_folder_proves_nothing(counted: Path, invoke: Invoke) -> None:
    """It is no use that nobody has."""
    (counted / "empty").mkdir()
    result = invoke("diff", ".", ".", "--usage", "empty", "--fail-on", "used")
    assert (result.exit_code, "nothing was counted" in result.stderr) == (2, True)


def test_who_fails_on_use_has_to_say_where_it_is_counted(
    counted: Path, invoke: Invoke
) -> None:
    """Else nothing would ever fail."""
    result = invoke("diff", ".", ".", "--fail-on", "used")
    assert (result.exit_code, "--usage" in result.stderr) == (2, True)
