"""What a load keeps, and what it refuses, when something breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import ProfileError
from gateway.loading.loader import Loader

SDL = "type Query { a(id: ID!): A  b(id: ID!): A }\ntype A { x: Int }\n"
STEP = "steps: [{{ name: {name}, type: value, value: {{ x: {x} }} }}]\n"


def profile(operation: str, x: int, *, name: str = "body") -> str:
    return f"language: 1\noperation: {operation}\n" + STEP.format(name=name, x=x)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two operations of one type."""
    for file, text in {
        "headwater.yaml": "profiles: ./profiles\nschema: ./schema\n",
        "schema/s.graphql": SDL,
        "profiles/a.yaml": profile("a", 1),
        "profiles/b.yaml": profile("b", 1),
    }.items():
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def loader(project: Path) -> Loader:
    nothing = lambda _: ({}, lambda: None)  # noqa: E731 - sources that are never opened
    return Loader([project / "headwater.yaml"], {}, nothing, remember=True)


def test_a_broken_profile_keeps_its_last_good_version_while_others_advance(
    project: Path,
):
    """And says so; an unknown key is all it takes."""
    load = loader(project)
    first = load.load()
    (project / "profiles/a.yaml").write_text(profile("a", 2) + "stepz: []\n")
    (project / "profiles/b.yaml").write_text(profile("b", 2))
    second = load.load()
    assert second.stale == ("a",)
    assert second.audience.profiles["a"] == first.audience.profiles["a"]
    assert second.audience.profiles["b"] != first.audience.profiles["b"]
    assert [p.message for p in second.problems] == ["there is no key 'stepz' here"]


def test_an_operation_that_never_had_a_good_version_is_unavailable(project: Path):
    """It is known by its name, so that asking for it says why."""
    (project / "profiles/a.yaml").write_text("language: 1\noperation: a\nstepz: []\n")
    made = loader(project).load()
    assert list(made.audience.unavailable) == ["a"]
    assert list(made.audience.profiles) == ["b"]


def test_a_file_that_goes_takes_its_operation_along(project: Path):
    """The schema's field stays, and asking for it says that nobody serves it."""
    load = loader(project)
    load.load()
    (project / "profiles/a.yaml").unlink()
    made = load.load()
    assert list(made.audience.profiles) == ["b"]
    assert [p.message for p in made.problems] == ["no profile serves Query.a"]


def test_a_schema_that_breaks_profiles_nobody_touched_is_rejected(project: Path):
    """What serves goes on serving: the change elsewhere is what is wrong."""
    load = loader(project)
    text = profile("a", 1) + "fields: { A.x: body.x }\n"
    (project / "profiles/a.yaml").write_text(text)
    before = load.load()
    (project / "schema/s.graphql").write_text(SDL.replace("x: Int", "y: Int"))
    with pytest.raises(ProfileError, match="type A has no field 'x'"):
        load.load()
    (project / "schema/s.graphql").write_text(SDL)
    assert load.load().digest == before.digest


def test_broken_sdl_rejects_the_whole_load(project: Path):
    """With the place."""
    load = loader(project)
    load.load()
    (project / "schema/s.graphql").write_text(SDL + "type B { c: Nope }\n")
    with pytest.raises(ProfileError) as raised:
        load.load()
    (problem,) = raised.value.problems
    assert problem.message == "Unknown type 'Nope'"
    assert (problem.span.line, problem.span.column) == (3, 13)


def test_the_last_good_version_survives_a_restart(project: Path):
    """With `profiles.state` a broken file at start serves what it served before."""
    (project / "headwater.yaml").write_text(
        "profiles: { path: ./profiles, state: ./state }\nschema: ./schema\n"
    )
    good = loader(project).load()
    (project / "profiles/a.yaml").write_text("language: 1\noperation: a\nstepz: []\n")
    made = loader(project).load()
    assert made.stale == ("a",)
    assert made.audience.profiles == good.audience.profiles


def test_fills_with_returns_brings_a_field_to_a_type_of_the_schema(project: Path):
    """Where another operation returns the type, asking it for the field is an error."""
    (project / "profiles/a.yaml").write_text(
        "language: 1\noperation: a\nsteps:\n"
        "  - { name: x, type: value, value: 1 }\n"
        "  - { name: news, type: value, value: [1, 2], fills: A.news, "
        'returns: "[Int!]" }\n'
    )
    made = loader(project).load()
    assert str(made.shapes["A"].fields["news"].type) == "[Int!]"
    assert made.problems == ()


def test_fills_of_an_unknown_field_is_a_problem_with_a_suggestion(project: Path):
    """Nothing is declared by a typing mistake."""
    (project / "profiles/a.yaml").write_text(
        "language: 1\noperation: a\nsteps:\n"
        "  - { name: one, type: value, value: 1, fills: A.X }\n"
    )
    load = loader(project)
    made = load.load()
    first = next(p for p in made.problems if "has no field" in p.message)
    assert (first.message, first.hint) == (
        "type A has no field 'X'",
        "did you mean 'x'?",
    )
