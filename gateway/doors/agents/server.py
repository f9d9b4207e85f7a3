"""The door in the words of the Model Context Protocol, by its official SDK.

In charge of the protocol alone: its messages, made of what tools and pages are here.
The only module besides `http` and `stdio` that knows the SDK; it is imported when the
first agent comes, since a gateway without agents must not pay for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from importlib import metadata
from typing import Any, TypeAlias, TypeVar

import mcp_types as mcp
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from gateway.doors.agents.calling import UnknownToolError, called, known_tool
from gateway.doors.agents.catalog import Catalog, Catalogs
from gateway.doors.agents.outcome import nearest
from gateway.doors.agents.reading import OPERATION, TYPE, Library
from gateway.doors.agents.tool import Described, Visit
from gateway.record import Model
from gateway.telemetry.events import Crashed

Context: TypeAlias = ServerRequestContext[Any, Any]
Visiting: TypeAlias = Callable[[Context], Visit]
_T = TypeVar("_T")

PAGE = 100
"""Entries of one page of a list."""
EXPLORE = "explore_operation"
_COMPLETIONS = 100
_QUOTED, _LONGEST = 100, 1_000
"""Characters of what an agent sent, and of what it is told."""
_INSTRUCTIONS = (
    "Headwater answers from many systems at once. Each operation is a tool; ask only"
    " for the fields that are needed, as every field may cost a call. What is missing"
    " of a result stands in its 'errors', with a code. The resources"
    " headwater://operations/NAME say what an operation takes and gives."
)


class Desk(Model, frozen=True):
    """Answers the messages of one server. ``visiting`` says who sent one."""

    catalogs: Catalogs
    visiting: Visiting

    async def _at(self, context: Context) -> tuple[Visit, Catalog]:
        visit = self._visit(context)
        return visit, await self.catalogs.of(visit.seen)

    def _visit(self, context: Context) -> Visit:
        """Who sent a message: the same as long as it is answered."""
        known = _VISIT.get()
        return self.visiting(context) if known is None else known

    async def guarded(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """The answer to any message; of a bug of ours the agent learns a code.

        The SDK would tell the exception's text. Errors say which request it was.
        """
        visit = self.visiting(ctx)
        id_, token = visit.request.request_id, _VISIT.set(visit)
        try:
            return await call_next(ctx)
        except MCPError as error:
            raise _told(error, id_) from None
        except ValidationError:
            said = "Invalid request parameters"
            raise _told(MCPError(mcp.INVALID_PARAMS, said), id_) from None
        except Exception as error:  # noqa: BLE001 - as everywhere at the border
            visit.pipeline.observe(Crashed(id_, "agents", error))
            said = "Internal error."
            raise _told(MCPError(mcp.INTERNAL_ERROR, said), id_) from None
        finally:
            _VISIT.reset(token)

    async def tools(
        self, context: Context, params: mcp.PaginatedRequestParams | None
    ) -> mcp.ListToolsResult:
        visit, catalog = await self._at(context)
        page, following = _page([*catalog.offered(visit)], params)
        listed = [_tool(one.described) for one in page]
        return mcp.ListToolsResult(tools=listed, next_cursor=following)

    async def call(
        self, context: Context, params: mcp.CallToolRequestParams
    ) -> mcp.CallToolResult:
        visit, catalog = await self._at(context)
        try:
            tool = known_tool(catalog, visit, params.name)
        except UnknownToolError as error:
            raise MCPError(mcp.INVALID_PARAMS, str(error)) from None
        outcome = await called(tool, visit, params.arguments or {})
        return mcp.CallToolResult(
            content=[mcp.TextContent(text=outcome.text)],
            structured_content=outcome.body,
            is_error=outcome.failed,
        )

    async def resources(
        self, context: Context, params: mcp.PaginatedRequestParams | None
    ) -> mcp.ListResourcesResult:
        visit, catalog = await self._at(context)
        page, following = _page([*Library(catalog, visit).pages()], params)
        listed = [
            mcp.Resource(
                uri=one.uri,
                name=one.name,
                description=one.description,
                mime_type=one.media_type,
            )
            for one in page
        ]
        return mcp.ListResourcesResult(resources=listed, next_cursor=following)

    async def templates(
        self, context: Context, _params: mcp.PaginatedRequestParams | None
    ) -> mcp.ListResourceTemplatesResult:
        visit = self._visit(context)
        made = [
            mcp.ResourceTemplate(
                uri_template=f"{OPERATION}{{name}}",
                name="operation",
                description="What an operation takes and gives.",
                mime_type="text/markdown",
            )
        ]
        if visit.settings.explores:
            made.append(
                mcp.ResourceTemplate(
                    uri_template=f"{TYPE}{{name}}",
                    name="type",
                    description="A type of the schema, as SDL.",
                    mime_type="application/graphql",
                )
            )
        return mcp.ListResourceTemplatesResult(resource_templates=made)

    async def read(
        self, context: Context, params: mcp.ReadResourceRequestParams
    ) -> mcp.ReadResourceResult:
        visit, catalog = await self._at(context)
        found = Library(catalog, visit).read(params.uri)
        if found is None:
            raise MCPError(
                mcp.INVALID_PARAMS, f"There is nothing to read at {params.uri[:200]}."
            )
        if len(found.text.encode()) > visit.settings.result:
            raise MCPError(
                mcp.INVALID_PARAMS,
                f"{params.uri[:200]} is longer than {visit.settings.result} bytes."
                " Use search_schema, or read one type at headwater://types/NAME.",
            )
        text = mcp.TextResourceContents(
            uri=params.uri, mime_type=found.media_type, text=found.text
        )
        return mcp.ReadResourceResult(contents=[text])

    async def prompts(
        self, _context: Context, _params: mcp.PaginatedRequestParams | None
    ) -> mcp.ListPromptsResult:
        name = mcp.PromptArgument(
            name="operation", description="The operation's name.", required=True
        )
        explore = mcp.Prompt(
            name=EXPLORE,
            title="Explore an operation",
            description="Get to know an operation, and try it.",
            arguments=[name],
        )
        return mcp.ListPromptsResult(prompts=[explore])

    async def prompt(
        self, context: Context, params: mcp.GetPromptRequestParams
    ) -> mcp.GetPromptResult:
        visit, catalog = await self._at(context)
        if params.name != EXPLORE:
            raise MCPError(
                mcp.INVALID_PARAMS, f"There is no prompt '{params.name[:100]}' here."
            )
        name = (params.arguments or {}).get("operation", "")
        library = Library(catalog, visit)
        found = library.read(f"{OPERATION}{name}")
        if found is None:
            near = nearest(name, library.names(OPERATION))
            raise MCPError(
                mcp.INVALID_PARAMS, f"There is no operation '{name[:100]}' here.{near}"
            )
        text = (
            f"Explain what the operation {name} is good for, then call its tool with"
            f" sensible arguments and a few fields. Its documentation:\n\n{found.text}"
        )
        message = mcp.PromptMessage(role="user", content=mcp.TextContent(text=text))
        return mcp.GetPromptResult(messages=[message])

    async def complete(
        self, context: Context, params: mcp.CompleteRequestParams
    ) -> mcp.CompleteResult:
        visit, catalog = await self._at(context)
        uri = OPERATION
        if isinstance(params.ref, mcp.ResourceTemplateReference):
            uri = params.ref.uri
        begun = params.argument.value
        known = Library(catalog, visit).names(uri)
        fitting = sorted(name for name in known if name.startswith(begun))
        completion = mcp.Completion(
            values=fitting[:_COMPLETIONS],
            total=len(fitting),
            has_more=len(fitting) > _COMPLETIONS,
        )
        return mcp.CompleteResult(completion=completion)


_VISIT: ContextVar[Visit | None] = ContextVar("visit", default=None)
"""Of the message that is being answered."""


def _told(error: MCPError, request_id: str) -> MCPError:
    """An error with its request, and with no more of the message than is useful."""
    data = {"request_id": request_id}
    if isinstance(error.data, str) and error.data:
        data["about"] = error.data[:_QUOTED]
    return MCPError(error.code, error.message[:_LONGEST], data)


Listening: TypeAlias = Callable[[Context, Any], Awaitable[Any]]


def server_of(desk: Desk, listening: Listening | None = None) -> Server[Any]:
    """The SDK's server of a desk; ``listening`` serves those who wait for changes."""
    server: Server[Any] = Server(
        "headwater",
        version=metadata.version("headwater"),
        title="Headwater",
        instructions=_INSTRUCTIONS,
        get_tool_input_schema=lambda _name: None,  # no argument travels as a header
        on_list_tools=desk.tools,
        on_call_tool=desk.call,
        on_list_resources=desk.resources,
        on_list_resource_templates=desk.templates,
        on_read_resource=desk.read,
        on_list_prompts=desk.prompts,
        on_get_prompt=desk.prompt,
        on_completion=desk.complete,
        on_subscriptions_listen=listening,
    )
    server.middleware[:] = [desk.guarded]  # not its spans: we tell our own events
    return server


def _page(
    entries: Sequence[_T], params: mcp.PaginatedRequestParams | None
) -> tuple[Sequence[_T], str | None]:
    """The entries after a cursor, and the cursor of those after them."""
    cursor = params.cursor if params else None
    if cursor is not None and not (cursor.isascii() and cursor.isdigit()):
        raise MCPError(mcp.INVALID_PARAMS, "This cursor is none of ours.")
    begin = int(cursor[:9]) if cursor else 0
    end = begin + PAGE
    return entries[begin:end], str(end) if end < len(entries) else None


def _tool(described: Described) -> mcp.Tool:
    return mcp.Tool(
        name=described.name,
        title=described.title,
        description=described.description,
        input_schema=dict(described.input),
        output_schema=dict(described.output) if described.output else None,
        annotations=mcp.ToolAnnotations(
            read_only_hint=not described.changes,
            destructive_hint=described.changes,
            idempotent_hint=not described.changes,
            open_world_hint=True,
        ),
    )
