"""One answer, made in both ways and held equal."""

from __future__ import annotations

from gateway.request.model import Selection
from gateway.response.answering import Way, build_answer, projected
from gateway.response.model import Answer
from gateway.response.projection import Projection, compile_projection
from gateway.response.reference import ErrorView, Finished, refer
from gateway.schema.encoding import to_json


def both_ways(
    finished: Finished, selection: Selection, seen: ErrorView | None = None
) -> tuple[Answer, Way]:
    """The answer, and the way that it would be made; byte for byte the same in both."""
    projection = compile_projection(finished.schema, selection, finished.plan)
    return held_equal(finished, seen or ErrorView(), projection)


def held_equal(
    finished: Finished, seen: ErrorView, projection: Projection | None
) -> tuple[Answer, Way]:
    """The same, of an operation that is compiled already."""
    data = projected(projection, finished.reader)
    made, way = build_answer(finished, seen, data, _must_not)
    ours, meant = in_bytes(made), in_bytes(refer(finished, seen))
    assert ours == meant, f"{way}\n{ours!r}\nis not\n{meant!r}"
    return made, way


def _must_not(error: Exception) -> None:
    """The compiled path leaves by `Bail` only."""
    raise error


def in_bytes(answer: Answer) -> bytes:
    """What is sent; in place of what cannot be written, why."""
    try:
        return to_json(answer.as_json())
    except (TypeError, ValueError) as error:
        return repr(error).encode()
