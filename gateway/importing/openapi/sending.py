"""Parameters and bodies → arguments, and how a step sends them.

In charge of what a call says. What a step cannot say leaves the operation out where it
has to be said, else the parameter alone.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from gateway.importing.names import Taken, argument_name, field_name, pascal
from gateway.importing.openapi.flat import flat, kinds
from gateway.importing.openapi.media import FORM
from gateway.importing.openapi.model import Body, Operation, Parameter
from gateway.importing.openapi.typed import Way
from gateway.importing.openapi.types import Types
from gateway.importing.sdl_text import ArgumentMade
from gateway.profile.drafts import is_id
from gateway.profile.samples import is_name

_JOINED = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\\t"}
_OF_HTTP = ("accept", "content-type", "authorization")
_PLACE = re.compile(r"\{([^{}]*)\}")
_SCALARS = ("ID", "String", "Int", "Float", "Boolean", "Date", "DateTime", "Decimal")


class Unsaid(Exception):  # noqa: N818 - never seen outside of this folder
    """The operation needs something that no step can say."""


@dataclass(slots=True)
class Sent:
    """The arguments of an operation, and the keys of the step that sends them."""

    endpoint: str
    arguments: list[ArgumentMade] = field(default_factory=list)
    query: dict[str, object] = field(default_factory=dict)
    headers: dict[str, object] = field(default_factory=dict)
    body: object = None
    form: dict[str, object] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """Arguments by the parameter's own name; query parameters only."""


@dataclass(slots=True)
class Sender:
    """Makes what one operation sends. ``skipped`` parameters are the paging's."""

    operation: Operation
    types: Types
    name: str
    skipped: frozenset[str] = frozenset()
    _taken: Taken = field(default_factory=Taken)

    def sent(self) -> Sent:
        """What it sends.

        Raises:
            Unsaid: it has to send something that no step can send.
        """
        made = Sent(self.operation.path)
        given = [p for p in self.operation.parameters if not self._passes(p)]
        for each in given:
            self._parameter(each, made)
        if self.operation.body is not None:
            self._body(self.operation.body, made)
        for name in _PLACE.findall(made.endpoint):
            if name not in self._taken.names:
                raise Unsaid(f"its path has {{{name}}}, which is no parameter")
        made.arguments.sort(key=lambda each: not each.type.endswith("!"))
        return made

    def _passes(self, each: Parameter) -> bool:
        if each.place == "header" and each.name.lower() in _OF_HTTP:
            return True
        return each.place == "query" and each.name in self.skipped

    def _parameter(self, each: Parameter, made: Sent) -> None:
        try:
            argument = self._argument(each, made)
        except Unsaid as error:
            if each.required:
                raise
            said = f"{self.operation.said}: {each.place} parameter {each.name}"
            self.types.told.leave_out(said, str(error))
            return
        made.arguments.append(argument)

    def _argument(self, each: Parameter, made: Sent) -> ArgumentMade:
        if each.style.startswith("content"):
            raise Unsaid(f"parameter {each.name} is {each.style.partition(' ')[2]}")
        if each.place == "cookie":
            raise Unsaid(f"cookie {each.name}: a gateway keeps no cookies")
        hint = pascal(self.name) + pascal(each.name)
        typed = self.types.typed(
            each.schema, hint, Way.IN, field_name(_last(each.name))
        )
        type_ = _as_id(typed.type, field_name(each.name))
        raw = flat(self.types.library, each.schema).raw
        name = self._taken.free(argument_name(each.name))
        if name != each.name:
            self.types.told.change(
                f"{self.operation.said}: {each.name} is {name}",
                "its name is none that an argument can have",
            )
        if each.place == "path":
            type_ = self._in_path(each, name, type_, made)
        elif each.place == "query":
            self._in_query(each, name, type_, made)
        else:
            made.headers[each.name] = _valued(name, type_, ",")
        must = each.required
        default = _default(raw.get("default"), type_) if not must else ""
        return ArgumentMade(
            name,
            f"{type_}{'!' if must else ''}",
            each.description,
            default,
            each.deprecated,
        )

    def _in_path(self, each: Parameter, name: str, type_: str, made: Sent) -> str:
        lead = {"label": ".", "matrix": f";{each.name}="}.get(each.style, "")
        before = made.endpoint
        made.endpoint = before.replace(f"{{{each.name}}}", f"{lead}{{{name}}}")
        if made.endpoint == before and f"{{{name}}}" not in before:
            raise Unsaid(f"its path has no {{{each.name}}}")
        if type_.startswith("["):
            self.types.told.change(
                f"{self.operation.said}: {each.name}", "is text, its items by commas"
            )
            return "String"
        return type_ if type_ in _SCALARS or type_ in self.types.made else "String"

    def _in_query(self, each: Parameter, name: str, type_: str, made: Sent) -> None:
        schema = flat(self.types.library, each.schema)
        if schema.properties and kinds(schema.raw) == {"object"}:
            keys = [key for key, _ in schema.properties]
            deep = each.style == "deepObject"
            if not deep and not each.explode:
                raise Unsaid(f"parameter {each.name} is an object in one text")
            for key in filter(is_name, keys):
                said = f"{each.name}[{key}]" if deep else key
                made.query[said] = f"${{ {name}.?{key}.orValue(null) }}"
            return
        if type_ == "JSON" and each.style == "deepObject":
            raise Unsaid(f"parameter {each.name} is an object of any keys")
        if type_.startswith("[") and not each.explode:
            made.query[each.name] = _valued(name, type_, _JOINED.get(each.style, ","))
        else:
            made.query[each.name] = f"${{ {name} }}"
        made.names[each.name] = name

    def _body(self, body: Body, made: Sent) -> None:
        name = self._taken.free("input")
        typed = self.types.typed(body.schema, f"{pascal(self.name)}Input", Way.IN)
        if body.media.startswith(FORM):
            schema = flat(self.types.library, body.schema)
            if not schema.properties:
                raise Unsaid("its form has no fields")
            for key in (key for key, _ in schema.properties if is_name(key)):
                made.form[key] = f"${{ {name}.?{key}.orValue(null) }}"
        else:
            made.body = f"${{ {name} }}"
        must = "!" if body.required or self.operation.method != "DELETE" else ""
        made.arguments.append(ArgumentMade(name, typed.type + must, body.description))


def _last(name: str) -> str:
    return name.rpartition("[")[2].rstrip("]") or name


def _as_id(type_: str, name: str) -> str:
    """In URLs an ID is text anyhow, so that one named like one may be one."""
    return "ID" if type_ in ("Int", "Float") and is_id(name) else type_


def _valued(name: str, type_: str, separator: str) -> str:
    if not type_.startswith("["):
        return f"${{ {name} }}"
    items = name
    if type_.strip("[]!") in ("Int", "Float", "Boolean"):
        items = f"{name}.map(x, string(x))"
    return f"${{ {name} == null ? null : {items}.join('{separator}') }}"


def _default(value: object, type_: str) -> str:
    """The default in SDL, where it is a plain one of a plain type."""
    match type_, value:
        case (("String" | "ID"), str()):
            return json.dumps(value, ensure_ascii=False)
        case "Boolean", bool():
            return "true" if value else "false"
        case "Int", int() if not isinstance(value, bool):
            return str(value)
        case "Float", int() | float() if not isinstance(value, bool):
            return str(value)
    return ""
