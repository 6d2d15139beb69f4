"""The page as an ASGI application."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from whipbird.errors import OutputError, SourceError, WhipbirdError
from whipbird.page.api import Api
from whipbird.page.assets import Assets
from whipbird.page.guard import Guard
from whipbird.page.observations import UnknownEventError
from whipbird.page.queries import InvalidQueryError
from whipbird.page.screens import Screens

if TYPE_CHECKING:
    from whipbird.page.page import Page

__all__ = ["page_app"]

UNEXPECTED = 500
TEXTS = {
    404: "There is nothing here.",
    403: "This is not allowed.",
    413: "The request is too long.",
    UNEXPECTED: "Something went wrong.",
}
LEAST_ZIPPED = 1000  # bytes


def page_app(page: Page) -> Starlette:
    """Make the application of a page."""
    assets = Assets(page.title)
    screens = Screens(page, assets)

    def failed(request: Request, error: Exception) -> Response:
        status, text = _status(error)
        if request.scope["path"].startswith(f"{request.scope.get('root_path', '')}/api/"):
            return JSONResponse({"error": text}, status)
        return screens.problem(request, status, text)

    return Starlette(
        routes=[*screens.routes, *Api(page).routes, *assets.routes],
        middleware=[
            Middleware(Guard, settings=page.settings, passwords=page.passwords),
            Middleware(GZipMiddleware, minimum_size=LEAST_ZIPPED),
        ],
        exception_handlers={HTTPException: failed, WhipbirdError: failed, Exception: failed},
    )


def _status(error: Exception) -> tuple[int, str]:
    """The status and the text of an error."""
    if isinstance(error, HTTPException):
        return error.status_code, TEXTS.get(error.status_code, str(error.detail))
    if isinstance(error, UnknownEventError | SourceError):
        return 404, str(error)
    if isinstance(error, InvalidQueryError):
        return 422, str(error)
    if isinstance(error, WhipbirdError):
        return (503 if isinstance(error, OutputError) else 500), str(error)
    if os.environ.get("WHIPBIRD_DEBUG"):
        traceback.print_exception(error)
    return UNEXPECTED, TEXTS[UNEXPECTED]
