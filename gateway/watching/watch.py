"""Who looks at requests at their end: it counts them.

In charge of keeping what goes wrong in looking away from whoever asked. Must never
wait.
"""

from __future__ import annotations

from typing import Final

from gateway.record import Struct, field
from gateway.telemetry.events import Crashed, Event, Observer
from gateway.watching.counting import HEARD as COUNTED
from gateway.watching.counting import Counted
from gateway.watching.happening import TOLD
from gateway.watching.live import Live
from gateway.watching.model import Ended

HEARD: Final = COUNTED | TOLD
"""The events of which `Watch.hear` wants to know."""


class Watch(Struct, eq=False):
    """Looks at requests of one process; shared by a candidate's pipeline.

    ``live`` is for people who look on; None where nobody may. ``door`` is the same
    while a page could show it, whoever may look.
    """

    counted: Counted = field(default_factory=Counted)
    live: Live | None = None
    door: Live | None = None

    def over(self, ended: Ended, observe: Observer) -> None:
        """A request has ended. Never raises; a bug of ours is told to ``observe``."""
        try:
            self.counted.over(ended)
            tracing = ended.generation.tracing
            if tracing is not None:
                tracing.over(ended, observe)
            live = self.live
            if live is not None:
                live.over(ended)
        except Exception as error:  # noqa: BLE001 - the request is answered already
            mark = ended.generation.mark
            observe(Crashed(ended.request.request_id, "watch", error, mark))

    def hear(self, event: Event) -> None:
        """What happens seldom, as it happens."""
        self.counted.hear(event)
        if self.live is not None:
            self.live.hear(event)

    def shown(self, *, to_somebody: bool) -> None:
        """Keep requests for people from now on, or forget them and keep none."""
        if not to_somebody and self.live is not None:
            self.live.clear()
        self.live = self.door if to_somebody else None
