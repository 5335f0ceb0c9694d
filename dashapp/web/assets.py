"""The files of `assets/`: read and compressed once, a digest in their address, kept for a year.

Only known kinds of file inside the folder are there at all: no listing, no dot files, no path that climbs.
"""

from __future__ import annotations

import gzip
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import brotli
from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import NotFound

from dashapp.ui.desk import bundle

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
_TEXT = frozenset({".css", ".js", ".svg"})
YEAR = "public, max-age=31536000, immutable"
EXTENSION = "vitrine_assets"

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One file, ready to send. `packed`: by content coding."""

    kind: str
    digest: str
    plain: bytes
    packed: dict[str, bytes]


class Assets:
    """What is in the folder. A file changed on disk (development) is read again at its next request."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._known: dict[str, tuple[int, Asset]] = {}

    def get(self, name: str) -> Asset | None:
        """The file, or None when there is none by that name that may be served."""
        path = self.folder / name
        parts = name.split("/")
        if (
            path.suffix not in KINDS
            or any(part.startswith(".") or not part for part in parts)
            or "\\" in name
        ):
            return None
        try:
            found = bundle.parts(self.folder, name)
            if not found or not path.resolve().is_relative_to(self.folder):
                return None
            changed = max(part.stat().st_mtime_ns for part in found)
            kept = self._known.get(name)
            if kept is None or kept[0] != changed:
                kept = (changed, _read(path.suffix, bundle.content(self.folder, name)))
                self._known[name] = kept
        except (OSError, ValueError):
            return None
        return kept[1]

    def url(self, name: str) -> str:
        """`/assets/<name>?v=<digest>`; without a digest when the file is not there."""
        asset = self.get(name)
        return f"/assets/{name}" if asset is None else f"/assets/{name}?v={asset.digest}"


def _read(suffix: str, plain: bytes) -> Asset:
    codings = {}
    if suffix in _TEXT and len(plain) > 500:
        codings = {"br": brotli.compress(plain, quality=11), "gzip": gzip.compress(plain, 9, mtime=0)}
    return Asset(KINDS[suffix], blake2b(plain, digest_size=6).hexdigest(), plain, codings)


def install(app: Flask, folder: Path) -> Assets:
    """Serve `folder` at /assets/ and give templates `asset_url(name)`."""
    assets = Assets(folder)
    app.extensions[EXTENSION] = assets
    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset_url"] = assets.url
    app.after_request(_pack)
    return assets


@blueprint.get("/assets/<path:name>")
def file(name: str) -> Response:
    """One file; kept for a year when its address carries its digest."""
    assets: Assets = current_app.extensions[EXTENSION]
    asset = assets.get(name)
    if asset is None:
        raise NotFound
    coding = coding_taken(asset.packed)
    response = Response(asset.packed[coding] if coding else asset.plain, content_type=asset.kind)
    if coding:
        response.headers["Content-Encoding"] = coding
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = (
        YEAR if request.args.get("v") == asset.digest else "public, max-age=300"
    )
    response.set_etag(f"{asset.digest}-{coding or 'plain'}")
    response.make_conditional(request)
    return response


#: Dynamic answers worth packing. Pages with a form are not among them: packing beside a secret tells its
#: length.
_PACK_SUITES = "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
#: The desk's document: it holds no token, unlike its layout (pages/frame/first_sight.py leaves fields out).
_DOCUMENTS = frozenset({"/", "/<path:path>"})
_PACK = _DOCUMENTS | {_PACK_SUITES, "/_dash-update-component", "/_dash-layout", "/_dash-dependencies"}


def _pack(response: Response) -> Response:
    portal = request.blueprint == "portal"
    if request.endpoint not in _PACK and not portal:
        return response
    if response.status_code != 200 or response.is_streamed or response.direct_passthrough:
        return response
    if "Content-Encoding" in response.headers or not (response.mimetype or "").startswith(
        ("text/", "application/j")
    ):
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    coding = coding_taken(("br", "gzip"))
    if coding is None or len(body) < 1000:
        return response
    suite = request.endpoint == _PACK_SUITES
    response.set_data(_suite(request.path, coding, body) if suite else packed(coding, body, 4))
    response.headers["Content-Encoding"] = coding
    return response


def coding_taken(offered: Container[str]) -> str | None:
    """The best content coding that we have and the browser takes."""
    return next((c for c in ("br", "gzip") if c in offered and request.accept_encodings.quality(c) > 0), None)


@lru_cache(maxsize=256)
def _suite(path: str, coding: str, body: bytes) -> bytes:
    """A script of Dash or its components, packed well once: it never changes while the process runs."""
    # The best ratio takes a second per MB: Plotly, asked for on one page only, is packed faster.
    return packed(coding, body, 11 if coding == "br" and len(body) < 1_000_000 else 9)


def packed(coding: str, body: bytes, quality: int) -> bytes:
    """The body in this content coding."""
    return brotli.compress(body, quality=quality) if coding == "br" else gzip.compress(body, quality, mtime=0)
