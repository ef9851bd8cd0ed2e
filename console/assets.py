"""Script, style and sign of the pages: few and small, so they are kept in memory, named by what they hold.

They are sent compressed; pages are not. A page holds secrets (the form's token, a case's lease, what a stranger wrote)
beside words out of its address, and the length of such an answer, compressed, tells the secret bit by bit (BREACH).
What keeps pages light is that they are small.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).resolve().parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".LICENSE": "text/plain"}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    name: str
    media_type: str
    mark: str
    content: bytes = field(repr=False)
    zipped: bytes = field(repr=False)


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """All files of `console/static/` by name."""
    return {path.name: _read(path) for path in sorted(FOLDER.iterdir()) if path.suffix in _TYPES}


def address(base: str, name: str) -> str:
    """Where a page finds it; changes with the content, so that browsers may keep it for ever."""
    return f"{base}/static/{name}?v={assets()[name].mark}"


async def serve(request: Request) -> Response:
    """GET /static/{name}."""
    asset = assets().get(request.path_params["name"])
    if asset is None:
        return Response("There is no such file.", status_code=404, media_type="text/plain")
    headers = {"vary": "accept-encoding"}
    if request.query_params.get("v") == asset.mark:
        headers["cache-control"] = _FOR_EVER
    content = asset.content
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        content = asset.zipped
    return Response(content, media_type=asset.media_type, headers=headers)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    mark = hashlib.sha256(content).hexdigest()[:12]
    return Asset(path.name, _TYPES[path.suffix], mark, content, gzip.compress(content, mtime=0))
