"""The states one after the other → steps, each waiting only for what it reads.

In charge of the ways through the machine: Choice → `when`, Catch → `fallback`,
Parallel → steps beside each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.importing.asl.conditions import condition, joined, negated
from gateway.importing.asl.document import (
    Items,
    Lost,
    Object,
    Plain,
    Read,
    Unsaid,
    Value,
    at,
    cel_of,
    keys_of,
    put,
    written,
)
from gateway.importing.asl.machine import Machine, branch_of
from gateway.importing.asl.tasks import Tasks, retry_of
from gateway.importing.asl.templates import filled
from gateway.importing.made import Told
from gateway.importing.names import Taken, argument_name, camel
from gateway.importing.openapi.library import Raw, is_map, text_of


@dataclass(slots=True)
class Walker:
    """Walks a machine; ``steps`` are those made so far, by name."""

    tasks: Tasks
    told: Told
    steps: dict[str, dict[str, object]] = field(default_factory=dict)
    names: Taken = field(default_factory=Taken)

    def walk(
        self, machine: Machine, start: str, document: Value, when: str, end: str = ""
    ) -> Value:
        """What the machine gives from a state on; ``end`` is where to stop."""
        name = start
        while name and name != end:
            state = machine.states[name]
            if text_of(state, "Type") == "Choice":
                join, document = self._choice(machine, name, document, when, end)
                name = join
                continue
            document = self._state(machine, name, state, document, when)
            stops = state.get("End") is True or text_of(state, "Type") in _ENDS
            name = "" if stops else text_of(state, "Next")
        return document

    def _state(
        self, machine: Machine, name: str, state: Raw, document: Value, when: str
    ) -> Value:
        kind = text_of(state, "Type")
        if text_of(state, "QueryLanguage") == "JSONata" or "Arguments" in state:
            return self._lost(name, "is written in JSONata", document, state)
        try:
            seen = _path(state, "InputPath", document)
            if kind in ("Wait", "Succeed", "Fail"):
                return self._ended(name, kind, state, seen)
            result = self._result(machine, name, seen, when)
            if "ResultSelector" in state:
                result = filled(state["ResultSelector"], result)
            return _path(state, "OutputPath", _placed(state, document, result))
        except Unsaid as error:
            return self._lost(name, f"no step can say {error}", document, state)

    def _result(self, machine: Machine, name: str, seen: Value, when: str) -> Value:
        state = machine.states[name]
        match text_of(state, "Type"):
            case "Task":
                return self._task(machine, name, state, seen, when)
            case "Pass":
                return self._pass(state, seen)
            case "Parallel":
                return self._parallel(state, seen, when)
        raise Unsaid("a Map: make it a step of the objects, with 'batch'")

    def _ended(self, name: str, kind: str, state: Raw, seen: Value) -> Value:
        if kind == "Fail":
            self.told.leave_out(name, "an end in failure: say it with success_if")
            return Lost(name)
        if kind == "Wait":
            self.told.leave_out(name, "a wait: steps start when they may")
        return _path(state, "OutputPath", seen)

    def _lost(self, name: str, why: str, document: Value, state: Raw) -> Value:
        self.told.leave_out(name, why)
        try:
            return _placed(state, document, Lost(name))
        except Unsaid:
            return Lost(name)

    def _pass(self, state: Raw, seen: Value) -> Value:
        if "Parameters" in state:
            return filled(state["Parameters"], seen)
        return Plain(state["Result"]) if "Result" in state else seen

    def _parallel(self, state: Raw, seen: Value, when: str) -> Value:
        given = filled(state["Parameters"], seen) if "Parameters" in state else seen
        branches = state.get("Branches")
        made = []
        for each in branches if isinstance(branches, list) else ():
            if is_map(each):
                machine = branch_of(each)
                made.append(self.walk(machine, machine.start, given, when))
        if state.get("Retry") or state.get("Catch"):
            self.told.leave_out(
                "Retry and Catch of a Parallel", "say them at the steps of its branches"
            )
        return Items(tuple(made))

    # -- tasks -------------------------------------------------------------------------

    def _task(
        self, machine: Machine, name: str, state: Raw, seen: Value, when: str
    ) -> Value:
        step = self.names.free(argument_name(camel(name)))
        try:
            task = self.tasks.task(name, step, state, seen)
        except Unsaid:
            self.names.names.discard(step)
            raise
        made = task.step
        if when:
            made |= {"when": when, "on_skip": None}
        seconds = state.get("TimeoutSeconds")
        if isinstance(seconds, int):
            made["timeout"] = f"{seconds}s"
        if retry := retry_of(name, state, self.told):
            made["retry"] = retry
            if made.get("method") in ("POST", "PATCH"):
                made["idempotent"] = True
        self.steps[step] = made
        if rungs := self._caught(machine, name, state, seen):
            made["fallback"] = rungs
        return task.result

    def _caught(
        self, machine: Machine, name: str, state: Raw, seen: Value
    ) -> list[object]:
        """The ladder of a `Catch`, where its state is one rung."""
        rungs: list[object] = []
        rules = state.get("Catch")
        for rule in rules if isinstance(rules, list) else ():
            target = text_of(rule, "Next") if is_map(rule) else ""
            caught = machine.states.get(target)
            if caught is None or not _rejoins(state, caught, target):
                self.told.leave_out(
                    f"{name}: catch to {target}", "goes a way of its own"
                )
                continue
            try:
                rungs.append(self._rung(target, caught, seen))
            except Unsaid as error:
                self.told.leave_out(
                    f"{name}: catch to {target}", f"no step can say {error}"
                )
        return rungs

    def _rung(self, target: str, caught: Raw, seen: Value) -> object:
        if text_of(caught, "Type") == "Pass":
            return {"value": written(self._pass(caught, seen))}
        if text_of(caught, "Type") != "Task":
            raise Unsaid(f"a {text_of(caught, 'Type')} as a fallback")
        step = self.names.free(argument_name(camel(target)))
        self.steps[step] = self.tasks.task(target, step, caught, seen).step
        return step

    # -- choices -----------------------------------------------------------------------

    def _choice(
        self, machine: Machine, name: str, document: Value, when: str, end: str
    ) -> tuple[str, Value]:
        """Every way until they meet; where that is, and what `$` is there."""
        state = machine.states[name]
        ways: list[tuple[str, str]] = []
        before: list[str] = []
        rules = state.get("Choices")
        for rule in rules if isinstance(rules, list) else ():
            if not is_map(rule):
                continue
            try:
                holds = condition(rule, document)
            except Unsaid as error:
                self.told.leave_out(f"{name}: a rule", f"no condition can say {error}")
                continue
            ways.append((joined([*before, holds]), text_of(rule, "Next")))
            before.append(negated(holds))
        if text_of(state, "Default"):
            ways.append((joined(before), text_of(state, "Default")))
        join = _meeting(machine, [target for _, target in ways], end)
        results = [
            (holds, self.walk(machine, target, document, joined([when, holds]), join))
            for holds, target in ways
        ]
        return join, _either(results) if results else document


_ENDS = ("Succeed", "Fail")


def _meeting(machine: Machine, targets: list[str], end: str) -> str:
    """The first state that all ways come to; the end where there is none."""
    if not targets:
        return end
    after = [machine.after(each) for each in targets]
    return next((s for s in after[0] if all(s in each for each in after)), end)


def _either(results: list[tuple[str, Value]]) -> Value:
    """One value of several ways: equal ones are one, others are chosen by condition."""
    first = results[0][1]
    if all(value == first for _, value in results):
        return first
    values = [value for _, value in results]
    if all(isinstance(value, Object) for value in values):
        return _merged([(h, v) for h, v in results if isinstance(v, Object)])
    known = [(h, v) for h, v in results if not isinstance(v, Lost)]
    try:
        *others, (_, last) = [(holds, cel_of(value)) for holds, value in known]
    except (Unsaid, ValueError):
        return Lost("a choice")
    for holds, value in reversed(others):
        last = (
            f"{holds} ? {value} : {last}"
            if " ? " not in last
            else (f"{holds} ? {value} : ({last})")
        )
    return Read(f"({last})")


def _merged(results: list[tuple[str, Object]]) -> Value:
    keys = dict.fromkeys(key for _, value in results for key in value.keys)
    bases = [value.base for _, value in results]
    if any(base != bases[0] for base in bases):
        return Lost("a choice")
    made: dict[str, Value] = {}
    for key in keys:
        parts = [(holds, _part(value, key)) for holds, value in results]
        made[key] = _either(parts)
    return Object(made, bases[0])


def _part(value: Object, key: str) -> Value:
    try:
        return at(value, (key,)) if key in value.keys else Plain(None)
    except Unsaid:
        return Plain(None)


def _path(state: Raw, key: str, document: Value) -> Value:
    """The part of `$` that `InputPath` or `OutputPath` names."""
    if key not in state:
        return document
    path = state[key]
    return Object({}) if path is None else at(document, keys_of(str(path)))


def _placed(state: Raw, document: Value, result: Value) -> Value:
    if "ResultPath" not in state:
        return result
    path = state["ResultPath"]
    return document if path is None else put(document, keys_of(str(path)), result)


def _rejoins(state: Raw, caught: Raw, target: str) -> bool:
    """Whether the way of a failure is back on the machine's own after one state."""
    if target == text_of(state, "Next"):
        return False
    ends = caught.get("End") is True and state.get("End") is True
    return ends or text_of(caught, "Next") == text_of(state, "Next") != ""
