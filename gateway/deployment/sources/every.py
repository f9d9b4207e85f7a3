"""What all kinds of source may say, as written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from gateway.conversion import FORMATS, PatternError, format_of
from gateway.deployment.bounds import Breaker, SourceLimits
from gateway.deployment.words import Discreet, Switch
from gateway.expression import Template
from gateway.strict import Text, unwritten, wrong, wrong_key
from gateway.units import Duration, Percent


def _method(written: str) -> str:
    if not written.isascii() or not written.isalpha():
        raise wrong("this is no HTTP method", hint="write GET")
    return written.upper()


class Allow(Discreet):
    """Who may use a source and its credential."""

    profiles: tuple[Text, ...] | None = Field(
        default=None,
        description="Files of profiles, entities and fragments that may name it, as "
        "globs below the folder of profiles: `cards/**`. Default: all.",
    )
    methods: tuple[Annotated[Text, AfterValidator(_method)], ...] | None = Field(
        default=None,
        description="HTTP methods that it may be asked with: `[GET]`. Default: all.",
    )


class SourceOwner(Discreet):
    """Who is asked about a source."""

    team: Text | None = Field(default=None, description="The team.")
    runbook: Text | None = Field(default=None, description="Where to read what to do.")
    contact: Text | None = Field(default=None, description="Where to reach the team.")


def _formats(written: Mapping[str, str]) -> Mapping[str, str]:
    """Formats of scalars that have a promised spelling, each one that is known."""
    for scalar, text in written.items():
        if scalar not in FORMATS:
            message = f"{scalar!r} has no spelling of its own to convert"
            raise wrong_key(scalar, message, hint=f"they are {', '.join(FORMATS)}")
        try:
            format_of(scalar, text)
        except PatternError as error:
            raise wrong_key(scalar, str(error), hint=error.hint) from None
    return written


class AnySource(Discreet):
    """What all kinds of source may say.

    ``schemes`` are those of the URLs that mean this kind without a `type`; they are for
    kinds of other packages, since `kinds` has those of our own.
    """

    schemes: ClassVar[frozenset[str]] = frozenset()

    type: str = Field(default="rest", description="Kind of source.")

    timeout: Duration | None = Field(
        default=None, description="How long one attempt may take: `500ms`."
    )
    names: Literal["verbatim", "snake"] = Field(
        default="verbatim",
        description="snake: `partyId` reads `party_id`, arguments likewise.",
    )
    limits: SourceLimits = Field(
        default=unwritten(SourceLimits),
        description="How much is asked and answered at once.",
    )
    breaker: Breaker = Field(
        default=unwritten(Breaker),
        description="When an endpoint that keeps failing is left alone.",
    )
    retry_budget: Percent | None = Field(
        default=None,
        description="Further attempts that it sees at most, as a share of calls; ten "
        "more at any time. Default 20%; 0% allows none.",
    )
    metered: Switch = Field(
        default=False, description="Its calls are billed: never made without need."
    )
    allow: Allow | None = Field(default=None, description="Who may use it.")
    owner: SourceOwner | None = Field(default=None, description="Who is asked.")
    enums: Mapping[str, Mapping[str, Text]] = Field(
        default_factory=dict, description="Its words for enum values; `*` is any other."
    )
    formats: Annotated[Mapping[str, Text], AfterValidator(_formats)] = Field(
        default_factory=dict,
        description="How it writes `Date`, `DateTime` and `Decimal`: `dd.MM.yyyy`, "
        "`epoch_ms`.",
    )

    @property
    def dialect(self) -> str | None:
        """The SQL that it speaks, by sqlglot's word; None where it is no database."""
        return None

    @property
    def header_template(self) -> Template | None:
        """The headers of its calls over a request; None where there are none."""
        return None

    @property
    def forwarded(self) -> tuple[str, ...]:
        """Headers of the caller that are passed on to it."""
        return ()

    @property
    def deadline_told_in(self) -> str | None:
        """The header that tells it how long it has; None where it is not told."""
        return None

    @property
    def known_again_by(self) -> str | None:
        """The header by which it knows a call again; None where it does not."""
        return None

    @property
    def reads(self) -> tuple[Path, ...]:
        """Files whose change is told as that of the deployment's own files is."""
        return ()

    @property
    def content(self) -> str:
        """A digest of files that decide how it is opened; empty for none."""
        return ""

    @property
    def speaks_for(self) -> bool:
        """Whether it is asked in the name of the caller, and may know who that is."""
        return False
