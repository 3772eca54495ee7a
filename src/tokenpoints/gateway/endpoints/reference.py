"""`GET /docs`: the API reference as a page. It needs no script and loads nothing."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tokenpoints.gateway.reference_page import reference_page

router = APIRouter(tags=["reference"])

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
async def show_reference(request: Request) -> HTMLResponse:
    """The page."""
    return HTMLResponse(
        reference_page(request.app.openapi()),
        headers={"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"},
    )
