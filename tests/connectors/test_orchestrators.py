"""A state machine run over a real socket, signed, and answered as it was recorded.

Profile and deployment are those of the scenario `orchestrator_stepfunctions`; only the
address is the test's own. The signature is computed a second time here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

from gateway.app import build_gateway
from gateway.telemetry.events import unobserved
from tests.connectors.grants import Answer, Came, serving
from tests.project import ask

SCENARIO = Path(__file__).parents[1] / "scenarios/orchestrator_stepfunctions"
KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SYNC = "https://sync-states.eu-central-1.amazonaws.com"
JSON = (("content-type", "application/x-amz-json-1.0"),)


def recorded(came: Came) -> Answer:
    """What StartSyncExecution answers; whose signature is wrong is told so."""
    if signature(came) not in came.headers["authorization"]:
        return Answer(400, {"__type": "InvalidSignatureException"})
    asked = json.loads(came.body)
    score = {"score": 0.25, "band": "LOW", "reasons": []}
    body = {
        "executionArn": "arn:aws:states:eu-central-1:111122223333:express:assess:e:0",
        "input": asked["input"],
        "output": json.dumps(score),
        "stateMachineArn": asked["stateMachineArn"],
        "startDate": 1.7698464e9,
        "status": "SUCCEEDED",
        "stopDate": 1.76984640012e9,
    }
    return Answer(200, body)


def signature(came: Came) -> str:
    """AWS Signature Version 4 of a request as it came, by the published steps."""
    shown = dict(
        part.split("=", 1)
        for part in came.headers["authorization"].partition(" ")[2].split(", ")
    )
    signed = shown["SignedHeaders"].split(";")
    scope = shown["Credential"].partition("/")[2]
    lines = [came.method, came.path, ""]
    lines += [f"{name}:{came.headers[name]}" for name in signed]
    lines += ["", ";".join(signed), hashlib.sha256(came.body).hexdigest()]
    told = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", came.headers["x-amz-date"], scope, told))
    key = f"AWS4{KEYS[1]}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


async def test_an_express_execution_is_signed_and_answers_in_the_request(
    tmp_path: Path,
) -> None:
    """One POST: the operation in a header that is signed, input and output as text."""
    async with serving(recorded) as server:
        written = (SCENARIO / "headwater.yaml").read_text("utf-8")
        keys = f"service: states, access_key: {KEYS[0]}, secret_key: {KEYS[1]} }}"
        written = written.replace(SYNC, server.url).replace("service: states }", keys)
        for name in ("profiles", "schema"):
            written = written.replace(f"./{name}", str(SCENARIO / name))
        config = tmp_path / "headwater.yaml"
        config.write_text(written, "utf-8")
        gateway = build_gateway([config], {}, observe=unobserved)
        query = (
            '{ assessment(customer_id: "7", amount: "1.5") { risk { score band } } }'
        )
        answer = await ask(gateway, query)
        gateway.current.lease.retire()
        await gateway.pool.closed()
    assert answer["data"] == {"assessment": {"risk": {"score": 0.25, "band": "LOW"}}}
    assert "errors" not in answer
    (came,) = server.came
    assert (came.method, came.path) == ("POST", "/")
    assert came.headers["x-amz-target"] == "AWSStepFunctions.StartSyncExecution"
    assert came.headers["content-type"] == JSON[0][1]
    assert ";x-amz-target" in came.headers["authorization"]
    assert json.loads(came.body)["input"] == '{"customer":"7","amount":1.5}'
