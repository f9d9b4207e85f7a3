"""`POST /explorer/plan` and `/explorer/drawing`: plans as pictures, for the page.

In charge of what is asked and answered. Nothing is called: a plan is a dry run, and a
drawing is made of what was posted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from starlette.routing import Route

from gateway.drawing.drawn import drawing_of, drawn, file_of
from gateway.drawing.page import Report, page_of
from gateway.drawing.shown import UnreadableError
from gateway.errors import RequestError
from gateway.explorer.asked import Act, Place, Question, inspects
from gateway.explorer.details import details_of
from gateway.explorer.estimating import as_json, estimate_of
from gateway.record import Model
from gateway.response.model import shown
from gateway.schema.asking import read_members
from gateway.schema.serving import Serving
from gateway.values import JsonValue
from gateway.workbench.lacking import told
from gateway.workbench.view import view

Said = Mapping[str, JsonValue]


def plan_routes(serving: Serving, largest: int) -> list[Route]:
    """Both, for those who may see plans; ``largest`` is in bytes, of a body."""
    drawing = Drawing(serving)
    table: Mapping[str, Act] = {"plan": drawing.plan, "drawing": drawing.drawn}
    return [
        Route(f"/explorer/{name}", Place(serving, {"POST": act}, largest))
        for name, act in table.items()
    ]


class Drawing(Model, frozen=True):
    """The answers of one gateway."""

    serving: Serving

    async def plan(self, question: Question) -> JsonValue:
        """The plan of a query for whoever asks, or somebody else, and its picture.

        One that cannot be planned has the errors that its answer would have.
        """
        pipeline, generation = self.serving.pipeline, question.generation
        asking = read_members(dict(question.said))
        whole = inspects(generation.admission, question.request)
        made = view(pipeline, generation, asking, question.somebody())
        seen = told(made, generation, asking.document, files=whole)
        if seen.ready is None or seen.plan is None:
            return {"plan": None, "errors": list(seen.errors)}
        plan = seen.ready.plan
        estimate = estimate_of(plan, pipeline.watch.counted)
        return {
            "plan": seen.plan,
            "drawing": await asyncio.to_thread(drawing_of, seen.plan, estimate),
            "steps": details_of(plan, generation.texts if whole else None),
            "estimate": as_json(estimate),
            **({"errors": list(seen.errors)} if seen.errors else {}),
        }

    async def drawn(self, question: Question) -> JsonValue:
        """A plan that was posted, or its run: as pictures and in words.

        Raises:
            RequestError: it is none.
        """
        said = question.said
        plan = said.get("plan")
        if plan is None:
            raise RequestError("The body has no 'plan': an answer's `extensions.plan`.")
        try:
            return await asyncio.to_thread(_FORMS[_form(said)], plan, said)
        except UnreadableError as error:
            raise RequestError(shown(str(error))) from None


def _form(said: Said) -> str:
    form = said.get("form", "parts")
    if not isinstance(form, str) or form not in _FORMS:
        raise RequestError(f"'form' is none of {', '.join(_FORMS)}.")
    return form


def _page(plan: JsonValue, said: Said) -> dict[str, JsonValue]:
    made = drawn(plan, said.get("completeness"))
    query, errors = said.get("query"), said.get("errors")
    report = Report(
        str(made.drawing.attributes["aria-label"]),
        query if isinstance(query, str) else "",
        errors=errors if isinstance(errors, list) else (),
    )
    return {"page": page_of(made, report)}


def _svg(plan: JsonValue, _: Said) -> dict[str, JsonValue]:
    return {"svg": file_of(plan)}


def _parts(plan: JsonValue, said: Said) -> dict[str, JsonValue]:
    made = drawn(plan, said.get("completeness"))
    return {
        "drawing": str(made.drawing),
        "waterfall": None if made.waterfall is None else str(made.waterfall),
        "words": list(made.words),
    }


_FORMS: Mapping[str, Callable[[JsonValue, Said], dict[str, JsonValue]]] = {
    "parts": _parts,
    "page": _page,
    "svg": _svg,
}
"""In what a drawing is answered."""
