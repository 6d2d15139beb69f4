"""Files that browsers load: styles, scripts and pictures of this package, in memory.

Each has an address with a hash of its content and can therefore be kept for ever. Other files cannot be asked for.
"""

from __future__ import annotations

import hashlib
import json
from importlib import resources

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

__all__ = ["Assets"]

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"
COLOUR = "#f6f5f0"


class Assets:
    """The files of the package's folder ``static``."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._files: dict[str, tuple[bytes, str]] = {}
        digest = hashlib.sha256()
        for file in sorted((resources.files("whipbird.page") / "static").iterdir(), key=lambda one: one.name):
            kind = TYPES.get(file.name.rpartition(".")[2])
            if kind is not None:
                self._files[file.name] = file.read_bytes(), kind
                digest.update(self._files[file.name][0])
        # One hash for all, since scripts import each other.
        self._hash = digest.hexdigest()[:12]

    def address(self, name: str) -> str:
        """The path of a file, from the root of the page."""
        return f"/static/{self._hash}/{name}"

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/static/{hash}/{name}", self._file),
            Route("/favicon.ico", self._icon),
            Route("/manifest.webmanifest", self._manifest),
        ]

    async def _file(self, request: Request) -> Response:
        return self._answer(request.path_params["name"], request.path_params["hash"] == self._hash)

    async def _icon(self, request: Request) -> Response:
        return self._answer("icon.svg", False)

    def _answer(self, name: str, is_current: bool) -> Response:
        if name not in self._files:
            raise HTTPException(404)
        content, kind = self._files[name]
        return Response(content, media_type=kind, headers={"Cache-Control": FOREVER if is_current else "no-cache"})

    async def _manifest(self, request: Request) -> Response:
        root = request.scope.get("root_path", "")
        icon = {"src": f"{root}{self.address('icon.svg')}", "sizes": "any", "type": "image/svg+xml"}
        content = {
            "name": self._title,
            "short_name": self._title[:12],
            "start_url": f"{root}/",
            "scope": f"{root}/",
            "display": "standalone",
            "background_color": COLOUR,
            "theme_color": COLOUR,
            "icons": [icon],
        }
        return Response(json.dumps(content), media_type="application/manifest+json")
