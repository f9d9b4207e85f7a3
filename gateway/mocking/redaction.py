"""What is nobody's business taken out of what was recorded.

In charge of the rule by which a name looks secret on disk: it is wider than that of
what is shown once, since a recording is kept and shared. Must never touch a file.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from urllib.parse import unquote_plus, urlsplit

from gateway.connectors.masking import MASK
from gateway.record import Model

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LAST = frozenset(
    {"password", "passwd", "passphrase", "passcode", "pwd", "pin", "cvv", "cvc"}
    | {"secret", "token", "credential", "apikey", "authorization", "cookie"}
)
_KEYS = frozenset({"api", "access", "private", "secret", "signing", "subscription"})
"""What makes a key one that opens something: ``private_key``, no ``sort_key``."""
_MARKS = frozenset(
    {"page", "next", "previous", "prev", "continuation", "sync", "cursor"}
)
"""Tokens of these are marks in a list, which a reader needs to go on."""
_ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<rest>[^\s<>\"']+)", re.IGNORECASE
)
_PAIR = re.compile(r"(?P<name>[^?&#=;]+)=(?P<value>[^&#;]*)")


class Redaction(Model, frozen=True):
    """What is masked. ``names`` are further headers and keys, lower-case."""

    names: frozenset[str] = frozenset()

    def hides(self, name: str) -> bool:
        """Whether what stands under a name is better not written."""
        return name.lower() in self.names or is_secret(name)

    def masked(self, value: object) -> object:
        """A value without what stands under such names, however deep.

        Texts lose the user, and such parameters, of the addresses in them.
        """
        if isinstance(value, Mapping):
            return {
                name: MASK if self.hides(str(name)) else self.masked(item)
                for name, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.masked(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def hidden(self, value: object) -> Iterator[str]:
        """The texts below such names: an answer may hold them by another name."""
        if isinstance(value, Mapping):
            for name, item in value.items():
                yield from _texts(item) if self.hides(str(name)) else self.hidden(item)
        elif isinstance(value, list | tuple):
            for item in value:
                yield from self.hidden(item)

    def text(self, said: str) -> str:
        """A text, with the addresses in it as anybody may read them."""
        return _ADDRESS.sub(self._address, said) if "://" in said else said

    def path(self, address: str) -> str:
        """An address without its host: where a source is, is not written."""
        parts = urlsplit(address)
        return f"{parts.path}?{self._pairs(parts.query)}" if parts.query else parts.path

    def _address(self, found: re.Match[str]) -> str:
        host, slash, rest = found["rest"].partition("/")
        _, user, plain = host.rpartition("@")
        shown = f"{MASK}@{plain}" if user else plain
        path, mark, query = rest.partition("?")
        return f"{found['scheme']}{shown}{slash}{path}{mark}{self._pairs(query)}"

    def _pairs(self, query: str) -> str:
        return _PAIR.sub(self._pair, query)

    def _pair(self, found: re.Match[str]) -> str:
        hidden = self.hides(unquote_plus(found["name"]))
        return f"{found['name']}={MASK}" if hidden else found[0]


def is_secret(name: str) -> bool:
    words = list(_words(name))
    if not words:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last == "key":
        return before in _KEYS
    return last in _LAST and not (last == "token" and before in _MARKS)


def _words(name: str) -> Iterator[str]:
    """``X-API-Keys`` is x, api, key."""
    for word in _WORD.findall(name):
        yield word.lower().removesuffix("s") if len(word) > 3 else word.lower()  # noqa: PLR2004


def without(value: object, hidden: Container[str]) -> object:
    """A value in which none of these texts stands."""
    if isinstance(value, Mapping):
        return {name: without(item, hidden) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without(item, hidden) for item in value]
    return MASK if isinstance(value, str) and value in hidden else value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
