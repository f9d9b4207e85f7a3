"""The keys that every step may have, whatever its type."""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Strict,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from gateway.canned import Replies
from gateway.profile.document.acts import Invalidates
from gateway.profile.document.policies import (
    BatchDocument,
    CacheDocument,
    ErrorDocument,
    EscalateDocument,
    HedgeDocument,
    RetryDocument,
    Rung,
    TypeByDocument,
)
from gateway.strict import Cel, Flag, Json, StrictModel, Text, wrong
from gateway.units import Duration

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TYPE = re.compile(r"\[*[A-Za-z_][A-Za-z0-9_]*!?(\]!?)*")
_FILLS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")


def _name(written: object) -> object:
    if isinstance(written, str) and not _NAME.fullmatch(written):
        clean = re.sub(r"\W+", "_", written, flags=re.ASCII).strip("_")
        better = f"_{clean}" if clean[:1].isdigit() else clean
        raise wrong(
            f"{written!r} is no name: letters, digits and _ make one",
            hint=f"write {better or 'a name'}",
        )
    if isinstance(written, str) and written.startswith("__"):
        raise wrong(
            f"{written!r} starts with __, and such names belong to GraphQL",
            hint=f"write {written.lstrip('_') or 'a name'}",
        )
    return written


def _type(written: object) -> object:
    if isinstance(written, str) and not (
        _TYPE.fullmatch(written) and written.count("[") == written.count("]")
    ):
        raise wrong(
            f"{written!r} is no GraphQL type",
            hint="write it as in GraphQL: Branch, [Branch!]!",
        )
    return written


def _fills(written: object) -> object:
    if isinstance(written, str) and not _FILLS.fullmatch(written):
        raise wrong(
            f"{written!r} is neither a type nor a field of one",
            hint="write Account.branch, or Account with 'provides'",
        )
    return written


Name: TypeAlias = Annotated[
    str,
    BeforeValidator(_name),
    Field(json_schema_extra={"pattern": f"^{_NAME.pattern}$"}),
]
"""A name that expressions can use."""

TypeText: TypeAlias = Annotated[Text, BeforeValidator(_type)]
"""A GraphQL type as text; whether there is such a type is another question."""


class OwnerDocument(StrictModel):
    """Who is asked when something is wrong."""

    team: Text | None = Field(default=None, description="The team.")
    runbook: Text | None = Field(default=None, description="Where to read what to do.")
    contact: Text | None = Field(default=None, description="Where to reach the team.")


def _owner(written: object) -> str:
    return "<text>" if isinstance(written, str) else "<map>"


Owner: TypeAlias = Annotated[
    Annotated[Text, Tag("<text>")] | Annotated[OwnerDocument, Tag("<map>")],
    Discriminator(_owner),
]


def owner_of(written: str | OwnerDocument | None) -> str | None:
    """Who is asked, in one line; None where nobody is named."""
    if isinstance(written, OwnerDocument):
        said = (written.team, written.contact, written.runbook)
        return ", ".join(one for one in said if one) or None
    return written


def _some_time(milliseconds: float) -> float:
    if not 0 < milliseconds < math.inf:
        raise wrong("a timeout must be longer than nothing", hint="write 500")
    return milliseconds


class Timed(StrictModel):
    """Whatever may say how long an attempt takes at most."""

    timeout: Duration | None = Field(
        default=None,
        description="How long one attempt may take, from asking for a slot: `500ms`. "
        "Default 5s.",
    )
    timeout_ms: Annotated[float, Strict(), AfterValidator(_some_time)] | None = Field(
        default=None, description="The same in milliseconds: `timeout_ms: 500`."
    )

    @model_validator(mode="after")
    def _one_spelling(self) -> Self:
        """``timeout`` holds the seconds, whichever way they were written."""
        if self.timeout_ms is None:
            return self
        if "timeout" in self.model_fields_set:
            raise PydanticCustomError(
                "headwater",
                "{why}",
                {
                    "why": "'timeout' and 'timeout_ms' say the same thing twice",
                    "hint": "remove one of them",
                    "key": "timeout_ms",
                },
            )
        self.__dict__["timeout"] = self.timeout_ms / 1000
        return self


Share: TypeAlias = Literal["none", "request", "all"]
OnLate: TypeAlias = Literal["call", "skip"]
RoleText: TypeAlias = Literal["required", "optional"]


class StepDefaults(Timed):
    """What the steps of a file say where they say nothing themselves."""

    source: Text | None = Field(default=None, description="The source of every step.")
    role: RoleText | None = Field(default=None, description="As in a step.")
    retry: RetryDocument | None = Field(default=None, description="As in a step.")
    cache: CacheDocument | None = Field(default=None, description="As in a step.")
    share: Share | None = Field(default=None, description="As in a step.")
    hedge: HedgeDocument | None = Field(default=None, description="As in a step.")
    on_late: OnLate | None = Field(default=None, description="As in a step.")
    escalate: EscalateDocument | None = Field(default=None, description="As in a step.")
    error: ErrorDocument | None = Field(default=None, description="As in a step.")
    owner: Owner | None = Field(default=None, description="As in a step.")


class StepDocument(Timed):
    """One step as written: the keys common to all types."""

    name: Name = Field(
        description="What expressions, other steps and plans call it; in a profile "
        "without SDL also the field it fills."
    )
    type: str = Field(default="api", description="What kind of step it is.")
    source: Text | None = Field(
        default=None,
        description="The system it calls. Default: `defaults.source`, else `default` "
        "(`warehouse` for SQL).",
    )
    fills: Annotated[str, BeforeValidator(_fills)] | None = Field(
        default=None,
        description="The field it fills for each object of a type: `Account.branch`; "
        "or the type alone, with `provides`.",
    )
    provides: tuple[Name, ...] = Field(
        default=(), description="The fields it fills, where they are several."
    )
    returns: TypeText | None = Field(
        default=None, description="The GraphQL type of its answer: `[Branch!]!`."
    )
    depends_on: tuple[Name, ...] = Field(
        default=(),
        description="Steps that settle before it starts. Only for order without data: "
        "what an expression reads is waited for anyway.",
    )
    when: Cel | None = Field(
        default=None, description="CEL: the step runs only where this is true."
    )
    on_skip: Json = Field(
        default=None, description="What readers see when `when` was false."
    )
    role: RoleText | None = Field(
        default=None,
        description="required: without it the operation is null; optional (default): "
        "its own fields are.",
    )
    always: Flag = Field(
        default=False,
        description="A gate: runs in every request of the operation, and the answer "
        "waits for it.",
    )
    retry: RetryDocument | None = Field(
        default=None, description="When a failed call is made again."
    )
    fallback: tuple[Rung, ...] = Field(
        default=(),
        description="What to use when it failed, in order: a step's name, "
        "`{ stale: 10m }` or `{ value: ... }`.",
    )
    cache: CacheDocument | None = Field(
        default=None, description="How long its answer may be used again."
    )
    invalidates: Invalidates | None = Field(
        default=None,
        description="Tags whose entries leave the cache when the step of a mutation "
        'has succeeded: `["customer:${ id }"]`, or a map with `tags` and `on`.',
    )
    share: Share | None = Field(
        default=None,
        description="Whose equal calls become one: none, those of one request, or all. "
        "Default all for GET and SQL, else request.",
    )
    hedge: HedgeDocument | None = Field(
        default=None, description="A second call when the first is slow."
    )
    on_late: OnLate | None = Field(
        default=None,
        description="skip: an optional step is not called where its usual time, as "
        "measured, is more than what is left of the deadline. Default call.",
    )
    select: Cel | None = Field(
        default=None,
        description="CEL over `response`: the part of the reply that is the answer. "
        "Default `response.body`.",
    )
    sample: Json = Field(
        default=None,
        description="An example answer; types its field where there is no SDL.",
    )
    mock: Replies | None = Field(
        default=None, description="Canned replies for `serve --mock`, in turn."
    )
    escalate: EscalateDocument | None = Field(
        default=None, description="Whom to tell when it keeps failing."
    )
    policy: Cel | None = Field(
        default=None, description="CEL: who may see what it answers."
    )
    declassify: Flag = Field(
        default=False,
        description="Its answer is not protected by the policies of what it reads.",
    )
    cost: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = Field(
        default=None,
        description="What each call of it counts for `limits.cost`. Default: what "
        "`limits.cost.call` says (10).",
    )
    owner: Owner | None = Field(default=None, description="Who is asked about it.")
    type_by: TypeByDocument | None = Field(
        default=None, description="How an interface or union value tells its type."
    )
    error: ErrorDocument | None = Field(
        default=None, description="What the client sees when it fails."
    )
    batch: BatchDocument | None = Field(
        default=None, description="One call for many parents."
    )
