"""One process of `headwater serve`, as it is by default, for all of these tests."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.clients.shop import shop


@pytest.fixture(scope="session")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with shop(tmp_path_factory.mktemp("hygiene")) as served:
        found = urlsplit(served.url).port
        assert found is not None
        yield found
