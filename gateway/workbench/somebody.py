"""Somebody else, as people describe him: a tenant, a client, flags, claims.

In charge of reading the description. Whoever is described is asked about and never
answered: plans and schemas are made for him, nothing runs. Must never decide who may.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import RequestError
from gateway.request.adapter import AdapterSettings, flagged
from gateway.request.model import ANONYMOUS, RequestContext, caller_of
from gateway.schema.asking import is_deep
from gateway.values import JsonValue

_KEYS = ("tenant", "client", "flags", "claims")
_LONGEST = 128
_MOST = 100
"""Flags, or claims."""


def somebody(
    said: JsonValue, asking: RequestContext, admission: AdapterSettings
) -> RequestContext:
    """The request that somebody else would make now.

    What is not said of him is as with whoever asks, null is nobody in particular. Flags
    that are not said are those that the deployment has for him.

    Raises:
        RequestError: the description cannot be read.
    """
    if not isinstance(said, dict):
        raise RequestError("'as' is not an object.")
    if is_deep(said):
        raise RequestError("'as' is nested too deeply.")
    unknown = sorted(set(said) - {*_KEYS})
    if unknown:
        known = ", ".join(_KEYS)
        raise RequestError(f"'as' has no {unknown[0][:_LONGEST]!r}: it has {known}.")
    claims, caller = _map(said, "claims"), asking.caller
    if "claims" in said:
        caller = caller_of(claims) if claims else ANONYMOUS
    made = asking._replace(
        tenant=_name(said, "tenant") if "tenant" in said else asking.tenant,
        client=_name(said, "client") if "client" in said else asking.client,
        caller=caller,
        flags=_map(said, "flags"),
    )
    return flagged(made, admission)


def _name(said: Mapping[str, JsonValue], key: str) -> str | None:
    found = said.get(key)
    if found is None or found == "":
        return None
    if not isinstance(found, str) or len(found) > _LONGEST or not found.isprintable():
        raise RequestError(f"'as.{key}' is no name of up to {_LONGEST} characters.")
    return found


def _map(said: Mapping[str, JsonValue], key: str) -> Mapping[str, JsonValue]:
    found = said.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict) or len(found) > _MOST:
        raise RequestError(f"'as.{key}' is no object of up to {_MOST} members.")
    return found
