"""The explorer over HTTP: what the page asks for, and what comes back."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from gateway.explorer import assets as explorer_assets
from gateway.explorer.assets import DISTRIBUTION, all_files
from gateway.explorer.routes import routes

REQUESTED = re.compile(r"""(?:src|href)=["']([^"']*)["']""")
PARTS = [
    "headwater.svg",
    "packaged/graphiql.min.css",
    "packaged/style.css",
    "packaged/react.production.min.js",
    "packaged/react-dom.production.min.js",
    "packaged/graphiql.min.js",
    "packaged/graphiql-plugin-explorer.umd.js",
    "explorer.css",
    "panels.css",
    "drawing.css",
    "live.css",
    "bench.css",
    "app/main.js",
]
GRAPHIQL = "packaged/graphiql.min.js"


def client(endpoint: str = "/graphql", root_path: str = "") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(
        Starlette(routes=routes(endpoint)), root_path=root_path
    )
    return httpx.AsyncClient(transport=transport, base_url="http://gateway")


async def test_the_page_is_html_and_may_ask_only_this_server() -> None:
    """The whole policy is stated, so that widening it is seen in review."""
    async with client() as http:
        answer = await http.get("/")
    assert answer.status_code == 200
    assert dict(answer.headers) == {
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "content-security-policy": (
            "default-src 'none'; script-src 'self'; style-src 'self' "
            "'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc=' "
            "'sha256-nzTgYzXYDNe6BAHiiI7NNlfK8n/auuOAhh2t92YvuXo='; "
            "img-src 'self' data:; font-src data:; connect-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "cross-origin-opener-policy": "same-origin",
        "x-frame-options": "DENY",
        "cache-control": "no-cache",
        "etag": answer.headers["etag"],
        "content-length": str(len(answer.content)),
        "content-type": "text/html; charset=utf-8",
    }
    assert "<title>Headwater</title>" in answer.text


async def test_the_page_names_each_file_by_its_content_on_this_server() -> None:
    """Nothing else is loaded: every address holds one digest of all files."""
    async with client() as http:
        page = (await http.get("/")).text
    expected = [f"/explorer/files/{all_files().digest}/{name}" for name in PARTS]
    assert REQUESTED.findall(page) == expected
    assert "://" not in page


@pytest.mark.parametrize("name", PARTS)
async def test_a_file_may_be_kept_for_ever(name: str) -> None:
    """Its address holds its digest, so a new version is a new address."""
    asset, digest = all_files().files[name], all_files().digest
    async with client() as http:
        http.headers["accept-encoding"] = "identity"
        answer = await http.get(f"/explorer/files/{digest}/{name}")
    kind = {
        "js": "text/javascript; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml",
    }[name.rpartition(".")[2]]
    assert (answer.status_code, answer.content) == (200, asset.content)
    assert dict(answer.headers) == {
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "public, max-age=31536000, immutable",
        "etag": f'"{digest}"',
        "vary": "accept-encoding",
        "content-type": kind,
        "content-length": str(len(asset.content)),
    }


async def test_a_browser_that_takes_gzip_gets_a_third_under_its_own_etag() -> None:
    """Two encodings are two representations, so their strong ETags differ."""
    asset, digest = all_files().files[GRAPHIQL], all_files().digest
    async with client() as http:
        answer = await http.get(f"/explorer/files/{digest}/{asset.name}")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["etag"] == f'"{digest}-gzip"'
    assert answer.content == gzip.decompress(asset.compressed) == asset.content
    assert int(answer.headers["content-length"]) < len(asset.content) / 3


@pytest.mark.parametrize("path", ["/", "/explorer/files/{digest}/" + GRAPHIQL])
@pytest.mark.parametrize("form", ["{etag}", "W/{etag}", '"other", {etag}'])
async def test_what_the_browser_already_has_is_not_sent_again(
    path: str, form: str
) -> None:
    """If-None-Match is a list, and a proxy may have made the tag weak."""
    path = path.format(digest=all_files().digest)
    async with client() as http:
        etag = (await http.get(path)).headers["etag"]
        known = {"if-none-match": form.format(etag=etag)}
        answer = await http.get(path, headers=known)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag


@pytest.mark.parametrize(
    "path",
    [
        f"/explorer/files/0000000000000000/{GRAPHIQL}",
        "/explorer/files/{digest}/packaged/explorer.css",
        "/explorer/files/{digest}/index.html",
        "/explorer/files/{digest}/app",
        "/explorer/files/{digest}/..%2Froutes.py",
        "/explorer/files/{digest}/app/..%2F..%2Fviews.py",
        f"/explorer/files/{GRAPHIQL}",
    ],
)
async def test_no_other_file_can_be_asked_for(path: str) -> None:
    """Only named files are served, and only under the digest of their content."""
    path = path.format(digest=all_files().digest)
    async with client() as http:
        assert (await http.get(path)).status_code == 404


async def test_the_page_is_only_read() -> None:
    """A POST to the page is a mistake of the caller, told with the method to use."""
    async with client() as http:
        answer = await http.post("/", json={"query": "{ __typename }"})
    allowed = set(answer.headers["allow"].split(", "))  # in the order of a set
    assert (answer.status_code, allowed) == (405, {"GET", "HEAD"})


async def test_the_page_follows_the_gateway_behind_a_prefix() -> None:
    """A proxy that takes a prefix away tells it as the root path."""
    async with client("/v1/graphql", root_path="/data") as http:
        page = (await http.get("/data/")).text
    digest = all_files().digest
    assert 'data-endpoint="/data/v1/graphql"' in page
    assert 'data-explorer="/data/explorer"' in page
    assert f'src="/data/explorer/files/{digest}/app/main.js"' in page


async def test_an_endpoint_cannot_break_out_of_the_page() -> None:
    """What is put into the page is escaped."""
    async with client('/"><script>') as http:
        page = (await http.get("/")).text
    assert 'data-endpoint="/&quot;&gt;&lt;script&gt;"' in page


@pytest.mark.parametrize("name", [name for name in PARTS if name.endswith(".css")])
def test_no_style_asks_another_server(name: str) -> None:
    """Fonts and cursors lie inside the style sheets."""
    text = all_files().files[name].content.decode()
    asked = re.findall(r"url\(\s*['\"]?([^)]{5})", text) + re.findall("@import", text)
    assert set(asked) <= {"data:"}


def test_own_files_name_no_server_at_all() -> None:
    """Only the picture's XML namespace is spelled as a URL, and it is never asked."""
    folder = Path(str(files("gateway.explorer") / "static"))
    named = {
        url
        for file in folder.rglob("*.*")
        if "built" not in file.parts
        for url in re.findall(r"https?://[^\"'\s>]+", file.read_text(encoding="utf-8"))
    }
    assert named == {"http://www.w3.org/2000/svg"}


@pytest.fixture
def forgotten() -> Iterator[None]:
    """The files are looked for anew, before the test and after it."""
    all_files.cache_clear()
    yield
    all_files.cache_clear()


@pytest.mark.usefixtures("forgotten")
async def test_a_missing_package_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page says what to install, still styled, and that the endpoint answers."""
    monkeypatch.setattr(explorer_assets, "_PACKAGE", "no_such_package")
    graphiql = f"/explorer/files/0000000000000000/{GRAPHIQL}"
    async with client() as http:
        answer = await http.get("/")
        refused = await http.get(graphiql)
        styled = [await http.get(a) for a in REQUESTED.findall(answer.text)]
    problem = f"The Python package {DISTRIBUTION} is not installed."
    assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
    assert problem in answer.text
    assert f"<pre>pip install --force-reinstall {DISTRIBUTION}</pre>" in answer.text
    assert "<code>/graphql</code> answers every GraphQL" in answer.text
    assert (refused.status_code, refused.text) == (503, problem)
    assert [own.status_code for own in styled] == [200, 200]


@pytest.mark.usefixtures("forgotten")
async def test_a_package_of_another_shape_names_the_file_it_lacks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A release that moved its files is told apart from no package at all."""
    monkeypatch.setattr(explorer_assets, "_bundle", lambda: tmp_path)
    async with client() as http:
        answer = await http.get("/")
    assert answer.status_code == 503
    assert f"{DISTRIBUTION} carries no react.production.min.js." in answer.text
