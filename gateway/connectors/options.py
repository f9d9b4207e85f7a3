"""The keys that each step type adds to a step, as written in YAML.

In charge of their shapes and descriptions. What the values mean (URLs, SQL,
expressions) is the connectors' own business, when they compile a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from gateway.canned import Replies, Status
from gateway.connectors.base import PageRules
from gateway.connectors.files.options import FileOptions
from gateway.connectors.graphql.options import GraphqlOptions
from gateway.connectors.grpc.options import GrpcOptions
from gateway.connectors.redis.options import RedisOptions
from gateway.connectors.streams.options import StreamOptions
from gateway.strict import Cel, Count, Flag, Json, StrictModel, Text, Whole, wrong

Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


class Paginate(StrictModel):
    """How an API hands out a long list, page by page."""

    style: Literal["cursor", "page", "offset", "link"] = Field(
        description="cursor: the reply names the next page; page: pages are numbered; "
        "offset: rows are counted; link: the Link header names the next page."
    )
    in_: Literal["query", "body"] = Field(
        default="query",
        alias="in",
        description="Where `param` and `size_param` stand. In the body they are keys, "
        "dots go inwards, and a cursor may be a list: `search_after`.",
    )
    param: Text | None = Field(
        default=None,
        description="Query parameter that carries the cursor, page or offset. With "
        "`link`: the parameter of the link that is taken over, in place of the whole "
        "link.",
    )
    next: Cel | None = Field(
        default=None,
        description="CEL over `response`: the next cursor; with `page` and `offset`, "
        "whether there is another page. Null, false, 0 and empty text end the list.",
    )
    size: Count | None = Field(default=None, description="Rows in one page.")
    size_param: Text | None = Field(
        default=None,
        description="Query parameter that carries the page's size. Without it the "
        "source has to know its size itself.",
    )
    start: Whole | None = Field(
        default=None,
        description="The first page's number, or the first row's offset. Default: 1 "
        "with `page`, 0 with `offset`.",
    )
    first: Cel | None = Field(
        default=None,
        description="CEL: how many rows are wanted; no page is asked for beyond them. "
        "Null: all. A connection takes it from its field's `first`.",
    )
    total: Cel | None = Field(
        default=None,
        description="CEL over `response`: how many rows there are in all; a "
        "connection's `totalCount`.",
    )
    max_pages: Count = Field(
        default=10, description="Pages after which no more are asked for."
    )

    def rules(self) -> PageRules:
        """The same for the engine's side."""
        return PageRules(**self.model_dump(exclude={"in_"}), place=self.in_)


class RestOptions(StrictModel):
    """Keys of `type: api` (or `rest`): one HTTP request."""

    method: Method = Field(default="GET", description="HTTP method.")
    endpoint: Text = Field(
        description="Path below the source's URL. `{name}` and "
        "`{step.path}` are filled in, percent-encoded as one path segment or one "
        "query value each."
    )
    query: Mapping[str, Json] = Field(
        default_factory=dict,
        description="Query parameters; values may hold `${ cel }`. Null entries are "
        "omitted, a list repeats its key.",
    )
    headers: Mapping[str, Json] = Field(
        default_factory=dict,
        description="Request headers; values may hold `${ cel }`. Null entries are "
        "omitted.",
    )
    body: Json = Field(
        default=None,
        description="JSON body; any value in it may be `${ cel }`. Nulls stay, "
        "`optional.none()` drops a key. With a `content-type` under `headers` it is "
        "written as that: a list as NDJSON, a map as XML, text as text.",
    )
    form: Mapping[str, Json] | None = Field(
        default=None,
        description="Form fields, sent as application/x-www-form-urlencoded in place "
        "of a JSON body.",
    )
    idempotent: Flag | None = Field(
        default=None,
        description="Whether asking twice is the same as asking once, so that the "
        "call may be repeated. Default: by the method.",
    )
    success_if: Cel | None = Field(
        default=None,
        description="CEL over `response`: false makes the step fail as rejected.",
    )
    on_status: Mapping[Status, Json] = Field(
        default_factory=dict,
        description="What a reply with this status means as an answer, in place of a "
        "failure: `{ 404: null }`.",
    )
    reads: Literal["json", "text", "csv", "xml", "ndjson"] | None = Field(
        default=None,
        description="What the body of a reply has to be; `accept` asks for it. "
        "Default: what its media type says, and JSON is asked for.",
    )
    lists: tuple[Text, ...] = Field(
        default=(),
        description="Elements of XML that are lists even where one came: `[item]`.",
    )
    paginate: Paginate | None = Field(
        default=None, description="How to read a list that comes in pages."
    )


class SqlOptions(StrictModel):
    """Keys of `type: warehouse` (or `sql`): one SQL query with bound parameters."""

    query: Text = Field(
        description="SQL. `:name` binds an argument or a name under `params`; a single "
        "`?` binds the operation's only argument. Values are bound, never pasted in."
    )
    params: Mapping[str, Json] = Field(
        default_factory=dict,
        description="What `:name` in the query binds; values may hold `${ cel }`.",
    )
    rows: Literal["one", "many"] | None = Field(
        default=None,
        description="one: no row is null, several are a failure; many: a list. "
        "Default: by the type of the field the step fills.",
    )


class ValueOptions(StrictModel):
    """Keys of `type: value`: a value computed without any call."""

    value: Json = Field(
        description="The value; any value in it may be `${ cel }` over arguments and "
        "other steps."
    )


def _some_rules(written: object) -> object:
    if written == []:
        raise wrong(
            "a decision without rules decides nothing",
            hint='write - { when: "score > 0.8", then: { action: REVIEW } }',
        )
    return written


def _some_outputs(written: object) -> object:
    if written == {}:
        raise wrong("this gives nothing", hint="name an output: { action: REVIEW }")
    return written


Outputs: TypeAlias = Annotated[
    Mapping[str, Json],
    BeforeValidator(_some_outputs),
    Field(json_schema_extra={"minProperties": 1}),
]
"""What a decision gives, by name."""


class RuleOptions(StrictModel):
    """One row of a decision's table."""

    when: Cel = Field(description="CEL: whether the rule holds.")
    then: Outputs = Field(
        description="What it gives, by name; values may hold `${ cel }`."
    )


class DecisionOptions(StrictModel):
    """Keys of `type: decision`: a table of rules, decided without any call."""

    rules: Annotated[tuple[RuleOptions, ...], BeforeValidator(_some_rules)] = Field(
        description="The rules in order.", json_schema_extra={"minItems": 1}
    )
    mode: Literal["first", "collect"] = Field(
        default="first",
        description="first: the first rule that holds answers, the rest is not looked "
        "at; collect: a list of what all rules that hold give.",
    )
    default: Outputs | None = Field(
        default=None,
        description="What it gives where no rule holds. Without it: null, and for "
        "`collect` an empty list.",
    )


class MockOptions(StrictModel):
    """Keys of `type: mock`: canned replies, for work without the source."""

    replies: Replies = Field(
        description="One reply (`status`, `headers`, `body`, `delay`, `error`) or a "
        "list of them given in turn, the last one from then on."
    )


STEP_OPTIONS: Mapping[str, type[StrictModel]] = {
    "api": RestOptions,
    "rest": RestOptions,
    "warehouse": SqlOptions,
    "sql": SqlOptions,
    "value": ValueOptions,
    "decision": DecisionOptions,
    "mock": MockOptions,
    "file": FileOptions,
    "static": FileOptions,
    "redis": RedisOptions,
    "grpc": GrpcOptions,
    "graphql": GraphqlOptions,
    "stream": StreamOptions,
}
"""Step types of this version by the names that YAML may use for them."""
