"""The secrets that this process was given, out of whatever it says.

In charge of what no pattern can know: an upstream that tells a key back in plain words.
Must never hold more than so many, nor show one. Secrets are learnt as files are loaded
and tokens fetched, and stay known when they are replaced: a call that was sent with
the old one may still fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from threading import Lock
from urllib.parse import quote

import orjson

MASK = "***"
SHORTEST = 6
"""Characters; what is shorter may be part of any sentence."""
_MOST = 1_000


class Confided:
    """Secrets by when they were learnt last, and one pattern of all their spellings."""

    __slots__ = ("_known", "_lock", "_pattern")

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._lock = Lock()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, secrets: Iterable[str]) -> None:
        """More of them. The oldest are forgotten where there are too many."""
        found = [one for one in secrets if len(one) >= SHORTEST]
        with self._lock:
            if all(one in self._known for one in found):
                return
            for one in found:
                self._known.pop(one, None)
                self._known[one] = None
            while len(self._known) > _MOST:
                del self._known[next(iter(self._known))]
            forms = {form for one in self._known for form in _forms(one)}
            either = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
            self._pattern = re.compile(rf"(?<![^\W_])(?:{either})(?![^\W_])")

    def without(self, text: str) -> str:
        """The text with `***` where one of them stands by itself."""
        pattern = self._pattern
        return text if pattern is None else pattern.sub(MASK, text)

    def __repr__(self) -> str:
        return f"<Confided {len(self._known)}>"


def _forms(secret: str) -> Iterable[str]:
    """As it is, as URLs and as JSON write it."""
    json = orjson.dumps(secret, default=str).decode("utf-8", "replace")[1:-1]
    return secret, quote(secret, safe=""), json


CONFIDED = Confided()
"""Those of this process, of all gateways in it."""
