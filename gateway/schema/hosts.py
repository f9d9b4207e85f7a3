"""Under which names a listener may be reached.

In charge of one header, `host`. Pure. See Note [rebinding].
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from gateway.record import Model

# Note [rebinding]  # noqa: ERA001
# A page on the net can have its own name resolve to 127.0.0.1, and then ask a gateway
# on the reader's machine, or in his network, as if it were of the same origin. Its
# requests carry that name in 'host'. An address cannot be made to lead elsewhere, so
# whoever asks by one (a probe of Kubernetes, too) is taken.

_LOCAL = "localhost"


class Hosts(Model, frozen=True):
    """The names that are taken, in lower case.

    ``below``: ends of names such as ``.example.com``. ``any``: there is no list.
    """

    names: frozenset[str] = frozenset()
    below: tuple[str, ...] = ()
    any: bool = False

    def take(self, host: str | None) -> bool:
        """Whether the value of a `host` header is taken; no browser leaves it out."""
        if self.any or host is None:
            return True
        name = name_of(host)
        return name is not None and (
            name in self.names or name.endswith(self.below) or _is_local(name)
        )


EVERY_HOST = Hosts(any=True)


def hosts_of(written: Iterable[str], *, loopback: bool) -> Hosts:
    """The names that a deployment lists: ``api.example.com``, ``*.example.com``, ``*``.

    Where it lists none, all are taken, but on a listener that only its own machine
    reaches (``loopback``): there that machine's own names are.
    """
    listed = [one.lower() for one in written]
    if "*" in listed or (not listed and not loopback):
        return EVERY_HOST
    wild = tuple(one[1:] for one in listed if one.startswith("*."))
    return Hosts(frozenset(listed), wild)


def name_of(host: str) -> str | None:
    """The name or address in a `host`, without its port; None: it is neither."""
    if not host.isascii() or not host.isprintable() or set(host) & set("@/\\?# ,"):
        return None
    if host.startswith("["):
        name, end, port = host[1:].partition("]")
        if not end or (port and not port.startswith(":")):
            return None
        return name.lower()
    name, _, port = host.partition(":")
    if port and not port.isdigit():
        return None
    return name.lower().removesuffix(".") or None


def _is_local(name: str) -> bool:
    if name == _LOCAL or name.endswith(f".{_LOCAL}"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
