"""Who looks at requests at their end: it counts them.

In charge of keeping what goes wrong in looking away from whoever asked. Must never
wait.
"""

from __future__ import annotations

from gateway.record import Struct, field
from gateway.telemetry.events import Crashed, Observer
from gateway.watching.counting import Counted
from gateway.watching.model import Ended


class Watch(Struct, eq=False):
    """Looks at requests of one process; shared by a candidate's pipeline."""

    counted: Counted = field(default_factory=Counted)

    def over(self, ended: Ended, observe: Observer) -> None:
        """A request has ended. Never raises; a bug of ours is told to ``observe``."""
        try:
            self.counted.over(ended)
            tracing = ended.generation.tracing
            if tracing is not None:
                tracing.over(ended, observe)
        except Exception as error:  # noqa: BLE001 - the request is answered already
            mark = ended.generation.mark
            observe(Crashed(ended.request.request_id, "watch", error, mark))
