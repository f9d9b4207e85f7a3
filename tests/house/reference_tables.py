"""The tables of keys in the language reference, made of the models that read them.

In charge of turning a model into rows. A table stands between ``<!-- keys: NAME -->``
and ``<!-- end -->``; run this file to write them all anew:

    python -m tests.house.reference_tables
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from gateway.canned import CannedReply
from gateway.connectors.files.options import FileOptions
from gateway.connectors.graphql.options import EntityOptions, GraphqlOptions
from gateway.connectors.grpc.options import GrpcOptions
from gateway.connectors.options import (
    DecisionOptions,
    MockOptions,
    Paginate,
    RestOptions,
    RuleOptions,
    SqlOptions,
    ValueOptions,
)
from gateway.connectors.redis.options import RedisOptions
from gateway.connectors.streams.options import StreamOptions
from gateway.deployment.admin import AdminSettings
from gateway.deployment.agents import AgentsSettings
from gateway.deployment.api import ApiSettings
from gateway.deployment.auth import AuthSettings, KeyWritten, ProxySettings
from gateway.deployment.bounds import Adaptive, Breaker, SourceLimits
from gateway.deployment.cache import CacheSettings, InvalidateSettings
from gateway.deployment.cors import CorsSettings
from gateway.deployment.federation import FederationSettings
from gateway.deployment.flags import FlagSettings
from gateway.deployment.issuers import Jwt
from gateway.deployment.limits import (
    CostSettings,
    LimitSettings,
    OperationRate,
    RateSettings,
)
from gateway.deployment.model import DeploymentDocument
from gateway.deployment.operations import OperationsSettings
from gateway.deployment.oversight import (
    AuditSettings,
    PolicySettings,
    TelemetrySettings,
    UsageSettings,
)
from gateway.deployment.persisted import PersistedSettings
from gateway.deployment.plans import PlanSettings
from gateway.deployment.record import RecordSettings
from gateway.deployment.release import ReleaseKey, ReleaseSettings
from gateway.deployment.serving import (
    DefaultSettings,
    ProfilesSettings,
    ServerSettings,
    TimeoutSettings,
)
from gateway.deployment.slo import ObjectiveSettings, SloSettings
from gateway.deployment.sources import (
    AnySource,
    DuckDbSource,
    FileSource,
    GraphqlSource,
    GrpcSource,
    KafkaSource,
    NatsSource,
    PostgresSource,
    RedisSource,
    RestSource,
    SqlSource,
    StaticSource,
    WebhookSource,
)
from gateway.deployment.sources.credentials import (
    Basic,
    Exchange,
    OAuth2,
    SigV4,
    SourceAuth,
    Tls,
)
from gateway.deployment.sources.every import Allow
from gateway.deployment.sources.webhook import Hmac, Timestamp, Token
from gateway.deployment.subscriptions import SubscriptionSettings
from gateway.flags.written import RuleWritten
from gateway.profile.document import (
    AggregationDocument,
    BatchDocument,
    CacheDocument,
    EntityDocument,
    ErrorDocument,
    EscalateDocument,
    FragmentDocument,
    HedgeDocument,
    IdempotencyDocument,
    InvalidatesDocument,
    OwnerDocument,
    ProfileDocument,
    RetryDocument,
    StepDefaults,
    StepDocument,
    TypeByDocument,
    VariantDocument,
)
from gateway.profile.document.operations import Match
from gateway.rules.written import RuleDocument
from gateway.testing.document import (
    AsDocument,
    CaseDocument,
    EarlierDocument,
    ExpectDocument,
    PlanExpectation,
    ProfileTestDocument,
    StepReply,
)

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "profiles" / "README.md"
OPERATIONS = ROOT / "deploy" / "README.md"
MODELS: Mapping[str, type[BaseModel]] = {
    "operation": ProfileDocument,
    "defaults": StepDefaults,
    "aggregation": AggregationDocument,
    "entity": EntityDocument,
    "fragment": FragmentDocument,
    "variant": VariantDocument,
    "match": Match,
    "step": StepDocument,
    "owner": OwnerDocument,
    "type_by": TypeByDocument,
    "retry": RetryDocument,
    "cache": CacheDocument,
    "hedge": HedgeDocument,
    "escalate": EscalateDocument,
    "error": ErrorDocument,
    "batch": BatchDocument,
    "api": RestOptions,
    "paginate": Paginate,
    "warehouse": SqlOptions,
    "value": ValueOptions,
    "decision": DecisionOptions,
    "rule": RuleOptions,
    "mock": MockOptions,
    "reply": CannedReply,
    "test": ProfileTestDocument,
    "case": CaseDocument,
    "earlier": EarlierDocument,
    "as": AsDocument,
    "test-reply": StepReply,
    "expect": ExpectDocument,
    "plan": PlanExpectation,
}
"""Every model of profiles and their tests, by the name its table has."""
SETTINGS: Mapping[str, type[BaseModel]] = {
    "deployment": DeploymentDocument,
    "profiles": ProfilesSettings,
    "server": ServerSettings,
    "server-timeouts": TimeoutSettings,
    "deployment-defaults": DefaultSettings,
    "auth": AuthSettings,
    "auth-jwt": Jwt,
    "auth-key": KeyWritten,
    "auth-proxy": ProxySettings,
    "plans": PlanSettings,
    "flags": FlagSettings,
    "policies": PolicySettings,
    "audit": AuditSettings,
    "usage": UsageSettings,
    "telemetry": TelemetrySettings,
    "slo": SloSettings,
    "slo-objective": ObjectiveSettings,
    "persisted": PersistedSettings,
    "cors": CorsSettings,
    "flag-rule": RuleWritten,
    "rule-of-team": RuleDocument,
    "record": RecordSettings,
    "admin": AdminSettings,
    "release": ReleaseSettings,
    "release-key": ReleaseKey,
    "store": CacheSettings,
    "invalidate": InvalidateSettings,
    "limits": LimitSettings,
    "cost": CostSettings,
    "rate": RateSettings,
    "operation-rate": OperationRate,
    "subscriptions": SubscriptionSettings,
    "rest": RestSource,
    "duckdb": DuckDbSource,
    "source-limits": SourceLimits,
    "adaptive": Adaptive,
    "breaker": Breaker,
}
"""The models of `headwater.yaml` that this version acts on."""
SOURCES = ROOT / "profiles" / "sources"
DOOR_PAGES = ROOT / "profiles" / "doors"
PAGES = {
    REFERENCE: MODELS,
    OPERATIONS: SETTINGS,
    SOURCES / "credentials.md": {
        "source-auth": SourceAuth,
        "oauth2": OAuth2,
        "exchange": Exchange,
        "basic": Basic,
        "sigv4": SigV4,
        "tls": Tls,
        "allow": Allow,
    },
    SOURCES / "streams.md": {
        "stream": StreamOptions,
        "nats": NatsSource,
        "kafka": KafkaSource,
    },
    SOURCES / "webhooks.md": {
        "webhook-source": WebhookSource,
        "hmac": Hmac,
        "hmac-timestamp": Timestamp,
        "webhook-token": Token,
    },
    SOURCES / "redis.md": {"redis-source": RedisSource, "redis": RedisOptions},
    SOURCES / "files.md": {
        "file-source": FileSource,
        "static-source": StaticSource,
        "file": FileOptions,
    },
    SOURCES / "sql.md": {"sql-source": SqlSource},
    SOURCES / "postgresql.md": {"postgresql": PostgresSource},
    SOURCES / "graphql.md": {
        "graphql-source": GraphqlSource,
        "graphql": GraphqlOptions,
        "entity-options": EntityOptions,
    },
    SOURCES / "grpc.md": {"grpc-source": GrpcSource, "grpc": GrpcOptions},
    DOOR_PAGES / "agents.md": {"agents": AgentsSettings},
    DOOR_PAGES / "federation-subgraph.md": {"federation": FederationSettings},
    DOOR_PAGES / "rest.md": {"api": ApiSettings, "operations": OperationsSettings},
    DOOR_PAGES / "mutations.md": {
        "invalidates": InvalidatesDocument,
        "idempotency": IdempotencyDocument,
    },
}
"""The models of each page. One of a source tells the keys that only its kind has."""

_TABLE = re.compile(r"(<!-- keys: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def with_tables(page: Path) -> str:
    """A page with every table as the models have it now."""
    models, text = PAGES[page], page.read_text("utf-8")
    return _TABLE.sub(
        lambda at: f"{at[1]}{table(models[at[2]], _every(page))}\n{at[3]}", text
    )


def names_of_tables(text: str) -> list[str]:
    return [found[2] for found in _TABLE.finditer(text)]


def _every(page: Path) -> frozenset[str]:
    """Keys that a page does not tell again."""
    return frozenset(AnySource.model_fields if page.parent == SOURCES else ())


def table(model: type[BaseModel], but: frozenset[str] = frozenset()) -> str:
    """One row for each key: its value, its default, its meaning."""
    schema = model.model_json_schema(by_alias=True)
    required = schema.get("required", ())
    left = but if issubclass(model, AnySource) else frozenset()
    rows = [
        f"| `{key}` | {_value(field, schema.get('$defs', {}))} "
        f"| {'**required**' if key in required else _default(field)} "
        f"| {field.get('description', '')} |"
        for key, field in sorted(
            schema["properties"].items(), key=lambda item: item[0] not in required
        )
        if key == "type" or key not in left
    ]
    return "\n".join(
        ("| key | value | default | meaning |", "|---|---|---|---|", *rows)
    )


def _value(field: Mapping[str, Any], types: Mapping[str, Any]) -> str:
    """What may be written, in a word or two."""
    several = field.get("anyOf") or field.get("oneOf")
    if several:
        words = [_value(one, types) for one in several if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(words))
    if "$ref" in field:
        return _value(types[field["$ref"].rpartition("/")[2]], types)
    if "enum" in field:
        return ", ".join(f"`{one}`" for one in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    return _plain(field, types)


_WORDS = {
    "object": "map",
    "boolean": "`true`, `false`",
    "integer": "number",
    "number": "number",
    "string": "text",
}
_FORMATS = {"password": "text", "cel": "CEL", "date-time": "time", "path": "path"}


def _plain(field: Mapping[str, Any], types: Mapping[str, Any]) -> str:
    kind = field.get("type", "any")
    if kind == "array":
        items = field.get("items", {})
        return f"list of {'maps' if _is_map(items, types) else _value(items, types)}"
    if "format" in field:
        return _FORMATS[field["format"]]
    if kind == "string" and "examples" in field:
        return f"text such as `{field['examples'][0]}`"
    return _WORDS.get(kind, "any")


def _is_map(field: Mapping[str, Any], types: Mapping[str, Any]) -> bool:
    return _value(field, types) == "map"


def _default(field: Mapping[str, Any]) -> str:
    given = field.get("default")
    match given:
        case None | [] | {}:
            return ""
        case bool():
            return f"`{str(given).lower()}`"
        case dict():
            return ""
        case _:
            return f"`{given}`"


if __name__ == "__main__":
    for written in PAGES:
        written.write_text(with_tables(written), "utf-8")
