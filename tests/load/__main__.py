"""One query at a rate, and what came of it: ``python -m tests.load --rate 500``.

python -m tests.load --url http://127.0.0.1:4300 --rate 500 --seconds 10
"""

from __future__ import annotations

import argparse
import asyncio
import json

from tests.load.driver import Answered, Load, Report, post, run

QUERY = '{ customer360(customer_id: "42") { account { name } risk { score } } }'


async def measured(load: Load) -> Report:
    """Send it, and report."""
    report = Report()

    def hear(answered: Answered) -> None:
        report.hear(answered)

    report.wall = await run(load, hear)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:4300")
    parser.add_argument("--rate", type=float, default=100, help="requests a second")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--query", default=QUERY)
    asked = parser.parse_args()
    body = json.dumps({"query": asked.query}).encode()
    load = Load(asked.url, [post(body)], asked.rate, asked.seconds, asked.connections)
    print(asyncio.run(measured(load)).told())


if __name__ == "__main__":
    main()
