"""The way of an import: a state machine → a `Made`. The room's only entry."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.importing.asl.document import (
    Input,
    Items,
    Lost,
    Object,
    Read,
    Unsaid,
    Value,
    WholeInput,
    written,
)
from gateway.importing.asl.machine import Machine, read_machine
from gateway.importing.asl.tasks import Tasks
from gateway.importing.asl.walk import Walker
from gateway.importing.made import ImportFailure, Made, Told
from gateway.importing.names import argument_name, camel
from gateway.importing.openapi.library import text_of
from gateway.importing.yaml_text import document
from gateway.profile.drafts import is_id
from gateway.values import JsonValue


def import_asl(file: Path, name: str | None) -> Made:
    """What a state machine does, as an operation.

    Raises:
        ImportFailure: it cannot be read, or no state of it is a step.
    """
    machine = read_machine(file)
    operation = name or camel(file.name.partition(".")[0])
    given = Input()
    try:
        # Twice: only then are all arguments known, which no step may be called like.
        _made(file, machine, operation, given)
        return _made(file, machine, operation, given)
    except WholeInput:
        return _made(file, machine, operation, Input(whole=True))


def _made(file: Path, machine: Machine, operation: str, given: Input) -> Made:
    told = Told()
    sources: dict[str, dict[str, object]] = {}
    walker = Walker(Tasks(told, sources), told)
    walker.names.names |= {operation, "input", *given.arguments}
    result = walker.walk(machine, machine.start, given, "")
    if not walker.steps:
        reasons = "; ".join(f"{each.what}: {each.why}" for each in told.left_out)
        raise ImportFailure(str(file), f"no state of it is a step: {reasons}")
    steps = [*walker.steps.values(), *_values(result, walker, given)]
    data: dict[str, object] = {"language": 1, "operation": operation}
    if comment := text_of(machine.raw, "Comment"):
        data["description"] = comment
    if arguments := _arguments(given):
        data["args"] = arguments
    seconds: JsonValue = machine.raw.get("TimeoutSeconds")
    if isinstance(seconds, int):
        data["deadline"] = f"{seconds}s"
    data["steps"] = steps
    files = {f"profiles/{operation}.yaml": document(data)}
    variables = dict.fromkeys(re.findall(r"\$\{(\w+):-unset\}", str(sources)))
    return Made(
        f"{file.name} (Amazon States Language)",
        files,
        sources,
        told,
        {"operations": 1, "steps": len(steps), "sources": len(sources)},
        tuple(f"set {each} in the environment" for each in variables),
    )


def _arguments(given: Input) -> dict[str, object]:
    if given.whole:
        return {"input": "JSON!"}
    return {n: f"{t}!" if t else _type(n) for n, t in given.arguments.items()}


def _type(name: str) -> str:
    return "ID!" if is_id(name) else "String!"


def _values(result: Value, walker: Walker, given: Input) -> list[dict[str, object]]:
    """Steps for what the machine's answer has besides the answers of its steps."""
    made = []
    known = {*walker.steps, *given.arguments}
    for key, value in _keys(result).items():
        if isinstance(value, Read) and value.cel in known:
            continue
        try:
            answer = written(value)
        except Unsaid as error:
            walker.told.leave_out(f"the answer's {key}", f"no step can say {error}")
            continue
        walker.names.names |= given.arguments.keys()
        name = walker.names.free(argument_name(camel(key)))
        made.append({"name": name, "type": "value", "value": answer})
    return made


def _keys(result: Value) -> dict[str, Value]:
    match result:
        case Object(keys):
            return {k: v for k, v in keys.items() if not isinstance(v, Lost)}
        case Items(items):
            found: dict[str, Value] = {}
            for number, each in enumerate(items, 1):
                found |= (
                    _keys(each) if isinstance(each, Object) else {str(number): each}
                )
            return found
        case Read(cel) if not re.fullmatch(r"\w+", cel):
            return {"result": result}
    return {}
