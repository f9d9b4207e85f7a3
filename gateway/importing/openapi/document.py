"""A description's file → `Description`: which operations there are, in one form.

In charge of the differences between 2.0, 3.0 and 3.1, schemas excepted. What cannot be
read of an operation leaves that operation out, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from gateway.importing.made import ImportFailure, Told
from gateway.importing.openapi import version2
from gateway.importing.openapi.library import (
    Found,
    Library,
    Raw,
    is_map,
    list_of,
    map_of,
    text_of,
)
from gateway.importing.openapi.media import answered, chosen_body
from gateway.importing.openapi.model import (
    Answer,
    Body,
    Description,
    Operation,
    Parameter,
    Part,
)

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


def read_description(library: Library, told: Told) -> Description:
    """The description of the library's main file.

    Raises:
        ImportFailure: it cannot be read, or is no OpenAPI of a version known here.
    """
    raw = library.open()
    version = _version(raw, library)
    reader = version2.Reader2(library) if version == "2.0" else Reader3(library)
    paths = raw.get("paths")
    if not is_map(paths):
        raise ImportFailure(
            library.place(str(library.main), ("paths",)),
            "the description has no paths",
            "there is nothing to import",
        )
    operations = tuple(_operations(paths, reader, library, told))
    required, scopes = _required(raw)
    return Description(
        text_of(map_of(raw, "info"), "title"),
        version,
        version2.url(raw) if version == "2.0" else _url(raw),
        operations,
        version2.schemes(raw)
        if version == "2.0"
        else map_of(map_of(raw, "components"), "securitySchemes"),
        required,
        scopes,
    )


def _version(raw: Raw, library: Library) -> str:
    swagger, openapi = raw.get("swagger"), raw.get("openapi")
    key, said = ("swagger", swagger) if openapi is None else ("openapi", openapi)
    text = "" if said is None else str(said)
    if key == "swagger" and text == "2.0":
        return "2.0"
    if key == "openapi" and text.startswith(("3.0", "3.1")):
        return text[:3]
    file = str(library.main)
    if said is None:
        raise ImportFailure(
            f"{file}:1:1",
            "this is no OpenAPI: it has neither 'openapi' nor 'swagger'",
            "name the description itself, such as openapi.json",
        )
    raise ImportFailure(
        library.place(file, (key,)),
        f"{key} {text or said!r} is not known here",
        "the versions are 2.0, 3.0 and 3.1",
    )


def _operations(
    paths: Raw, reader: Reader3 | version2.Reader2, library: Library, told: Told
) -> Iterator[Operation]:
    file = str(library.main)
    for path, item in paths.items():
        found = library.follow(item, file)
        if found is None or not is_map(found.raw):
            told.leave_out(path, "the path leads nowhere")
            continue
        if is_map(item) and "$ref" in item and len(item) > 1:
            found = Found({**found.raw, **item}, found.file)
        shared = map_or_empty(found.raw)
        for method in METHODS:
            raw = shared.get(method)
            if is_map(raw):
                said = f"{method.upper()} {path}"
                inherited = list_of(shared, "parameters")
                whole = {**raw, "parameters": [*inherited, *list_of(raw, "parameters")]}
                made = _operation(Part(method, path, whole, found.file), reader)
                if isinstance(made, Operation):
                    yield made
                else:
                    told.leave_out(said, made)


def map_or_empty(value: object) -> Raw:
    """The object; an empty one for anything else."""
    return value if is_map(value) else {}


def _operation(part: Part, reader: Reader3 | version2.Reader2) -> Operation | str:
    """The operation, or why it cannot be one."""
    raw = part.raw
    parameters = reader.parameters(part)
    if isinstance(parameters, str):
        return parameters
    body = reader.body(part)
    if isinstance(body, str):
        return body
    statuses, answer = reader.answer(part)
    tags = [tag for tag in list_of(raw, "tags") if isinstance(tag, str)]
    return Operation(
        part.method.upper(),
        part.path,
        text_of(raw, "operationId"),
        tags[0] if tags else "",
        parameters,
        body,
        answer,
        statuses,
        text_of(raw, "summary"),
        text_of(raw, "description"),
        raw.get("deprecated") is True,
    )


def unique(found: Iterator[Parameter]) -> tuple[Parameter, ...]:
    """Of equal names in one place the last counts: an operation's over its path's."""
    return tuple({(each.place, each.name): each for each in found}.values())


class Reader3:
    """What 3.0 and 3.1 say."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def parameters(self, part: Part) -> tuple[Parameter, ...] | str:
        """The parameters, or why there is one that cannot be read."""
        made = []
        for each in list_of(part.raw, "parameters"):
            found = self.library.follow(each, part.file)
            if found is None or not is_map(found.raw):
                return "a parameter is referred to that is not there"
            made.append(_parameter(found.raw, found.file))
        return unique(iter(made))

    def body(self, part: Part) -> Body | str | None:
        """The body, None without one, or why it cannot be sent."""
        if "requestBody" not in part.raw:
            return None
        found = self.library.follow(part.raw["requestBody"], part.file)
        if found is None or not is_map(found.raw):
            return "its body is referred to, and is not there"
        content = map_of(found.raw, "content")
        media = chosen_body(content)
        if media is None:
            return f"its body is {', '.join(content) or 'of no type'}"
        schema = Found(map_of(content, media).get("schema", {}), found.file)
        required = found.raw.get("required") is True
        return Body(media, schema, required, text_of(found.raw, "description"))

    def answer(self, part: Part) -> tuple[frozenset[str], Answer | None]:
        """All statuses that are told of, and the answer that counts."""
        responses = map_of(part.raw, "responses")
        answers = []
        for status, response in responses.items():
            found = self.library.follow(response, part.file)
            if found is None or not is_map(found.raw):
                continue
            headers = frozenset(h.lower() for h in map_of(found.raw, "headers"))
            content = map_of(found.raw, "content")
            schemas = {
                media: Found(map_of(content, media).get("schema", {}), found.file)
                for media in content
            }
            answers.append((status, schemas, headers))
        return frozenset(responses), answered(answers)


def _parameter(raw: Raw, file: str) -> Parameter:
    place = text_of(raw, "in")
    style = text_of(raw, "style") or _STYLES.get(place, "form")
    explode = raw.get("explode", style == "form")
    content = map_of(raw, "content")
    if content:
        style = f"content {next(iter(content))}"
    return Parameter(
        text_of(raw, "name"),
        place,
        Found(raw.get("schema", {}), file),
        raw.get("required") is True or place == "path",
        style,
        explode is True,
        text_of(raw, "description"),
        raw.get("deprecated") is True,
    )


def _url(raw: Raw) -> str:
    servers = [each for each in list_of(raw, "servers") if is_map(each)]
    if not servers:
        return ""
    url = text_of(servers[0], "url")
    for name, variable in map_of(servers[0], "variables").items():
        default = text_of(variable, "default") if is_map(variable) else ""
        url = url.replace(f"{{{name}}}", default)
    return urljoin("http:", url) if url.startswith("//") else url


def _required(raw: Raw) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The schemes that the whole API asks for, and their scopes."""
    for each in list_of(raw, "security"):
        if is_map(each) and each:
            scopes = [s for name in each for s in list_of(each, name)]
            return tuple(each), tuple(s for s in scopes if isinstance(s, str))
    return (), ()
