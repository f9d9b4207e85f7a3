"""Why a part of a query has no plan: operations that no valid profile serves.

In charge of saying so with what is wrong in the files. Must never show a file to
who may not look at one.
"""

from __future__ import annotations

import dataclasses

from gateway.errors import Code
from gateway.generation import Generation
from gateway.request.document import mentions
from gateway.values import JsonValue
from gateway.workbench.view import View

_MOST = 3
"""Problems of an operation that are told; `headwater check` lists all."""


def lacking(
    generation: Generation, document: str, *, files: bool
) -> list[dict[str, JsonValue]]:
    """An error for each root field that would be answered by one.

    ``files`` adds what is wrong, and where, in the profiles of it.
    """
    missing = generation.whole.unavailable
    if not missing:
        return []
    told: list[dict[str, JsonValue]] = []
    for name in dict.fromkeys(mentions(document)):
        if name not in missing:
            continue
        words = f"Operation '{name}' has no valid profile at the moment"
        wrong = [*missing[name]] or [
            one for one in generation.problems if one.message.endswith(f".{name}")
        ]
        why = "; ".join(str(one) for one in wrong[:_MOST]) if files else ""
        said = f"{words}: {why}" if why else f"{words}."
        told.append({"message": said, "code": Code.PROFILE_UNAVAILABLE.value})
    return told


def told(found: View, generation: Generation, document: str, *, files: bool) -> View:
    """What a query comes to, with the words for what of it has no profile.

    Where nothing else of it would run there is no plan to be looked at.
    """
    lacks = lacking(generation, document, files=files)
    if not lacks:
        return found
    plan = found.ready.plan if found.ready else None
    if plan is None or not any(root.steps for root in plan.roots):
        return View(errors=(*lacks,))
    return dataclasses.replace(found, errors=(*lacks,))
