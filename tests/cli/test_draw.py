"""Plans and runs as files: written, shown, and made of an answer that was saved."""

from __future__ import annotations

import json
import webbrowser
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke, Upstream

QUERY = "query Q($id: ID!) { customer(id: $id) { city } }"
ASKED = ("--variables", '{"id": 7}')


class Shown(webbrowser.BaseBrowser):
    """A browser with a window."""

    def __init__(self) -> None:
        super().__init__("shown")
        self.urls: list[str] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: ARG002
        self.urls.append(url)
        return True


def test_a_plan_is_written_as_a_page_or_a_picture(
    customers: Upstream, invoke: Invoke, tmp_path: Path
) -> None:
    """One file that stands by itself; the page has the query and each step's YAML."""
    for name, first in (("p.html", "<!doctype html>"), ("p.svg", "<svg ")):
        result = invoke("plan", QUERY, *ASKED, "--out", str(tmp_path / name))
        assert (result.exit_code, result.stdout) == (0, "")
        text = (tmp_path / name).read_text("utf-8")
        assert text.startswith(first)
        assert 'data-step="customer.city"' in text
    page = (tmp_path / "p.html").read_text("utf-8")
    assert "query Q($id: ID!)" in page
    assert "name: person" in page
    assert "<script" not in page
    refused = invoke("plan", QUERY, *ASKED, "--out", str(tmp_path / "p.png"))
    assert refused.exit_code == 2
    assert "neither .html nor .svg" in refused.stderr


def test_a_plan_is_shown_where_there_is_a_browser(
    customers: Upstream,
    invoke: Invoke,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the command says where the page is; never a browser in the terminal."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    browser = Shown()
    monkeypatch.setattr(webbrowser, "get", lambda: browser)
    told = invoke("plan", QUERY, *ASKED, "--open").stdout
    (url,) = browser.urls
    assert url.startswith("file://")
    assert told.endswith(".html is open in the browser\n")
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("lynx"))
    path = invoke("plan", QUERY, *ASKED, "--open").stdout.strip()
    assert Path(path).read_text("utf-8").startswith("<!doctype html>")


def test_a_run_is_drawn_with_what_became_of_it(
    customers: Upstream, invoke: Invoke, tmp_path: Path
) -> None:
    """The answer is printed as ever; the page has its times."""
    page = tmp_path / "run.html"
    result = invoke("run", QUERY, *ASKED, "--out", str(page))
    answer = json.loads(result.stdout)
    assert "plan" not in answer.get("extensions", {})
    text = page.read_text("utf-8")
    assert "2 steps ran with 2 calls: 2 ok." in text
    assert "attempt 1: ok, status 200" in text
    step = invoke("run", "--step", "customer.city", "id=7", "--out", str(page))
    assert (step.exit_code, "one query" in step.stderr) == (2, True)


def test_a_saved_answer_is_drawn(
    customers: Upstream, invoke: Invoke, tmp_path: Path
) -> None:
    """From a file or stdin; what has no plan says how to ask for one."""
    answer = invoke("run", QUERY, *ASKED, "--plan").stdout
    page = tmp_path / "saved.html"
    assert invoke("draw", "-", "--out", str(page), input=answer).exit_code == 0
    assert "2 steps ran" in page.read_text("utf-8")
    saved = tmp_path / "answer.json"
    saved.write_text(json.dumps(json.loads(answer)["extensions"]["plan"]), "utf-8")
    assert invoke("draw", str(saved), "--out", str(page)).exit_code == 0
    cases = {
        '{"data": {}}': "headwater run --plan",
        '{"extensions": {"plan": {"steps": [{}]}}}': "missing required field `id`",
        "[]": "no JSON object",
        "{": "not JSON",
        "[" * 100_000: "not JSON",
    }
    for text, said in cases.items():
        result = invoke("draw", "-", input=text)
        assert result.exit_code in (1, 2)
        assert said in result.stderr
        assert "Traceback" not in result.stderr
