"""Profile tests as written: the keys of a `*.test.yaml` file, read strictly.

In charge of shapes and descriptions. What an expectation means is said in `expect`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import AwareDatetime, BeforeValidator, Field, ValidationError

from gateway.canned import CannedReply
from gateway.errors import Problems
from gateway.profile.source import Document, read
from gateway.strict import Json, StrictModel, Text, Whole, wrong
from gateway.unfit import Unfit
from gateway.units import Duration

DEFAULT_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""The time of day in tests that do not say: the same at every run."""


class StepReply(CannedReply):
    """A reply of a step's source. ``rows`` is what a query found."""

    rows: tuple[Mapping[str, Json], ...] | None = Field(
        default=None, description="Rows of a SQL step, in place of `body`."
    )


def _script(written: object) -> object:
    if isinstance(written, dict):
        return [written]
    if isinstance(written, list) and not written:
        raise wrong("there is no reply in the list", hint="write { body: ... }")
    return written


Script: TypeAlias = Annotated[tuple[StepReply, ...], BeforeValidator(_script)]
Times: TypeAlias = Annotated[Whole, Field(ge=0)]


def _moment(written: object) -> object:
    if not isinstance(written, str):
        return written
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        raise wrong("this is no time", hint="write 2026-01-01T00:00:00Z") from None


class AsDocument(StrictModel):
    """Who asks."""

    tenant: Text | None = Field(default=None, description="The caller's tenant.")
    flags: Mapping[str, Json] = Field(
        default_factory=dict, description="Feature flags and their values."
    )
    claims: Mapping[str, Json] = Field(
        default_factory=dict, description="Verified claims of the caller."
    )
    headers: Mapping[str, str] = Field(
        default_factory=dict, description="Request headers, as expressions read them."
    )
    client: Text | None = Field(default=None, description="The calling application.")
    region: Text | None = Field(default=None, description="Where the gateway runs.")
    time: Annotated[AwareDatetime, BeforeValidator(_moment)] = Field(
        default=DEFAULT_TIME,
        description="The time of day as `request.time`. Default: 2026-01-01T00:00:00Z.",
    )


class PlanExpectation(StrictModel):
    """What the plan is. Keys that are not given are not checked."""

    steps: tuple[Text, ...] | None = Field(
        default=None, description="The ids of all planned steps, in any order."
    )
    left_out: Mapping[str, Text] | None = Field(
        default=None, description="All steps planned away, each with the reason."
    )
    critical_path: tuple[Text, ...] | None = Field(
        default=None, description="The chain with the longest sum of timeouts."
    )


class ExpectDocument(StrictModel):
    """What must come of it. Keys that are not given are not checked."""

    calls: Mapping[str, Times] | None = Field(
        default=None,
        description="How often each step's source is called; a step that is not "
        "listed is not called.",
    )
    requests: Mapping[str, tuple[Mapping[str, Json], ...]] | None = Field(
        default=None,
        description="What goes over the wire for each call of a step, in order; each "
        "is matched by the keys given (`method`, `url`, `body`, ...).",
    )
    data: Json = Field(default=None, description="The whole `data` of the answer.")
    errors: tuple[Mapping[str, Json], ...] | None = Field(
        default=None,
        description="All errors, in any order; each is matched by the keys given "
        "(`path`, `code`, `message`, `step`, `source`, `status`, ...).",
    )
    plan: PlanExpectation | None = Field(
        default=None, description="The plan: `steps`, `left_out`, `critical_path`."
    )
    extensions: Mapping[str, Json] | None = Field(
        default=None, description="Extensions, matched by the keys given."
    )
    elapsed: Duration | None = Field(
        default=None, description="How long the answer takes, in virtual time."
    )


class AskedDocument(StrictModel):
    """One request."""

    as_: AsDocument | None = Field(default=None, alias="as", description="Who asks.")
    query: Text | None = Field(default=None, description="The GraphQL document.")
    operation_name: Text | None = Field(
        default=None, description="Which of the document's operations runs."
    )
    variables: Mapping[str, Json] | None = Field(
        default=None, description="Values of the document's variables."
    )


class EarlierDocument(AskedDocument):
    """A request before the case's own. What it does not say is as in the case."""

    wait: Duration | None = Field(
        default=None,
        description="How much time passes after its answer, before the next request.",
    )


class CaseDocument(AskedDocument):
    """One request, what the sources reply, and what must come of it."""

    name: Text = Field(description="What the case shows, as a sentence.")
    query: Text = Field(description="The GraphQL document.")
    earlier: tuple[EarlierDocument, ...] = Field(
        default=(),
        description="Requests before this one, in turn, with the same replies: what "
        "they leave in the cache and in breakers is there. Their calls count.",
    )
    held: tuple[Text, ...] = Field(
        default=(),
        description="Steps that operators hold back while this request is asked, as "
        "`headwater hold` names them: `customer360.fraud`, `Account.branch`, "
        "`source:fraud-api`. Earlier requests are asked without.",
    )
    replies: Mapping[str, Script] = Field(
        default_factory=dict,
        description="What the source replies by step: one reply, or a list of them in "
        "turn, of which the last one stays. A step without one must not be called.",
    )
    expect: ExpectDocument = Field(description="What must come of it.")


class ProfileTestDocument(StrictModel):
    """A file of cases for one operation."""

    operation: Text = Field(description="The operation that is tested.")
    cases: Annotated[tuple[CaseDocument, ...], Field(min_length=1)] = Field(
        description="The cases, each on its own."
    )


def read_profile_test(
    text: str, file: str, problems: Problems
) -> tuple[ProfileTestDocument, Document] | None:
    """The file's cases with their places; None and every problem. Never raises."""
    tree = read(text, file, problems)
    if tree is None:
        return None
    try:
        return ProfileTestDocument.model_validate(tree.data), tree
    except ValidationError as error:
        unfit = Unfit(tree.span, problems, spoiled=tree.spoiled)
        unfit.explain(error, ProfileTestDocument)
        return None
