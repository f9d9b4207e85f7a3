"""Types that no SDL has: what a load makes of them, and when it refuses."""

from __future__ import annotations

from pathlib import Path

from graphql import print_type

from gateway.generation import Generation
from gateway.loading.loader import Loader

HEAD = "language: 1\noperation: badge\nargs: { id: ID! }\nsteps:\n"


def loader(folder: Path, steps: str, sdl: str = "", head: str = HEAD) -> Loader:
    """A deployment of one profile and one file of SDL."""
    for name in ("profiles", "schema"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "headwater.yaml").write_text(
        "sources: { default: { url: 'http://up.invalid' },"
        " warehouse: { type: duckdb, path: ./none.duckdb } }\n"
    )
    (folder / "profiles/a.yaml").write_text(head + steps)
    (folder / "schema/a.graphql").write_text(sdl)
    return Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))


def problems(made: Loader) -> list[str]:
    return [str(problem).partition(":")[2] for problem in made.check()]


def printed(loaded: Generation, *names: str) -> str:
    return "\n".join(print_type(loaded.schema.type_map[name]) for name in names)


def test_a_select_list_is_typed_with_no_database(tmp_path: Path) -> None:
    """The file of the warehouse is not even there."""
    query = "SELECT score::DOUBLE AS score, note FROM risks WHERE id = :id"
    made = loader(
        tmp_path, f"  - {{ name: risk, type: warehouse, query: '{query}' }}\n"
    )
    assert printed(made.load(), "Badge", "BadgeRisk") == (
        "type Badge {\n  risk: BadgeRisk\n}\n"
        "type BadgeRisk {\n  score: Float\n  note: JSON\n}"
    )


def test_a_name_that_two_places_would_have_is_told_with_the_fix(tmp_path: Path) -> None:
    """Never one type for both, never a name that depends on the order."""
    steps = (
        "  - { name: card, endpoint: /a, sample: { owner: { name: Ada } } }\n"
        "  - { name: card_owner, endpoint: /b, sample: { city: Lviv } }\n"
    )
    assert problems(loader(tmp_path, steps)) == [
        (
            "6:47: the type of this would be called 'BadgeCardOwner', like another one "
            "here — declare BadgeCardOwner in the schema folder, or name a type by "
            "'returns'"
        )
    ]


def test_places_of_one_name_that_agree_share_the_type(tmp_path: Path) -> None:
    """There is nothing to decide."""
    steps = (
        "  - { name: card, endpoint: /a, sample: { owner: { name: Ada } } }\n"
        "  - { name: card_owner, endpoint: /b, sample: { name: Bo } }\n"
    )
    assert problems(loader(tmp_path, steps)) == []


def test_a_type_written_down_is_the_peoples(tmp_path: Path) -> None:
    """The profile stays as it is; its decimals are read digit by digit from then on."""
    steps = "  - { name: account, endpoint: /a, sample: { balance: 1.5 } }\n"
    before = loader(tmp_path, steps).load()
    owned = "type BadgeAccount { balance: Decimal! }"
    after = loader(tmp_path, steps, owned).load()
    assert [printed(each, "BadgeAccount") for each in (before, after)] == [
        "type BadgeAccount {\n  balance: Float\n}",
        "type BadgeAccount {\n  balance: Decimal!\n}",
    ]
    targets = [
        each.audience.profiles["badge"].steps["account"].target
        for each in (before, after)
    ]
    assert [target.exact for target in targets] == [False, True]  # type: ignore[attr-defined]


def test_decimals_of_a_type_below_an_inferred_one_are_exact(tmp_path: Path) -> None:
    """Only the inner type is written down yet."""
    steps = "  - { name: card, endpoint: /a, sample: { limit: { sum: 1.5 } } }\n"
    owned = "type BadgeCardLimit { sum: Decimal! }"
    loaded = loader(tmp_path, steps, owned).load()
    assert (
        printed(loaded, "BadgeCard") == "type BadgeCard {\n  limit: BadgeCardLimit\n}"
    )
    target = loaded.audience.profiles["badge"].steps["card"].target
    assert target.exact  # type: ignore[attr-defined]


def test_the_schemas_other_types_are_no_objects_to_be(tmp_path: Path) -> None:
    """An enum of the name that would be inferred is a clash, too."""
    steps = "  - { name: risk, endpoint: /a, sample: { score: 1 } }\n"
    assert problems(loader(tmp_path, steps, "enum BadgeRisk { LOW }")) == [
        (
            "5:41: the type of this would be called 'BadgeRisk', which is no object "
            "type of the schema — name a type by 'returns'"
        )
    ]


def test_a_list_of_what_nothing_tells_is_told_with_the_fix(tmp_path: Path) -> None:
    """There is no type to declare for its items."""
    head = "language: 1\noperation: all\nreturns: '[Thing!]'\nsteps:\n"
    steps = "  - { name: all, endpoint: /a }\n"
    assert problems(loader(tmp_path, steps, head=head)) == [
        (
            "2:12: there is no type 'Thing', and nothing tells what is in it — declare "
            "it in the schema folder, return [JSON!], or add a 'sample' to step 'all'"
        )
    ]


def test_two_profiles_never_declare_one_type_differently(tmp_path: Path) -> None:
    """The second is refused, and the first serves."""
    made = loader(tmp_path, "  - { name: owner, endpoint: /a, sample: { a: 1 } }\n")
    (tmp_path / "profiles/b.yaml").write_text(
        "language: 1\noperation: badgeOwner\nsteps:\n  - { name: b, endpoint: /b }\n"
    )
    (problem,) = problems(made)
    assert problem.startswith("2:12: type BadgeOwner is declared otherwise by 'badge'")
    assert list(made.load().audience.profiles) == ["badge"]
