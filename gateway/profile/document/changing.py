"""A step with some of its keys written anew, read as strictly as the step itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from gateway.profile.document.step import StepDocument
from gateway.unfit import Trail, Unfit


def rewritten(
    document: StepDocument,
    own: Iterable[str],
    keys: Mapping[str, object],
    unfit: Unfit,
    place: Trail,
) -> StepDocument | None:
    """The step with `keys`, which stand at `place`; None where they do not fit.

    Maps merge by key with what the step itself says under the keys in `own`.
    """
    given = sorted(document.model_fields_set & set(own))
    data = {"name": document.name, "type": document.type}
    data |= {name: getattr(document, name) for name in given}
    model = type(document)
    try:
        made = model.model_validate(merged(data, keys))
    except ValidationError as error:
        unfit.explain(error, model, place)
        return None
    return document.model_copy(update={key: getattr(made, key) for key in keys})


def merged(own: Mapping[str, object], other: Mapping[str, object]) -> dict[str, object]:
    """Maps by key, `other` winning; anything else is replaced."""
    made = dict(own)
    for key, value in other.items():
        before = made.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        made[key] = merged(before, value) if both else value  # type: ignore[arg-type]
    return made
