"""The protocols of one server: what each of its connections shares with the others.

In charge of the HTTP connections and the WebSockets of a server counting as one. Must
never see a request.
"""

from __future__ import annotations

from gateway.lapses import LapsesOf
from gateway.schema.bounds import Bounds
from gateway.schema.connection import Connection
from gateway.schema.peers import Peers
from gateway.schema.plain import Plain
from gateway.schema.shedding import Shedding
from gateway.schema.socket_wire import SocketWire


def connections_to(
    plain: Plain, path: str, most: int, *, peers: Peers, shedding: Shedding
) -> type[Connection]:
    """The protocol of a server whose plain requests go to one endpoint.

    ``most`` is in bytes: greater bodies are the app's to refuse.
    """
    of_these = {
        "plain": plain,
        "path": path.encode(),
        "most": most,
        "idle": LapsesOf(),
        "lapses": LapsesOf(),
        "bounds": peers.bounds,
        "peers": peers,
        "crowding": shedding.crowding,
        "shedding": shedding,
    }
    return type("Connection", (Connection,), of_these)


def sockets_within(bounds: Bounds, peers: Peers) -> type[SocketWire]:
    """The protocol of a server's WebSockets."""
    of_these = {"bounds": bounds, "peers": peers, "lapses": LapsesOf()}
    return type("Socket", (SocketWire,), of_these)
