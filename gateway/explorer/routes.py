"""GraphiQL over HTTP: the page at `/` and its files under `/explorer/`.

In charge of addresses, headers and what is shown when GraphiQL is not installed. Must
never name a foreign origin: the page works, and is held by its Content-Security-Policy
to work, with this server alone. The handlers are plain functions, so Starlette runs
them on a worker thread and the first look at the files holds up no request.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.explorer.assets import (
    Asset,
    AssetsMissingError,
    Folder,
    all_files,
    own_files,
    template,
)

# GraphiQL needs no inline script and no eval. Its bundle carries fonts and cursors as
# data: URLs. The one <style> element it ever adds holds the page still under a dialog:
# its hash, the same on every page that does not scroll, first in the packaged bundle,
# then in the built one. With another bundle it would change; the dialog would still
# open, and the browser test would tell.
_DIALOG_STYLE: Final = (
    "'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc=' "
    "'sha256-nzTgYzXYDNe6BAHiiI7NNlfK8n/auuOAhh2t92YvuXo='"
)
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' {_DIALOG_STYLE}",
        "img-src 'self' data:",
        "font-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_SAFE: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
_PAGE: Final = _SAFE | {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
_STYLES: Final = '<link rel="stylesheet" href="{files}/{name}">'
_DEFERRED: Final = '<script defer src="{files}/{name}"></script>'
_AHEAD: Final = '<link rel="modulepreload" href="{files}/{name}">'
_GRAPHIQL: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "built": ((_STYLES, "built/graphiql.css"), (_AHEAD, "built/graphiql.js")),
    # Deferred scripts and modules run in this order: each needs the ones before it.
    "packaged": (
        (_STYLES, "packaged/graphiql.min.css"),
        (_STYLES, "packaged/style.css"),
        (_DEFERRED, "packaged/react.production.min.js"),
        (_DEFERRED, "packaged/react-dom.production.min.js"),
        (_DEFERRED, "packaged/graphiql.min.js"),
        (_DEFERRED, "packaged/graphiql-plugin-explorer.umd.js"),
    ),
}
"""What the page loads of a GraphiQL, by where it is from."""
_PLACEHOLDER: Final = re.compile(r"{{([\w.-]+)}}")


def routes(endpoint: str = "/graphql") -> list[Route]:
    """The explorer's routes, to be put into the gateway's router.

    Args:
        endpoint: path on this server to which the page posts its operations. A
            `root_path` in front of the gateway is added to it for each request.
    """
    file = "/explorer/files/{digest}/{name:path}"
    return [
        Route("/", partial(_page, endpoint), methods=["GET"], name="explorer"),
        Route(file, _file, methods=["GET"], name="explorer-file"),
    ]


def _page(endpoint: str, request: Request) -> Response:
    root = request.scope.get("root_path", "").rstrip("/")
    words = {"endpoint": f"{root}{endpoint}", "explorer": f"{root}/explorer"}
    try:
        text = _filled("index.html", words | _address(root, all_files()))
    except AssetsMissingError as missing:
        said = {"problem": missing.message, "remedy": missing.hint or ""}
        text = _filled("missing.html", words | said | _address(root, own_files()))
        headers = _PAGE | {"cache-control": "no-store"}
        return HTMLResponse(text, status_code=503, headers=headers)
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
    headers = _PAGE | {"cache-control": "no-cache", "etag": etag}
    if _already_has(request, etag):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(text, headers=headers)


def _file(request: Request) -> Response:
    """One file, at the address of exactly this content; any other digest is absent.

    Answering an old digest with new content would let a shared cache keep the wrong
    bytes under it for a year.
    """
    name, digest = request.path_params["name"], request.path_params["digest"]
    try:
        folder = own_files()
        folder = folder if folder.digest == digest else all_files()
    except AssetsMissingError as missing:
        return PlainTextResponse(missing.message, status_code=503, headers=_SAFE)
    asset = folder.files.get(name)
    if asset is None or folder.digest != digest:
        return PlainTextResponse("Not found", status_code=404, headers=_SAFE)
    return _file_answer(asset, digest, request)


def _file_answer(asset: Asset, digest: str, request: Request) -> Response:
    zipped = "gzip" in request.headers.get("accept-encoding", "").lower()
    etag = f'"{digest}-gzip"' if zipped else f'"{digest}"'
    headers = _SAFE | {
        "cache-control": "public, max-age=31536000, immutable",
        "etag": etag,
        "vary": "accept-encoding",
    }
    if _already_has(request, etag):
        return Response(status_code=304, headers=headers)
    if zipped:
        headers["content-encoding"] = "gzip"
    return Response(
        asset.compressed if zipped else asset.content,
        headers=headers | {"content-type": asset.media_type},
    )


def _address(root: str, folder: Folder) -> dict[str, str]:
    address = f"{root}/explorer/files/{folder.digest}"
    return {"files": address, "from": folder.graphiql or ""}


def _filled(name: str, words: Mapping[str, str]) -> str:
    """A template with its words in it, each escaped; `graphiql` is tags of ours."""
    escaped = {word: html.escape(said) for word, said in words.items()}
    loaded = _GRAPHIQL.get(words["from"], ())
    tags = (t.format(files=escaped["files"], name=n) for t, n in loaded)
    escaped["graphiql"] = "\n    ".join(tags)
    return _PLACEHOLDER.sub(lambda hole: escaped[hole[1]], template(name))


def _already_has(request: Request, etag: str) -> bool:
    known = request.headers.get("if-none-match", "").split(",")
    return etag in {tag.strip().removeprefix("W/") for tag in known}
