"""Runs a module in a process that ends when its parent does, however that ends.

In charge of one promise: no orphans. The parent holds the writing end of a pipe to
our stdin; when it dies, even by SIGKILL, the pipe closes and we end ourselves.

    python -m gateway.demo.tied MODULE [ARGUMENT ...]
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
from typing import NoReturn

_GRACE = 5.0


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_GRACE)
    os._exit(1)


def main() -> None:
    module, *arguments = sys.argv[1:]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        _leave(ended.code)
    _leave(None)


def _leave(code: object) -> NoReturn:
    """End as the interpreter would, but for what libraries say at its very end.

    The thread that watches the parent still waits then, and holds what they count.
    """
    if isinstance(code, str):
        print(code, file=sys.stderr)  # noqa: T201 - as the interpreter does
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main()
