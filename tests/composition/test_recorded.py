"""What `headwater record` cannot keep of GraphQL sources, it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from tests.composition.project import files
from tests.composition.street import Street
from tests.project import write

LOSS = (
    "a 'field' or an 'entity' of a GraphQL source differs by what is selected: "
    "write its 'mock' or 'replies' by hand"
)


@pytest.mark.parametrize(
    ("query", "steps", "status", "said"),
    [
        ("{ products { warranty { months } } }", "products", 0, "Product.warranty"),
        ("{ products { inStock } }", "products, stock", 1, "no reply can be kept"),
    ],
)
def test_what_differs_by_selection_is_told(
    street: Street, tmp_path: Path, query: str, steps: str, status: int, said: str
) -> None:
    """Replies of other sources are kept all the same."""
    config = write(tmp_path, files(street))
    tape = str(tmp_path / "tape")
    ran = CliRunner().invoke(app, ["record", query, "--to", tape, "-c", str(config)])
    told = " ".join(ran.output.split())
    assert ran.exit_code == status, ran.output
    assert f"not kept: what {steps} answered; {LOSS}" in told
    assert said in told
