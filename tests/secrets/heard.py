"""What came out of a process, by channel, and the secrets that are found in it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import orjson


@dataclass
class Heard:
    """All that came out, by channel."""

    said: dict[str, str] = field(default_factory=dict)

    def add(self, channel: str, text: str) -> None:
        self.said[channel] = self.said.get(channel, "") + text

    def leaks(self, *secrets: str) -> list[tuple[str, str, str]]:
        """Each channel with a secret in it, and what stands around it."""
        return [*self._leaks(secrets)]

    def _leaks(self, secrets: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
        spelled = [form for secret in secrets for form in _forms(secret)]
        for channel, text in self.said.items():
            for secret in spelled:
                at = text.find(secret)
                if at >= 0:
                    yield channel, secret, text[max(0, at - 120) : at + 80]


def _forms(secret: str) -> Iterator[str]:
    """As it is, as JSON and URLs write it, and in a header of HTTP's `basic`."""
    yield from {secret, quote(secret, safe=""), orjson.dumps(secret)[1:-1].decode()}
    login = base64.b64encode(f"hw:{secret}".encode()).decode()
    yield login.rstrip("=")[4:-2]
