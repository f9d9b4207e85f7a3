"""The deployment's saved operations, read and held against a schema.

In charge of nothing being validated again while nothing changed.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphql import GraphQLSchema

from gateway.loading.files import SDL_SUFFIXES
from gateway.policy.limits import Limits
from gateway.record import Struct, field
from gateway.saved.model import Saved
from gateway.saved.taking import Texts, take_saved


class SavedFiles(Struct):
    """Reads them load after load; remembers what the last one came to."""

    _key: object = None
    _saved: Saved = field(default_factory=Saved)

    def take(
        self,
        texts: Texts,
        schema: GraphQLSchema,
        limits: Limits,
        older: Mapping[str, str],
    ) -> Saved:
        """The operations of these files, each at its newest good version."""
        last_good = {file: older[file] for file in texts if file in older}
        key = schema, limits, texts, last_good
        if key != self._key:
            taken = take_saved(texts, last_good, schema, limits)
            self._key, self._saved = key, taken
        return self._saved


def without_operations(texts: Mapping[str, str]) -> Mapping[str, str]:
    """Of all texts that were good once, those of profiles."""
    return {f: text for f, text in texts.items() if not f.endswith(SDL_SUFFIXES)}
