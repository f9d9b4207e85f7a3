"""One call of a tool, from its name and arguments to what it came to.

In charge of saying what is wrong with a call before anything runs: an unknown tool, an
unknown argument, one that is missing. Must never let a bug of ours show itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.doors.agents.catalog import Catalog
from gateway.doors.agents.outcome import Outcome, Refusal, nearest, wrong
from gateway.doors.agents.tool import Described, Tool, Visit
from gateway.errors import Code, RequestError
from gateway.telemetry.events import Crashed
from gateway.values import JsonValue


class UnknownToolError(Exception):
    """There is no such tool for the caller, whether or not there is one for others."""


def known_tool(catalog: Catalog, visit: Visit, name: str) -> Tool:
    """The tool of that name.

    Raises:
        UnknownToolError: the caller has none.
    """
    tool = catalog.find(name, visit)
    if tool is None:
        offered = [one.described.name for one in catalog.offered(visit)]
        near = nearest(name, offered)
        raise UnknownToolError(f"There is no tool '{name[:100]}' here.{near}")
    return tool


async def called(
    tool: Tool, visit: Visit, arguments: Mapping[str, JsonValue]
) -> Outcome:
    """What the tool comes to; whatever is wrong with the call is told as its result."""
    try:
        _check(tool.described, arguments)
        return await tool.call(visit, arguments)
    except Refusal as refused:
        return wrong(str(refused), refused.code)
    except RequestError as error:
        return wrong(error.message, error.code)
    except Exception as error:  # noqa: BLE001 - an agent learns a code, never a trace
        visit.pipeline.observe(Crashed(visit.request.request_id, "agents", error))
        return wrong("Internal error.", Code.INTERNAL_SERVER_ERROR)


def _check(described: Described, arguments: Mapping[str, JsonValue]) -> None:
    """Refuse arguments that the tool does not have, and calls without those it needs.

    Raises:
        Refusal: naming the argument.
    """
    known = described.arguments
    for name in arguments:
        if name not in known:
            takes = ", ".join(known) or "none"
            near = nearest(name, known)
            raise Refusal(
                f"'{described.name}' has no argument '{name[:100]}'.{near}"
                f" Its arguments: {takes}."
            )
    for name, needed in known.items():
        if needed and arguments.get(name) is None:
            raise Refusal(f"'{described.name}' needs the argument '{name}'.")
