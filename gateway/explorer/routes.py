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
    assets,
    own_assets,
    template,
)

# GraphiQL needs no inline script and no eval. Its bundle carries fonts and cursors as
# data: URLs. The one <style> element it ever adds holds the page still under a dialog:
# its hash, the same on every page that does not scroll. With another bundle it would
# change; the dialog would still open, and the browser test would tell.
_DIALOG_STYLE: Final = "'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='"
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
_PLACEHOLDER: Final = re.compile(r"{{([\w.-]+)}}")


def routes(endpoint: str = "/graphql") -> list[Route]:
    """The explorer's routes, to be put into the gateway's router.

    Args:
        endpoint: path on this server to which the page posts its operations. A
            `root_path` in front of the gateway is added to it for each request.
    """
    return [
        Route("/", partial(_page, endpoint), methods=["GET"], name="explorer"),
        Route(
            "/explorer/{digest}/{name}", _file, methods=["GET"], name="explorer-file"
        ),
    ]


def _page(endpoint: str, request: Request) -> Response:
    root = request.scope.get("root_path", "").rstrip("/")
    words = {"endpoint": f"{root}{endpoint}"}
    try:
        text = _filled("index.html", words | _addresses(root, assets()))
    except AssetsMissingError as missing:
        said = {"problem": missing.message, "remedy": missing.hint or ""}
        text = _filled("missing.html", words | said | _addresses(root, own_assets()))
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
        asset = own_assets().get(name) or assets().get(name)
    except AssetsMissingError as missing:
        return PlainTextResponse(missing.message, status_code=503, headers=_SAFE)
    if asset is None or asset.digest != digest:
        return PlainTextResponse("Not found", status_code=404, headers=_SAFE)
    return _file_answer(asset, request)


def _file_answer(asset: Asset, request: Request) -> Response:
    zipped = "gzip" in request.headers.get("accept-encoding", "").lower()
    etag = f'"{asset.digest}-gzip"' if zipped else f'"{asset.digest}"'
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


def _addresses(root: str, served: Mapping[str, Asset]) -> dict[str, str]:
    return {n: f"{root}/explorer/{a.digest}/{n}" for n, a in served.items()}


def _filled(name: str, words: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda hole: html.escape(words[hole[1]]), template(name))


def _already_has(request: Request, etag: str) -> bool:
    known = request.headers.get("if-none-match", "").split(",")
    return etag in {tag.strip().removeprefix("W/") for tag in known}
