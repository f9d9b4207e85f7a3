"""What a person asks on the command line: the document, its variables, who asks.

In charge of turning arguments into the values that a request over HTTP becomes. What
cannot be read is named by the option it came from.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.failures import misused
from gateway.record import Model

if TYPE_CHECKING:
    from gateway.app import Gateway
    from gateway.request.model import Asking, PlanWish, RequestContext
    from gateway.values import JsonValue

_SUFFIXES = (".graphql", ".gql")
_SWITCHES = {"": True, "on": True, "off": False}


def read_query(given: str) -> str:
    """The text of a document: as given, from a file, or from stdin."""
    if given == "-":
        return sys.stdin.read()
    if given.startswith("@"):
        return _file(given[1:])
    is_name = "{" not in given and given.endswith(_SUFFIXES)
    return _file(given) if is_name else given


def read_asking(
    query: str, variables: str | None, operation: str | None = None
) -> Asking:
    """The GraphQL request that a query, its variables and a name make."""
    from gateway.request.model import Asking

    text = read_query(query)
    if not text.strip():
        raise misused("the query is empty")
    return Asking(text, operation, read_object(variables, "--variables"))


def read_object(given: str | None, option: str) -> dict[str, JsonValue]:
    """The JSON object that an option holds, or names with ``@FILE``."""
    if not given:
        return {}
    text = _file(given[1:]) if given.startswith("@") else given
    try:
        found = json.loads(text)
    except ValueError as error:
        raise misused(f"{option} is not valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise misused(f"{option} is not a JSON object")
    return found


def read_value(text: str) -> JsonValue:
    """A value as typed: JSON where it is JSON, else the text itself."""
    try:
        found: JsonValue = json.loads(text)
    except ValueError:
        return text
    return found


def read_pairs(given: Sequence[str], what: str) -> dict[str, str]:
    """``NAME=VALUE`` texts by name."""
    pairs = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not name or not equals:
            raise misused(f"{one!r} is not {what}", hint="write NAME=VALUE")
        pairs[name] = value
    return pairs


def _flag(text: str) -> JsonValue:
    return _SWITCHES[text] if text in _SWITCHES else read_value(text)


class Asker(Model, frozen=True):
    """Who asks, as the options say; a person at the command may see plans."""

    tenant: str | None = None
    flags: Sequence[str] = ()
    claims: str | None = None
    client: str | None = None

    @property
    def facts(self) -> list[JsonValue]:
        """What answers may depend on, as it was typed."""
        facts: list[JsonValue] = [self.tenant, list(self.flags), self.claims]
        return [*facts, self.client] if self.client else facts

    def request(self, gateway: Gateway, plan: PlanWish) -> RequestContext:
        """The context of a request that starts now, with the deployment's flags."""
        from gateway.request.adapter import flagged
        from gateway.request.model import RequestContext, caller_of

        clock = gateway.pipeline.clock
        claims = read_object(self.claims, "--claims")
        flags = read_pairs([f if "=" in f else f"{f}=" for f in self.flags], "a flag")
        made = RequestContext(
            request_id="command",
            started=clock.now(),
            time=clock.wall(),
            tenant=self.tenant,
            client=self.client,
            caller=caller_of(claims),
            flags={name: _flag(text) for name, text in flags.items()},
            plan=plan,
            explain=True,
        )
        return flagged(made, gateway.current.admission)


def _file(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise misused(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise misused(f"{name} is no UTF-8 text") from None
