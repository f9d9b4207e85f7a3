"""The last release that served, on disk: itself, or nothing."""

from __future__ import annotations

from pathlib import Path

from gateway.release.activation import activation
from gateway.release.kept import Held, LastRelease
from tests.release.kit import ADA, NOON, bundle


def held(version: int) -> Held:
    made = bundle(version)
    return Held(activation((), made.id, ADA, NOON), made)


def test_what_was_kept_last_is_given_back(tmp_path: Path) -> None:
    """With the entry that activated it; nothing else stays in the folder."""
    kept = LastRelease(tmp_path / "state", "stable")
    assert kept.read() is None
    for version in (1, 2):
        assert kept.write(held(version)) is None
        assert kept.read() == held(version)
    assert [p.name for p in (tmp_path / "state").iterdir()] == ["last-good.release"]


def test_what_is_another_channels_or_damaged_is_not_there(tmp_path: Path) -> None:
    """Whatever byte is missing."""
    kept = LastRelease(tmp_path, "stable")
    kept.write(held(1))
    assert LastRelease(tmp_path, "other").read() is None
    path = tmp_path / "last-good.release"
    whole = path.read_bytes()
    for end in range(0, len(whole), 11):
        path.write_bytes(whole[:end])
        assert kept.read() is None
    path.write_bytes(whole.replace(bundle(1).id.encode(), b"0" * 64))
    assert kept.read() is None


def test_without_a_folder_nothing_is_kept() -> None:
    """And nothing fails."""
    kept = LastRelease(None, "stable")
    assert (kept.write(held(1)), kept.read()) == (None, None)
