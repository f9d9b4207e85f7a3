"""Use as tables for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.record import Model
from gateway.usage.reporting import FieldUse, UsedBy, fields_of, users_of

if TYPE_CHECKING:
    from graphql import GraphQLSchema

    from gateway.usage.reading import Usage

_MOST = 20
"""Rows of a table; --json has them all."""


class Wanted(Model, frozen=True):
    """What the options ask for."""

    field: str | None
    unused: bool
    json: bool


def print_usage(usage: Usage, schema: GraphQLSchema, wanted: Wanted) -> None:
    """Who asks for what; of one field, or of those that nobody asks for."""
    fields = fields_of(usage, schema)
    if wanted.field is not None:
        fields = tuple(one for one in fields if one.name == wanted.field)
    if wanted.json:
        from gateway.cli.show import print_json

        print_json(_as_json(usage, fields, wanted))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(_period(usage), "bold"))
    if wanted.unused:
        _print_unused([one for one in fields if not one.users], console)
    elif wanted.field is not None:
        _print_users(fields[0].users if fields else (), console)
    else:
        _print_all(usage, fields, console)
    _print_doubts(usage, console)


def _period(usage: Usage) -> str:
    if usage.days is None:
        return "Nothing was counted."
    first, last = usage.days
    return f"{usage.requests} requests, {first} to {last}"


def _print_all(usage: Usage, fields: Sequence[FieldUse], console: Console) -> None:
    _print_users(users_of(usage.rows), console)
    old = [one for one in fields if one.reason is not None]
    used = [one for one in old if one.users]
    if used:
        console.print(Text("\nDeprecated and still used", "yellow"))
        for one in used:
            last = max(user.last for user in one.users)
            console.print(f"  {one.name}: {one.times} times, last on {last}")
            for user in one.users[:_MOST]:
                console.print(Text(f"    {_named(user)}", "dim"))
    if usage.rows and len(old) > len(used):
        console.print(Text("\nDeprecated and used by nobody: safe to remove", "green"))
        for one in old:
            if not one.users:
                console.print(f"  {one.name}")
    unused = sum(not one.users for one in fields)
    if unused and usage.rows:
        said = f"\n{unused} of {len(fields)} fields were not used (--unused lists them)"
        console.print(said)


def _print_users(users: Iterable[UsedBy], console: Console) -> None:
    found = tuple(users)
    if not found:
        console.print("Nobody used it." if found == () else "")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("operation", "client", "version", "tenant", "times", "last"):
        table.add_column(title, justify="right" if title == "times" else "left")
    for one in found[:_MOST]:
        user = one.user
        names = (user.operation or "-", user.client or "-", user.version, user.tenant)
        table.add_row(*map(Text, names), str(one.times), one.last)
    console.print(table)
    if len(found) > _MOST:
        console.print(f"and {len(found) - _MOST} more (--json has them all)")


def _print_unused(fields: Sequence[FieldUse], console: Console) -> None:
    for one in fields:
        old = ", deprecated" if one.reason is not None else ""
        console.print(Text(f"  {one.name}{old}"))
    if not fields:
        console.print("Every field was used.")


def _print_doubts(usage: Usage, console: Console) -> None:
    """What keeps the answer from being certain."""
    if usage.uncounted:
        said = f"Of {usage.uncounted} requests it is not known what they used: too many"
        console.print(Text(f"{said} different documents.", "yellow"))
    if usage.unreadable:
        said = f"{usage.unreadable} lines could not be read, and are left out."
        console.print(Text(said, "yellow"))


def _named(one: UsedBy) -> str:
    user = one.user
    client = f"{user.client or 'an unnamed client'} {user.version}".strip()
    whom = f" of {user.tenant}" if user.tenant else ""
    operation = user.operation or "an unnamed operation"
    return f"{client}{whom} in {operation}: {one.times} times, last on {one.last}"


def _as_json(usage: Usage, fields: Sequence[FieldUse], wanted: Wanted) -> object:
    chosen = [one for one in fields if not (wanted.unused and one.users)]
    return {
        "from": str(usage.days[0]) if usage.days else None,
        "to": str(usage.days[1]) if usage.days else None,
        "requests": usage.requests,
        "requests_of_unknown_use": usage.uncounted,
        "unreadable_lines": usage.unreadable,
        "used_by": [one.as_json() for one in users_of(usage.rows)],
        "fields": [one.as_json() for one in chosen],
    }
