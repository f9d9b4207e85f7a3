"""`policy` as written → who may see what it stands at.

In charge of what a policy may read: what is known before anything is called. Must
never decide anything about one request; `plan.gates` does.
"""

from __future__ import annotations

from gateway.errors import did_you_mean
from gateway.profile.model import Guard
from gateway.profile.scope import SURROUNDINGS, NameScope, ReadsSoFar, Written


def guard_of(text: str | None, written: Written, scope: NameScope) -> Guard | None:
    """The policy of a step or an operation; None where there is none."""
    if text is None:
        return None
    made = scope.expression(text, written, ("policy",))
    if made is None:
        return None
    place, known = written.span(("policy",)), {*SURROUNDINGS, *scope.arguments}
    for name in sorted(made.roots - known):
        late = name in scope.steps or name in {"self", "keys", "args", "response"}
        scope.problems.add(
            place,
            f"'policy' reads {name!r}, and is decided before anything is called"
            if late
            else f"{name!r} is no argument here",
            hint=(None if late else did_you_mean(name, known))
            or "it reads the operation's arguments, request and flags; a condition "
            "over answers is a 'when'",
        )
    if made.roots <= known:
        ReadsSoFar(scope).add(made, place)
    return Guard(made, place)
