"""What all models of written files have in common: strict, frozen, described.

In charge of the base class and the types of single keys. A key's description is
written once, in its field: the JSON Schema and the language reference are made of it.
Must never know a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from gateway.values import JsonValue

    Json: TypeAlias = JsonValue
else:
    Json = Any


M = TypeVar("M", bound="StrictModel")


class StrictModel(BaseModel):
    """A map of known keys. Unknown ones are errors; nothing is converted silently."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        protected_namespaces=(),
        defer_build=True,  # most kinds of source are in no deployment
    )


def unwritten(model: type[M], **known: Any) -> M:
    """What a map of keys says that is not written, for a field's default.

    Calling the model would check what is written here already, and have its schema made
    whenever the module is imported.
    """
    return cast("M", model.model_construct(None, **known))


def wrong(message: str, *, hint: str | None = None) -> PydanticCustomError:
    """An error in an author's words, for validators to raise."""
    return PydanticCustomError("headwater", "{why}", {"why": message, "hint": hint})


def wrong_key(key: str, message: str, *, hint: str) -> PydanticCustomError:
    """The same of one key of a map, for validators of the whole map to raise."""
    context = {"why": message, "hint": hint, "key": key}
    return PydanticCustomError("headwater", "{why}", context)


def _text(written: object) -> object:
    if isinstance(written, str) and not written.strip():
        raise wrong("this text is empty", hint="write something, or remove the key")
    return written


def _number(written: object) -> object:
    """YAML's numbers and truth values are told apart from text and each other."""
    if isinstance(written, str) and written.strip().lstrip("-").isdigit():
        raise wrong("this is text, and a number is wanted", hint=f"write {written}")
    return written


Text: TypeAlias = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
"""Text that says something."""
Flag: TypeAlias = Annotated[bool, Strict()]
"""``true`` or ``false``, nothing that resembles them."""
Count: TypeAlias = Annotated[int, Strict(), Field(ge=1), BeforeValidator(_number)]
"""A whole number from 1."""
Whole: TypeAlias = Annotated[int, Strict(), BeforeValidator(_number)]
"""A whole number."""
Cel: TypeAlias = Annotated[
    str, BeforeValidator(_text), Field(json_schema_extra={"format": "cel"})
]
"""A bare CEL expression."""
