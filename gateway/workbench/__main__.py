"""`python -m gateway.workbench`: answers questions about edited texts, one at a time.

In charge of the pipe. A question and its answer are JSON behind its length in four
bytes; it ends with its input, or when nobody asks for a while. Must never be asked by
anybody but the gateway that started it.
"""

from __future__ import annotations

import resource
import select
import sys
from io import FileIO
from pathlib import Path

import orjson

from gateway.errors import RequestError
from gateway.values import JsonValue
from gateway.workbench.answers import Answers, refusal
from gateway.workbench.pipe import LARGEST, framed, length_of

IDLE = 300.0
"""Seconds without a question after which it ends."""
_MEMORY = 8 << 30
"""Bytes of address space: what a text makes of memory is its own trouble."""


def main() -> None:
    """Answer until there is nothing to answer any more."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    given = FileIO(sys.stdin.fileno(), closefd=False)
    taken = sys.stdout.buffer
    first = _question(given)
    if not isinstance(first, dict):
        return
    config = [Path(str(one)) for one in _list(first["config"])]
    environ = {str(n): str(v) for n, v in _items(first["environ"])}
    answers = Answers(config, environ, bool(first["dev"]))
    while True:
        ready, _, _ = select.select([given], [], [], IDLE)
        said = _question(given) if ready else None
        if not isinstance(said, dict):
            return
        taken.write(framed(_answer(answers, said)))
        taken.flush()


def _answer(answers: Answers, said: dict[str, JsonValue]) -> JsonValue:
    try:
        return {"answer": answers.answer(said)}
    except RequestError as error:
        return {"refused": refusal(error)}
    except (MemoryError, RecursionError) as error:
        return {"beyond": type(error).__name__}
    except Exception as error:  # noqa: BLE001 - told to whoever asked, who tells it
        return {"failed": f"{type(error).__name__}: {error}"[:1_000]}


def _question(given: FileIO) -> JsonValue:
    """The next one; None at the end."""
    length = length_of(_exactly(given, 4))
    if length is None or length > LARGEST:
        return None
    found: JsonValue = orjson.loads(_exactly(given, length))
    return found


def _exactly(given: FileIO, size: int) -> bytes:
    """So many bytes, or what is left; nothing is read ahead, for `select` to see."""
    found = bytearray()
    while len(found) < size and (part := given.read(size - len(found))):
        found += part
    return bytes(found)


def _list(found: JsonValue) -> list[JsonValue]:
    return found if isinstance(found, list) else []


def _items(found: JsonValue) -> list[tuple[str, JsonValue]]:
    return [*found.items()] if isinstance(found, dict) else []


if __name__ == "__main__":
    main()
