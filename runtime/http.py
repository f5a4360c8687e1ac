"""The way in over HTTP: the app around a service's routes, with health, metrics and limits."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from http import HTTPStatus
from typing import TypedDict

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime import problems
from runtime.context import Context
from runtime.health import FIRST_READ
from runtime.keys import (
    APPROVER,
    DDL,
    OPERATOR,
    REFUSALS_PER_MINUTE,
    STEWARD,
    require_key,
    use_key,
    use_one_of,
)
from runtime.metrics import Metrics
from runtime.postgres import TROUBLE
from schemas.problem import CODES, Problem, refusal

__all__ = [
    "AFTER_FIRST_READ",
    "APPROVER",
    "BODY_BYTES_MAX",
    "DDL",
    "OPERATOR",
    "STEWARD",
    "build_app",
    "context",
    "require_first_read",
    "require_key",
    "use_key",
    "use_one_of",
]

BODY_BYTES_MAX = 1024 * 1024
"""A form is a few KiB; a service that takes batches or files says its own limit."""
BODY_SECONDS_MAX = 30.0
READY_SECONDS_MAX = 2.0
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Readiness(TypedDict):
    """The answer of `/health/ready`: each check with its reason, null where all is well."""

    ready: bool
    checks: dict[str, str | None]


def context(request: Request) -> Context:
    """The plumbing of the service that answers this request; for `Depends`."""
    found: Context = request.app.state.context
    return found


def build_app(
    name: str, plumbing: Context, routes: APIRouter, body_bytes_max: int = BODY_BYTES_MAX
) -> FastAPI:
    """The app of one service: its routes and, beside them, health, metrics and the error codes."""
    app = FastAPI(title=name, responses={"default": problems.RESPONSE})
    app.state.context = plumbing
    app.state.refusals = deque(maxlen=REFUSALS_PER_MINUTE)
    app.include_router(_plumbing_routes())
    app.include_router(routes)
    problems.install(app)
    app.add_middleware(_BodyLimit, bytes_max=body_bytes_max)
    app.add_middleware(_Counted, metrics=plumbing.metrics)
    return app


def _plumbing_routes() -> APIRouter:
    router = APIRouter(tags=["plumbing"])
    router.get("/health/live")(_live)
    router.get("/health/ready")(_ready)
    router.get("/metrics")(_metrics)
    router.get("/errors/{code}")(_error)
    return router


async def require_first_read(request: Request) -> None:
    """Refuse, with status 503, until the log's first read is done."""
    if trouble := context(request).health.reason(FIRST_READ):
        raise refusal("E1507", "$", f"Not open yet: {trouble}.", "Try again in a moment.")


AFTER_FIRST_READ = Depends(require_first_read)
"""For doors that may show what the log forbids: closed until its first read is done."""


async def _live() -> dict[str, bool]:
    """Whether the process answers at all."""
    return {"live": True}


async def _ready(request: Request) -> Response:
    """Whether the service can do its work now; 503 with the reasons if it cannot."""
    plumbing = context(request)
    checks = {"postgres": await _postgres_trouble(plumbing), **plumbing.health.reasons()}
    told = Readiness(ready=not any(checks.values()), checks=checks)
    status = HTTPStatus.OK if told["ready"] else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse(told, status)


async def _metrics(request: Request) -> Response:
    """The numbers of this process in Prometheus's text format."""
    return Response(context(request).metrics.page(), media_type=CONTENT_TYPE_LATEST)


async def _error(code: str) -> Mapping[str, str]:
    """What an error code means, in both languages."""
    if code not in CODES:
        raise problems.not_found("There is no such error code.", "$path.code")
    title = CODES[code]
    return {"code": code, "sr": title.sr, "en": title.en}


async def _postgres_trouble(plumbing: Context) -> str | None:
    try:
        async with asyncio.timeout(READY_SECONDS_MAX):
            await plumbing.pool.fetchval("SELECT 1")
    except TROUBLE as error:
        return f"the database does not answer ({type(error).__name__})"
    return None


class _BodyLimit:
    """Refuses a body that is too large or too slow, whether or not it says its length."""

    def __init__(self, app: ASGIApp, bytes_max: int) -> None:
        self._app = app
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._bytes_max:
            await problems.answer(Problem("E1103", "$", self._limit(), problems.SMALLER))(
                scope, receive, send
            )
            return
        await self._app(scope, self._limited(receive), send)

    def _limit(self) -> str:
        return f"The body is larger than the limit of {self._bytes_max} bytes."

    def _limited(self, receive: Receive) -> Receive:
        seen = 0
        is_whole = False
        deadline = time.monotonic() + BODY_SECONDS_MAX

        async def limited() -> Message:
            nonlocal seen, is_whole
            if is_whole:
                return await receive()
            try:
                async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "The body is too slow") from None
            seen += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if seen > self._bytes_max:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._limit())
            return message

        return limited


class _Counted:
    """Counts and times answers, by route and not by path: paths have no end."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.monotonic()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                method = scope["method"] if scope["method"] in METHODS else "other"
                self._metrics.http_requests.labels(method, route, str(message["status"])).inc()
                self._metrics.http_seconds.labels(route).observe(time.monotonic() - begun)
            await send(message)

        await self._app(scope, receive, counted)
