"""What Swagger 2.0 says otherwise: parameters that are bodies, types without schemas.

In charge of bringing it into the form of 3. Must never read what both say alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gateway.importing.openapi.library import (
    Found,
    Library,
    Raw,
    is_map,
    list_of,
    map_of,
    text_of,
)
from gateway.importing.openapi.media import FORM, answered, chosen_body
from gateway.importing.openapi.model import Answer, Body, Parameter, Part
from gateway.values import JsonValue

_STYLES = {
    "csv": ("form", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}
_JSON = "application/json"
_FLOWS = {"application": "clientCredentials", "accessCode": "authorizationCode"}


class Reader2:
    """What 2.0 says."""

    def __init__(self, library: Library) -> None:
        self.library = library
        whole = library.open()
        self.consumes = list_of(whole, "consumes")
        self.produces = list_of(whole, "produces")

    def parameters(self, part: Part) -> tuple[Parameter, ...] | str:
        """The parameters, or why there is one that cannot be read."""
        made = {}
        for raw, file in self._written(part):
            if raw is None:
                return "a parameter is referred to that is not there"
            if text_of(raw, "in") in ("path", "query", "header"):
                each = _parameter(raw, file)
                made[each.place, each.name] = each
        return tuple(made.values())

    def body(self, part: Part) -> Body | str | None:
        """The body, None without one, or why it cannot be sent."""
        form: dict[str, JsonValue] = {}
        required: list[JsonValue] = []
        for raw, file in self._written(part):
            place = text_of(raw or {}, "in")
            name = text_of(raw or {}, "name")
            if raw is not None and place == "body":
                schema = Found(raw.get("schema", {}), file)
                must = raw.get("required") is True
                return Body(_JSON, schema, must, text_of(raw, "description"))
            if raw is not None and place == "formData":
                if raw.get("type") == "file":
                    return "its body is multipart/form-data"
                form[name] = dict(raw)
                required += [name] if raw.get("required") is True else []
        if not form:
            return None
        consumes = [str(m) for m in list_of(part.raw, "consumes") or self.consumes]
        if consumes and chosen_body(consumes) is None:
            return f"its body is {', '.join(consumes)}"
        object_: Raw = {"type": "object", "properties": form, "required": required}
        return Body(FORM, Found(object_, part.file), bool(required))

    def answer(self, part: Part) -> tuple[frozenset[str], Answer | None]:
        """All statuses that are told of, and the answer that counts."""
        produces = _texts(list_of(part.raw, "produces") or self.produces) or [_JSON]
        responses = map_of(part.raw, "responses")
        answers = []
        for status, response in responses.items():
            found = self.library.follow(response, part.file)
            if found is None or not is_map(found.raw):
                continue
            headers = frozenset(h.lower() for h in map_of(found.raw, "headers"))
            schemas: Mapping[str, Found] = {}
            if "schema" in found.raw:
                schema = Found(found.raw["schema"], found.file)
                schemas = dict.fromkeys(produces, schema)
            answers.append((status, schemas, headers))
        return frozenset(responses), answered(answers)

    def _written(self, part: Part) -> Iterator[tuple[Raw | None, str]]:
        for each in list_of(part.raw, "parameters"):
            found = self.library.follow(each, part.file)
            good = found is not None and is_map(found.raw)
            raw = found.raw if found is not None else None
            yield (raw if is_map(raw) else None), found.file if good and found else ""


def _texts(values: Sequence[JsonValue]) -> list[str]:
    return [each for each in values if isinstance(each, str)]


def _parameter(raw: Raw, file: str) -> Parameter:
    place = text_of(raw, "in")
    style, explode = _STYLES.get(text_of(raw, "collectionFormat"), ("form", False))
    return Parameter(
        text_of(raw, "name"),
        place,
        Found(
            {k: v for k, v in raw.items() if k not in ("required", "in", "name")}, file
        ),
        raw.get("required") is True or place == "path",
        style if place == "query" else "simple",
        explode,
        text_of(raw, "description"),
    )


def url(raw: Raw) -> str:
    """The address that host, base path and schemes make."""
    host, base = text_of(raw, "host"), text_of(raw, "basePath")
    schemes = _texts(list_of(raw, "schemes"))
    if not host:
        return base
    scheme = "https" if "https" in schemes or not schemes else schemes[0]
    scheme = scheme if scheme in ("http", "https") else "https"
    return f"{scheme}://{host}{base}"


def schemes(raw: Raw) -> Raw:
    """The security definitions in the words of 3."""
    made: dict[str, JsonValue] = {}
    for name, each in map_of(raw, "securityDefinitions").items():
        if not is_map(each):
            continue
        match text_of(each, "type"):
            case "basic":
                made[name] = {"type": "http", "scheme": "basic"}
            case "oauth2":
                flow = text_of(each, "flow")
                token = {"tokenUrl": text_of(each, "tokenUrl")}
                flows = {_FLOWS.get(flow, flow): {**token, "scopes": {}}}
                made[name] = {"type": "oauth2", "flows": flows}  # type: ignore[dict-item]
            case _:
                made[name] = dict(each)
    return made
