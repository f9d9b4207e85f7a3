"""The imported project of the shop, in front of subgraphs that run.

`shop.graphql` is what `@apollo/composition` makes of the subgraphs in
`tests/composition/shop.py`.
"""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from gateway.cli.main import app
from tests.composition.street import Street

SHOP = Path(__file__).parent / "shop.graphql"


def imported(folder: Path, street: Street) -> Path:
    """The deployment file of the project; subgraphs are where the street has them."""
    base = f"http://127.0.0.1:{street.port}"
    urls = [part for n in street.subgraphs for part in ("--url", f"{n}={base}/{n}")]
    asked = ["import", "supergraph", str(SHOP), *urls, "--into", str(folder)]
    ran = CliRunner().invoke(app, asked)
    assert ran.exit_code == 0, ran.output
    return folder / "headwater.yaml"
