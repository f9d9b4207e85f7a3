"""`headwater schema`: the GraphQL schema, and the JSON Schema of the YAML files."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.failures import command, misused
from gateway.cli.options import Claims, Client, Flags, Tenant
from gateway.cli.query import Asker


@command
def schema(  # noqa: PLR0913 - one parameter for each option
    file: Annotated[
        list[str] | None,
        typer.Option(
            "-c",
            metavar="FILE",
            help="Deployment file; repeat it, later ones override. "
            "Else HEADWATER_CONFIG, else ./headwater.yaml.",
            show_default=False,
        ),
    ] = None,
    *,
    tenant: Tenant = None,
    flag: Flags = None,
    client: Client = None,
    claims: Claims = None,
    config: Annotated[
        bool,
        typer.Option(
            "--config",
            help="Print the JSON Schema of profiles and of headwater.yaml instead.",
        ),
    ] = False,
    federation: Annotated[
        bool,
        typer.Option(
            "--federation",
            help="Print the SDL of the federation v2 subgraph instead.",
        ),
    ] = False,
) -> None:
    """Print the GraphQL SDL that the profiles serve.

    With a tenant, flags, a client or claims only what such a caller sees of it.
    """
    if config:
        _print_files()
    elif federation:
        _print_subgraph(file)
    else:
        asks = any((tenant, flag, client, claims))
        asker = Asker(tenant, tuple(flag or ()), claims, client)
        _print_sdl(file, asker if asks else None)


def _print_sdl(file: list[str] | None, asker: Asker | None) -> None:
    from graphql import print_schema

    from gateway.cli.project import planning_gateway
    from gateway.request.model import PlanWish

    gateway = planning_gateway(file)
    generation = gateway.current
    schema = generation.schema
    if asker is not None:
        request = asker.request(gateway, PlanWish.NONE)
        schema = generation.visible(generation.offered(request))
    typer.echo(print_schema(schema))


def _print_subgraph(file: list[str] | None) -> None:
    from gateway.cli.project import planning_gateway

    sdl = planning_gateway(file).current.subgraph
    if sdl is None:
        raise misused(
            "this deployment is no subgraph",
            hint="write 'federation: true' in headwater.yaml",
        )
    typer.echo(sdl, nl=False)


def _print_files() -> None:
    """One document with both schemas; either stands by itself."""
    from gateway.cli.show import print_json
    from gateway.connectors.registry import step_types
    from gateway.deployment import json_schema as deployment_schema
    from gateway.profile.document import json_schema as profile_schema

    types = {name: each.options for name, each in step_types().items()}
    print_json({"profile": profile_schema(types), "deployment": deployment_schema()})
