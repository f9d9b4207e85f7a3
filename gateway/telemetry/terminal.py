"""The log for people, in structlog's colours. Not imported where JSON is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO, cast

import structlog

from gateway.telemetry.lines import Log, Processor


def colourful(out: TextIO, processors: Sequence[Processor], *, least: int) -> Log:
    """Set structlog up, and give its logger of lines from a level on."""
    structlog.configure(
        processors=[
            *processors,
            structlog.dev.ConsoleRenderer(colors=out.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        # One write a line: lines of several processes never run into each other.
        logger_factory=structlog.WriteLoggerFactory(out),
    )
    return as_set_up()


def as_set_up() -> Log:
    """Structlog's logger, bound once and not for every line."""
    return cast("Log", structlog.get_logger().bind())
