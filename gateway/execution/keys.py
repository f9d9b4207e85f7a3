"""The key by which a mutation that is asked again is known again.

In charge of reading it out of a request. Decides nothing about the request itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.execution.model import Failed
from gateway.execution.reading import evaluated
from gateway.expression import ABSENT
from gateway.profile.model import Idempotency

HEADER = "idempotency-key"
"""Where the key stands that no profile makes (as the IETF's draft names it)."""


def key_of(rule: Idempotency, scope: Mapping[str, object]) -> str | Failed | None:
    """The key of a request; None where it has none, `Failed` where it cannot be told.

    ``scope`` has the arguments of the operation, ``request`` and ``flags``.
    """
    if rule.key is None:
        request = scope.get("request")
        headers = request.get("headers") if isinstance(request, Mapping) else None
        key = headers.get(HEADER) if isinstance(headers, Mapping) else None
    else:
        key = evaluated(rule.key, scope)
    if isinstance(key, Failed):
        return key
    if key is None or key is ABSENT or key == "":
        return None
    return str(key)
