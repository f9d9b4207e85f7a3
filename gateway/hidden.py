"""What callers are told who do not see the whole schema.

In charge of documents that name what is hidden being refused in the words in which
they would be if there were no such thing. Pure.
"""

from __future__ import annotations

from gateway.errors import Code, RequestError
from gateway.generation import Generation
from gateway.policy.limits import LimitError
from gateway.prepared import Operation, read_operation
from gateway.profile.model import Audience
from gateway.request.document import coerce_variables
from gateway.request.model import Asking

_AGAIN = 0.01
"""Seconds in which a document is read once more, to say what is wrong with it."""


def read_as_seen(
    generation: Generation, audience: Audience, asking: Asking, *, named: bool
) -> Operation:
    """A document by the schema as its caller sees it; ``named``: it names what is not.

    Raises:
        RequestError: it is not valid, or there is none such.
    """
    text, seen = asking.document, generation.seen_by(audience)
    try:
        operation = read_operation(seen, text, asking.operation, _AGAIN)
    except LimitError as error:
        if error.excess.limit != "planning":
            raise
        named = True  # what is wrong would take long to say once more
    if named:  # whatever the schema without it says, what is hidden is not given
        message = "The document is not valid for this caller."
        raise RequestError(message, code=Code.GRAPHQL_VALIDATION_FAILED)
    return operation


def check_inputs(
    generation: Generation, audience: Audience, operation: Operation, asking: Asking
) -> None:
    """Values of variables may name what is hidden too.

    Raises:
        InvalidDocumentError: BAD_USER_INPUT, one error for each that is wrong.
    """
    if audience.hides_inputs and operation.variables.usual is None:
        schema = generation.visible(audience)
        coerce_variables(schema, operation.node, asking.variables)
