"""Paths and keys that cannot be right are told at load, at their place.

Each row is what a person could write, and the whole of what is told, by place.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.loading.loader import Loader
from gateway.profile.paths import is_slip

SDL = """
type Query { customer(id: ID!): Customer }
type Customer { account: Account, limit: Int, score: Float, rows: [Row!], since: Date }
type Row { id: ID, parts: [Part!], party: Party, tags: [String!], open: Boolean }
type Part { id: ID, price: Float, name: String }
type Party { id: ID, segment: String }
type Account { id: ID, segment: String, party: Party, status: Status }
enum Status { OPEN CLOSED }
type Parcel { id: ID, segment: String }
"""


def told(folder: Path, profile: str, source: str = "") -> list[str]:
    """What is wrong with a deployment of one profile: errors and warnings."""
    for name in ("profiles", "schema"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "headwater.yaml").write_text(
        "sources:\n  warehouse: { type: duckdb }\n"
        f"  default:\n    url: http://up.invalid\n{source}"
    )
    (folder / "schema/a.graphql").write_text(SDL)
    (folder / "profiles/a.yaml").write_text(
        f"language: 1\noperation: customer\nsteps:\n{profile}"
    )
    loader = Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))
    return [str(one).removeprefix(f"{folder}/") for one in loader.check()]


def steps(*written: str, fields: str = "{}") -> str:
    listed = "".join(f"  - {{ name: {one} }}\n" for one in written)
    return (
        f"{listed}"
        "  - { name: account, endpoint: '/a/{id}' }\n"
        "  - { name: since, endpoint: /since, returns: Date }\n"
        "  - { name: rows, endpoint: /rows }\n"
        f"fields: {fields}\n"
    )


MAY_BE = "only the source knows"
SQL = 'risk, type: warehouse, query: "SELECT score, segment FROM r WHERE id = :id"'


@pytest.mark.parametrize(
    ("profile", "problems"),
    [
        pytest.param(
            steps(
                SQL,
                "limit, endpoint: '/l/{account.segmnt}'",
                fields="{ Customer.score: risk.scor }",
            ),
            [
                (
                    "profiles/a.yaml:5:34: type Account has no 'segmnt', so this "
                    "reads what "
                    "only the source knows — did you mean 'segment'?"
                ),
                (
                    "profiles/a.yaml:9:27: step 'risk' gives no 'scor' — "
                    "did you mean 'score'?"
                ),
            ],
            id="a column is certain, a type may lack what the body has",
        ),
        pytest.param(
            steps(
                f"{SQL}, on_skip: {{ scor: 1 }}",
                "limit, endpoint: '/l/{account.party_id}/{account.partyId}'",
                fields="{ Customer.score: risk.?scor }",
            ),
            [
                (
                    "profiles/a.yaml:9:27: step 'risk' gives no 'scor' — "
                    "did you mean 'score'?"
                )
            ],
            id="what stands in may have more, and other names are meant",
        ),
        pytest.param(
            steps(
                "limit, endpoint: '/l/{helper.seqment}'",
                "helper, endpoint: /h, sample: { segment: A }",
                "score, value: '${ account.party.segmetn }', type: value",
            ),
            [
                (
                    "profiles/a.yaml:4:34: the sample of 'helper' has no 'seqment', "
                    "so this "
                    "reads what only the source knows — did you mean 'segment'?"
                ),
                (
                    "profiles/a.yaml:6:27: type Party has no 'segmetn', so this "
                    "reads what "
                    "only the source knows — did you mean 'segment'?"
                ),
            ],
            id="samples and types at any depth",
        ),
    ],
)
def test_a_path_is_held_against_what_is_known(
    tmp_path: Path, profile: str, problems: list[str]
) -> None:
    """An unknown column is an error; of types and samples slips are warned of."""
    found = told(tmp_path, profile)
    marks = (" gives no ", MAY_BE)
    assert [one for one in found if any(mark in one for mark in marks)] == problems


BATCH = "party, fills: Row.party, method: POST, endpoint: /p, batch: "


@pytest.mark.parametrize(
    ("step", "problems"),
    [
        (
            BATCH + "{ key: '${ self.tags }', body: '${ keys }', by: id }",
            [
                (
                    "4:80: Row.tags is a list, and a key is one plain value — read a "
                    "field "
                    "that tells the objects apart"
                )
            ],
        ),
        (
            BATCH + "{ key: '${ self.open }', body: '${ keys }', by: id }",
            [
                (
                    "4:80: Row.open is true or false, and a key is one plain value — "
                    "read a "
                    "field that tells the objects apart"
                )
            ],
        ),
        (
            BATCH + "{ key: { a: '${ self.id }', b: '${ self.x }' }, by: id }",
            [
                (
                    "4:125: the key has the parts a, b, and a row only one — write a "
                    "map: "
                    "{ column: a }"
                )
            ],
        ),
        (
            BATCH
            + "{ key: { a: '${ self.id }', b: '${ self.x }' }, by: { k: a, l: c } }",
            [
                "4:125: 'batch.key' has no part 'c' — its parts are a, b",
                (
                    "4:125: no key of a row stands for the part 'b' — add it: { "
                    "column: "
                    "b }"
                ),
            ],
        ),
        (
            BATCH + "{ key: \"${ {'a': self.id} }\", by: { k: a } }",
            [],
        ),
        (
            (
                "party, fills: Row.party, type: sql, source: warehouse, "
                "query: SELECT party_id FROM p WHERE party_id IN (:ids), "
                "params: { ids: '${ keys }' }, batch: { key: '${ self.id }', by: "
                "partyid }"
            ),
            [
                (
                    "4:188: the rows have no 'partyid', so none would be found — did "
                    "you mean "
                    "'party_id'?"
                )
            ],
        ),
        (
            BATCH + "{ key: '${ self.party }', body: '${ keys }', by: id }",
            [],
        ),
    ],
)
def test_keys_that_cannot_meet_are_an_error(
    tmp_path: Path, step: str, problems: list[str]
) -> None:
    """Lists, objects and truth values are no keys; both ends have the same parts."""
    found = told(tmp_path, steps(step))
    marks = ("plain value", "part", "the rows have")
    told_of = [one for one in found if any(mark in one for mark in marks)]
    assert told_of == [f"profiles/a.yaml:{one}" for one in problems]


def test_a_list_within_a_list_is_told_with_both(tmp_path: Path) -> None:
    """A call for each item of a list that there is for each item of another."""
    price = "price, fills: Part.price, endpoint: '/p/{self.id}'"
    others = ("limit, endpoint: /l", "score, endpoint: /s")
    found = told(tmp_path, steps(price, *others))
    assert [one for one in found if "makes a call" in one] == [
        (
            "profiles/a.yaml:4:5: step 'price' makes a call for each Part of "
            "Row.parts, and "
            "there is one for each Row of Customer.rows — ask for many at once with "
            "'batch'"
        )
    ]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            "enums: { Statsu: { O: OPEN } }",
            "5:14: 'Statsu' is no enum of the schema — did you mean 'Status'?",
        ),
        (
            "enums: { Status: { O: OPNE } }",
            "5:27: 'OPNE' is no value of Status — did you mean 'OPEN'?",
        ),
        (
            "formats: { Dat: iso }",
            (
                "5:16: 'Dat' has no spelling of its own to convert — they are Date, "
                "DateTime, Decimal"
            ),
        ),
        (
            "formats: { Date: YYYYMMDD }",
            (
                "5:16: 'YYYY' in 'YYYYMMDD' is not known — the letters are yyyy, MM, "
                "M, "
                "MMM, dd, d, HH, H, mm, ss, SSS, SSSSSS, XXX, XX, Z; text stands in "
                "quotes: "
                "'T'"
            ),
        ),
        (
            "errors: { code: body.code }",
            (
                "5:21: 'body' cannot be read here — it may read 'response' only: "
                "response.body.error.text"
            ),
        ),
    ],
)
def test_what_a_source_cannot_say_is_an_error(
    tmp_path: Path, keys: str, problem: str
) -> None:
    """Enums, values, formats and expressions are told at their place."""
    found = told(tmp_path, steps(), source=f"    {keys}\n")
    assert found == [f"headwater.yaml:{problem}"]


@pytest.mark.parametrize(
    ("word", "known", "slip"),
    [
        ("statsu", "status", True),
        ("segmnt", "segment", True),
        ("seqment", "segment", True),
        ("branchId", "branch", False),
        ("party_id", "partyId", False),
        ("line1", "line2", False),
        ("ids", "id", False),
        ("accounts", "account", False),
        ("openedAt", "openedOn", False),
    ],
)
def test_a_slip_is_one_letter(word: str, known: str, *, slip: bool) -> None:
    """Other spellings and longer names are meant."""
    assert is_slip(word, known) is slip


@pytest.mark.parametrize(("type_", "reached"), [("Account", True), ("Parcel", False)])
def test_an_entity_that_nothing_reaches_is_warned_of(
    tmp_path: Path, type_: str, *, reached: bool
) -> None:
    """All files together tell: its steps would never run."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles/b.yaml").write_text(
        f"language: 1\nentity: {type_}\nsteps:\n"
        "  - { name: segment, endpoint: '/s/{self.id}' }\n"
    )
    others = ("limit, endpoint: /l", "score, endpoint: /s")
    found = told(tmp_path, steps(*others))
    message = (
        "profiles/b.yaml:2:9: no operation gives a Parcel, so these steps never run — "
        "give a type that an operation reaches a field of it, or remove the file"
    )
    assert found == ([] if reached else [message])
