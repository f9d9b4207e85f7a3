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
) -> None:
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


def test_an_operation_that_never_had_a_good_version_is_unavailable(
    project: Path,
) -> None:
    """It is known by its name, so that asking for it says why."""
    (project / "profiles/a.yaml").write_text("language: 1\noperation: a\nstepz: []\n")
    made = loader(project).load()
    assert list(made.audience.unavailable) == ["a"]
    assert list(made.audience.profiles) == ["b"]


def test_a_file_that_goes_takes_its_operation_along(project: Path) -> None:
    """The schema's field stays, and asking for it says that nobody serves it."""
    load = loader(project)
    load.load()
    (project / "profiles/a.yaml").unlink()
    made = load.load()
    assert list(made.audience.profiles) == ["b"]
    assert [p.message for p in made.problems] == ["no profile serves Query.a"]


def test_a_schema_that_breaks_profiles_nobody_touched_is_rejected(
    project: Path,
) -> None:
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


def test_broken_sdl_rejects_the_whole_load(project: Path) -> None:
    """With the place."""
    load = loader(project)
    load.load()
    (project / "schema/s.graphql").write_text(SDL + "type B { c: Nope }\n")
    with pytest.raises(ProfileError) as raised:
        load.load()
    (problem,) = raised.value.problems
    assert problem.message == "Unknown type 'Nope'"
    assert (problem.span.line, problem.span.column) == (3, 13)


def test_the_last_good_version_survives_a_restart(project: Path) -> None:
    """With `profiles.state` a broken file at start serves what it served before."""
    (project / "headwater.yaml").write_text(
        "profiles: { path: ./profiles, state: ./state }\nschema: ./schema\n"
    )
    good = loader(project).load()
    (project / "profiles/a.yaml").write_text("language: 1\noperation: a\nstepz: []\n")
    made = loader(project).load()
    assert made.stale == ("a",)
    assert made.audience.profiles == good.audience.profiles


def test_fills_with_returns_brings_a_field_to_a_type_of_the_schema(
    project: Path,
) -> None:
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


def test_fills_of_an_unknown_field_is_a_problem_with_a_suggestion(
    project: Path,
) -> None:
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


FRAGMENT = (
    "fragment: shared\nsteps: [{{ name: body, type: value, value: {{ x: {x} }} }}]\n"
)
USER = """\
language: 1
operation: a
include: [shared]
steps: [{ name: y, type: value, value: 1, fills: A.y, returns: Int }]
"""


def including(project: Path, x: str) -> None:
    """Operation `a` by a fragment that gives `x`."""
    (project / "profiles/shared.yaml").write_text(FRAGMENT.format(x=x))
    (project / "profiles/a.yaml").write_text(USER)


def test_a_fragment_that_is_wrong_leaves_its_users_at_the_last_good_one(
    project: Path,
) -> None:
    """Its users' own texts are right, and others advance."""
    including(project, "1")
    load = loader(project)
    first = load.load()
    assert first.problems == ()
    including(project, '"${ nope }"')
    (project / "profiles/b.yaml").write_text(profile("b", 2))
    second = load.load()
    assert second.stale == ("a",)
    assert second.audience.profiles["a"].digest == first.audience.profiles["a"].digest
    assert second.audience.profiles["b"].digest != first.audience.profiles["b"].digest
    (project / "profiles/shared.yaml").unlink()
    third = load.load()
    assert third.stale == ("a",)
    including(project, "3")
    assert load.load().stale == ()


def test_a_file_that_cannot_be_read_is_not_a_file_that_went(project: Path) -> None:
    """Its last good version serves."""
    load = loader(project)
    load.load()
    (project / "profiles/a.yaml").write_bytes(b"\xff\xfe")
    made = load.load()
    assert made.stale == ("a",)
    assert [p.message for p in made.problems] == [
        "the file cannot be read: it is not UTF-8 text"
    ]


def test_sdl_that_cannot_be_read_rejects_the_load(project: Path) -> None:
    """Half a schema is no schema."""
    load = loader(project)
    load.load()
    (project / "schema/more.graphql").write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileError, match="not UTF-8"):
        load.load()


def test_an_operation_that_serves_is_not_pushed_out(project: Path) -> None:
    """Whatever the newcomer's file is called."""
    load = loader(project)
    first = load.load()
    (project / "profiles/0.yaml").write_text(profile("a", 9))
    second = load.load()
    assert second.audience.profiles["a"] is first.audience.profiles["a"]
    (found,) = second.problems
    assert found.span.file.endswith("0.yaml")
    assert found.message.startswith("'a' is configured twice")


def test_two_fragments_of_one_name_are_told(project: Path) -> None:
    """The first one serves."""
    including(project, "1")
    (project / "profiles/z.yaml").write_text(FRAGMENT.format(x="2"))
    (found,) = loader(project).load().problems
    assert found.message.startswith("there are two fragments 'shared'")


def test_a_schema_that_breaks_an_entity_file_nobody_touched_is_rejected(
    project: Path,
) -> None:
    """As for profiles."""
    (project / "profiles/entity.yaml").write_text(
        "entity: A\nfields: { A.x: self.y }\n"
    )
    load = loader(project)
    load.load()
    (project / "schema/s.graphql").write_text(SDL.replace("x: Int", "z: Int"))
    with pytest.raises(ProfileError, match="has no field 'x'"):
        load.load()


def test_two_profiles_that_declare_a_type_differently_do_not_stop_the_load(
    project: Path,
) -> None:
    """The one that serves goes on; the other is told where they clash."""
    text = (
        "language: 1\noperation: {0}\nreturns: Mine\n"
        "steps: [{{ name: {1}, type: value, value: 1 }}]\n"
    )
    (project / "schema/s.graphql").unlink()
    (project / "profiles/a.yaml").write_text(text.format("a", "one"))
    (project / "profiles/b.yaml").write_text(text.format("b", "two"))
    made = loader(project).load()
    assert (list(made.audience.profiles), list(made.audience.unavailable)) == (
        ["a"],
        ["b"],
    )
    (found,) = made.problems
    assert (found.span.line, found.message.split(" at ")[0]) == (
        2,
        "type Mine is declared otherwise by 'a'",
    )
