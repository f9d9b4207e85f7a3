"""The process that answers questions about edited texts, as the gateway has it.

In charge of its life: it is started by the first question, killed when an answer takes
too long, and ended when it has been idle. So no text, whatever it is, holds up the
gateway or takes its memory. Must never look into a question.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import orjson

from gateway.errors import Code, RequestError
from gateway.record import Struct, field
from gateway.values import JsonValue
from gateway.workbench.pipe import LARGEST, framed, length_of

PATIENCE = 15.0
"""Seconds that an answer may take."""
STARTING = 20.0
"""Seconds more that the first one may, for the process to start."""
_MOST_WAITING = 8
_HOME = Path(__file__).parent.parent.parent


class WorkbenchError(Exception):
    """A bug of ours, met in that process."""


class AnswerLostError(Exception):
    """The process ended in the midst of an answer."""


class Bench(Struct, weakref=True):
    """One such process at most, for one deployment. One question at a time."""

    config: Sequence[Path]
    environ: Mapping[str, str]
    dev: bool
    patience: float = PATIENCE
    starting: float = STARTING
    started: int = 0
    """How many processes there have been."""
    _process: subprocess.Popen[bytes] | None = None
    _ending: weakref.finalize[[subprocess.Popen[bytes]], Bench] | None = None
    """Ends that process; also when nobody has this bench any more, or Python ends."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: int = 0

    async def ask(self, said: Mapping[str, JsonValue]) -> JsonValue:
        """The answer.

        Raises:
            RequestError: it is no question; 503, too many are asked at a time; 422,
                the answer took too long or too much memory.
        """
        if self._waiting >= _MOST_WAITING:
            raise RequestError(
                "The workbench is busy.", code=Code.OVERLOADED, status=503
            )
        self._waiting += 1
        try:
            return _read(await asyncio.to_thread(self._asked, framed(dict(said))))
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _asked(self, question: bytes) -> bytes:
        with self._lock:
            known = self._process
            try:
                return self._exchanged(question)
            except (OSError, AnswerLostError):
                fresh = self._process is not known
                self._end()
                if fresh:
                    raise _too_much("the checker ended over them") from None
            # One that was idle for long may just have ended.
            return self._exchanged(question)

    def _exchanged(self, question: bytes) -> bytes:
        """Raises what tells that the process is gone."""
        known = self._process
        process = self._running()
        late = threading.Event()
        seconds = self.patience + (0 if process is known else self.starting)

        def kill() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, kill)
        timer.start()
        try:
            assert process.stdin is not None  # noqa: S101 - it was asked for
            assert process.stdout is not None  # noqa: S101
            process.stdin.write(question)
            process.stdin.flush()
            return _whole(process.stdout)
        except (OSError, AnswerLostError):
            if late.is_set():
                self._end()
                said = f"that takes longer than {seconds:g} s"
                raise _too_much(said) from None
            raise
        finally:
            timer.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        process = self._process
        if process is not None and process.poll() is None:
            return process
        self._end()
        paths = [str(_HOME), os.environ.get("PYTHONPATH", "")]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        process = subprocess.Popen(  # our own interpreter, and our own module
            [sys.executable, "-P", "-m", "gateway.workbench"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
        )
        self._process, self.started = process, self.started + 1
        self._ending = weakref.finalize(self, _ended, process)
        config: list[JsonValue] = [str(one.absolute()) for one in self.config]
        environ_told: JsonValue = dict(_sayable(self.environ))
        first = {"config": config, "environ": environ_told, "dev": self.dev}
        assert process.stdin is not None  # noqa: S101 - it was asked for
        process.stdin.write(framed(first))
        process.stdin.flush()
        return process

    def _end(self) -> None:
        self._process = None
        if self._ending is not None:
            self._ending()


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()


def _sayable(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Variables that JSON can say: others are no text, and no file can mean them."""
    for name, text in environ.items():
        try:
            f"{name}{text}".encode()
        except UnicodeEncodeError:
            continue
        yield name, text


def _whole(given: IO[bytes]) -> bytes:
    """One answer.

    Raises:
        AnswerLostError: it ends too early.
    """
    length = length_of(given.read(4))
    if length is None or length > LARGEST:
        raise AnswerLostError
    found = given.read(length)
    if len(found) < length:
        raise AnswerLostError
    return found


def _read(answer: bytes) -> JsonValue:
    found = orjson.loads(answer)
    if "answer" in found:
        told: JsonValue = found["answer"]
        return told
    if "failed" in found:
        raise WorkbenchError(found["failed"])
    if "beyond" in found:
        raise _too_much(f"they take too much ({found['beyond']})")
    refused = found["refused"]
    raise RequestError(
        refused["message"],
        code=Code(refused["code"]),
        status=refused["status"],
        hint=refused["hint"],
    )


def _too_much(what: str) -> RequestError:
    return RequestError(f"These texts cannot be judged: {what}.", status=422)
