"""Task states → `api` steps, with their retries.

In charge of `http:invoke` and of Lambda functions, which are called by their URL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.importing.asl.document import (
    Object,
    Plain,
    Read,
    Unsaid,
    Value,
    cel_of,
    written,
)
from gateway.importing.asl.templates import filled, format_parts
from gateway.importing.made import Told
from gateway.importing.names import constant, field_name
from gateway.importing.openapi.library import Raw, text_of
from gateway.record import Model

_URL = re.compile(r"(https?://[^/?#]+)([^?#]*)(?:\?([^#]*))?")
_NAME = re.compile(r"([\w-]+)$")
_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_ERRORS: Mapping[str, tuple[str, ...]] = {
    "States.ALL": ("timeout", "connect", "reset", "5xx", "429"),
    "States.TaskFailed": ("connect", "reset", "5xx", "429"),
    "States.Timeout": ("timeout",),
    "States.Http.Socket": ("connect", "reset"),
}
_LAMBDA = ("States.ALL", "Lambda.")
_ATTEMPTS = 3


class Task(Model, frozen=True):
    """A step's keys, and what its state gives before `ResultSelector`."""

    step: dict[str, object]
    result: Value


@dataclass(slots=True)
class Tasks:
    """Makes steps; ``sources`` are those they need."""

    told: Told
    sources: dict[str, dict[str, object]]

    def task(self, name: str, step: str, state: Raw, document: Value) -> Task:
        """The step of a state.

        Raises:
            Unsaid: there is none.
        """
        resource = text_of(state, "Resource")
        template = state.get("Parameters", {})
        given = filled(template, document)
        if resource.startswith("arn:aws:states:::http:invoke"):
            made = self._http(step, template, given, document)
            answer = Object({"ResponseBody": Read(step), "StatusCode": Plain(200)})
            return Task(made, answer)
        if "lambda:invoke" in resource:
            function = _key(given, "FunctionName")
            payload = _key(given, "Payload")
            body = document if payload is None else payload
            text = function.value if isinstance(function, Plain) else ""
            made = self._lambda(name, step, str(text), body)
            return Task(made, Object({"Payload": Read(step)}))
        if ":lambda:" in resource:
            body = given if "Parameters" in state else document
            return Task(self._lambda(name, step, resource, body), Read(step))
        raise Unsaid(f"the resource {resource or '(none)'}")

    def _http(
        self, step: str, template: object, given: Value, document: Value
    ) -> dict[str, object]:
        raw = template if isinstance(template, Mapping) else {}
        url = self._url(raw, given, document)
        match = _URL.fullmatch(url)
        if match is None:
            raise Unsaid("an ApiEndpoint that is no whole URL")
        source = self._source(match[1], raw)
        method = _key(given, "Method")
        made: dict[str, object] = {"name": step, "source": source}
        verb = str(method.value) if isinstance(method, Plain) else "GET"
        if verb != "GET":
            made["method"] = verb
        made["endpoint"] = match[2] or "/"
        pairs = (p.partition("=") for p in (match[3] or "").split("&") if p)
        query: dict[str, object] = {name: value for name, _, value in pairs}
        query |= _entries(_key(given, "QueryParameters"))
        if query:
            made["query"] = query
        headers = _entries(_key(given, "Headers"))
        headers = {k: v for k, v in headers.items() if k.lower() != "content-type"}
        if headers:
            made["headers"] = headers
        body = _key(given, "RequestBody")
        if body is not None:
            made["body"] = written(body)
        return made

    def _url(self, raw: Mapping[str, object], given: Value, document: Value) -> str:
        """The URL with `{path}` where a value stands."""
        template = raw.get("ApiEndpoint.$")
        if template is None:
            plain = _key(given, "ApiEndpoint")
            text = plain.value if isinstance(plain, Plain) else ""
            return str(text).replace("{", "{{").replace("}", "}}")
        parts = format_parts(str(template), document)
        if parts is None:
            raise Unsaid(f"the ApiEndpoint {template}")
        made = ""
        for part in parts:
            if isinstance(part, str):
                made += part.replace("{", "{{").replace("}", "}}")
                continue
            read = cel_of(part)
            if not _PATH.fullmatch(read):
                raise Unsaid(f"{read} in an ApiEndpoint")
            made += f"{{{read}}}"
        return made

    def _source(self, url: str, raw: Mapping[str, object]) -> str:
        for name, each in self.sources.items():
            if each["url"] == url:
                return name
        host = re.sub(r"^https?://(www\.|api\.)?", "", url).split(":")[0]
        wanted = field_name(host.split(".")[0])
        name = wanted if wanted not in self.sources else field_name(host)
        self.sources[name] = {"url": url}
        if "Authentication" in raw:
            token = f"${{{constant(name)}_TOKEN:-unset}}"
            self.sources[name]["auth"] = {"bearer": token}
            self.told.change(
                f"source {name}", "its connection's credentials are a token to set"
            )
        return name

    def _lambda(
        self, name: str, step: str, function: str, body: Value
    ) -> dict[str, object]:
        named = re.search(r":function:([\w-]+)", function) or _NAME.match(function)
        source = field_name(named[1] if named else step)
        self.sources.setdefault(source, {"url": "http://127.0.0.1:8080"})
        self.told.change(
            name, f"a Lambda function: give source {source} its function URL"
        )
        made: dict[str, object] = {"name": step, "source": source, "method": "POST"}
        return {**made, "endpoint": "/", "body": written(body)}


def _key(given: Value, name: str) -> Value | None:
    if isinstance(given, Object):
        return given.keys.get(name)
    return None


def _entries(given: Value | None) -> dict[str, object]:
    made = {} if given is None else written(given)
    return dict(made) if isinstance(made, Mapping) else {}


def retry_of(name: str, state: Raw, told: Told) -> dict[str, object] | None:
    """The state's `Retry` as a step's; what has no word here is told."""
    attempts, errors = 0, dict[str, None]()
    rules = state.get("Retry")
    for rule in rules if isinstance(rules, list) else ():
        if not isinstance(rule, Mapping):
            continue
        most = rule.get("MaxAttempts", _ATTEMPTS)
        attempts = max(attempts, most if isinstance(most, int) else _ATTEMPTS)
        equals = rule.get("ErrorEquals")
        for error in equals if isinstance(equals, list) else ():
            found = _classes(str(error))
            if not found:
                told.leave_out(
                    f"{name}: retry of {error}", "no such failure is known here"
                )
            errors |= dict.fromkeys(found)
        if "IntervalSeconds" in rule or "BackoffRate" in rule:
            told.change(
                f"{name}: intervals", "further attempts follow by our own pauses"
            )
    if not attempts or not errors:
        return None
    return {
        "attempts": attempts + 1,
        "errors": [int(e) if e.isdigit() else e for e in errors],
    }


def _classes(error: str) -> tuple[str, ...]:
    status = re.fullmatch(r"States\.Http\.StatusCode\.(\d{3})", error)
    if status:
        return (status[1],)
    if error.startswith("Lambda."):
        return ("5xx", "429")
    return _ERRORS.get(error, ())
