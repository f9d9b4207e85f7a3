"""Runs a program as a child of ours, so that it ends whenever we do.

In charge of programs that are not Python's: `gateway.demo.tied` runs this module, and
ends it when whoever started it is gone. SIGTERM is passed on as the signal that the
program wants for a quick and clean end.

    python -m gateway.demo.tied tests.stack.program SIGNAL USER PROGRAM [ARGUMENT ...]
"""

from __future__ import annotations

import signal
import subprocess
import sys


def main() -> None:
    wanted, user, *command = sys.argv[1:]
    other = {"user": user, "group": user, "extra_groups": ()} if user else {}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd="/", **other)  # type: ignore[call-overload]

    def pass_on(number: int, _frame: object) -> None:
        asked = signal.Signals[wanted] if number == signal.SIGTERM else number
        process.send_signal(asked)

    for number in (signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, pass_on)
    status = process.wait()
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
