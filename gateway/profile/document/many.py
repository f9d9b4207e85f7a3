"""How many steps a profile may have, and what is said of more."""

from __future__ import annotations

from gateway.strict import wrong

MOST_STEPS = 1_000
"""Of one file, and of a profile with its fragments. Each is held against the others:
a thousand take a second to load, and nobody reads more."""


def few(written: object) -> object:
    """A list of steps, unless it is too long to be looked at."""
    if isinstance(written, list) and len(written) > MOST_STEPS:
        said, hint = too_many_steps(len(written))
        raise wrong(said, hint=hint)
    return written


def too_many_steps(count: int) -> tuple[str, str]:
    """What is said of so many steps, and what to do about it."""
    said = f"there are {count:,} steps here, and a profile has {MOST_STEPS:,} at most"
    return said, "divide the operation, or make one step of those that are alike"
