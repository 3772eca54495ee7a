"""Pages for what went wrong: what happened, what is safe, what to do."""

from __future__ import annotations

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tokenpoints.errors import DatabaseBusy, InvalidInput, NotFound
from tokenpoints.explorer.site import Site

log = structlog.get_logger()


def install(app: FastAPI, site: Site) -> None:
    """Answer every error with a page."""

    def page(request: Request, status: int) -> Response:
        return site.render(request, "error.html", {"status": status}, status=status)

    async def on_http_error(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        response = page(request, status)
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        return response

    async def on_not_found(request: Request, _error: Exception) -> Response:
        return page(request, 404)

    async def on_invalid(request: Request, _error: Exception) -> Response:
        return page(request, 422)

    async def on_database_error(request: Request, error: Exception) -> Response:
        log.error("database_unavailable", path=request.url.path, error=type(error).__name__)
        response = page(request, 503)
        response.headers["Retry-After"] = "5"
        return response

    async def on_failure(request: Request, error: Exception) -> Response:
        log.error("page_failed", path=request.url.path, exc_info=error)
        return page(request, 500)

    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(NotFound, on_not_found)
    app.add_exception_handler(InvalidInput, on_invalid)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(DatabaseBusy, on_database_error)
    app.add_exception_handler(DBAPIError, on_database_error)
    app.add_exception_handler(Exception, on_failure)
