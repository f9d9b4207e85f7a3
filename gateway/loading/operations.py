"""The deployment's saved operations, read and held against a schema.

In charge of their folder: whether it is there, which files count, and that nothing is
validated again while nothing changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graphql import GraphQLSchema

from gateway.deployment import Deployment
from gateway.errors import Problems
from gateway.loading.files import SDL_SUFFIXES, name_of, sdl_texts
from gateway.policy.limits import Limits
from gateway.saved.model import Saved
from gateway.saved.taking import Texts, take_saved
from gateway.values import SourceSpan


@dataclass(slots=True)
class SavedFiles:
    """Reads them load after load; remembers what the last one came to."""

    _key: object = None
    _saved: Saved = field(default_factory=Saved)

    def take(
        self,
        deployment: Deployment,
        schema: GraphQLSchema,
        limits: Limits,
        older: Mapping[str, str],
    ) -> Saved:
        """The operations of the deployment's folder; none where it names none."""
        problems = Problems()
        texts = _texts(deployment, problems)
        last_good = {file: older[file] for file in texts if file in older}
        key = schema, limits, texts, last_good, problems.found
        if key != self._key:
            taken = take_saved(texts, last_good, schema, limits)
            found = (*problems.found, *taken.problems)
            self._key, self._saved = key, replace(taken, problems=found)
        return self._saved


def without_operations(texts: Mapping[str, str]) -> Mapping[str, str]:
    """Of all texts that were good once, those of profiles."""
    return {f: text for f, text in texts.items() if not f.endswith(SDL_SUFFIXES)}


def _texts(deployment: Deployment, problems: Problems) -> Texts:
    if deployment.operations is None:
        return {}
    folder = deployment.operations.path
    if not folder.exists():
        problems.add(
            deployment.places.get(("operations",), SourceSpan("headwater.yaml")),
            f"there is no folder {name_of(folder)} of saved operations",
            hint="create it, or remove 'operations'",
        )
        return {}
    return sdl_texts(folder, problems)
