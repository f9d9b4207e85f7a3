"""Reading and saving profiles: only they, only here, and never over somebody else."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from gateway.errors import RequestError
from gateway.workbench.folder import LARGEST_TEXT, Folder, digest_of

ODD = (
    "../headwater.yaml",
    "a/../../b.yaml",
    "/etc/passwd.yaml",
    "a\x00.yaml",
    "a\n.yaml",
    ".hidden.yaml",
    "..data/a.yaml",
    "a//b.yaml",
    "./a.yaml",
    "a\\b.yaml",
    "a.txt",
    "a.yaml/",
    "headwater.yaml",
    "Headwater.yaml",
    "\uff28EADWATER.yaml",
    "a.test.yaml",
    "a.Test.yaml",
    "",
    "x" * 400 + ".yaml",
)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    root = tmp_path / "profiles"
    (root / "team").mkdir(parents=True)
    (root / "a.yaml").write_text("one: 1\n")
    (root / "team" / "b.yml").write_text("two: 2\n")
    (root / "a.test.yaml").write_text("no: profile\n")
    return Folder(root)


def status_of(
    folder: Folder, path: str, text: str = "x", known: str | None = None
) -> int:
    with pytest.raises(RequestError) as raised:
        folder.save(path, text, known)
    return raised.value.status


def test_profiles_are_listed_by_their_path_below_the_folder(folder: Folder) -> None:
    """Tests of profiles are none; a folder that is not there has none."""
    assert folder.names() == ["a.yaml", "team/b.yml"]
    assert Folder(folder.root / "gone").names() == []


@pytest.mark.parametrize("path", ODD)
def test_a_name_that_no_profile_can_have_is_neither_read_nor_written(
    folder: Folder, path: str
) -> None:
    """Whatever it would lead to."""
    with pytest.raises(RequestError) as raised:
        folder.read(path)
    assert (raised.value.status, status_of(folder, path)) == (404, 404)


def test_a_file_is_saved_where_it_is_what_its_author_began_with(folder: Folder) -> None:
    """Its mode stays, nothing is left beside it, and the next save starts from it."""
    (folder.root / "a.yaml").chmod(0o640)
    began = folder.read("a.yaml")
    saved = folder.save("a.yaml", "one: 2\n", began.digest)
    assert folder.read("a.yaml") == saved
    assert (folder.root / "a.yaml").stat().st_mode & 0o777 == 0o640
    assert sorted(one.name for one in folder.root.iterdir()) == [
        "a.test.yaml",
        "a.yaml",
        "team",
    ]
    assert status_of(folder, "a.yaml", "one: 3\n", began.digest) == 409
    assert folder.read("a.yaml").text == "one: 2\n"


def test_a_new_file_is_made_where_there_is_none(folder: Folder) -> None:
    """In a folder that is there; one that was removed meanwhile is a conflict."""
    made = folder.save("team/new.yaml", "x: 1\n", None)
    assert folder.read("team/new.yaml") == made
    assert status_of(folder, "team/new.yaml", "x: 2\n", None) == 409
    assert status_of(folder, "nowhere/new.yaml") == 404
    (folder.root / "a.yaml").unlink()
    assert status_of(folder, "a.yaml", "x", digest_of(b"one: 1\n")) == 409


def test_no_link_leads_out_of_the_folder(folder: Folder, tmp_path: Path) -> None:
    """Neither a file nor a folder that is one is written; nor is one read."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text("secret\n")
    (folder.root / "link.yaml").symlink_to(outside / "secret.yaml")
    (folder.root / "away").symlink_to(outside)
    for path in ("link.yaml", "away/secret.yaml"):
        with pytest.raises(RequestError) as raised:
            folder.read(path)
        assert raised.value.status == 404
        assert status_of(folder, path, "x", digest_of(b"secret\n")) == 403
    assert status_of(folder, "away/new.yaml") == 403
    assert [one.name for one in outside.iterdir()] == ["secret.yaml"]
    assert (outside / "secret.yaml").read_text() == "secret\n"


def test_a_link_within_the_folder_is_read_and_not_written(folder: Folder) -> None:
    """So a ConfigMap's files are shown."""
    (folder.root / "same.yaml").symlink_to("a.yaml")
    assert folder.read("same.yaml").text == "one: 1\n"
    assert status_of(folder, "same.yaml", "x", digest_of(b"one: 1\n")) == 403


@pytest.mark.parametrize("folder_too", [False, True])
def test_a_link_that_comes_between_the_look_and_the_reading_is_not_followed(
    folder: Folder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    folder_too: bool,
) -> None:
    """Whoever may write there swaps a file, or its folder, at the worst moment."""
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "b.yml").write_text("secret: 1\n")
    looked = Path.is_file

    def swapped(place: Path) -> bool:
        found = looked(place)
        swap = place.parent if folder_too else place
        swap.rename(tmp_path / "was")
        swap.symlink_to(tmp_path / "away" / ("" if folder_too else "b.yml"))
        return found

    monkeypatch.setattr(Path, "is_file", swapped)
    with pytest.raises(RequestError) as raised:
        folder.read("team/b.yml")
    assert raised.value.status == 422


def test_a_pipe_holds_nobody_up(folder: Folder) -> None:
    """It is no file, whatever its name is."""
    os.mkfifo(folder.root / "pipe.yaml")
    with pytest.raises(RequestError):
        folder.read("pipe.yaml")
    assert status_of(folder, "pipe.yaml", "x", "unknown") == 409


def test_what_is_too_large_or_no_text_is_neither_shown_nor_saved(
    folder: Folder,
) -> None:
    """Up to a million bytes."""
    (folder.root / "big.yaml").write_text("x" * (LARGEST_TEXT + 1))
    (folder.root / "odd.yaml").write_bytes(b"\xff\xfe")
    found = []
    for path in ("big.yaml", "odd.yaml"):
        with pytest.raises(RequestError) as raised:
            folder.read(path)
        found.append(raised.value.status)
    assert found == [413, 422]
    assert status_of(folder, "a.yaml", "x" * (LARGEST_TEXT + 1)) == 413


def test_of_several_who_save_at_once_one_does(folder: Folder) -> None:
    """The others are told that the file is another by now."""
    known, ready = folder.read("a.yaml").digest, threading.Barrier(8)
    came: list[str] = []
    refused: list[int] = []

    def save(number: int) -> None:
        ready.wait(60)
        try:
            folder.save("a.yaml", f"one: {number}\n", known)
            came.append(f"one: {number}\n")
        except RequestError as error:
            refused.append(error.status)

    threads = [threading.Thread(target=save, args=(n,)) for n in range(10, 18)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert (came, refused) == ([folder.read("a.yaml").text], [409] * 7)
