"""What agents may read besides calling: the profiles' own documentation.

In charge of the pages behind ``headwater://`` and of their addresses. Descriptions are
the texts of profiles and SDL as they are written; nothing of a source is in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from gateway.doors.agents.catalog import Catalog
from gateway.doors.agents.operations import ProfileTool, SavedTool
from gateway.doors.agents.tool import Described, Tool, Visit
from gateway.record import Model

SCHEMA = "headwater://schema"
OPERATION = "headwater://operations/"
TYPE = "headwater://types/"
_MARKDOWN, _SDL = "text/markdown", "application/graphql"


class Page(NamedTuple):
    """Something to read."""

    uri: str
    name: str
    description: str
    media_type: str


class Content(NamedTuple):
    """A page as it is read."""

    text: str
    media_type: str


class Library(Model, frozen=True):
    """The pages of a catalog, for one caller."""

    catalog: Catalog
    visit: Visit

    def pages(self) -> Iterator[Page]:
        """All but those of types, which are many: they are found by their address."""
        if self.visit.settings.explores:
            said = "The types that can be asked for, as SDL."
            yield Page(SCHEMA, "schema", said, _SDL)
        for name, tool in self._operations().items():
            said = tool.described.description.partition("\n")[0]
            yield Page(f"{OPERATION}{name}", name, said, _MARKDOWN)

    def read(self, uri: str) -> Content | None:
        """A page; None where there is none for this caller."""
        operation, type_ = _below(uri, OPERATION), _below(uri, TYPE)
        if operation is not None:
            tool = self._operations().get(operation)
            return Content(self._page(tool), _MARKDOWN) if tool else None
        if not self.visit.settings.explores:
            return None
        visible = self.catalog.visible
        if uri == SCHEMA:
            return Content(visible.whole, _SDL)
        if type_ is not None and type_ in visible.types:
            return Content(visible.sdl(visible.types[type_]), _SDL)
        return None

    def names(self, uri: str) -> list[str]:
        """What may stand in an address of this form."""
        if uri.startswith(OPERATION):
            return list(self._operations())
        if uri.startswith(TYPE) and self.visit.settings.explores:
            return list(self.catalog.visible.types)
        return []

    def _operations(self) -> Mapping[str, Tool]:
        offered = self.catalog.offered(self.visit)
        kinds = (ProfileTool, SavedTool)
        return {t.described.name: t for t in offered if isinstance(t, kinds)}

    def _page(self, tool: Tool) -> str:
        """What an operation is, takes and gives, with the document that it runs."""
        said = tool.described
        lines = [f"# {said.name}", "", said.description, ""]
        if said.changes:
            lines += ["Calling it changes something.", ""]
        lines += _arguments(said)
        if isinstance(tool, SavedTool):
            lines += _runs(tool.operation.document.strip())
        elif isinstance(tool, ProfileTool):
            if tool.owner and self.visit.request.explain:
                lines += [f"Asked about it: {tool.owner}", ""]
            lines += _runs(tool.usual)
        return "\n".join(lines) + "\n"


def _below(uri: str, prefix: str) -> str | None:
    return unquote(uri.removeprefix(prefix)) if uri.startswith(prefix) else None


def _arguments(said: Described) -> Iterator[str]:
    properties = said.input.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        return
    yield from ("## Arguments", "")
    for name, one in properties.items():
        needed = "required" if said.arguments.get(name) else "optional"
        text = one.get("description") if isinstance(one, Mapping) else None
        yield f"- `{name}` ({needed}): {text}" if text else f"- `{name}` ({needed})"
    yield ""


def _runs(document: str) -> list[str]:
    return ["## Runs", "", "```graphql", document, "```"]
