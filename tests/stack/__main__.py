"""``make stack``: start the stack, say where it is, end it with Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from typing import NoReturn

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
    wishes = _wishes()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end(_number: int, _frame: object) -> NoReturn:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise _Ended

    for number in numbers:
        signal.signal(number, end)
    try:
        print("Starting Redis, PostgreSQL, the demo's services, gateways and nginx")
        with running(wishes) as stack:
            print(_told(stack), flush=True)
            _watch(stack)
    except _Ended:
        print("\nEnded, with everything it started.")
        return 0
    except StackError as error:
        print(error, file=sys.stderr)
        return 1


def _wishes() -> Wishes:
    parser = argparse.ArgumentParser(prog="python -m tests.stack", description=__doc__)
    parser.add_argument("--gateways", type=int, default=2, choices=range(1, 5))
    parser.add_argument("--workers", type=int, default=2, choices=range(1, 9))
    parser.add_argument(
        "--first", type=int, default=FIRST, help="first of 60 ports; 0: free ones"
    )
    asked = parser.parse_args()
    return Wishes(asked.gateways, asked.workers, asked.first)


def _told(stack: Stack) -> str:
    """Where everything is, and what to try."""
    lines = [
        f"\nReady: {stack.url}/  (nginx; GraphiQL, and /graphql for programs)\n",
        *(
            f"  gateway-{number}    {url}  {stack.wishes.workers} workers, admin at "
            f"{HOST}:{stack.ports.admin(number)} and up"
            for number, url in enumerate(stack.gateways, start=1)
        ),
        f"  redis        {stack.environment['REDIS_URL']}",
        f"  postgres     {stack.environment['WAREHOUSE_URL']}",
        f"  upstreams    {stack.upstreams}  POST /-/break?service=fraud, /-/mend",
        f"  logs, state  {stack.state}",
        f"  admin token  {ADMIN_TOKEN}",
        "\nTry:",
        f"  curl -s {stack.url}/graphql -H 'content-type: application/json' \\",
        f"    -d '{_QUERY}'",
        "Ctrl-C ends everything.",
    ]
    return "\n".join(lines)


def _watch(stack: Stack) -> NoReturn:
    while (part := stack.ended()) is None:
        time.sleep(_LOOK)
    raise StackError(f"{part.name} ended:\n{part.told()}")


if __name__ == "__main__":
    sys.exit(main())
