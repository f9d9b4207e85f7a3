"""The demo finds the folder a person edits, and makes one where there is none."""

from __future__ import annotations

from pathlib import Path

from gateway.demo.project import Project, find_project, shipped


def test_the_checkout_is_used_as_it_is() -> None:
    """In a folder with profiles, schema and deploy/demo.yaml, those are the demo's."""
    checkout = Path(__file__).parents[2]
    assert find_project(checkout) == Project(checkout)


def test_elsewhere_the_project_is_copied_beside_the_person(tmp_path: Path) -> None:
    """The copy is whole, and the same as what was shipped."""
    project = find_project(tmp_path)
    assert project == Project(tmp_path / "headwater-demo")
    here, there = project.root / "profiles", shipped().root / "profiles"
    name = "customer360.yaml"
    assert (here / name).read_text() == (there / name).read_text()
    assert project.config.exists()
    assert {each.name for each in project.config.parent.iterdir()} == {
        "demo.yaml",
        "releases.yaml",
        "rules.yaml",
    }


def test_a_copy_that_was_edited_is_kept(tmp_path: Path) -> None:
    """A second start finds the first one's folder and changes nothing in it."""
    profile = find_project(tmp_path).root / "profiles" / "customer360.yaml"
    profile.write_text("# mine")
    assert find_project(tmp_path).root / "profiles" / "customer360.yaml" == profile
    assert profile.read_text() == "# mine"
