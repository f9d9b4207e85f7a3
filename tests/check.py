"""Format, lint, types, tests (house rules are some): everything, in that order.

The cheap questions come first, and the first that fails ends the run. With
``--quick`` it stops before the tests: that is what the pre-commit hook asks. With
``--still`` it stops before the first one, for who runs them all next: house rules are
tests, and a minute each time.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STILL = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy",),
}
QUICK = {**STILL, "house": ("pytest", "-q", "tests/house")}
WHOLE = {**STILL, "tests": ("pytest", "-n", "auto", "--dist", "worksteal")}


def main(arguments: list[str]) -> int:
    """Run the checks; the exit status of the first that fails."""
    asked = {"--quick": QUICK, "--still": STILL}
    checks = next((asked[one] for one in arguments if one in asked), WHOLE)
    for name, command in checks.items():
        print(f"== {name}: {' '.join(command)}", flush=True)
        status = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False)
        if status.returncode:
            print(f"== {name} failed", flush=True)
            return status.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
