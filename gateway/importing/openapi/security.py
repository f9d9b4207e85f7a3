"""Security schemes → what a source says of itself, with secrets from the environment.

In charge of the skeleton. No secret is ever in a description; none is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.importing.made import Told
from gateway.importing.names import constant
from gateway.importing.openapi.library import is_map, list_of, map_of, text_of
from gateway.importing.openapi.model import Description

_VARIABLE = re.compile(r"\$\{(\w+):-unset\}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_FRAMING = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "keep-alive", "te"}
    | {"trailer", "transfer-encoding", "upgrade"}
)
_LOCAL = "http://127.0.0.1:8080"


def source_of(
    description: Description, name: str, url: str | None, told: Told
) -> dict[str, object]:
    """The source's keys."""
    prefix = constant(name)
    made: dict[str, object] = {"url": _url(description, url, told)}
    chosen = _chosen(description)
    if chosen is None and description.security:
        offered = ", ".join(description.security)
        told.leave_out(
            f"credentials ({offered})", "no source can give them: add `auth` yourself"
        )
    if chosen is not None:
        made |= _credentials(description, chosen, prefix, made["url"])
    return made


def _url(description: Description, url: str | None, told: Told) -> str:
    if url is not None:
        return url.rstrip("/")
    said = description.url.rstrip("/")
    # What looks like a variable would be filled from the reader's own environment.
    if said.startswith(("http://", "https://")) and not set(said) & set("{$"):
        return said
    path = said if said.startswith("/") and "{" not in said else ""
    told.change("the source's url", "the description names none: change it, or --url")
    return f"{_LOCAL}{path}"


def _chosen(description: Description) -> str | None:
    """The scheme that the API asks for, else the first that a source can give."""
    known = [n for n in description.security if _kind(description, n)]
    wanted = [n for n in description.required if n in known]
    return next(iter((*wanted, *known)), None)


def _kind(description: Description, name: str) -> str:
    """``bearer``, ``basic``, ``oauth2``, or where a key goes; empty for all others."""
    raw = map_of(description.security, name)
    scheme = text_of(raw, "scheme").lower()
    match text_of(raw, "type"):
        case "http" if scheme in ("bearer", "basic"):
            return scheme
        case "apiKey":
            return _place(text_of(raw, "in"), text_of(raw, "name"))
        case "oauth2" if is_map(map_of(raw, "flows").get("clientCredentials")):
            return "oauth2"
    return ""


def _place(place: str, key: str) -> str:
    """Where a key goes, if a source could send it there by that name."""
    fits = place != "header" or (_HEADER.fullmatch(key) and key.lower() not in _FRAMING)
    return place if place in ("header", "query", "cookie") and key and fits else ""


def _credentials(
    description: Description, name: str, prefix: str, url: object
) -> Mapping[str, object]:
    raw = map_of(description.security, name)
    key = text_of(raw, "name")
    match _kind(description, name):
        case "bearer":
            return {"auth": {"bearer": _secret(prefix, "TOKEN")}}
        case "basic":
            user = {"username": _secret(prefix, "USERNAME")}
            return {
                "auth": {"basic": {**user, "password": _secret(prefix, "PASSWORD")}}
            }
        case "oauth2":
            return {"auth": {"oauth2": _oauth2(description, name, prefix)}}
        case "query":
            return {"url": f"{url}?{literal(key)}={_secret(prefix, 'API_KEY')}"}
        case "cookie":
            return {
                "headers": {"cookie": f"{literal(key)}={_secret(prefix, 'API_KEY')}"}
            }
        case _:
            return {"headers": {key: _secret(prefix, "API_KEY")}}


def _oauth2(description: Description, name: str, prefix: str) -> dict[str, object]:
    flow = map_of(
        map_of(map_of(description.security, name), "flows"), "clientCredentials"
    )
    made: dict[str, object] = {
        "token_url": literal(text_of(flow, "tokenUrl")),
        "client_id": _secret(prefix, "CLIENT_ID"),
        "client_secret": _secret(prefix, "CLIENT_SECRET"),
    }
    asked = description.scopes if name in description.required else ()
    scopes = [s for s in asked if s in map_of(flow, "scopes")] or list_of(flow, "")
    if scopes:
        made["scopes"] = [literal(str(each)) for each in scopes]
    return made


def literal(text: str) -> str:
    """The text as it is, where a deployment file would fill in ``${NAME}``."""
    return text.replace("${", "$${")


def _secret(prefix: str, what: str) -> str:
    """From the environment; a word where it is not set, so that the project loads."""
    return f"${{{prefix}_{what}:-unset}}"


def variables(source: Mapping[str, object]) -> tuple[str, ...]:
    """What to set in the environment before the source is called."""
    names = dict.fromkeys(_VARIABLE.findall(str(source)))
    return tuple(f"set {name} in the environment" for name in names)
