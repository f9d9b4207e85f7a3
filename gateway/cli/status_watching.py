"""Looks at a gateway, one after the other, and what is shown of them.

In charge of what a look is compared with, and of going on while nobody answers. Must
never work figures out itself.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from gateway.cli.failures import CommandError
from gateway.cli.status_asking import Asking, Looked, by_process
from gateway.cli.status_figures import Heard, Row, span_between, status_of
from gateway.record import Model

_APART, _LOOKS = 5.0, 13
"""Seconds between two looks that are kept, and how many: figures are of a minute."""
_WIDE = 1_000


class Shows(Model, frozen=True):
    """What the options ask for: so many rows, or JSON."""

    top: int
    json: bool


@dataclass(slots=True)
class Past:
    """What each process said before: one look for each few seconds of a minute."""

    looks: deque[dict[object, Heard]] = field(
        default_factory=lambda: deque(maxlen=_LOOKS)
    )
    _kept: float = 0.0

    def status(self, looked: Looked) -> Row:
        """How it does since the earliest look at each process."""
        earliest: dict[object, Heard] = {}
        for look in self.looks:
            for process, heard in look.items():
                earliest.setdefault(process, heard)
        now = max(one.at for one in looked.heard)
        if not self.looks or now - self._kept >= _APART:
            self.looks.append(dict(by_process(looked.heard)))
            self._kept = now
        return status_of(span_between(earliest, looked.heard))


def show_once(asking: Asking, shows: Shows) -> None:
    """One look. What it says is of all since the processes started.

    Raises:
        CommandError: nobody answers.
    """
    looked = asking.look()
    status = Past().status(looked)
    if shows.json:
        from gateway.cli.release_shown import print_json

        print_json(_with_missing(status, looked))
        return
    _print(status, shows, looked)


def watch_on(asking: Asking, shows: Shows, pause: float) -> None:
    """Look again and again, until Ctrl-C.

    Raises:
        CommandError: nobody answers the first time.
    """
    looks = _looks(asking, pause)
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(looks):
        if shows.json:
            _lines(looks)
        elif sys.stdout.isatty():
            _live(looks, shows)
        else:
            _pages(looks, shows)


def _looks(asking: Asking, pause: float) -> Generator[tuple[Row, Looked]]:
    """Each status, and who answered; the last one again while nobody does."""
    past, looked = Past(), asking.look()
    while True:
        status = past.status(looked)
        yield status, looked
        while True:
            time.sleep(pause)
            try:
                looked = asking.look()
                break
            except CommandError as error:
                yield status, Looked((), [str(error)])


def _lines(looks: Iterator[tuple[Row, Looked]]) -> None:
    import orjson

    for status, looked in looks:
        told = _with_missing(status if looked.heard else {}, looked)
        print(orjson.dumps(told).decode(), flush=True)


def _pages(looks: Iterator[tuple[Row, Looked]], shows: Shows) -> None:
    for status, looked in looks:
        if looked.heard:
            _print(status, shows, looked)
        else:
            print(*looked.missing, sep="\n")
        print(flush=True)


def _live(looks: Iterator[tuple[Row, Looked]], shows: Shows) -> None:
    from rich.console import Console
    from rich.live import Live

    from gateway.cli.status_shown import shown

    console = Console(highlight=False)
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for status, looked in looks:
            live.update(shown(status, shows.top, looked.missing), refresh=True)


def _print(status: Row, shows: Shows, looked: Looked) -> None:
    from rich.console import Console

    from gateway.cli.status_shown import shown

    width = None if sys.stdout.isatty() else _WIDE
    console = Console(highlight=False, width=width)
    console.print(shown(status, shows.top, looked.missing))


def _with_missing(status: Row, looked: Looked) -> Row:
    return {**status, "unreachable": list(looked.missing)}
