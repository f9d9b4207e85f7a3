"""The walls of `gateway/README.md`: who may import whom, who may wait, how big."""

from __future__ import annotations

import ast

import networkx as nx

from tests.house.tree import Module, modules

GROUND = {
    "alarm",
    "lapses",
    "canned",
    "clock",
    "confided",
    "conversion",
    "drivers",
    "errors",
    "expression",
    "held",
    "hold",
    "installed",
    "lateness",
    "record",
    "shape",
    "strict",
    "telemetry.alarming",
    "telemetry.auditing",
    "telemetry.events",
    "telemetry.identifying",
    "telemetry.limiting",
    "telemetry.listening",
    "telemetry.recordings",
    "telemetry.releasing",
    "telemetry.scrubbing",
    "telemetry.watching",
    "tls",
    "crowding",
    "turnstile",
    "typed",
    "unfit",
    "units",
    "values",
    "wanted",
    "weights",
}
FLOW = ("request", "profile", "plan", "execution", "response")
"""A room sees the `model` of the rooms before it."""
DOORS = {
    "cache": {"connectors.base"},
    "connectors": {"profile.source"},
    "request": {"policy.limits", "policy.measures"},
    "profile": {"connectors.base"},
    "execution": {
        "cache.base",
        "connectors.base",
        "connectors.hearing",
        "connectors.marks",
        "connectors.streams.base",
    },
    "response": {
        "execution.reading",
        "execution.tries",
        "plan.explain",
        "request.document",
    },
    "deployment": {"profile.source"},
    "importing": {
        "connectors.graphql.fieldsets",
        "connectors.tables",
        "profile.drafts",
        "profile.samples",
        "profile.scope",
        "profile.source",
    },
    "comparing": {
        "plan.feasible",
        "usage.model",
        "usage.reading",
        "usage.reporting",
        "profile.model",
        "profile.source",
    },
    "explorer": {
        "connectors.registry",
        "deployment",
        "loading.files",
        "profile.document",
        "workbench.bench",
        "workbench.folder",
        "workbench.lacking",
        "workbench.laying",
        "workbench.somebody",
        "workbench.standing",
        "comparing.plans",
        "comparing.schemas",
        "drawing.compared",
        "drawing.drawn",
        "drawing.model",
        "drawing.page",
        "drawing.shown",
        "generation",
        "plan.edges",
        "request.adapter",
        "schema.asking",
        "schema.exchange",
        "schema.health",
        "schema.json_calls",
        "schema.seen",
        "schema.serving",
        "watching.counting",
        "watching.quantiles",
        "watching.feed",
        "watching.live",
        "watching.objectives",
        "watching.recent",
        "workbench.view",
        *(f"{room}.model" for room in FLOW),
        "telemetry.processes",
    },
    "workbench": {
        "chosen",
        "comparing.changes",
        "comparing.facts",
        "comparing.model",
        "comparing.parts",
        "comparing.shown",
        "deployment",
        "drawing.drawn",
        "loading.askers",
        "loading.examining",
        "loading.files",
        "loading.loader",
        "loading.opening",
        "loading.sides",
        "loading.stored",
        "loading.written",
        "profile.resolve",
        "release.model",
        "request.adapter",
        "request.document",
        "schema.asking",
        "schema.seen",
        "comparing.written",
        "generation",
        "pipeline",
        "plan.explain",
        "prepared",
        "refusing",
        *(f"{room}.model" for room in FLOW),
    },
    "rules": {"profile.model", "profile.source", "profile.world"},
    "flags": {"deployment.words", "profile.source", "request.model"},
    "standing": {"app", "schema.health"},
    "auditing": {
        "plan.model",
        "request.model",
        "response.model",
        "response.written",
    },
    "identity": {"cache.bounded", "request.model"},
    "escalation": {
        "cache.rolls",
        "connectors.base",
        "connectors.rendering",
        "connectors.rest_request",
        "execution.upstream",
        "generation",
        "profile.model",
        "request.model",
    },
    "watching": {
        "connectors.grpc.target",
        "connectors.rows",
        "connectors.settings",
        "connectors.sql_summary",
        "connectors.streams.target",
        "execution.model",
        "execution.tries",
        "generation",
        "plan.model",
        "request.model",
        "response.model",
        "response.report",
        "telemetry.metrics",
        "telemetry.releasing",
    },
    "watched": {"passage", "response.model", "watching.model"},
    "generation": {
        "watching.objectives",
        "watching.tracing",
        "auditing.model",
        "cache.base",
        "execution.streams.mailbox",
        "execution.upstream",
        "persisted.model",
        "limiting.model",
        "policy.limits",
        "profile.model",
        "profile.explaining",
        "profile.resolve",
        "recording.base",
        "request.adapter",
        "request.model",
        "response.model",
        "saved.model",
    },
    "recording": {
        "connectors.base",
        "connectors.graphql.target",
        "connectors.grpc.sending",
        "connectors.grpc.target",
        "connectors.rest_request",
        "connectors.rows",
        "connectors.settings",
        "execution.calls.calling",
        "execution.calls.sending",
        "execution.calls.sharing",
        "execution.engine",
        "flags.asked",
        "mocking.redaction",
        "plan.guarded",
        *(f"{room}.model" for room in FLOW),
    },
    "release": {"profile.watch"},
    "chosen": {
        "flags.asked",
        "generation",
        "judging",
        "plan.model",
        "prepared",
        "request.model",
    },
    "judging": {
        "plan.estimating",
        "plan.weighing",
        "policy.limits",
        "request.coercion",
        *(f"{room}.model" for room in FLOW),
    },
    "splitting": {"cache.base", "generation", "pipeline", "request.model"},
    "trying": {
        "cache.base",
        "comparing.answers",
        "execution.at_work",
        "execution.attempt",
        "execution.calls.calling",
        "execution.calls.dash",
        "execution.calls.runway",
        "execution.calls.runways",
        "execution.calls.sayings",
        "execution.calls.sending",
        "execution.calls.sharing",
        "execution.course",
        "execution.engine",
        "execution.guards.breaker",
        "execution.guards.bulkhead",
        "execution.guards.latency",
        "execution.upstream",
        "generation",
        "passage",
        "pipeline",
        "plan.guarded",
        "plan.model",
        "profile.model",
        "recording.base",
        "release.activation",
        "release.model",
        "release.stores.base",
        "release.terms",
        "release.trials",
        "request.adapter",
        "request.model",
        "response.model",
        "response.written",
        "schema.encoding",
        "splitting",
        "taping",
        "warming",
    },
    "admin": {
        "cache.base",
        "release.activation",
        "release.archive",
        "release.holding",
        "release.holds",
        "release.model",
        "release.releases",
        "release.terms",
        "release.trials",
        "schema.health",
        "schema.measures",
        "schema.serving",
        "schema.wanted",
        "splitting",
        "telemetry.metrics",
    },
    "persisted": {"cache.bounded", "request.model"},
    "limiting": {"policy.limits", "request.model"},
    "holding": {
        "watched",
        "limiting.model",
        "passage",
        "pipeline",
        "policy.limits",
        "prepared",
        "refusing",
        *(f"{room}.model" for room in FLOW),
    },
    "saved": {
        "policy.limits",
        "policy.measures",
        "request.model",
        "request.used",
    },
    "doors": {
        "cache.bounded",
        "connectors.webhooks.source",
        "generation",
        "passage",
        "persisted.judging",
        "pipeline",
        "plan.explain",
        "request.adapter",
        "response.written",
        "saved.model",
        "schema.asking",
        "schema.encoding",
        "schema.exchange",
        "schema.negotiation",
        "schema.saying",
        "schema.serving",
        "splitting",
        *(f"{room}.model" for room in FLOW),
    },
    "refusing": {
        "generation",
        "policy.limits",
        "request.document",
        *(f"{room}.model" for room in FLOW),
    },
    "schema": {
        "watching.reading",
        "cache.base",
        "cache.bounded",
        "connectors.base",
        "generation",
        "persisted.judging",
        "persisted.kept",
        "persisted.listing",
        "persisted.model",
        "pipeline",
        "policy.limits",
        "refusing",
        "request.adapter",
        "request.selection",
        "delivering",
        "response.answering",
        "response.incremental.model",
        "splitting",
        "subscribing",
        "telemetry.metrics",
        *(f"{room}.model" for room in FLOW),
    },
    "parting": {
        "cache.bounded",
        "plan.groups",
        "plan.late",
        "plan.payloads",
        "request.deferring",
        "request.document",
        "response.incremental.document",
        *(f"{room}.model" for room in FLOW),
    },
    "usage": {
        "request.document",
        "request.model",
        "request.used",
        "telemetry.auditing",
    },
    "delivering": {
        "watching.model",
        "holding",
        "auditing.entry",
        "auditing.recording",
        "execution.parts",
        "generation",
        "parting",
        "passage",
        "pipeline",
        "prepared",
        "response.incremental.executing",
        "response.incremental.model",
        "response.incremental.telling",
        "response.reference",
        "response.report",
        *(f"{room}.model" for room in FLOW),
    },
    "light": {
        "cache.bounded",
        "generation",
        "plan.gates",
        "plan.planner",
        "prepared",
        "request.introspection",
        "request.model",
        "request.selection",
    },
    "left": {"generation", "prepared"},
    "hidden": {
        "generation",
        "policy.limits",
        "prepared",
        "profile.model",
        "request.document",
        "request.model",
    },
    "aside": {
        "cache.bounded",
        "generation",
        "light",
        "policy.limits",
        "prepared",
        "preparing",
        "request.model",
        "response.reference",
    },
    "pipeline": {
        "aside",
        "watched",
        "watching.model",
        "watching.watch",
        "holding",
        "auditing.recording",
        "execution.calls.caching",
        "execution.engine",
        "execution.streams.live",
        "execution.streams.seeding",
        "generation",
        "passage",
        "plan.explain",
        "prepared",
        "preparing",
        "refusing",
        "repeating",
        "response.answering",
        "splitting",
        *(f"{room}.model" for room in FLOW),
    },
    "passage": {
        "auditing.entry",
        "auditing.model",
        "auditing.recording",
        "chosen",
        "execution.reading",
        "generation",
        "pipeline",
        "plan.explain",
        "prepared",
        "refusing",
        "repeating",
        "response.answering",
        "response.reference",
        "response.report",
        "taping",
        *(f"{room}.model" for room in FLOW),
    },
    "taping": {
        "execution.calls.caching",
        "execution.calls.hearing",
        "execution.calls.sending",
        "execution.engine",
        "generation",
        "passage",
        "pipeline",
        *(f"{room}.model" for room in FLOW),
    },
    "subscribing": {
        "holding",
        "connectors.streams.base",
        "execution.streams.asking",
        "execution.streams.listening",
        "execution.streams.live",
        "execution.streams.mailbox",
        "generation",
        "pipeline",
        "prepared",
        "refusing",
        *(f"{room}.model" for room in FLOW),
    },
    "repeating": {
        "cache.base",
        "cache.codec",
        "cache.deeds",
        "execution.keys",
        "execution.model",
        "generation",
        "plan.model",
        "prepared",
        "remembered",
        "request.model",
        "response.model",
    },
    "remembered": {"response.model"},
    "prepared": {
        "judging",
        "cache.bounded",
        "execution.course",
        "generation",
        "light",
        "parting",
        "plan.gates",
        "plan.planner",
        "request.coercion",
        "request.document",
        "request.introspection",
        "request.patience",
        "request.selection",
        "request.used",
        "request.variables",
        "response.compiling",
        *(f"{room}.model" for room in FLOW),
    },
    "preparing": {
        "cache.bounded",
        "generation",
        "hidden",
        "judging",
        "left",
        "light",
        "limiting.excesses",
        "plan.gates",
        "plan.planner",
        "policy.given",
        "policy.limits",
        "prepared",
        "refusing",
        "request.plain",
        "request.selection",
        *(f"{room}.model" for room in FLOW),
        "usage.counting",
    },
    "warming": {"generation", "plan.planner", "prepared"},
}
EDGE = {"app", "cli", "loading", "mocking", "plugins", "testing", "__main__"}
"""Where things are put together and shown: they see everything."""
WAITING = (
    "admin",
    "app",
    "auditing.recording",
    "cache",
    "cli",
    "connectors",
    "delivering",
    "demo",
    "doors",
    "escalation.delivery",
    "escalation.escalating",
    "escalation.fleet",
    "escalation.on_disk",
    "execution",
    "explorer",
    "identity.keyring",
    "identity.proving",
    "loading.alarming",
    "loading.caching",
    "loading.identifying",
    "loading.limiting",
    "loading.following",
    "loading.heeding",
    "limiting.ledger",
    "loading.opening",
    "loading.using",
    "mocking.recording",
    "mocking.source",
    "passage",
    "pipeline",
    "profile.watch",
    "release.hearing",
    "repeating",
    "schema",
    "subscribing",
    "testing",
    "aside",
    "trying.apart",
    "trying.aside",
    "trying.keeping",
    "turnstile",
    "workbench.bench",
)
THIRD_PARTIES = {
    "strawberry": ("schema",),
    "mcp": ("doors.agents",),
    "mcp_types": ("doors.agents",),
    "starlette": ("admin", "schema", "explorer", "cli", "demo", "doors"),
    "graphql": (
        "schema",
        "request",
        "connectors.graphql",
        "demo.rewards",
        "doors.agents",
        "doors.export.binding",
        "doors.export.columns",
        "doors.rest",
        "doors.selected",
        "importing.graphql",
        "importing.supergraph",
        "response.compiling",
        "response.forms",
        "response.incremental",
        "response.columns",
        "response.projection",
        "response.source",
        "response.reads",
        "response.row_types",
        "response.reference",
        "persisted.model",
        "policy.measures",
        "saved",
        "refusing",
        "parting",
        "prepared",
        "preparing",
        "generation",
        "comparing.model",
        "comparing.harming",
        "comparing.schemas",
        "usage.counting",
        "usage.reporting",
        "loading.examining",
        "loading.cataloguing",
        "loading.loader",
        "loading.offering",
        "loading.operations",
        "loading.safelisting",
        "loading.sides",
        "importing.connectors",
        "cli",
    ),
    "yaml": ("profile.source", "profile.syntax", "doors.rest.openapi"),
    "pydantic": (
        "strict",
        "unfit",
        "units",
        "canned",
        "lateness",
        "profile.document",
        "deployment",
        "connectors.files.options",
        "connectors.graphql.options",
        "connectors.grpc.options",
        "connectors.options",
        "connectors.redis.options",
        "connectors.streams.options",
        "testing.document",
        "flags.written",
        "rules.written",
        "doors.agents.server",
    ),
    "pydantic_core": ("strict", "units", "unfit", "profile.document"),
    "httpx": ("connectors.transport", "cli", "demo"),
    "httptools": ("connectors.transport.lean", "schema.bounded", "schema.upgrading"),
    "aiocache": ("cache",),
    "msgpack": ("cache",),
    "aiokafka": ("connectors.kafka",),
    "nats": ("connectors.nats",),
    "msgspec": (
        "drawing.shown",
        "drawing.words",
        "record",
        "response.row_types",
    ),
    "redis": ("cache", "connectors.redis", "release.hearing", "release.stores.redis"),
    "cryptography": ("release.signing",),
    "joserfc": ("identity.jwks", "identity.tokens"),
    "fsspec": ("release.stores.remote",),
    "botocore": ("connectors.credentials.sigv4",),
    "google": ("connectors.grpc",),
    "grpc": ("connectors.grpc",),
    "grpc_reflection": ("connectors.grpc",),
    "duckdb": (
        "connectors",
        "demo.warehouse",
        "doors.export.duckdb_rows",
        "doors.export.parquet",
    ),
    "defusedxml": ("connectors.bodies.xml",),
    "psycopg": ("connectors.postgres",),
    "sqlalchemy": ("connectors.dialects",),
    "sqlglot": (
        "connectors.sql_summary",
        "connectors.sql_text",
        "connectors.sql_types",
    ),
    "networkx": ("plan.graph",),
    "watchfiles": ("profile.watch",),
    "opentelemetry": ("watching.attempts", "watching.otlp"),
    "prometheus_client": ("telemetry.metrics",),
    "structlog": ("telemetry.terminal",),
    "typer": ("cli",),
    "rich": ("cli", "demo.run"),
    "uvicorn": ("cli", "demo", "schema"),
}
MOST_LINES = 300


def allowed(room: str, target: str) -> bool:
    """Whether a module of a room may import a module of another."""
    other, _, module = target.partition(".")
    return (
        room in EDGE
        or other == room
        or {other, target} & GROUND != set()
        or target in DOORS.get(room, ())
        or (
            room in FLOW
            and other in FLOW[: FLOW.index(room)]
            and module.split(".")[0] == "model"
        )
    )


def under(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def test_a_module_imports_only_what_its_room_may_see() -> None:
    """Ground, itself, the models before it, and the doors that are listed."""
    seen = {
        (module.name, one)
        for module in modules()
        for one in module.ours()
        if not allowed(module.room, one)
    }
    assert seen == set()


def test_nothing_that_serves_imports_what_tests_are_made_of() -> None:
    """`gateway.testing` is for tests and for `headwater test`."""
    users = {m.room for m in modules() if any(under(i, ("testing",)) for i in m.ours())}
    assert users <= {"testing", "cli"}


def test_every_listed_door_is_used() -> None:
    """A door that nobody goes through is a hole in the wall."""
    used = {(m.room, one) for m in modules() for one in m.ours()}
    listed = {(room, one) for room, doors in DOORS.items() for one in doors}
    models = {(room, one) for room, one in listed if one.endswith(".model")}
    assert listed - models - used == set()


def test_no_two_modules_import_each_other() -> None:
    """Over however many others."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for module in modules():
        graph.add_edges_from((module.name, one) for one in module.runtime_imports())
    assert [sorted(c) for c in nx.simple_cycles(graph)] == []


def test_only_these_places_wait() -> None:
    """The other rooms are pure, and nobody has to believe it."""
    waiting = {module.name for module in modules() if module.waits()}
    assert {name for name in waiting if not under(name, WAITING)} == set()


def test_a_third_party_has_one_door() -> None:
    """So that it can be replaced in one place."""
    used = {
        (module.name, one.partition(".")[0])
        for module in modules()
        for one in module.imports()
    }
    outside = {
        (name, party)
        for name, party in used
        if party in THIRD_PARTIES and not under(name, THIRD_PARTIES[party])
    }
    assert outside == set()


def test_a_module_says_what_it_is_in_charge_of() -> None:
    """In its docstring, whose first line is a sentence."""
    silent = set()
    for module in modules():
        said = ast.get_docstring(module.tree)
        if module.tree.body and (not said or said.splitlines()[0][-1] not in ".:;?"):
            silent.add(module.name)
    assert silent == set()


def test_a_module_fits_a_head() -> None:
    """What outgrows the size is split by meaning."""
    lines = {m.name: m.path.read_text("utf-8").count("\n") for m in modules()}
    assert {name: n for name, n in lines.items() if n > MOST_LINES} == {}


def test_names_say_something() -> None:
    """No drawer for what has no place."""
    drawers = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert {m.name for m in modules() if drawers & set(m.name.split("."))} == set()


def test_a_struct_takes_no_field_of_dataclasses() -> None:
    """To a struct it is a value, which no type checker says: `gateway.record.field`."""
    wrong = [
        f"{module.name}: {node.name}"
        for module in modules()
        if "dataclasses" in module.imports() and "dataclasses.field" in _from(module)
        for node in module.nodes
        if isinstance(node, ast.ClassDef) and not node.decorator_list
        for each in node.body
        if isinstance(each, ast.AnnAssign)
        and isinstance(each.value, ast.Call)
        and ast.unparse(each.value.func) == "field"
    ]
    assert wrong == []


def _from(module: Module) -> set[str]:
    """What a module imports out of others, by its whole name."""
    return {
        f"{node.module}.{alias.name}"
        for node in module.nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
