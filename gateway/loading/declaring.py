"""What the schema gets besides the SDL files: by profiles, and for a router."""

from __future__ import annotations

from typing import NamedTuple

from gateway.deployment import Deployment
from gateway.errors import Problems
from gateway.loading.catalog import Catalog
from gateway.loading.federation import Subgraph, subgraph_of
from gateway.schema.build import declared_sdl
from gateway.schema.guards import check_unguarded
from gateway.schema.sdl import Sdl


class Declared(NamedTuple):
    """SDL to be read after the files', and the subgraph, where it is one."""

    text: str
    subgraph: Subgraph | None


def declared_by(
    deployment: Deployment, sdl: Sdl, catalog: Catalog, problems: Problems
) -> Declared:
    """What profiles declare, and what a router asks for."""
    declared = declared_sdl(catalog.declaring, sdl)
    settings = deployment.federation
    if settings is None:
        check_unguarded(sdl.document, problems)
        return Declared(declared, None)
    subgraph = subgraph_of(catalog.audience, sdl, declared, settings, problems)
    return Declared(f"{declared}\n\n{subgraph.served}", subgraph)
