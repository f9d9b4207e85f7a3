"""A GraphQL API, as written."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from gateway.deployment.sources.rest import RestSource
from gateway.deployment.words import Switch
from gateway.strict import wrong_key
from gateway.values import digest

_LARGEST = 20_000_000


class GraphqlSource(RestSource):
    """A GraphQL API over HTTP: the keys of an HTTP API, and its schema."""

    type: Literal["graphql"] = Field(  # type: ignore[assignment] # another kind
        default="graphql", description="Kind of source."
    )
    schema_file: Path | None = Field(
        default=None,
        alias="schema",
        description="Its schema, an SDL file: steps are held to it when they load.",
    )
    together: Switch = Field(
        default=False,
        description="Queries of one request that are ready at once go in one document.",
    )
    _text: str | None = PrivateAttr(default=None)

    @property
    def upstream(self) -> str | None:
        """The SDL text of its schema; None where none is known."""
        return self._text

    @property
    def reads(self) -> tuple[Path, ...]:
        """Its schema and its certificates."""
        own = () if self.schema_file is None else (self.schema_file,)
        return (*own, *super().reads)

    @property
    def content(self) -> str:
        """A digest of both."""
        return digest(self._text or "", super().content)

    @model_validator(mode="after")
    def _read(self) -> Self:
        """The schema is read once, when the deployment is; whether it is one, later."""
        if self.unwrap is not None:
            message = "the answer of a GraphQL API is under 'data', always"
            raise wrong_key("unwrap", message, hint="remove it")
        if not isinstance(self.url, str):
            message = "several URLs for one source are there for REST only"
            raise wrong_key("url", message, hint="write a source for each")
        if self.schema_file is None:
            return self
        if self.schema_file.suffix not in (".graphql", ".graphqls", ".gql"):
            hint = "name a file that ends with .graphql, .graphqls or .gql"
            raise wrong_key("schema", "this is no file of SDL", hint=hint)
        try:
            text = self.schema_file.read_bytes()[:_LARGEST].decode()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is no text"
            message = f"the schema cannot be read: {why}"
            raise wrong_key("schema", message, hint="name an SDL file") from None
        self._text = text
        return self
