"""The validator of JSON Schema, without the checkers of formats.

`jsonschema` imports `rfc3987_syntax` where it is installed, which makes 39 grammars at
once: 3 s of each process that collects. No test here checks a format.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

__all__ = ["Draft202012Validator"]


def __getattr__(name: str) -> object:
    """At the first use, with the grammars' module hidden as if it were not there."""
    if name not in __all__:
        raise AttributeError(name)
    hidden = sys.modules.get("rfc3987_syntax")
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        from jsonschema import Draft202012Validator
    finally:
        del sys.modules["rfc3987_syntax"]
        if hidden is not None:
            sys.modules["rfc3987_syntax"] = hidden
    return Draft202012Validator
