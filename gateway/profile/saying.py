"""`error` as written → what the client is told when a step fails."""

from __future__ import annotations

from gateway.errors import did_you_mean
from gateway.expression import Template
from gateway.profile.document import StepDefaults, StepDocument
from gateway.profile.model import Saying
from gateway.profile.scope import SURROUNDINGS, NameScope, Written
from gateway.values import JsonValue

_OWN = "code"


def saying_of(
    document: StepDocument,
    written: Written,
    scope: NameScope,
    defaults: StepDefaults | None,
) -> Saying | None:
    """The step's own ``error``, else that of its file's ``defaults``."""
    own = document.error
    error = own or (defaults.error if defaults else None)
    if error is None:
        return None
    place = written if own else Written(written.file, ("defaults",))
    if _OWN in error.extensions:
        scope.problems.add(
            place.span(("error", "extensions", _OWN), key=True),
            "'code' is not one of the further extensions",
            hint="write it beside them, as error.code",
        )
    return Saying(
        message=_template(error.message, place, "message", scope),
        code=error.code,
        extensions=_template(dict(error.extensions), place, "extensions", scope),
    )


def _template(
    value: JsonValue, place: Written, key: str, scope: NameScope
) -> Template | None:
    """A failed step's results are not there to be read, nor is one parent of many."""
    if not value:
        return None
    made = scope.template(value, place, ("error", key))
    known = {*SURROUNDINGS, "response", *scope.arguments}
    for name in sorted(made.roots - known) if made else ():
        scope.problems.add(
            place.span(("error", key)),
            f"{name!r} cannot be read in 'error'",
            hint=did_you_mean(name, known)
            or "it reads the arguments, request, flags and response.status",
        )
    return made
