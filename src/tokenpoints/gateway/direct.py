"""Reads that are asked far more often than all others, without what FastAPI does anew for each request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from fastapi.params import Security
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from tokenpoints.gateway.context import Context, context_of
from tokenpoints.gateway.principals import Whose, authorised, whose_in_path


class DirectRead(BaseRoute):
    """Answers for a documented route of a program's member, where the request has no query: then there is nothing to
    parse. It comes before that route, which answers all else, and does what that route depends on."""

    def __init__(self, router: APIRouter, answer: Callable[[Context, Whose], Awaitable[Response]]) -> None:
        """`router` has that route alone."""
        [documented] = router.routes
        assert isinstance(documented, APIRoute)
        self._documented, self._answer = documented, answer
        self._path_end = documented.path.rpartition("}")[2]
        self._scopes = [
            scope
            for dependency in documented.dependencies
            if isinstance(dependency, Security)
            for scope in dependency.scopes or ()
        ]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and not scope["query_string"]
            and scope["path"].endswith(self._path_end)
        ):
            return self._documented.matches(scope)
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        await authorised(request, self._scopes)
        whose = await whose_in_path(**request.path_params, request=request)
        response = await self._answer(context_of(request), whose)
        await response(scope, receive, send)
