"""One server with the REST door for all of its tests."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from gateway.cli.listening import Wishes, asgi, built
from tests.doors.rest.bank import FILES
from tests.doors.rest.office import System, files
from tests.project import write
from tests.serving import running


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of the door, over real HTTP."""
    config = write(tmp_path_factory.mktemp("rest"), FILES)
    gateway = built(Wishes(config=(str(config),)), lambda _event: None)
    with running(asgi(gateway), lifespan="on") as port:
        base = f"http://127.0.0.1:{port}/api"
        with httpx.Client(base_url=base, trust_env=False) as client:
            yield client


@pytest.fixture(scope="session")
def system() -> System:
    """What the office's gateway calls."""
    return System()


@pytest.fixture(scope="session")
def office(
    tmp_path_factory: pytest.TempPathFactory, system: System
) -> Iterator[httpx.Client]:
    """A client of the office's door, over real HTTP."""
    with running(system.app()) as upstream:
        made = files(f"http://127.0.0.1:{upstream}")
        config = write(tmp_path_factory.mktemp("office"), made)
        gateway = built(Wishes(config=(str(config),)), lambda _event: None)
        with running(asgi(gateway), lifespan="on") as port:
            base = f"http://127.0.0.1:{port}/api"
            with httpx.Client(base_url=base, trust_env=False) as client:
                yield client
