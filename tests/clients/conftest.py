"""One gateway for all of these tests: it is as it is by default."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.shop import Served, shop


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with shop(tmp_path_factory.mktemp("shop")) as found:
        yield found
