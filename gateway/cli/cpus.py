"""How many CPUs this process may use; what `workers: auto` means."""

from __future__ import annotations

import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Linux tells a container here what it may use: ``200000 100000`` are two CPUs."""


def cpus() -> int:
    """CPUs that the system and, on Linux, the container's quota allow; 1 at least."""
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:  # macOS pins nobody to a CPU
        allowed = os.cpu_count() or 1
    try:
        quota = _QUOTA.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        quota = "max"
    return within(quota, allowed)


def within(quota: str, allowed: int) -> int:
    """Whole CPUs of a cgroup's ``cpu.max``, and no more than are allowed."""
    time, _, period = quota.strip().partition(" ")
    if not (time.isdigit() and period.isdigit() and int(period)):
        return max(1, allowed)  # "max": no quota
    return max(1, min(allowed, int(time) // int(period)))
