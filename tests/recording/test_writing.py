"""Recordings on disk: bounded, by several processes, and never in anybody's way."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from gateway.recording import writing
from gateway.recording.writing import Keeping, Segment, Writer
from gateway.telemetry.events import Event
from gateway.telemetry.recordings import (
    RecordingsDropped,
    RecordingsKept,
    RecordingsLost,
)

WEEK = 604_800.0
LINE = b"x" * 999 + b"\n"


def writer(folder: Path, heard: list[Event], most: int = 1_024_000) -> Writer:
    return Writer(Keeping(folder, most, WEEK), heard.append)


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_the_folder_never_outgrows_its_bound(tmp_path: Path) -> None:
    """The oldest lines go first; one that is too large is dropped, and told."""
    heard: list[Event] = []
    made = writer(tmp_path, heard)
    for _ in range(1_500):
        made.offer(lambda: LINE)
        made.drain()
    made.offer(lambda: b"y" * 64_001)
    made.drain()
    made.close()
    assert 900_000 < size(tmp_path) <= 1_024_000
    assert (made.written, made.dropped) == (1_500, 1)
    assert heard == [RecordingsDropped(1, "one has more than 64000 bytes")]


def test_what_is_too_old_is_removed(tmp_path: Path) -> None:
    """When the next file is begun."""
    old = tmp_path / "20200101T000000000000-1-ab.jsonl"
    old.write_bytes(LINE)
    os.utime(old, (1, 1))
    made = writer(tmp_path, [])
    made.offer(lambda: LINE)
    made.close()
    assert not old.exists()
    assert size(tmp_path) == len(LINE)


def test_what_comes_too_fast_is_dropped_and_counted(tmp_path: Path) -> None:
    """Nobody waits for the thread; it is told once, not for each."""
    heard: list[Event] = []
    made, go = writer(tmp_path, heard), threading.Event()

    def slow() -> bytes:
        assert go.wait(60)
        return LINE

    for _ in range(150):
        made.offer(slow)
    go.set()
    made.close()
    assert made.written + made.dropped == 150
    assert made.dropped >= 49
    assert [type(one) for one in heard] == [RecordingsDropped]


def test_a_full_disk_loses_recordings_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told once; no half of a line stays; it goes on when there is room again."""
    heard: list[Event] = []
    made = writer(tmp_path, heard)
    made.offer(lambda: LINE)
    made.drain()
    real, full = os.write, [True, True]

    def write(descriptor: int, text: bytes) -> int:
        if full and len(text) == len(LINE):
            return real(descriptor, text[:10])
        if full:
            full.pop()
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, text)

    monkeypatch.setattr(writing.os, "write", write)
    for _ in range(3):
        made.offer(lambda: LINE)
        made.drain()
    made.close()
    text = b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert text == LINE * 2
    assert heard == [
        RecordingsLost("No space left on device"),
        RecordingsKept(str(tmp_path)),
    ]
    assert (made.written, made.dropped) == (2, 2)


def test_an_odd_value_costs_its_own_recording_alone(tmp_path: Path) -> None:
    """A bug of ours is told by its kind, without what it was about."""
    heard: list[Event] = []
    made = writer(tmp_path, heard)

    def odd() -> bytes:
        raise ZeroDivisionError("secret")

    made.offer(odd)
    made.offer(lambda: LINE)
    made.close()
    assert heard == [
        RecordingsDropped(1, "one could not be written: ZeroDivisionError")
    ]
    assert made.written == 1


def test_several_writers_share_a_folder(tmp_path: Path) -> None:
    """Each has files of its own, and one that is removed under it is begun anew."""
    several = [writer(tmp_path, []) for _ in range(3)]
    for made in several:
        made.offer(lambda: LINE)
        made.drain()
    assert len(list(tmp_path.iterdir())) == 3
    for path in tmp_path.iterdir():
        path.unlink()
    for made in several:
        made.offer(lambda: LINE)
        made.close()
    assert size(tmp_path) == 3 * len(LINE)


def test_a_file_is_never_anothers(tmp_path: Path) -> None:
    """Its name has time, process and chance; it is never opened twice."""
    names = {Segment.begin(tmp_path).path.name for _ in range(20)}
    assert len(names) == 20
