"""One answer, made in both ways and held equal."""

from __future__ import annotations

from gateway.request.model import Selection
from gateway.response.answering import Way, build_answer
from gateway.response.model import Answer
from gateway.response.projection import compile_projection
from gateway.response.reference import ErrorView, Finished, refer
from gateway.schema.encoding import to_json


def both_ways(
    finished: Finished, selection: Selection, seen: ErrorView | None = None
) -> tuple[Answer, Way]:
    """The answer, and the way that it would be made; byte for byte the same in both."""
    view = seen or ErrorView()
    projection = compile_projection(finished.schema, selection, finished.plan)
    made, way = build_answer(finished, view, projection)
    assert to_json(made.as_json()) == to_json(refer(finished, view).as_json())
    return made, way
