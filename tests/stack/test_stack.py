"""`make stack`, as tests and people use it: it serves, its parts fail and come back."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import servers
from tests.stack.asking import SHOWN, ask, get, workers
from tests.stack.part import StackError
from tests.stack.ports import Ports, chosen
from tests.stack.stack import Stack


def test_a_query_is_answered_through_nginx_by_every_gateway(stack: Stack) -> None:
    """Whole, and the same as each gateway says itself, with the warehouse's part."""
    wanted = {"data": {"customer360": SHOWN}}
    assert [ask(url) for url in (stack.url, *stack.gateways)] == [wanted] * 3


def test_each_gateway_has_its_workers(stack: Stack) -> None:
    """Three processes in all, none of them shared."""
    first, second = (
        workers(url, wanted)
        for url, wanted in zip(stack.gateways, stack.wishes.workers, strict=True)
    )
    assert (len(first), len(second), first & second) == (2, 1, set())


@pytest.mark.parametrize("path", ["/metrics", "/-/versions"])
def test_nginx_keeps_what_is_for_operators(stack: Stack, path: str) -> None:
    """Gateways tell them on their own ports; the site does not."""
    assert (get(stack.url, path)[0], get(stack.gateways[0], path)[0]) == (404, 200)


def test_a_gateway_that_is_killed_is_nothing_that_clients_see(stack: Stack) -> None:
    """The other one is asked; started again, it serves as before."""
    gone = stack.parts["gateway-2"]
    gone.kill()
    try:
        assert stack.ended() is gone
        answers = [ask(stack.url) for _ in range(6)]
    finally:
        gone.start()
    assert answers == [{"data": {"customer360": SHOWN}}] * 6
    assert ask(stack.gateways[1]) == answers[0]


def test_a_taken_port_is_said_with_another_to_take(stack: Stack) -> None:
    """Nothing is started then."""
    with pytest.raises(StackError, match=f"port {stack.ports.nginx} is taken"):
        chosen(stack.ports.first)


@pytest.mark.parametrize("first", [80, 65_500, -1])
def test_ports_that_are_none_are_refused(first: int) -> None:
    """Before anything is made; those of root alone, too."""
    with pytest.raises(StackError, match="one from 1024 to 65476, or 0"):
        chosen(first)


def test_a_missing_program_is_said_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By Debian's names of packages; a database server's comes by its own place."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.setattr(servers, "programs", lambda: None)
    assert servers.missing() == ["nginx", "redis-server", "postgresql"]


def test_the_shipped_site_serves_as_many_gateways_as_there_are() -> None:
    """Only addresses differ between the file and what the stack runs."""
    made = servers.site(Ports(7000), 3)
    listed = re.findall(r"^ *(?:server|listen) (127\S+?)[ ;]", made, re.MULTILINE)
    ports = (7010, 7020, 7030, 7000)
    assert listed == [f"127.0.0.1:{port}" for port in ports]
    assert servers.site(Ports(4300), 2) == servers.SITE.read_text("utf-8")


def test_a_part_whose_starter_is_killed_ends_too(tmp_path: Path) -> None:
    """No server outlives the stack, however that ends."""
    port = chosen(0).first
    starting = f"""
import os, pathlib
from tests.stack.ports import Ports
from tests.stack.servers import redis
part = redis(Ports({port - 1}), pathlib.Path({str(tmp_path)!r}))
part.start()
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", starting], check=False, timeout=60)
    for _ in range(200):
        if not servers.listening(port):
            return
        subprocess.run(["sleep", "0.05"], check=True)
    pytest.fail("redis-server goes on")
