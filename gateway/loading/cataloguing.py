"""Texts → the catalog of their profiles, and their saved operations.

In charge of what one loader remembers of texts: what it has compiled, and which version
of each file was good last. Must never open a source, nor make a generation.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphql import GraphQLSchema

from gateway.deployment import Deployment
from gateway.errors import Problems, ProfileError
from gateway.loading.admission import limits_of
from gateway.loading.compiler import Compiler
from gateway.loading.flagging import offered
from gateway.loading.last_good import LastGood, Older
from gateway.loading.objectives import check_objectives
from gateway.loading.operations import SavedFiles, without_operations
from gateway.loading.reading import Read
from gateway.loading.reference import check_reference
from gateway.loading.taking import make_catalog
from gateway.loading.world import world_of
from gateway.loading.written import Written
from gateway.record import Struct, field
from gateway.saved.model import Saved
from gateway.schema.sdl import read_sdl


class Cataloguing(Struct):
    """What texts come to. A ``fresh`` look takes nothing that was good before.

    With ``remember`` the last good texts are kept on disk too.
    """

    remember: bool = False
    _compiler: Compiler = field(default_factory=Compiler)
    _operations: SavedFiles = field(default_factory=SavedFiles)
    _last_good: Older = field(default_factory=Older)

    def catalog(
        self,
        deployment: Deployment,
        written: Written,
        problems: Problems,
        *,
        fresh: bool = False,
    ) -> Read:
        """The SDL, the world and the catalog that they make.

        Raises:
            ProfileError: the SDL or the deployment is wrong.
        """
        found_sdl = written.sdl
        readable = {file: text for file, text in found_sdl.items() if text is not None}
        sdl = read_sdl(readable, problems) if len(readable) == len(found_sdl) else None
        if sdl is None:
            raise ProfileError(tuple(problems.found))
        found = Problems()
        offer = offered(deployment, found)
        world = world_of(deployment, sdl, offer.defaults, written.root, found)
        problems.extend(found.found)
        found.raise_if_any()
        check_reference(deployment, problems)
        older = {} if fresh else without_operations(self._older(deployment, written))
        made = make_catalog(self._compiler, written.profiles, older, world)
        check_objectives(deployment, made, problems)
        return Read(sdl, world, made, offer)

    def saved(
        self,
        deployment: Deployment,
        written: Written,
        schema: GraphQLSchema,
        *,
        fresh: bool = False,
    ) -> Saved:
        """The saved operations, held against the schema."""
        older = {} if fresh else self._older(deployment, written)
        limits = limits_of(deployment)
        return self._operations.take(written.operations, schema, limits, older)

    def good(self, deployment: Deployment, texts: Mapping[str, str]) -> None:
        """Keep these for the day one of their files is broken."""
        self._kept(deployment).write(texts)

    def _older(self, deployment: Deployment, written: Written) -> Mapping[str, str]:
        """Files that were good once; a release has none, it is one whole."""
        return {} if written.release else self._kept(deployment).read()

    def _kept(self, deployment: Deployment) -> LastGood:
        return self._last_good.of(deployment.profiles.state if self.remember else None)
