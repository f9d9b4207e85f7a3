"""What of a package has to wait for Python to look for garbage.

Only its own objects count: servers of other tests run in threads beside, and make
rounds of theirs at any moment.
"""

from __future__ import annotations

import gc


def left_of(package: str) -> list[object]:
    """Objects of a package that nobody holds but they themselves; freed by this."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return [one for one in gc.garbage if type(one).__module__.startswith(package)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
