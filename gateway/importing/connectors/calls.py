"""What a `@connect` sends → the keys of an `api` step.

In charge of URLs, headers and bodies. What no step can say leaves the connector out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from gateway.importing.connectors.reading import ROOTS, Connect, Said
from gateway.importing.connectors.selection import (
    Item,
    NoSelectionError,
    Path,
    read_path,
    read_selection,
)
from gateway.record import Model

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_HOLE = re.compile(r"\{([^{}]*)\}")
_JOINS = ("joinNotNull",)


class Unsaid(Exception):  # noqa: N818 - never seen outside of this folder
    """The connector says something that no step can say."""


class Caller(Model, frozen=True):
    """Makes the call of one connector."""

    connect: Connect

    def keys(self) -> dict[str, object]:
        """`method`, `endpoint`, `query`, `headers`, `body`.

        Raises:
            Unsaid: no step can make this call.
        """
        http = self.connect.said.get("http")
        if not isinstance(http, Mapping):
            raise Unsaid("it has no 'http'")
        method = next((m for m in _METHODS if m in http), None)
        if method is None:
            raise Unsaid("its 'http' names no method")
        made: dict[str, object] = {} if method == "GET" else {"method": method}
        path, _, written = str(http[method]).partition("?")
        if "://" in path:
            raise Unsaid("its URL is whole: give it a @source")
        made["endpoint"] = self._endpoint(path)
        query = dict(self._query(written)) | self._mapped(http.get("queryParams"))
        if query:
            made["query"] = query
        if headers := self._headers(http):
            made["headers"] = headers
        if "body" in http:
            made["body"] = self.body(str(http["body"]))
        return made

    @property
    def batched(self) -> bool:
        """Whether one call asks for many objects."""
        return "$batch" in str(self.connect.said.get("http"))

    def _endpoint(self, path: str) -> str:
        def filled(hole: re.Match[str]) -> str:
            found = read_path(hole[1])
            if found is None or found.method:
                raise Unsaid(f"{{{hole[1].strip()}}} in its path")
            return f"{{{self._reference(found)}}}"

        made = _HOLE.sub(filled, path) or "/"
        return made if made.startswith("/") else f"/{made}"

    def _query(self, written: str) -> Iterable[tuple[str, object]]:
        for pair in filter(None, written.split("&")):
            name, _, value = pair.partition("=")
            yield name, self._text(value)

    def _headers(self, http: Said) -> dict[str, object]:
        made: dict[str, object] = {}
        for each in _maps(http.get("headers")):
            name = str(each.get("name"))
            if "from" in each:
                raise Unsaid(f"it passes on the header {each['from']}: its source can")
            made[name] = self._text(str(each.get("value", "")))
        return made

    def _text(self, written: str) -> object:
        """A text with holes as a value."""
        whole = _HOLE.fullmatch(written)
        if whole:
            return f"${{ {self._expression(whole[1])} }}"

        def filled(hole: re.Match[str]) -> str:
            return f"${{ {self._expression(hole[1])} }}"

        return _HOLE.sub(filled, written)

    def _expression(self, written: str) -> str:
        found = read_path(written)
        if found is None or (found.method and found.method not in _JOINS):
            raise Unsaid(f"{{{written.strip()}}}")
        return self.cel(found)

    def _mapped(self, written: object) -> dict[str, object]:
        made = self.body(written) if isinstance(written, str) else {}
        return made if isinstance(made, dict) else {}

    def body(self, written: str) -> object:
        """A mapping that is sent.

        Raises:
            Unsaid: it holds what cannot be written here.
        """
        try:
            items = read_selection(written)
        except NoSelectionError as error:
            raise Unsaid(str(error)) from None
        return self._object(items, None)

    def _object(self, items: tuple[Item, ...], base: Path | None) -> object:
        made: dict[str, object] = {}
        for item in items:
            if item.unknown:
                raise Unsaid(item.unknown)
            path = item.path and _under(base, item.path)
            if item.path is None:
                made[item.name] = item.literal
            elif not item.name and item.below is None and len(items) == 1:
                return f"${{ {self.cel(item.path)} }}"
            elif item.below is not None:
                below = self._object(item.below, path)
                if item.name:
                    made[item.name] = below
                elif isinstance(below, dict):
                    made |= below
            else:
                name = item.name or item.path.keys[-1]
                made[name] = f"${{ {self.cel(path or item.path)} }}"
        return made

    def cel(self, path: Path) -> str:
        """The expression that reads what a path of a request reads.

        Raises:
            Unsaid: it reads something else.
        """
        if path.variable == "$batch":
            return "keys"
        root = self._reference(path, depth=1)
        rest = path.keys[1:]
        read = root + "".join(f".?{key}" for key in rest)
        read = f"{read}.orValue(null)" if rest else read
        if not path.method:
            return read
        if path.method not in _JOINS:
            raise Unsaid(f"->{path.method}")
        separator = path.arguments[0] if path.arguments else ","
        return f"{read}.join('{separator}')"

    def _reference(self, path: Path, depth: int | None = None) -> str:
        keys = path.keys[:depth]
        if not keys:
            raise Unsaid(f"{path.variable or 'nothing'} as a whole")
        match path.variable:
            case "$args" if self.connect.type in ROOTS:
                return ".".join(keys)
            case "$args":
                return ".".join(("args", *keys))
            case "$this":
                return ".".join(("self", *keys))
        raise Unsaid(f"{path.variable or path.keys[0]} in what it sends")


def _under(base: Path | None, path: Path) -> Path:
    if base is None or path.variable:
        return path
    return Path(base.variable, (*base.keys, *path.keys), path.method, path.arguments)


def _maps(written: object) -> list[Said]:
    several = written if isinstance(written, list) else [written]
    return [each for each in several if isinstance(each, Mapping)]


def source_keys(said: Said) -> dict[str, object]:
    """What a `@source` says, as a source: address, headers, headers passed on."""
    http = said.get("http")
    given: Said = http if isinstance(http, Mapping) else {}
    made: dict[str, object] = {"url": _from_environment(str(given.get("baseURL", "")))}
    headers, passed = {}, []
    for each in _maps(given.get("headers")):
        if "from" in each:
            passed.append(str(each["from"]).lower())
        else:
            headers[str(each.get("name"))] = _from_environment(str(each.get("value")))
    if headers:
        made["headers"] = headers
    if passed:
        made["forward_headers"] = passed
    return made


_VARIABLE = re.compile(r"\{\s*\$(?:env|config)\.([\w.]+)\s*\}")


def _from_environment(text: str) -> str:
    """With variables where it names some, and nowhere else."""

    def named(found: re.Match[str]) -> str:
        return f"${{{found[1].replace('.', '_').upper()}:-unset}}"

    return _VARIABLE.sub(named, text.replace("${", "$${"))
