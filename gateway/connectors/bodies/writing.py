"""A step's body → bytes, as its `content-type` says. Pure.

In charge of one spelling for each type. Text is never pasted together from values here:
XML is written from maps, so that no value leaves its element.
"""

from __future__ import annotations

from gateway.connectors.bodies.media import media_type
from gateway.connectors.rendering import form_bytes, json_bytes, rejected, text_of

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def body_bytes(value: object, written: str) -> bytes:
    """A body of the type that is ``written`` in the request's `content-type`.

    Raises:
        UpstreamError: rejected, where the type cannot say the value.
    """
    if written == JSON:
        return json_bytes(value)
    came = media_type(written)
    if came.essence == FORM:
        return form_bytes(value)
    match came.kind:
        case "ndjson":
            if not isinstance(value, list | tuple):
                raise rejected("The body is no list of lines.")
            return b"".join(json_bytes(line) + b"\n" for line in value)
        case "xml":
            from gateway.connectors.bodies.xml import xml_bytes

            return xml_bytes(value)
        case "text":
            return _encoded(text_of(value, "the body"))
        case "csv":
            raise rejected("A body of CSV cannot be written.")
        case _:
            return json_bytes(value)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise rejected("The body is not valid Unicode text.") from None
