"""Who looks at requests at their end: it counts them.

In charge of keeping what goes wrong in looking away from whoever asked. Must never
wait.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.record import Struct, field
from gateway.telemetry.events import Crashed
from gateway.watching.counting import Counted
from gateway.watching.model import Ended


class Watch(Struct, eq=False):
    """Looks at requests of one process; shared by a candidate's pipeline."""

    counted: Counted = field(default_factory=Counted)

    def over(self, ended: Ended, observe: Callable[[Crashed], None]) -> None:
        """A request has ended. Never raises; a bug of ours is told to ``observe``."""
        try:
            self.counted.over(ended)
        except Exception as error:  # noqa: BLE001 - the request is answered already
            mark = ended.generation.mark
            observe(Crashed(ended.request.request_id, "watch", error, mark))
