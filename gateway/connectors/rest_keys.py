"""When two calls of a REST source ask for the same in the same way: equal keys.

Pure. Secrets go into keys by digest, never as they are.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from gateway.connectors.masking import is_secret
from gateway.connectors.rest_request import Request, RestTarget
from gateway.values import digest


class Keys:
    """The keys of one source's calls, by what the source adds to all of them.

    The same for the same settings in every process, as caches are shared by several.
    """

    __slots__ = ("_base", "_families", "_headers", "_own", "_unwrap")

    def __init__(
        self, base: str, headers: Mapping[str, str], unwrap: str | None
    ) -> None:
        self._base, self._headers, self._unwrap = base, headers, unwrap
        self._own = digest(*(text for pair in headers.items() for text in pair))
        self._families: dict[Hashable, str] = {}

    def family(self, target: RestTarget) -> str:
        """What calls have in common that add nothing to the source's own headers.

        All but their paths and queries. A text, since it is compared for every call.
        """
        of = target.method, target.read_as
        known = self._families.get(of)
        if known is None:
            read = repr((sorted(target.accepts), *target.read_as[1:], self._unwrap))
            known = digest(self._base, self._own, target.method, read)
            self._families[of] = known
        return known

    def of(self, target: RestTarget, request: Request) -> Hashable:
        """The key of a call by its target and what was made of it."""
        headers, content = request.headers, request.content
        if headers is self._headers and content is None and request.caller is None:
            return self.family(target), request.url
        key = (
            (self._base, request.method, request.url, content),
            (self._own, *self._told(headers)),
            (target.read_as, self._unwrap),
        )
        return key if request.caller is None else (*key, digest(request.caller))

    def _told(self, headers: Mapping[str, str]) -> list[tuple[str, str]]:
        """What headers add, by value, secrets by digest; the source's own are known."""
        own = self._headers
        added = (pair for pair in headers.items() if own.get(pair[0]) != pair[1])
        return sorted((n, digest(v) if is_secret(n) else v) for n, v in added)
