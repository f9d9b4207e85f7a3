"""How far an export is: a bar where a person looks on, else a line now and then.

In charge of stderr while an export runs. Never touches the rows.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from gateway.doors.export.running import Run

_EVERY = 10.0
"""Seconds between lines where stderr is no terminal."""
_REDRAWN = 0.25


class Progress:
    """Shows what a run has done, from its own counts."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.began = time.monotonic()
        self.before = run.done + run.bad
        self._bar: Bar | None = None

    async def show(self) -> None:
        """Until it is cancelled."""
        if self.before:
            typer.echo(f"going on after {self.before} rows", err=True)
        if sys.stderr.isatty():
            await self._draw()
        while True:
            await asyncio.sleep(_EVERY)
            typer.echo(self._line(), err=True)

    def close(self) -> None:
        """Take the bar away; whatever else is written stands alone."""
        if self._bar is not None:
            self._bar.stop()

    def summary(self) -> str:
        """What came of it, in one line."""
        run, seconds = self.run, time.monotonic() - self.began
        parts = [f"{run.done} rows answered"]
        if run.failed:
            parts.append(f"{run.failed} of them failed")
        if run.bad:
            parts.append(f"{run.bad} could not be asked for")
        return f"{', '.join(parts)}; {seconds:.1f} s, {self._rate():.0f} rows/s"

    def _rate(self) -> float:
        spent = max(time.monotonic() - self.began, 1e-6)
        return (self.run.done + self.run.bad - self.before) / spent

    def _line(self) -> str:
        share = self.run.rows.read()
        read = "" if share is None else f"{share:.0%} of the file read, "
        return f"{read}{self.summary()}"

    async def _draw(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        bar = self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        shown = bar.add_task("", total=None)
        bar.start()
        while True:
            share, run = self.run.rows.read(), self.run
            told = f"{run.done} rows, {self._rate():.0f}/s"
            told += f", {run.failed + run.bad} failed" if run.failed + run.bad else ""
            total = None if share is None else 1.0
            bar.update(shown, completed=share or 0, total=total, description=told)
            await asyncio.sleep(_REDRAWN)
