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
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
