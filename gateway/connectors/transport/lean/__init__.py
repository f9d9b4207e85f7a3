"""The gateway's own HTTP/1.1: a keep-alive pool that costs little more than the system.

In charge of what plain HTTP and HTTPS sources need, and of nothing else: HTTP/2 and
proxies are httpx's, behind the same port. `transport` is one request from beginning to
end; `writing` makes its bytes, `pool` keeps connections and who waits for one,
`dialing` and `addresses` open them, `connection` is one of them, `reading` makes a
reply of what it receives. Must never retry what may have had an effect, follow a
redirect, or name a host to a client.
"""

from gateway.connectors.transport.lean.pool import Keeping
from gateway.connectors.transport.lean.transport import LeanTransport

__all__ = ["Keeping", "LeanTransport"]
