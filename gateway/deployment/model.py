"""The keys of `headwater.yaml`, as written.

In charge of shapes, ranges and descriptions. Which keys this version acts on is said
in `effect`. Nothing that stands in these models is shown by their repr: any text may
have come from the environment or a secret file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    WithJsonSchema,
)

from gateway.deployment.admin import AdminSettings
from gateway.deployment.agents import AgentsSettings, switched
from gateway.deployment.api import ApiSettings
from gateway.deployment.auth import Auth, AuthSettings
from gateway.deployment.cache import CacheSettings
from gateway.deployment.cors import CorsSettings
from gateway.deployment.doors import MAIN
from gateway.deployment.federation import Federation, FederationSettings
from gateway.deployment.flags import FlagSettings
from gateway.deployment.limits import LimitSettings
from gateway.deployment.operations import OperationsSettings, folder_or_map
from gateway.deployment.oversight import (
    AuditSettings,
    PolicySettings,
    TelemetrySettings,
    UsageSettings,
)
from gateway.deployment.persisted import PersistedSettings
from gateway.deployment.plans import PlanSettings
from gateway.deployment.record import RecordSettings
from gateway.deployment.release import ReleaseSettings
from gateway.deployment.serving import (
    DefaultSettings,
    ProfilesSettings,
    ServerSettings,
)
from gateway.deployment.slo import SloSettings
from gateway.deployment.sources import AnySource
from gateway.deployment.subscriptions import SubscriptionSettings
from gateway.deployment.words import Discreet, SwitchOrProven
from gateway.lateness import NEVER, LatenessKey
from gateway.record import Model, field
from gateway.strict import unwritten, wrong
from gateway.unfit import Trail
from gateway.values import SourceSpan


def _sources(written: object) -> object:
    if isinstance(written, Mapping):
        return dict(written)
    raise wrong("sources are a map of names, or a directory", hint="write ./sources")


class DeploymentDocument(Discreet):
    """The whole file. ``sources`` are checked one by one, elsewhere."""

    profiles: Annotated[
        ProfilesSettings,
        BeforeValidator(folder_or_map, json_schema_input_type=ProfilesSettings | str),
    ] = Field(
        default=unwritten(ProfilesSettings, path=Path("profiles")),
        description="Where profiles are: a directory, or a map of settings.",
    )
    schema_path: Path = Field(
        default=Path("schema"),
        alias="schema",
        description="The directory of SDL files.",
    )
    server: ServerSettings = Field(
        default=unwritten(ServerSettings), description="Where the gateway listens."
    )
    defaults: DefaultSettings = Field(
        default=unwritten(DefaultSettings),
        description="What holds where nothing else is said.",
    )
    operations: Annotated[
        OperationsSettings | None,
        BeforeValidator(folder_or_map, json_schema_input_type=OperationsSettings | str),
    ] = Field(
        default=None, description="Saved operations: a directory, or a map of settings."
    )
    persisted: PersistedSettings = Field(
        default=unwritten(PersistedSettings),
        description="Documents that requests name by an id, and whether any others "
        "are answered.",
    )
    sources: Annotated[
        Mapping[str, Any], BeforeValidator(_sources), WithJsonSchema({})
    ] = Field(
        default_factory=dict,
        description="The systems that steps call, by name; or a directory with a file "
        "for each.",
    )
    auth: Auth | None = Field(
        default=None,
        description="How callers are known. `none` is required to listen beyond "
        "loopback without it.",
    )
    policies: Mapping[str, PolicySettings] = Field(
        default_factory=dict, description="Access to SDL fields by tag."
    )
    audit: AuditSettings | None = Field(
        default=None, description="Record of who read what of whom."
    )
    usage: UsageSettings | None = Field(default=None, description="Counts of use.")
    record: RecordSettings | None = Field(
        default=None,
        description="Record a sample of the requests, redacted, to replay them.",
    )
    plan: PlanSettings | None = Field(
        default=None, description="Who may ask for plans."
    )
    flags: FlagSettings | None = Field(
        default=None, description="Where feature flags come from."
    )
    limits: LimitSettings = Field(
        default=unwritten(LimitSettings),
        description="What one request may ask for at most.",
    )
    subscriptions: SubscriptionSettings = Field(
        default=unwritten(SubscriptionSettings),
        description="How many subscriptions there may be, and what slow ones lose.",
    )
    deferral: LatenessKey = Field(
        default=None,
        description="How long answers wait for optional steps where the client takes "
        "the rest later: `{ after: 300ms }`. Default `off`: to the end.",
    )
    completeness: Literal["off", "on", "partial"] = Field(
        default="partial",
        description="When an answer has `extensions.completeness`: never, always, or "
        "where it is not whole or not all from where it should be.",
    )
    cache: CacheSettings = Field(
        default=unwritten(CacheSettings),
        description="Where replies are kept between requests.",
    )
    slo: SloSettings | None = Field(
        default=None, description="What operations and steps promise."
    )
    telemetry: TelemetrySettings | None = Field(
        default=None, description="Where traces go, and which requests are slow."
    )
    release: ReleaseSettings | None = Field(
        default=None,
        description="Serve the active release of a store in place of the folders.",
    )
    admin: AdminSettings | None = Field(
        default=None, description="An API for operators, on a port of its own."
    )
    cors: CorsSettings | None = Field(
        default=None, description="Which pages of other origins may ask. Default: none."
    )
    explorer: SwitchOrProven = Field(
        default=True,
        description="Whether GraphiQL is at `/`. proven: for those whom `auth` lets "
        "in, as a proxy in front may have it.",
    )
    federation: Federation = Field(
        default=None,
        description="Whether it is a federation v2 subgraph of a router: `true`, or a "
        "map of settings.",
    )
    agents: Annotated[
        AgentsSettings | None,
        BeforeValidator(switched, json_schema_input_type=AgentsSettings | bool),
    ] = Field(
        default=None,
        description="Serve agents by the Model Context Protocol: `true`, or a map.",
    )
    api: Annotated[
        ApiSettings | None,
        BeforeValidator(switched, json_schema_input_type=ApiSettings | bool),
    ] = Field(
        default=None,
        description="Serve operations as HTTP resources: `true`, or a map.",
    )


class Deployment(Model, frozen=True):
    """What `headwater.yaml` says, complete: every default is applied.

    ``auth`` is None where the file says nothing of it. ``files`` are all files it was
    read from, secret files included. ``source_digests`` change exactly when a
    source's settings do, a secret among them too. ``places`` are where names of the
    schema stand in the files: ``("sources", NAME, "enums", TYPE)``, and words in it.
    """

    profiles: ProfilesSettings = field(
        default_factory=lambda: ProfilesSettings(path=Path("profiles"))
    )
    schema_folder: Path = Path("schema")
    operations: OperationsSettings | None = None
    persisted: PersistedSettings = field(default_factory=PersistedSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    defaults: DefaultSettings = field(default_factory=DefaultSettings)
    sources: Mapping[str, AnySource] = field(default_factory=dict)
    auth: Literal["none"] | AuthSettings | None = None
    policies: Mapping[str, PolicySettings] = field(default_factory=dict)
    audit: AuditSettings | None = None
    record: RecordSettings | None = None
    usage: UsageSettings | None = None
    plan: PlanSettings | None = None
    slo: SloSettings | None = None
    telemetry: TelemetrySettings | None = None
    flags: FlagSettings | None = None
    limits: LimitSettings = field(default_factory=LimitSettings)
    subscriptions: SubscriptionSettings = field(default_factory=SubscriptionSettings)
    deferral: float = NEVER
    completeness: Literal["off", "on", "partial"] = "partial"
    cache: CacheSettings = field(default_factory=CacheSettings)
    cors: CorsSettings | None = None
    explorer: bool | Literal["proven"] = True
    federation: FederationSettings | None = None
    agents: AgentsSettings | None = None
    api: ApiSettings | None = None
    release: ReleaseSettings | None = None
    admin: AdminSettings | None = None
    files: tuple[Path, ...] = ()
    source_digests: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[tuple[str | int, ...], SourceSpan] = field(default_factory=dict)

    @property
    def auths(self) -> Mapping[Trail, Literal["none"] | AuthSettings | None]:
        """How callers are known, by where it is written; doors that have a rule."""
        doors = {"agents": self.agents, "api": self.api}
        own = {(n, *MAIN): one.auth for n, one in doors.items() if one and one.auth}
        return {MAIN: self.auth, **own}

    @property
    def watched(self) -> tuple[Path, ...]:
        """Every file and folder whose change may change what is served."""
        data = (path for source in self.sources.values() for path in source.reads)
        flags = (self.flags.path,) if self.flags and self.flags.path else ()
        proving = (one for one in self.auths.values() if isinstance(one, AuthSettings))
        auth = (path for one in proving for path in one.reads)
        aside = (*self.files, *data, *flags, *auth, *self.persisted.manifests)
        if self.release is not None:
            return aside
        saved = (self.operations.path,) if self.operations else ()
        return (*aside, self.profiles.path, self.schema_folder, *saved)


def deployment_of(
    written: DeploymentDocument,
    sources: Mapping[str, AnySource],
    digests: Mapping[str, str],
    files: tuple[Path, ...],
) -> Deployment:
    """The deployment that a checked document and its checked sources make."""
    return Deployment(
        profiles=written.profiles,
        schema_folder=written.schema_path,
        operations=written.operations,
        persisted=written.persisted,
        server=written.server,
        defaults=written.defaults,
        sources=sources,
        auth=written.auth,
        policies=written.policies,
        audit=written.audit,
        record=written.record,
        usage=written.usage,
        plan=written.plan,
        slo=written.slo,
        telemetry=written.telemetry,
        flags=written.flags,
        limits=written.limits,
        subscriptions=written.subscriptions,
        deferral=written.deferral.seconds if written.deferral else NEVER,
        completeness=written.completeness,
        cache=written.cache,
        cors=written.cors,
        explorer=written.explorer,
        federation=written.federation,
        agents=written.agents,
        api=written.api,
        release=written.release,
        admin=written.admin,
        files=files,
        source_digests=digests,
    )
