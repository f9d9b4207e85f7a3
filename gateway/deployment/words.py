"""Words of all models of a deployment: numbers and switches as text too, nothing shown.

In charge of what the environment gives as text, and of keeping what may be secret out
of logs. Must never know a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator

from gateway.strict import StrictModel, wrong

_NUMBER = re.compile(r"-?\d{1,15}")
_WORDS = {"true": True, "false": False}


def _number(written: object) -> object:
    """A number; as text too, which is how the environment gives it."""
    if isinstance(written, str) and _NUMBER.fullmatch(written.strip()):
        return int(written)
    if isinstance(written, bool) or not isinstance(written, int):
        raise wrong("a whole number is wanted", hint="write a number")
    return written


def _switch(written: object) -> object:
    known = _WORDS.get(written) if isinstance(written, str) else written
    if not isinstance(known, bool):
        raise wrong("true or false is wanted", hint="write true or false")
    return known


Number: TypeAlias = Annotated[int, BeforeValidator(_number)]
Switch: TypeAlias = Annotated[bool, BeforeValidator(_switch)]


class Discreet(StrictModel):
    """A model whose repr names its keys and shows no text.

    Any text of a deployment may have come from the environment or a secret file.
    """

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name in type(self).model_fields:
            value = getattr(self, name)
            shown = value is None or isinstance(value, bool | int | float | BaseModel)
            yield name, value if shown else "..."
