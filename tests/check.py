"""Format, lint, types, house rules, tests: everything, in that order.

The cheap questions come first, and the first that fails ends the run. With
``--quick`` it stops before the tests: that is what the pre-commit hook asks.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUICK = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy",),
    "house": ("pytest", "-q", "tests/house"),
}
WHOLE = {**QUICK, "tests": ("pytest", "-n", "auto", "--dist", "worksteal")}


def main(arguments: list[str]) -> int:
    """Run the checks; the exit status of the first that fails."""
    for name, command in (QUICK if "--quick" in arguments else WHOLE).items():
        print(f"== {name}: {' '.join(command)}", flush=True)
        status = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False)
        if status.returncode:
            print(f"== {name} failed", flush=True)
            return status.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
