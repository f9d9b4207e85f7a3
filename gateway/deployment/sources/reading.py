"""One source's keys → its settings, or what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from gateway.deployment.environment import Environment
from gateway.deployment.layers import Layers
from gateway.deployment.sources.every import AnySource
from gateway.deployment.sources.plugged import source_types
from gateway.deployment.sources.rest import FRAMING, HEADER_NAME, RestSource
from gateway.errors import Problems, did_you_mean
from gateway.expression import ExpressionSyntaxError, parse, template
from gateway.record import Model
from gateway.unfit import Trail, Unfit, described

if TYPE_CHECKING:
    from gateway.deployment.sources.grpc import GrpcSource

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class SourceReader(Model, frozen=True):
    """Reads sources as the merged deployment files have them, each for itself."""

    layers: Layers
    unfit: Unfit
    environment: Environment

    @property
    def _problems(self) -> Problems:
        return self.environment.problems

    def __call__(self, name: str, data: Any) -> AnySource | None:
        """The source of this name; None where a problem was reported."""
        trail: Trail = ("sources", name)
        if not isinstance(data, dict):
            self._no_map(name, trail)
            return None
        model = source_types().get(str(kind_of(data)))
        if model is None:
            self._no_type(trail, data)
            return None
        try:
            source = model.model_validate(data)
        except ValidationError as error:
            self.unfit.explain(error, model, trail)
            return None
        if isinstance(source, RestSource):
            self._pick(source, trail)
            self._headers(source.headers, (*trail, "headers"))
        elif source.type == "grpc":
            self._headers(cast("GrpcSource", source).headers, (*trail, "headers"))
        return source

    def _no_map(self, name: str, trail: Trail) -> None:
        if self.layers.span(trail) not in self.environment.spoiled:
            self._problems.add(
                self.layers.span(trail),
                "a source is a map of keys",
                hint=f"write {name}: {{ url: https://... }}",
            )

    def _headers(self, headers: Mapping[str, str], trail: Trail) -> None:
        """Headers are templates that may read nothing but the request."""
        for name, value in headers.items():
            place = self.layers.span((*trail, name))
            if place in self.environment.spoiled:
                continue
            self._header(name, value, (*trail, name))
            try:
                roots = template(value).roots
            except ExpressionSyntaxError as error:
                self._problems.add(place, error.message, hint=error.hint)
                continue
            for root in sorted(roots - {"request"}):
                self._problems.add(
                    place,
                    f"{root!r} cannot be read in a source's headers",
                    hint="they may read 'request' only",
                )

    def _header(self, name: str, value: str, trail: Trail) -> None:
        """What could never be sent; its value may be a secret and is not shown."""
        if not HEADER_NAME.fullmatch(name):
            message, hint = f"{name!r} is not a header's name", "write x-request-id"
        elif name.lower() in FRAMING:
            message = f"{name!r} belongs to the connection and is set by the gateway"
            hint = "remove it"
        elif "${" not in value and _CONTROL.search(value):
            message = f"the value of {name!r} holds a line break or control character"
            hint = "write it in one line"
        else:
            return
        self._problems.add(self.layers.span(trail), message, hint=hint)

    def _pick(self, source: RestSource, trail: Trail) -> None:
        """Several URLs want something that picks one of them, by the request alone."""
        several = isinstance(source.url, Mapping)
        if several is not (source.pick is None):
            self._check_pick(source.pick, (*trail, "pick"))
        elif several:
            self._problems.add(
                self.layers.span((*trail, "url")),
                "nothing says which of these URLs a call goes to",
                hint="add pick: request.claims.residency",
            )
        else:
            self._problems.add(
                self.layers.span((*trail, "pick"), key=True),
                "'pick' picks one of several URLs, and there is one",
                hint="write url: { eu: https://..., us: https://... }",
            )

    def _check_pick(self, text: str | None, place: Trail) -> None:
        if text is None:
            return
        try:
            others = parse(text).roots - {"request"}
        except ExpressionSyntaxError as error:
            self._problems.add(self.layers.span(place), error.message, hint=error.hint)
            return
        for root in sorted(others):
            self._problems.add(
                self.layers.span(place),
                f"{root!r} cannot be read where a place is picked",
                hint="it may read 'request' only",
            )

    def _no_type(self, trail: Trail, data: Mapping[str, Any]) -> None:
        kind = data.get("type")
        if kind is None:
            place = self.layers.span((*trail, "url"))
            message = "SQL databases by URL are not available in this version"
            self._problems.add(place, message, hint="use type: duckdb")
            return
        at = (*trail, "type")
        near = None
        if at in self.environment.secret:
            message = "there is no such source type"
        else:
            message = f"there is no source type {described(kind)}"
            near = did_you_mean(str(kind), source_types())
        hint = near or f"the types are {', '.join(source_types())}"
        self._problems.add(self.layers.span(at), message, hint=hint)


def kind_of(data: Mapping[str, Any]) -> object:
    """The kind of a source: its `type`, else what its URL's scheme means, else REST."""
    if "type" in data:
        return data["type"]
    url = data.get("url")
    scheme = url.partition("://")[0].partition("+")[0] if isinstance(url, str) else ""
    return source_types().meant_by(scheme) or "rest"
