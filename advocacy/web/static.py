"""Static files, held in memory with their compressed forms, under addresses that never change."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import brotli
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Asset:
    """One file, plain and compressed."""

    body: bytes
    br: bytes
    gz: bytes
    media_type: str
    version: str


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Every file in the static folder by its name."""
    return {path.name: _load(path) for path in FOLDER.iterdir() if path.is_file()}


def _load(path: Path) -> Asset:
    body = path.read_bytes()
    if path.suffix == ".css":
        body = squeezed(body.decode("utf-8")).encode("utf-8")
    return Asset(
        body=body,
        br=brotli.compress(body, quality=11),
        gz=gzip.compress(body, 9, mtime=0),
        media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        version=hashlib.sha256(body).hexdigest()[:10],
    )


def squeezed(css: str) -> str:
    """A stylesheet without comments and needless spaces: a tenth less of a page's weight.

    The space before a colon stays, where it means "any descendant".
    """
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s*([{};,>])\s*", r"\1", re.sub(r"\s+", " ", css))
    return re.sub(r":\s+", ":", css).replace(";}", "}").strip()


def asset(name: str) -> str:
    """The address of a static file, with its version in it. Raises KeyError for an unknown one."""
    return f"/static/{assets()[name].version}/{name}"


async def serve(request: Request) -> Response:
    """One static file, cacheable for ever under the address that `asset` gives."""
    found = assets().get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    accepts = request.headers.get("accept-encoding", "")
    headers = {"vary": "accept-encoding"}
    body = found.body
    if "br" in accepts:
        body, headers["content-encoding"] = found.br, "br"
    elif "gzip" in accepts:
        body, headers["content-encoding"] = found.gz, "gzip"
    current = request.path_params["version"] == found.version
    headers["cache-control"] = f"public, max-age={31536000 if current else 300}, immutable"
    return Response(body, media_type=found.media_type, headers=headers)


routes = [Route("/static/{version}/{name}", serve, name="static")]
