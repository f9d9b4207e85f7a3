"""One HTTP request → the GraphQL request it stands for, and how its answer is said.

In charge of which method does what, and of where parameters are: in the URL, or in a
JSON body. Waits for nothing but the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from gateway.doors.rest.answering import Asked
from gateway.doors.rest.arguments import Types, read_arguments, unknown_parameter
from gateway.doors.rest.bodies import check_values
from gateway.doors.rest.negotiation import Form, choose
from gateway.doors.rest.offered import Offered, find, find_saved, types_of
from gateway.doors.rest.parameters import Parameters, read_query
from gateway.doors.rest.problems import RefusedError
from gateway.doors.rest.representation import STRICT, wants
from gateway.doors.rest.rows import columns_of, is_rows
from gateway.doors.rest.writing import Writing, asking_of, missing
from gateway.errors import Code
from gateway.generation import Generation
from gateway.record import Model, field
from gateway.request.model import Asking, OperationKind
from gateway.saved.model import SavedOperation
from gateway.schema.asking import DEEPEST, is_deep
from gateway.schema.exchange import Receive, body_of, too_large
from gateway.schema.negotiation import is_json
from gateway.values import JsonValue

SAVED = "operations"
READS = ("GET", "HEAD")
DOCUMENTS = (Form.JSON, Form.GRAPHQL)
_NOT_FOUND = 404
_NOT_ALLOWED = 405
_NOT_ACCEPTABLE = 406
_UNSUPPORTED = 415
_SHOWN = 100


class Arrival(NamedTuple):
    """A request as it came in. ``below`` is its path below the door's."""

    method: str
    below: str
    query: bytes
    headers: Mapping[str, str]
    receive: Receive
    body_limit: int


class Call(Model, frozen=True):
    """What is asked, and how it is answered.

    ``chosen``: the client said itself which fields it wants.
    """

    asking: Asking
    asked: Asked
    chosen: bool = False


def allowed(kind: OperationKind, *, saved: bool) -> tuple[str, ...]:
    """The methods of an operation: what changes something is never read."""
    if kind is OperationKind.MUTATION:
        return ("POST",)
    return (*READS, "POST") if saved else READS


class Reading(Model, frozen=True):
    """Reads requests; keeps what it wrote for those like them."""

    writing: Writing = field(default_factory=Writing)

    async def read(self, generation: Generation, arrival: Arrival) -> Call:
        """The call that a request is.

        Raises:
            RequestError: it is none; with the status that says why.
            ClientGoneError: the client went before its body was complete.
        """
        found = target(generation, arrival.below)
        saved = isinstance(found, SavedOperation)
        check_method(arrival.method, allowed(found.kind, saved=saved))
        parameters = read_query(arrival.query)
        if isinstance(found, SavedOperation):
            return await self._saved(generation, found, arrival, parameters)
        return await self._offered(generation, found, arrival, parameters)

    async def _offered(
        self,
        generation: Generation,
        offered: Offered,
        arrival: Arrival,
        parameters: Parameters,
    ) -> Call:
        wanted = _wanted(parameters, offered.parameter)
        written = self.writing.written(generation, offered, wanted)
        type_, form = offered.field.type, Form.JSON
        columns = None
        offers = DOCUMENTS
        if is_rows(type_):
            columns = columns_of(generation.schema, type_, written.selection)
            table = (Form.CSV,) if columns is not None else ()
            offers = (*DOCUMENTS, Form.LINES, *table)
        form = _form(arrival.headers, offers)
        arguments = await _arguments(
            arrival, parameters, offered.types, offered.parameter
        )
        asking = asking_of(offered, written, arguments)
        strict = wants(arrival.headers.get("prefer"), STRICT)
        asked = Asked(form, offered.kind, offered.name, strict, columns or ())
        return Call(asking, asked, chosen=wanted is not None)

    async def _saved(
        self,
        generation: Generation,
        saved: SavedOperation,
        arrival: Arrival,
        parameters: Parameters,
    ) -> Call:
        form = _form(arrival.headers, DOCUMENTS)
        types = types_of(generation, saved)
        arguments = await _arguments(arrival, parameters, types, None)
        for one in saved.variables:
            if one.required and one.name not in arguments:
                raise missing(one.name)
        read_only = arrival.method in READS
        asking = Asking(saved.document, saved.name, arguments, read_only=read_only)
        strict = wants(arrival.headers.get("prefer"), STRICT)
        return Call(asking, Asked(form, saved.kind, None, strict))


def target(generation: Generation, below: str) -> Offered | SavedOperation:
    """What a path below the door's names.

    Raises:
        RefusedError: 404, or 503 where no version of it can serve.
    """
    first, slash, rest = below.partition("/")
    if not slash and first:
        return find(generation, first)
    if first == SAVED and rest and "/" not in rest:
        return find_saved(generation, rest)
    raise RefusedError(
        "Nothing is served at this path; openapi.json beside it lists what is.",
        status=_NOT_FOUND,
        code=Code.OPERATION_RESOLUTION_FAILURE,
    )


def check_method(method: str, methods: tuple[str, ...]) -> None:
    """Refuse what a resource does not know.

    Raises:
        RefusedError: 405, with those that it knows.
    """
    if method not in methods:
        listed = ", ".join((*methods, "OPTIONS"))
        raise RefusedError(
            f"This is asked by {' or '.join(methods)}, not by {method[:20]}.",
            status=_NOT_ALLOWED,
            code=Code.BAD_REQUEST,
            headers=((b"allow", listed.encode()),),
        )


def _form(headers: Mapping[str, str], offers: tuple[Form, ...]) -> Form:
    form = choose(headers.get("accept"), offers)
    if form is None:
        listed = ", ".join(one.value for one in offers)
        raise RefusedError(
            f"The answer is one of {listed}; the header 'accept' takes none of them.",
            status=_NOT_ACCEPTABLE,
            code=Code.BAD_REQUEST,
            more={"acceptable": [one.value for one in offers]},
        )
    return form


def _wanted(parameters: Parameters, name: str) -> str | None:
    texts = parameters.get(name, [])
    if len(texts) > 1:
        raise RefusedError(
            f"The parameter {name!r} is given more than once: its paths are separated"
            " by commas.",
            more={"parameter": name},
        )
    return texts[0] if texts else None


async def _arguments(
    arrival: Arrival, parameters: Parameters, types: Types, but: str | None
) -> Mapping[str, JsonValue]:
    """The arguments: in the URL for who reads, in the body of a POST."""
    if arrival.method in READS:
        return read_arguments(parameters, types, but)
    for name in parameters:
        if name != but:
            if name in types:
                raise RefusedError(
                    f"{name[:_SHOWN]!r} stands in the JSON body of a POST, not in its"
                    " URL.",
                    more={"parameter": name[:_SHOWN]},
                )
            raise unknown_parameter(name, [but] if but else [])
    body = await _json_of(arrival)
    for name in body:
        if name not in types:
            raise unknown_parameter(name, list(types))
    check_values(body, types)
    return body


async def _json_of(arrival: Arrival) -> Mapping[str, JsonValue]:
    """The object in the body. JSON alone: see Note [simple requests] of the schema."""
    headers = arrival.headers
    content_type = headers.get("content-type")
    if content_type is None or not is_json(content_type):
        raise RefusedError(
            "The body is not application/json in UTF-8, as the header 'content-type'"
            " has it; it may be {}.",
            status=_UNSUPPORTED,
            code=Code.BAD_REQUEST,
            headers=((b"accept-post", b"application/json"),),
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise RefusedError(
            "Compressed bodies are not read.",
            status=_UNSUPPORTED,
            code=Code.BAD_REQUEST,
        )
    length = headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > arrival.body_limit:
        raise too_large(arrival.body_limit)
    content = await body_of(arrival.receive, limit=arrival.body_limit)
    try:
        value: JsonValue = orjson.loads(content) if content else {}
    except orjson.JSONDecodeError as error:
        raise RefusedError(
            f"The body is not valid JSON: {error.msg}.", code=Code.BAD_REQUEST
        ) from None
    if not isinstance(value, dict):
        raise RefusedError("The body is not a JSON object.", code=Code.BAD_REQUEST)
    if is_deep(value):
        raise RefusedError(
            f"The body is nested deeper than {DEEPEST} levels.", code=Code.BAD_REQUEST
        )
    return value
