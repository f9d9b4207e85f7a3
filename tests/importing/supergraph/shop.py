"""The imported project of the shop, in front of subgraphs that run.

`shop.graphql` is what `@apollo/composition` makes of the subgraphs in
`tests/composition/shop.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from typer.testing import CliRunner

from gateway.cli.main import app
from tests.composition.street import Street

SHOP = Path(__file__).parent / "shop.graphql"


def imported(folder: Path, street: Street) -> Path:
    """The deployment file of the project; subgraphs are where the street has them."""
    base = f"http://127.0.0.1:{street.port}"
    return written(folder, SHOP, {name: f"{base}/{name}" for name in street.subgraphs})


def written(folder: Path, source: Path, urls: Mapping[str, str]) -> Path:
    """The deployment file of what a supergraph was made."""
    given = [part for n, url in urls.items() for part in ("--url", f"{n}={url}")]
    asked = ["import", "supergraph", str(source), *given, "--into", str(folder)]
    ran = CliRunner().invoke(app, asked)
    assert ran.exit_code == 0, ran.output
    return folder / "headwater.yaml"
