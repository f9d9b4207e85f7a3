"""Releases by way of a gateway's admin API, for those who may not reach the store.

In charge of HTTP and of the token. What the gateway refuses ends the command in its own
words. Must never print a token, or send one to another place than was named.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gateway.cli.failures import CommandError, misused

if TYPE_CHECKING:
    import httpx

    from gateway.release.activation import Activation, Actor
    from gateway.release.model import Bundle
    from gateway.release.releases import Proof
    from gateway.release.terms import Terms
    from gateway.release.trials import Kind

TOKEN_VARIABLE = "HEADWATER_ADMIN_TOKEN"  # noqa: S105 - the name of one
_TIMEOUT = 60.0
"""Seconds: a gateway loads a release before it activates it."""


class Desk(Protocol):
    """A channel of releases: in a store, or behind a gateway."""

    @property
    def channel(self) -> str: ...

    @property
    def place(self) -> str:
        """What people are told it is called."""

    def publish(self, bundle: Bundle) -> bool: ...

    def find(self, start: str) -> str: ...

    def fetch(self, bundle: str) -> Bundle: ...

    def history(self, most: int = ...) -> Sequence[Activation]: ...

    def active(self) -> Activation | None: ...

    def activate(
        self, bundle: str, actor: Actor, prove: Proof | None = None
    ) -> Activation: ...

    def roll_back(self, actor: Actor, prove: Proof | None = None) -> Activation: ...

    def begin(
        self,
        kind: Kind,
        bundle: str,
        terms: Terms,
        actor: Actor,
        prove: Proof | None = None,
    ) -> Activation: ...

    def promote(self, actor: Actor) -> Activation: ...


def token_of(file: Path | None) -> str:
    """The token in a file, else in the environment.

    Raises:
        CommandError: there is none.
    """
    text = (file.read_text("utf-8") if file else os.environ.get(TOKEN_VARIABLE)) or ""
    if not text.strip() or not text.strip().isascii():
        raise misused(
            "the admin API wants a token",
            hint=f"name its file with --token-file, or set {TOKEN_VARIABLE}",
        )
    return text.strip()


class AdminReleases:
    """The channel that a gateway follows. It proves releases itself."""

    def __init__(self, url: str, token: str) -> None:
        self.place = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {token}"}
        self._known: Mapping[str, Any] | None = None

    @property
    def channel(self) -> str:
        return str(self._listing().get("channel"))

    def publish(self, bundle: Bundle) -> bool:
        from gateway.release.archive import packed

        said = self._asked(
            "POST", "/releases", content=packed(bundle), kind="application/zip"
        )
        return bool(said.json().get("new"))

    def find(self, start: str) -> str:
        return start

    def fetch(self, bundle: str) -> Bundle:
        from gateway.release.archive import unpacked

        return unpacked(self._asked("GET", f"/releases/{bundle}/archive").content)

    def history(self, most: int = 100) -> Sequence[Activation]:
        listed = self._listing()["history"][:most]
        return [_entry(one) for one in reversed(listed)]

    def active(self) -> Activation | None:
        found = self._listing()["active"]
        return _entry(found) if found else None

    def activate(
        self, bundle: str, actor: Actor, prove: Proof | None = None
    ) -> Activation:
        _ = prove
        return self._acted(f"/releases/{bundle}/activate", actor)

    def roll_back(self, actor: Actor, prove: Proof | None = None) -> Activation:
        _ = prove
        return self._acted("/releases/rollback", actor)

    def begin(
        self,
        kind: Kind,
        bundle: str,
        terms: Terms,
        actor: Actor,
        prove: Proof | None = None,
    ) -> Activation:
        _ = prove
        said = terms.as_json()
        return self._acted(f"/releases/{bundle}/{kind}", actor, terms=said)

    def promote(self, actor: Actor) -> Activation:
        return self._acted("/releases/promote", actor)

    def differences(self) -> Mapping[str, Any]:
        """What the gateway found out by a shadow; empty where there is none."""
        found: Mapping[str, Any] = self._asked("GET", "/shadow").json()
        return found

    def counted(self) -> Mapping[str, Any]:
        """What the gateway knows of what is tried; empty where nothing is."""
        found: Mapping[str, Any] = self._asked("GET", "/trial").json()
        return found

    def _acted(self, path: str, actor: Actor, **more: object) -> Activation:
        import orjson

        raw = orjson.dumps({"by": actor.by, "reason": actor.reason, **more})
        return _entry(self._asked("POST", path, content=raw).json())

    def _listing(self) -> Mapping[str, Any]:
        if self._known is None:
            self._known = self._asked("GET", "/releases").json()
        known: Mapping[str, Any] = self._known
        return known

    def _asked(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        kind: str = "application/json",
    ) -> httpx.Response:
        import httpx

        headers = {**self._headers, **({"content-type": kind} if content else {})}
        try:
            answer = httpx.request(
                method,
                f"{self.place}/v1{path}",
                content=content,
                headers=headers,
                timeout=_TIMEOUT,
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise CommandError(
                f"{self.place} cannot be reached: {error}",
                hint="name the admin API of a running gateway with --admin",
            ) from None
        if not answer.is_success:
            raise _refusal(answer)
        return answer


def _entry(said: Mapping[str, Any]) -> Activation:
    from gateway.release.activation import LATER, Activation

    try:
        known = [key for key in Activation.__struct_fields__ if key not in LATER]
        later: dict[str, Any] = {key: said.get(key) for key in LATER}
        return Activation(**{key: said[key] for key in known}, **later)
    except (KeyError, TypeError):
        raise CommandError("what listens there is no admin API of a gateway") from None


def _refusal(answer: httpx.Response) -> CommandError:
    try:
        told = answer.json()["errors"][0]
        return CommandError(str(told["message"]), hint=told.get("hint"))
    except (ValueError, LookupError, TypeError, AttributeError):
        return CommandError(
            f"what listens there is no admin API: it answered {answer.status_code}"
        )
