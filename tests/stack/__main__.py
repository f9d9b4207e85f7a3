"""``make stack``: start the stack, say where it is, end it with Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from gateway.record import replace
from tests.stack import dashboard, prometheus
from tests.stack.fixture import copied_project
from tests.stack.part import StackError
from tests.stack.ports import FIRST, HOST
from tests.stack.stack import ADMIN_TOKEN, Stack, Wishes, running

_LOOK = 0.5
_QUERY = (
    r'{"query": "{ customer360(customer_id: \"42\") '
    r'{ account { name } risk { score } } }"}'
)


class _Ended(BaseException):
    """Somebody asked for the end."""


def main() -> int:
    """Run until Ctrl-C, SIGTERM or SIGHUP; the status of the process."""
    asked = _asked()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end(_number: int, _frame: object) -> NoReturn:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise _Ended

    for number in numbers:
        signal.signal(number, end)
    try:
        print("Starting Redis, PostgreSQL, the demo's services, gateways and nginx")
        if asked.check_dashboard:
            return _checked(asked)
        with running(_wishes(asked)) as stack:
            print(_told(stack), flush=True)
            _watch(stack)
    except _Ended:
        print("\nEnded, with everything it started.")
        return 0
    except StackError as error:
        print(error, file=sys.stderr)
        return 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.stack", description=__doc__)
    parser.add_argument("--gateways", type=int, default=2, choices=range(1, 5))
    parser.add_argument("--workers", type=int, default=2, choices=range(1, 9))
    parser.add_argument(
        "--first", type=int, default=FIRST, help="first of 60 ports; 0: free ones"
    )
    parser.add_argument(
        "--check-dashboard",
        action="store_true",
        help="whether every query of deploy/observability has something to show; ends",
    )
    return parser.parse_args()


def _wishes(asked: argparse.Namespace) -> Wishes:
    return Wishes((asked.workers,) * asked.gateways, asked.first, watched=True)


def _checked(asked: argparse.Namespace) -> int:
    """A stack of its own, asked until every query has data; 1 where one has not."""
    with tempfile.TemporaryDirectory() as folder:
        wishes = _wishes(asked)
        watched = replace(
            wishes,
            project=copied_project(Path(folder)),
            config=(*wishes.config, dashboard.OVER),
        )
        with running(watched) as stack:
            empty = dashboard.check(stack)
    for line in empty:
        print(f"WRONG: {line}")
    print(f"{len([*dashboard.queries()]) - len(empty)} queries have data")
    return int(bool(empty))


def _told(stack: Stack) -> str:
    """Where everything is, and what to try."""
    lines = [
        f"\nReady: {stack.url}/  (nginx; GraphiQL, and /graphql for programs)\n",
        *(
            f"  gateway-{number}    {url}  {workers} workers, admin at "
            f"{HOST}:{stack.ports.admin(number)} and up"
            for number, (url, workers) in enumerate(
                zip(stack.gateways, stack.wishes.workers, strict=True), start=1
            )
        ),
        f"  redis        {stack.environment['REDIS_URL']}",
        f"  postgres     {stack.environment['WAREHOUSE_URL']}",
        f"  upstreams    {stack.upstreams}  POST /-/break?service=fraud, /-/mend",
        f"  prometheus   {_prometheus(stack)}",
        f"  logs, state  {stack.state}",
        f"  admin token  {ADMIN_TOKEN}",
        "\nTry:",
        f"  curl -s {stack.url}/graphql -H 'content-type: application/json' \\",
        f"    -d '{_QUERY}'",
        "Ctrl-C ends everything.",
    ]
    return "\n".join(lines)


def _prometheus(stack: Stack) -> str:
    if "prometheus" in stack.parts:
        return f"{stack.prometheus}  scrapes every worker"
    return f"none: apt-get install {prometheus.PACKAGE} adds one"


def _watch(stack: Stack) -> NoReturn:
    while (part := stack.ended()) is None:
        time.sleep(_LOOK)
    raise StackError(f"{part.name} ended:\n{part.told()}")


if __name__ == "__main__":
    sys.exit(main())
