"""A SQL database by its URL, as written: whatever SQLAlchemy has a dialect for."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.deployment.sources.every import AnySource
from gateway.deployment.words import Number
from gateway.drivers import driver_of
from gateway.strict import Text, wrong_key
from gateway.units import Duration

_URL = re.compile(r"[a-z][a-z0-9_]*(\+[a-z0-9_]+)?://", re.IGNORECASE)


class SqlSource(AnySource):
    """A SQL database by its URL."""

    type: Literal["sql", "mysql", "mariadb", "sqlite"] = Field(
        default="sql", description="Kind of source; `sql` is whatever the URL says."
    )
    url: Text | None = Field(
        default=None,
        description="Where it is, as SQLAlchemy writes it: "
        "`mariadb://reader:${DB_PASSWORD}@db.internal/shop`.",
    )
    path: Text | None = Field(
        default=None, description="SQLite: the database's file, in place of a `url`."
    )
    connections: Annotated[Number, Field(ge=1)] = Field(
        default=10, description="Connections at a time; calls wait for a free one."
    )
    max_rows: Annotated[Number, Field(ge=1)] = Field(
        default=10_000,
        description="Rows of one answer; more make the step fail, and are not read.",
    )
    statement_timeout: Duration = Field(
        default=30.0,
        description="How long the database itself lets a query run, where it can "
        "count time: for the case that the gateway is gone and cannot stop it.",
    )

    @property
    def address(self) -> str:
        """The URL, where only a file is named too."""
        return self.url or f"sqlite:///{self.path}"

    @property
    def dialect(self) -> str | None:
        """The SQL of its URL's database."""
        return driver_of(self.address).dialect

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.url is None) == (self.path is None):
            raise wrong_key(
                "url",
                "a database is at one place",
                hint="write a url: mariadb://user@host/name, or for SQLite a path",
            )
        if self.path is not None and self.type not in ("sql", "sqlite"):
            hint = f"write url: {self.type}://user@host/name"
            raise wrong_key("path", f"{self.type} has no file", hint=hint)
        return self

    @model_validator(mode="after")
    def _known_url(self) -> Self:
        if self.url is None:
            return self
        if not _URL.match(self.url):
            message = "this is no URL of a database"
            hint = "write mariadb://user@host:3306/name, or sqlite:///file.db"
            raise wrong_key("url", message, hint=hint)
        scheme = re.split(r"[+:]", self.url)[0].lower()
        wanted = {"mysql", "mariadb"} if self.type == "mariadb" else {self.type}
        if self.type != "sql" and scheme not in wanted:
            message = f"this is a URL of {scheme}, and the type is {self.type}"
            raise wrong_key("url", message, hint="remove 'type', or write type: sql")
        return self

    @model_validator(mode="after")
    def _installed(self) -> Self:
        missing = driver_of(self.address).missing
        if missing is not None:
            message = "the driver of this database is not installed"
            raise wrong_key("url", message, hint=missing)
        return self
