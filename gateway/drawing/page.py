"""A plan or a run as one HTML file: for a report, a ticket, a mail.

In charge of a page that stands by itself: its style is in it, it asks nobody anything
and needs no script. Must never let a text become markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from gateway.drawing.drawn import Drawn, sheet
from gateway.drawing.markup import Element, Node, Style, element
from gateway.drawing.text import short, whole
from gateway.record import Model, field
from gateway.values import JsonValue

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""No script runs and nothing is fetched, whatever a text should come to."""
_LONGEST: Final = 20_000
"""Letters of a text that stands whole: a query, the YAML of a step."""
_MOST_ERRORS: Final = 100


class Report(Model, frozen=True):
    """What a page tells besides its pictures. ``made`` says when and by what."""

    title: str
    query: str = ""
    made: str = ""
    steps: Mapping[str, JsonValue] = field(default_factory=dict)
    errors: Sequence[JsonValue] = ()


def page_of(made: Drawn, report: Report) -> str:
    """The page, with a doctype."""
    parts: list[Node] = [
        element("h1", whole(report.title)),
        element("p", whole(report.made), class_="told"),
    ]
    if report.query:
        parts += [element("h2", "Query"), element("pre", report.query[:_LONGEST])]
    parts += _said(made, report.errors)
    parts += [element("h2", "Plan"), element("div", made.drawing, class_="picture")]
    if made.waterfall is not None:
        parts.append(element("h2", "Times"))
        parts.append(element("div", made.waterfall, class_="picture"))
    if report.steps:
        parts += [element("h2", "Steps"), *_steps(report.steps)]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width"),
        element("title", whole(report.title)),
        Style("style", {}, (sheet("page.css"), sheet())),
    )
    body = element("body", element("main", *parts))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _said(made: Drawn, errors: Sequence[JsonValue]) -> Iterator[Node]:
    yield element("h2", "What became of it")
    yield element("ul", *(element("li", sentence) for sentence in made.words))
    told = [whole(_error(one)) for one in errors[:_MOST_ERRORS]]
    if told:
        yield element("h2", f"Errors ({len(errors):,})")
        yield element("ul", *(element("li", sentence) for sentence in told))


def _error(error: JsonValue) -> str:
    """One error of an answer, as far as it can be read."""
    if not isinstance(error, Mapping):
        return str(error)
    path, more = error.get("path"), error.get("extensions")
    at = ".".join(map(str, path)) if isinstance(path, list) else "the request"
    code = more.get("code") if isinstance(more, Mapping) else None
    return f"{at}: {error.get('message')} ({code or 'no code'})"


def _steps(steps: Mapping[str, JsonValue]) -> Iterator[Element]:
    """Each step with its place and its YAML, folded."""
    for name, told in steps.items():
        if isinstance(told, Mapping):
            yield element(
                "details",
                element("summary", whole(name)),
                element("table", element("tbody", *_rows(told))),
                _yaml(told.get("yaml")),
            )


def _yaml(text: JsonValue) -> Element | None:
    return element("pre", text[:_LONGEST]) if isinstance(text, str) else None


def _rows(told: Mapping[str, JsonValue]) -> Iterator[Element]:
    for key in ("step", "type", "source", "role", "inputs", "reads", "policy", "cache"):
        value = told.get(key)
        if value:
            text = short(_written(value), 2_000)
            yield element("tr", element("th", key, scope="row"), element("td", text))
    at = f"{told.get('file')}:{told.get('line')}"
    yield element("tr", element("th", "defined at", scope="row"), element("td", at))


def _written(value: JsonValue) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_written(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_written, value))
    return str(value)
