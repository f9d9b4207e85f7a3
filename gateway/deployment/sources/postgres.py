"""A PostgreSQL database, as written."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from gateway.deployment.sources.every import AnySource
from gateway.deployment.words import Number, Switch
from gateway.errors import did_you_mean
from gateway.strict import Text, wrong

_EXAMPLE = "write postgresql://reader:${PGPASSWORD}@db.internal:5432/shop"
_SETTINGS = frozenset(
    {"application_name", "channel_binding", "connect_timeout", "dbname", "gssencmode"}
    | {"host", "hostaddr", "keepalives", "keepalives_count", "keepalives_idle"}
    | {"keepalives_interval", "krbsrvname", "load_balance_hosts", "options"}
    | {"passfile", "password", "port", "require_auth", "service", "sslcert"}
    | {"sslcrl", "sslkey", "sslmode", "sslnegotiation", "sslpassword", "sslrootcert"}
    | {"ssl_max_protocol_version", "ssl_min_protocol_version", "sslsni"}
    | {"target_session_attrs", "tcp_user_timeout", "user"}
)
"""What libpq knows behind a URL's ``?``."""
_LONGEST_NAME = 63


def _url(written: object) -> object:
    """A URL of libpq; never told back, since it may hold a password."""
    if not isinstance(written, str):
        return written
    scheme, mark, rest = written.partition("://")
    if not mark or scheme.lower() not in ("postgresql", "postgres"):
        if scheme.lower().startswith(("postgresql+", "postgres+")):
            raise wrong("no driver is named here", hint="write postgresql://...")
        raise wrong("this is no URL of PostgreSQL", hint=_EXAMPLE)
    try:
        query = urlsplit(f"postgresql://{rest.rpartition('@')[2]}").query
        found = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise wrong("this is no URL of PostgreSQL", hint=_EXAMPLE) from None
    for name, _ in found:
        if name not in _SETTINGS:
            hint = did_you_mean(name, _SETTINGS)
            raise wrong(
                "there is no such setting of a connection behind the URL's '?'",
                hint=hint or "sslmode, sslrootcert, connect_timeout and libpq's others",
            )
    return f"postgresql://{rest}"


def _name(written: str) -> str:
    if len(written.encode()) > _LONGEST_NAME or "\0" in written:
        raise wrong(
            f"a name has {_LONGEST_NAME} bytes at most", hint="write a shorter name"
        )
    return written


def _path(written: object) -> object:
    """One schema, or several in a list."""
    return (written,) if isinstance(written, str) else written


class PostgresSource(AnySource):
    """A PostgreSQL database."""

    type: Literal["postgresql", "postgres"] = Field(
        default="postgresql", description="Kind of source."
    )
    url: Annotated[Text, BeforeValidator(_url)] = Field(
        description="Where it is, as libpq writes it: "
        "`postgresql://reader:${PGPASSWORD}@db.internal:5432/shop?sslmode=verify-full`."
    )
    password: SecretStr | None = Field(
        default=None,
        description="The user's password as it is, where the `url` has none: "
        "`${file:/run/secrets/pg}`.",
    )
    search_path: Annotated[
        tuple[Annotated[Text, AfterValidator(_name)], ...], BeforeValidator(_path)
    ] = Field(
        default=(),
        alias="schema",
        description="The schema that tables without one are in, or a list of them. "
        "Default: as the server has it for the user.",
    )
    application_name: Annotated[Text, AfterValidator(_name)] = Field(
        default="headwater", description="What the server calls the connections."
    )
    read_only: Switch = Field(
        default=True,
        description="Sessions that cannot write. `false` is for queries whose "
        "functions write, such as a log of reads; they may still be asked twice.",
    )
    prepare: Switch = Field(
        default=True,
        description="Statements are prepared once a connection. `false` behind a "
        "pooler that gives each transaction another session.",
    )
    connections: Annotated[Number, Field(ge=1)] | None = Field(
        default=None,
        description="Connections at most, in each process. Default: "
        "`limits.concurrency`.",
    )
    max_rows: Annotated[Number, Field(ge=1)] = Field(
        default=10_000,
        description="Rows of one answer; more make the step fail, and are not read.",
    )

    @property
    def dialect(self) -> str | None:
        """PostgreSQL's."""
        return "postgres"
