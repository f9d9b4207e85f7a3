"""The workbench asked by a page of somebody else, and with files made to hurt."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explorer.test_bench_routes import BASE, author

ASKED = [
    ("POST", "plan"),
    ("POST", "compare"),
    ("POST", "check"),
    ("POST", "diff"),
    ("POST", "dry-run"),
    ("PUT", "profiles/customer.yaml"),
]
FORMS = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=a",
    "application/jsonx",
]


async def test_what_a_foreign_page_can_send_unasked_is_no_question(
    tmp_path: Path,
) -> None:
    """Types that need no leave of ours are refused, and nothing is written."""
    body = '{"text": "x", "digest": null, "query": "{ a }", "texts": {}}'
    async with author(tmp_path) as http:
        found = [
            await http.request(
                method,
                f"/explorer/{path}",
                content=body,
                headers={"content-type": form},
            )
            for method, path in ASKED
            for form in FORMS
        ]
    assert {one.status_code for one in found} == {415}
    assert (tmp_path / "profiles/customer.yaml").read_text() == BASE


async def test_what_is_compressed_is_no_question(tmp_path: Path) -> None:
    """Whatever it would come to: nothing here inflates what it is sent."""
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    async with author(tmp_path) as http:
        found = {
            (
                await http.request(
                    method, f"/explorer/{path}", content=b"{}", headers=headers
                )
            ).status_code
            for method, path in ASKED
        }
    assert found == {415}


HURTING = [
    "a: &a [x, x]\n"
    + "".join(f"b{n}: &b{n} [{'*a, ' * 9}]\n" for n in range(9))
    + "c: &c ["
    + "*b8, " * 9
    + "]\n",
    "a: " + "[" * 100_000,
    "language: 1\noperation: x\nsteps: &s [*s]\n",
    "language: !!python/object/apply:os.mkdir ['made-by-yaml']\n",
    "language: " + "9" * 100_000,
]


async def test_a_file_that_is_made_to_hurt_is_a_file_with_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is answered as any other, nothing in it is done, and the next is judged."""
    monkeypatch.chdir(tmp_path)
    async with author(tmp_path) as http:
        for text in HURTING:
            said = {"texts": {"customer.yaml": text}, "file": "customer.yaml"}
            hurt = await http.post("/explorer/check", json=said)
            files = {one["file"] for one in hurt.json()["problems"]}
            assert (hurt.status_code, "profiles/customer.yaml" in files) == (200, True)
        plain = await http.post("/explorer/check", json={"texts": {}})
    assert plain.json()["problems"] == []
    assert not (tmp_path / "made-by-yaml").exists()
