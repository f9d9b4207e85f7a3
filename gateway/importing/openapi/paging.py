"""Whether an operation hands out its list in pages, and how.

In charge of the hints: a `Link` header, parameters named like cursors, pages and
offsets, keys named like the next one. Conservative: what is not clear is no paging.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.importing.openapi.flat import Flat, flat, kinds
from gateway.importing.openapi.library import Found, Library
from gateway.importing.openapi.model import Operation, Parameter
from gateway.profile.samples import is_name
from gateway.record import Model, field

_CURSORS = (
    "cursor",
    "after",
    "page_token",
    "pagetoken",
    "next_token",
    "nexttoken",
    "continuation_token",
    "continuationtoken",
    "continue",
    "marker",
    "start_key",
    "startingafter",
    "starting_after",
)
_NEXTS = (
    "next_cursor",
    "nextcursor",
    "next_page_token",
    "nextpagetoken",
    "next_token",
    "nexttoken",
    "end_cursor",
    "endcursor",
    "continuation_token",
    "continuationtoken",
    "continue",
    "next_marker",
    "nextmarker",
    "last_evaluated_key",
    "next",
    "cursor",
)
_PAGES = ("page", "page_number", "pagenumber", "page_no", "pageno")
_OFFSETS = ("offset", "skip", "start_index", "startindex")
_SIZES = (
    "per_page",
    "perpage",
    "page_size",
    "pagesize",
    "limit",
    "size",
    "count",
    "max_results",
    "maxresults",
    "first",
    "top",
)
_TOTALS = ("total", "total_count", "totalcount", "total_results")
_BELOW = ("meta", "metadata", "pagination", "paging", "page_info", "response_metadata")
_USUAL = 100


class Paged(Model, frozen=True):
    """``rows`` is the schema of the list, ``select`` where it stands in a reply.

    ``paginate`` is empty where there is a list within the answer and no paging.
    """

    rows: Found
    select: str = ""
    paginate: Mapping[str, object] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()


def paged(library: Library, operation: Operation) -> Paged | None:
    """How the operation's list is paged; None where it is not."""
    answer = operation.answer
    if answer is None or answer.schema is None or operation.method != "GET":
        return None
    schema = flat(library, answer.schema)
    if kinds(schema.raw) == {"array"}:
        rows, select, inside = answer.schema, "", {}
    else:
        lists = [(k, f) for k, f in schema.properties if _is_list(library, f)]
        if len(lists) != 1 or not is_name(lists[0][0]):
            return None
        rows, select = lists[0][1], f"response.body.{lists[0][0]}"
        inside = dict(_inside(library, schema))
    query = {p.name.lower(): p for p in operation.parameters if p.place == "query"}
    size = next((query[name] for name in _SIZES if name in query), None)
    rule = _link(answer.headers, query) or _cursor(query, inside, select)
    rule = rule or _counted(library, query, size)
    if rule is None:
        return None
    paginate, skipped = rule
    if size is not None:
        paginate |= {"size": _size(library, size), "size_param": size.name}
        skipped = [*skipped, size.name]
    total = next((inside[name] for name in _TOTALS if name in inside), None)
    if total is not None:
        paginate["total"] = total
    return Paged(rows, select, paginate, frozenset(skipped))


Rule = tuple[dict[str, object], Sequence[str]]


def _link(headers: frozenset[str], query: Mapping[str, Parameter]) -> Rule | None:
    if "link" not in headers:
        return None
    skipped = [p.name for name, p in query.items() if name in (*_PAGES, *_CURSORS)]
    return {"style": "link"}, skipped


def _cursor(
    query: Mapping[str, Parameter], inside: Mapping[str, str], select: str
) -> Rule | None:
    found = next((query[name] for name in _CURSORS if name in query), None)
    if found is None or found.required:
        return None
    next_ = next((inside[name] for name in _NEXTS if name in inside), None)
    if next_ is None and "starting_after" in query and "has_more" in inside and select:
        next_ = f"{inside['has_more']} ? {select}.last().value().id : null"
    if next_ is None:
        return None
    return {"style": "cursor", "param": found.name, "next": next_}, [found.name]


def _counted(
    library: Library,
    query: Mapping[str, Parameter],
    size: Parameter | None,
) -> Rule | None:
    """By page or by offset; only where the size of a page is known too."""
    for style, names in (("page", _PAGES), ("offset", _OFFSETS)):
        found = next((query[name] for name in names if name in query), None)
        whole = found and kinds(flat(library, found.schema).raw) == {"integer"}
        if found is None or not whole or found.required or size is None:
            continue
        rule: dict[str, object] = {"style": style, "param": found.name}
        start = flat(library, found.schema).raw.get("default")
        usual = 1 if style == "page" else 0
        if isinstance(start, int) and start in (0, 1) and start != usual:
            rule["start"] = start
        return rule, [found.name]
    return None


def _size(library: Library, parameter: Parameter) -> int:
    raw = flat(library, parameter.schema).raw
    most = raw.get("maximum")
    if isinstance(most, int) and not isinstance(most, bool) and 0 < most < _USUAL:
        return most
    default = raw.get("default")
    if not isinstance(most, int) and isinstance(default, int) and default > 0:
        return default
    return _USUAL


def _is_list(library: Library, found: Found) -> bool:
    schema = flat(library, found)
    if kinds(schema.raw) != {"array"}:
        return False
    item = flat(library, Found(schema.raw.get("items", {}), schema.file))
    return bool(item.properties) or "oneOf" in item.raw


def _inside(library: Library, schema: Flat) -> list[tuple[str, str]]:
    """What stands beside the list, by name, and how an expression reads it."""
    found = []
    for key, below in schema.properties:
        if not is_name(key):
            continue
        leaf = flat(library, below)
        if key.lower() in _BELOW:
            found += [
                (inner.lower(), f"response.body.{key}.{inner}")
                for inner, each in leaf.properties
                if is_name(inner) and not flat(library, each).properties
            ]
        elif not leaf.properties and kinds(leaf.raw) <= {
            "string",
            "integer",
            "boolean",
        }:
            found.append((key.lower(), f"response.body.{key}"))
    return found
