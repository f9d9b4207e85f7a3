"""The keys that `type: stream` adds to a step, as written in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, ValidationError

from gateway.errors import Problem, Problems
from gateway.strict import Cel, Flag, Json, StrictModel, Text
from gateway.unfit import Trail, Unfit
from gateway.units import Duration
from gateway.values import SourceSpan


class Resume(StrictModel):
    """How listening is taken up again."""

    resume: Flag = Field(
        description="Go on after the last event that a subscriber had, where its "
        "source keeps what it said."
    )


class StreamOptions(StrictModel):
    """Keys of `type: stream`: what is listened to."""

    channel: Json = Field(
        default=None,
        description="The channel, subject or topic: `payments:${ customer_id }`.",
    )
    pattern: Json = Field(
        default=None,
        description="Several channels of a Redis at once: `payments:*`.",
    )
    stream: Json = Field(
        default=None,
        description="A stream that its source keeps, so that listening can be taken "
        "up again: a Redis Stream's key; the name of a JetStream, beside `channel`.",
    )
    endpoint: Text | None = Field(
        default=None,
        description="Path below an HTTP API's URL that answers with server-sent "
        "events; `{name}` as in `type: api`.",
    )
    query: Mapping[str, Json] = Field(
        default_factory=dict, description="Query parameters beside `endpoint`."
    )
    headers: Mapping[str, Json] = Field(
        default_factory=dict, description="Request headers beside `endpoint`."
    )
    event: Text | tuple[Text, ...] | None = Field(
        default=None,
        description="Which server-sent events count, by their `event:`; default: all.",
    )
    idle: Duration | None = Field(
        default=None,
        description="How long server-sent events may be silent, comments included, "
        "before their connection counts as broken. Default `60s`.",
    )
    document: Text | None = Field(
        default=None,
        description="A subscription of a GraphQL API, which answers by server-sent "
        "events.",
    )
    variables: Mapping[str, Json] = Field(
        default_factory=dict,
        description="Its variables; one that is named like an argument is given it.",
    )
    poll: Mapping[str, Json] | None = Field(
        default=None,
        description="A call that is made again and again, in the keys of the step "
        "type that fits the source: `{ endpoint: /accounts/{id} }`.",
    )
    every: Duration | None = Field(
        default=None, description="How long after an answer `poll` asks again: `5s`."
    )
    changed: Cel | None = Field(
        default=None,
        description="CEL over `response`: what is compared to tell whether an answer "
        "of `poll` is an event. Default: what `select` reads of it, else its body.",
    )
    decode: Literal["text", "json"] | None = Field(
        default=None,
        description="What is said: text, or text of JSON. Default: JSON where it is "
        "JSON, else text; the fields of a Redis Stream are text.",
    )
    from_: Literal["latest"] | Resume = Field(
        default="latest",
        alias="from",
        description="`latest`: what happens from now on. `{ resume: true }`: a "
        "subscriber who was away gets what he missed, where the source keeps it.",
    )
    filter: Cel | None = Field(
        default=None,
        description="CEL over `response` and the arguments: an event for which it is "
        "not true is delivered to nobody who gave these.",
    )
    key: Cel | None = Field(
        default=None,
        description="CEL over `response`: what an event is about. Of two events "
        "about one thing that wait for a slow subscriber, he gets the later one.",
    )


def options_of(
    model: type[StrictModel], written: Mapping[str, Json]
) -> tuple[StrictModel | None, list[tuple[Trail, Problem]]]:
    """Keys of another step type that stand below one, or what is wrong with them."""
    try:
        return model.model_validate(dict(written)), []
    except ValidationError as error:
        trails: list[Trail] = []

        def place(trail: Trail, *, key: bool = False) -> SourceSpan:  # noqa: ARG001
            trails.append(tuple(trail))
            return SourceSpan("", len(trails))

        problems = Problems()
        Unfit(place, problems).explain(error, model)  # type: ignore[arg-type]
        return None, [(trails[each.span.line - 1], each) for each in problems.found]
