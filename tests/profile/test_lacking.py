"""Where a part's failure takes more with it than the part, the loader warns."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.loading.loader import Loader

SDL = """\
type Query { home(id: ID!): Home, any(id: ID!): JSON!, all(id: ID!): [JSON!]! }
scalar JSON
type Home { name: Name!, score: Float!, segment: String!, label: String!, best: Account
}
type Name { first: String }
type Account { id: ID, branch: Branch!, city: String! }
type Branch { city: String }
"""
BEST = "  - { name: best, endpoint: /b }\n"


def told(folder: Path, steps: str, *, of: str = "home", entity: str = "") -> list[str]:
    """What is wrong with an operation of these steps, without what it leaves out."""
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "headwater.yaml").write_text(
        "sources: { default: { url: 'http://up.invalid' } }\n"
    )
    (folder / "schema/s.graphql").write_text(SDL)
    (folder / "profiles/a.yaml").write_text(
        f"language: 1\noperation: {of}\nsteps:\n{steps}"
    )
    if entity:
        (folder / "profiles/e.yaml").write_text(
            f"language: 1\nentity: Account\nkey: [id]\nsteps:\n{entity}"
        )
    loader = Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))
    problems = (one for one in loader.check() if one.severity == "warning")
    return [str(one).removeprefix(f"{folder}/profiles/") for one in problems]


def home(keys: str, more: str = "") -> str:
    """A composite of which everything but the name is safe."""
    return (
        f"  - {{ name: name, {keys} }}\n"
        "  - { name: rest, endpoint: /r, role: required, "
        f"provides: [score, segment, label] }}\n{BEST}{more}"
    )


OPTIONAL = (
    "a.yaml:4:5: step 'name' is optional, but Home.name cannot be null: when it fails, "
    "all of Home is null — make the step required, or the field nullable"
)


@pytest.mark.parametrize(
    ("keys", "warnings"),
    [
        ("endpoint: /n", [OPTIONAL]),
        ("endpoint: /n, role: required", []),
        ("endpoint: /n, fallback: [{ value: { first: Ada } }]", []),
        ("endpoint: /n, fallback: [{ value: '${ {} }' }]", []),
        ("endpoint: /n, fallback: [{ value: null }]", [OPTIONAL]),
        ("endpoint: /n, fallback: [best]", [OPTIONAL]),
        ("type: value, value: { first: Ada }", []),
        ("type: value, value: { first: '${ rest.score }' }", []),
        ("type: value, value: { first: '${ best.id }' }", [OPTIONAL]),
        ("type: value, value: { first: '${ best.?id.orValue(1) }' }", []),
        (
            "endpoint: /n, role: required, when: 'id != \"0\"'",
            [
                (
                    "a.yaml:4:5: step 'name' may be skipped by 'when', and Home.name "
                    "cannot be null: when it is, all of Home is null — write "
                    "'on_skip', or make the field nullable"
                )
            ],
        ),
        ("endpoint: /n, role: required, when: 'id != \"0\"', on_skip: {}", []),
    ],
)
def test_an_optional_step_behind_a_field_that_cannot_be_null(
    tmp_path: Path, keys: str, warnings: list[str]
) -> None:
    """A value that stands in makes it safe, another step that may fail does not."""
    assert told(tmp_path, home(keys)) == warnings


@pytest.mark.parametrize(
    ("value", "lacks"),
    [
        ("{ score: 0, segment: A, label: x }", None),
        ("{ score: 0, label: x }", "segment"),
    ],
)
def test_a_value_that_stands_in_has_every_key(
    tmp_path: Path, value: str, lacks: str | None
) -> None:
    """One that is left out is null."""
    steps = (
        "  - { name: name, endpoint: /n, role: required }\n"
        "  - { name: risk, endpoint: /r, provides: [score, segment, label], "
        f"fallback: [{{ value: {value} }}] }}\n{BEST}"
    )
    warning = (
        f"a.yaml:5:5: step 'risk' is optional, but Home.{lacks} cannot be null: when "
        "it fails, all of Home is null — make the step required, or the field nullable"
    )
    assert told(tmp_path, steps) == ([warning] if lacks else [])


@pytest.mark.parametrize(
    ("value", "lacks"),
    [
        ("{ score: 0, segment: A, label: x }", None),
        ("{ score: 0, label: x }", "segment"),
    ],
)
def test_what_a_skip_shows_has_every_key(
    tmp_path: Path, value: str, lacks: str | None
) -> None:
    """Of a map each field sees its key; one that it lacks is null."""
    steps = (
        "  - { name: name, endpoint: /n, role: required }\n"
        "  - { name: risk, endpoint: /r, provides: [score, segment, label], "
        f"role: required, when: 'id != \"0\"', on_skip: {value} }}\n{BEST}"
    )
    warning = (
        f"a.yaml:5:5: step 'risk' may be skipped by 'when', and Home.{lacks} cannot be "
        "null: when it is, all of Home is null — write 'on_skip', or make the field "
        "nullable"
    )
    assert told(tmp_path, steps) == ([warning] if lacks else [])


@pytest.mark.parametrize(
    ("expression", "warns"),
    [
        ("risk.label", True),
        ("risk.?label.orValue('-')", False),
        ("rest.label + risk.?x.orValue('')", False),
    ],
)
def test_an_expression_lacks_with_the_step_that_it_needs(
    tmp_path: Path, expression: str, warns: bool
) -> None:
    """With a default it does not."""
    steps = (
        "  - { name: name, endpoint: /n, role: required }\n"
        "  - { name: rest, endpoint: /r, role: required, provides: [score, segment] }\n"
        f"{BEST}"
        "  - { name: risk, endpoint: /k, provides: [] }\n"
        f'fields: {{ Home.label: "{expression}" }}\n'
    )
    warning = (
        "a.yaml:8:23: Home.label cannot be null, but it reads step 'risk', which is "
        "optional: when that fails, all of Home is null — make the step required, or "
        "the field nullable; or read it with a default: risk.?key.orValue(0)"
    )
    assert told(tmp_path, steps) == ([warning] if warns else [])


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ("name: branch, endpoint: '/b/{self.id}'", "branch"),
        ("name: branch, endpoint: '/b/{self.id}', role: required", None),
        ("name: branch, endpoint: '/b/{self.id}', fallback: [{ value: {} }]", None),
        ("name: more, endpoint: '/m/{self.id}', provides: [branch, city]", "branch"),
    ],
)
def test_a_step_of_objects_takes_its_object_with_it(
    tmp_path: Path, keys: str, field: str | None
) -> None:
    """In an entity file as in an operation."""
    step = keys.split(",", maxsplit=1)[0].removeprefix("name: ")
    warning = (
        f"5:5: step '{step}' is optional, but Account.{field} cannot be null: when it "
        "fails, all of Account is null — make the step required, or the field nullable"
    )
    found = told(
        tmp_path, home("endpoint: /n, role: required"), entity=f"  - {{ {keys} }}\n"
    )
    assert found == ([f"e.yaml:{warning}"] if field else [])


def test_a_step_that_an_operation_fills_a_type_with_counts_too(tmp_path: Path) -> None:
    """`fills` is the same as an entity file."""
    step = "  - { name: b, endpoint: '/b/{self.id}', fills: Account.branch }\n"
    assert told(tmp_path, home("endpoint: /n, role: required", step)) == [
        (
            "a.yaml:7:5: step 'b' is optional, but Account.branch cannot be null: when "
            "it fails, all of Account is null — make the step required, or the field "
            "nullable"
        )
    ]


@pytest.mark.parametrize("strategy", ["first", "concat"])
def test_a_root_field_that_cannot_be_null_is_its_authors_word(
    tmp_path: Path, strategy: str
) -> None:
    """There is nothing beside it that could be lost."""
    steps = "  - { name: a, endpoint: /a }\n  - { name: b, endpoint: /b }\n"
    of = {"first": "any", "concat": "all"}[strategy]
    steps += f"aggregation: {{ strategy: {strategy} }}\n"
    assert told(tmp_path, steps, of=of) == []


@pytest.mark.parametrize(("strategy", "of"), [("first", "any"), ("concat", "all")])
def test_a_required_step_ends_what_should_be_asked_next(
    tmp_path: Path, strategy: str, of: str
) -> None:
    """With `first` only the last can be needed; `concat` may need all."""
    steps = (
        "  - { name: a, endpoint: /a, role: required }\n"
        "  - { name: b, endpoint: /b, role: required }\n"
        f"aggregation: {{ strategy: {strategy} }}\n"
    )
    warning = (
        "a.yaml:4:5: step 'a' is required: when it fails the operation does, and 'b' "
        "is not asked — make it optional: that one of them answers is enough"
    )
    assert told(tmp_path, steps, of=of) == ([warning] if strategy == "first" else [])
