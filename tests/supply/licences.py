"""Which licences a distribution may have, and what one says of itself.

Runs offline, on what is installed. `NOT_SAID` is for distributions whose metadata names
no licence that can be told from others; each was read in its own files.
"""

from __future__ import annotations

from importlib.metadata import Distribution
from typing import Final

from license_expression import ExpressionError, LicenseSymbol, get_spdx_licensing
from packaging.utils import canonicalize_name

ALLOWED: Final = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0"),
        *("PSF-2.0", "Python-2.0", "Unlicense"),
        "MPL-2.0",  # of their own files alone, which we do not change
        "LGPL-3.0-only",  # psycopg: imported as it is published, replaceable
    }
)
BY_CLASSIFIER: Final = {
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Only those that mean one licence: "BSD License" may be any of several."""
NOT_SAID: Final = {
    "aiocache": "BSD-3-Clause",
    "graphene-django-graphiql-static": "BSD-3-Clause AND MIT",  # the package; GraphiQL
    "protobuf": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
}
_SPDX = get_spdx_licensing()


def licence_of(distribution: Distribution) -> str | None:
    """The SPDX expression of a distribution; None where it cannot be told."""
    said = distribution.metadata
    named = canonicalize_name(said["Name"])
    for text in (said.get("License-Expression"), said.get("License")):
        if text and _is_spdx(text):
            return text
    if named in NOT_SAID:
        return NOT_SAID[named]
    kinds = [
        BY_CLASSIFIER.get(line.rpartition(" :: ")[2])
        for line in said.get_all("Classifier", [])
        if line.startswith("License :: ")
    ]
    known = [kind for kind in kinds if kind]
    if known and len(known) == len(kinds):
        return " AND ".join(known)
    return None


def is_allowed(expression: str) -> bool:
    """Whether a choice that the expression leaves is of `ALLOWED` alone."""
    parsed = _SPDX.parse(expression)
    known = {
        symbol: _SPDX.TRUE if str(symbol) in ALLOWED else _SPDX.FALSE
        for symbol in parsed.symbols
    }
    return parsed.subs(known).simplify() == _SPDX.TRUE


def _is_spdx(text: str) -> bool:
    try:
        parsed = _SPDX.parse(text, validate=True)
    except ExpressionError:
        return False
    return all(isinstance(one, LicenseSymbol) for one in parsed.symbols)
