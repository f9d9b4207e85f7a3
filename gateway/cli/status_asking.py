"""Asking running gateways how they are, by their pages or their admin API.

In charge of HTTP and of what is said where nobody answers as a gateway does. Must never
print a token, or send one to another place than was named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gateway.cli.answers import STRANGER, refusal_of, told_by
from gateway.cli.failures import CommandError, misused
from gateway.cli.status_figures import Heard
from gateway.cli.status_page import page_of
from gateway.clock import SystemClock
from gateway.record import Model
from gateway.telemetry.metrics import read_exposition

if TYPE_CHECKING:
    import httpx

PATIENCE = 10.0
"""Seconds that one page may take."""
_NAME = "name the running gateway with --url, or its admin API"
_KEPT = "ask the gateway itself: a proxy before it may keep this page for operators"
_CLOSED = (401, 403)
_NOT_READY = 503


class Place(Model, frozen=True):
    """Where a gateway's pages are, and the headers that open them.

    ``hint`` is what to do where they stay closed.
    """

    url: str
    headers: Mapping[str, str]
    hint: str


class Looked(Model, frozen=True):
    """Who answered, and what is wrong with the others."""

    heard: Sequence[Heard]
    missing: Sequence[str] = ()


def listener(url: str, headers: Mapping[str, str]) -> Place:
    """The port that clients ask."""
    hint = "say who asks with --header, or ask its admin API with --admin"
    return Place(url.rstrip("/"), headers, hint)


def operators(url: str, token: str) -> Place:
    """An admin API."""
    hint = "the token is that of --token-file or HEADWATER_ADMIN_TOKEN"
    return Place(
        f"{url.rstrip('/')}/v1", {"authorization": f"Bearer {token}"}, hint=hint
    )


class Asking:
    """Keeps its connections, so that the same process of a listener answers."""

    def __init__(self, places: Sequence[Place]) -> None:
        import httpx

        self.places = places
        self._client = httpx.Client(timeout=PATIENCE)
        self._clock = SystemClock()

    def close(self) -> None:
        self._client.close()

    def look(self) -> Looked:
        """Ask all places.

        Raises:
            CommandError: none of them answers as a gateway does.
        """
        heard, missing = [], list[CommandError]()
        for place in self.places:
            try:
                heard.append(self._heard(place))
            except CommandError as error:
                missing.append(error)
        if not heard:
            raise missing[0]
        return Looked(heard, [str(error) for error in missing])

    def all_workers(self) -> None:
        """Ask every process beside the one that the only place is, from now on.

        Raises:
            CommandError: it does not answer, or there are several places.
        """
        import httpx

        if len(self.places) != 1:
            raise misused("--workers goes with one --admin")
        first = self.places[0]
        worker = self._heard(first).health.get("worker") or {}
        number, of = int(worker.get("number", 1)), int(worker.get("of", 1))
        url = httpx.URL(first.url)
        known = {"http": 80, "https": 443}
        start = (url.port or known.get(url.scheme, 80)) - number + 1
        self.places = [
            Place(str(url.copy_with(port=start + n)), first.headers, first.hint)
            for n in range(of)
        ]

    def _heard(self, place: Place) -> Heard:
        health = self._asked(place, "/health")
        page = self._asked(place, "/metrics")
        told = told_by(health)
        try:
            found = page_of(read_exposition(page.text))
        except ValueError:
            raise CommandError(f"{place.url}: {STRANGER}", hint=_NAME) from None
        if "generation" not in told or not found.numbers:
            raise CommandError(f"{place.url}: {STRANGER}", hint=_NAME)
        return Heard(self._clock.now(), told, found)

    def _asked(self, place: Place, path: str) -> httpx.Response:
        import httpx

        try:
            answer = self._client.get(f"{place.url}{path}", headers=place.headers)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            why = str(error) or type(error).__name__
            raise CommandError(
                f"{place.url} cannot be reached: {why}",
                hint=_NAME,
            ) from None
        ready = answer.is_success or answer.status_code == _NOT_READY
        if ready and (path != "/health" or "generation" in told_by(answer)):
            return answer
        raise _refused(place, path, answer)


def _refused(place: Place, path: str, answer: httpx.Response) -> CommandError:
    """Where `/health` was answered as by a gateway, another page was kept from us."""
    if answer.status_code in _CLOSED:
        return CommandError(f"{place.url}: {refusal_of(answer)}", hint=place.hint)
    if path == "/health":
        return CommandError(f"{place.url}: {refusal_of(answer)}", hint=_NAME)
    said = f"{place.url}{path} answered {answer.status_code}"
    return CommandError(said, hint=_KEPT)


def by_process(heard: Sequence[Heard]) -> Iterator[tuple[object, Heard]]:
    """Each under the process that it is."""
    yield from ((one.process, one) for one in heard)
