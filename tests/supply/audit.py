"""``python -m tests.supply.audit``: known vulnerabilities of what is locked.

`pip-audit` asks the package index. Where the index does not have that data, which it
tells of by leaving packages out, this says so in one line and fails nothing; but where
it has it, a vulnerability fails, and so does a package that could not be asked for.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.supply.locked import RUNTIME, TESTS

NO_DATA: Final = "audit: NOT DONE: vulnerability data cannot be reached from here"
PROBE: Final = "pip==20.0 --hash=sha256:" + "0" * 64
"""Has known vulnerabilities, and will not lose them: nothing of it is downloaded."""
_PATIENCE = 300.0
"""Seconds for all of a lock; `pip-audit` has 15 for each answer."""


def asked(lock: Path) -> list[dict[str, Any]]:
    """What `pip-audit` says of each package; nothing where it could not ask at all."""
    options = ["--disable-pip", "--require-hashes", "--format=json"]
    options.append("--progress-spinner=off")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", "-r", str(lock), *options],
            check=False,
            capture_output=True,
            timeout=_PATIENCE,
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return []
    return found


def verdict(
    probe: list[dict[str, Any]], found: list[dict[str, Any]]
) -> tuple[int, list[str]]:
    """The exit status, and what to say."""
    if not any(one.get("vulns") for one in probe):
        return 0, [NO_DATA]
    lines = [
        f"audit: {one['name']} {one['version']}: {bad['id']}, "
        f"fixed in {', '.join(bad['fix_versions']) or 'no version'}"
        for one in found
        for bad in one.get("vulns", ())
    ]
    lines += [
        f"audit: {one['name']} could not be asked for: {one['skip_reason']}"
        for one in found
        if "skip_reason" in one
    ]
    if not found:
        lines.append("audit: nothing was answered for the locks")
    return int(bool(lines)), lines or [f"audit: {len(found)} packages, none known bad"]


def main() -> int:
    """Probe, and ask for the locks only where there is an answer.

    What the image has besides is part of the tests' lock.
    """
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder, "probe.txt")
        lock.write_text(PROBE + "\n")
        probe = asked(lock)
    found = []
    if any(one.get("vulns") for one in probe):
        found = [*asked(RUNTIME), *asked(TESTS)]
    status, lines = verdict(probe, found)
    print("\n".join(lines), flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
