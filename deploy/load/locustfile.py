# ruff: noqa: INP001 - scripts that stand alone
"""Locust, in an environment of its own: callers that wait for their answers.

python -m venv locust && locust/bin/pip install locust
locust/bin/locust -f deploy/load/locustfile.py --host http://127.0.0.1:4300 \
        --headless --users 50 --spawn-rate 10 --run-time 1m
"""

# mypy: ignore-errors
from locust import FastHttpUser, constant_throughput, task

QUERY = """query ($id: ID!) {
  customer360(customer_id: $id) { account { name } risk { score } }
}"""


class Clerk(FastHttpUser):
    """One caller, who asks four times a second at most."""

    wait_time = constant_throughput(4)

    @task
    def screen(self) -> None:
        body = {"query": QUERY, "variables": {"id": "42"}}
        with self.client.post("/graphql", json=body, catch_response=True) as reply:
            answer = reply.json() if reply.status_code == 200 else None  # noqa: PLR2004
            if answer is None or "errors" in answer:
                reply.failure(f"status {reply.status_code}")
