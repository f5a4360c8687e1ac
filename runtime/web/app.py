"""The HTTP server of a service: its routes with health, metrics, error codes and limits."""

import asyncio
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import uvicorn
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from typing_extensions import TypedDict

from runtime.context import Context
from runtime.process.errors import DependencyMissing
from runtime.process.failures import DATABASE_UNAVAILABLE
from runtime.refusals import not_found
from runtime.web import problems
from runtime.web.auth import REFUSALS_PER_MINUTE
from runtime.web.dependencies import get_context
from runtime.web.middleware import BODY_SECONDS_MAX, BodyLimit, RequestMetrics, TextCheck
from runtime.web.problems import Titles
from schemas.bilingual_text import BilingualText
from schemas.validation.explanations import EXPLANATIONS
from schemas.validation.problems import TITLES

BODY_BYTES_MAX = 1024 * 1024
"""A fact is a few KiB; a service that accepts batches or files declares its own limit."""
_READY_SECONDS_MAX = 2.0
_REQUESTS_MAX = 500
"""At once; beyond it uvicorn answers 503."""
_REQUEST_SECONDS_MAX = 5
"""For requests in progress when the service stops."""


class _ReadinessChecks(TypedDict):
    """The response of `/health/ready`: each check with its reason, null where it passes."""

    ready: bool
    checks: dict[str, str | None]


def build_app(
    name: str,
    context: Context,
    routes: APIRouter,
    body_bytes_max: int = BODY_BYTES_MAX,
    body_s_max: float = BODY_SECONDS_MAX,
) -> FastAPI:
    """Return the app of one service: its routes, health, metrics and the error codes."""
    app = FastAPI(title=name, responses={"default": problems.RESPONSE})
    app.state.context = context
    app.state.refusals = deque(maxlen=REFUSALS_PER_MINUTE)
    app.include_router(_operations_routes())
    app.include_router(routes)
    problems.install(app)
    app.add_middleware(TextCheck)
    app.add_middleware(BodyLimit, bytes_max=body_bytes_max, s_max=body_s_max)
    app.add_middleware(RequestMetrics, metrics=context.metrics)
    return app


class HttpServer(uvicorn.Server):
    """uvicorn as one task of a process: the process handles the signals itself."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                limit_concurrency=_REQUESTS_MAX,
                timeout_graceful_shutdown=_REQUEST_SECONDS_MAX,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signal handlers unchanged."""
        yield

    def request_stop(self) -> None:
        """Accept no more requests, and end when those in progress are answered."""
        self.should_exit = True


def bind(host: str, port: int) -> socket.socket:
    """Bind the port; nobody can connect before uvicorn listens. Raises DependencyMissing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small responses at once (TCP_NODELAY) only on sockets with an explicit
    # protocol; on others each waits 40 ms for the acknowledgement of its own first half.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise DependencyMissing(f"cannot use {host}:{port}: {error.strerror}") from None
    return bound


def _operations_routes() -> APIRouter:
    router = APIRouter(tags=["operations"])
    router.get("/health/live")(_live)
    router.get("/health/ready")(_ready)
    router.get("/metrics")(_metrics)
    router.get("/errors/{code}")(_error)
    return router


async def _live() -> dict[str, bool]:
    """Return whether the process answers at all."""
    return {"live": True}


async def _ready(request: Request) -> Response:
    """Return whether the service can do its work now; 503 with the reasons if it cannot."""
    context = get_context(request)
    checks = {"postgres": await _postgres_unready_reason(context), **context.health.reasons()}
    readiness = _ReadinessChecks(ready=not any(checks.values()), checks=checks)
    status = HTTPStatus.OK if readiness["ready"] else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse(readiness, status)


async def _metrics(request: Request) -> Response:
    """Return the metrics of this process in Prometheus's text format."""
    return Response(get_context(request).metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


class _ErrorPage(TypedDict):
    """What an error code means and what to do about it, in both languages."""

    code: str
    title: Titles
    meaning: Titles
    remedy: Titles
    example: str


async def _error(code: str) -> _ErrorPage:
    """Return what an error code means, with an example and the remedy, in both languages."""
    if code not in TITLES:
        raise not_found("There is no such error code.", "$path.code")
    explained = EXPLANATIONS[code]
    return _ErrorPage(
        code=code,
        title=_both(TITLES[code]),
        meaning=_both(explained.meaning),
        remedy=_both(explained.remedy),
        example=explained.example,
    )


def _both(text: BilingualText) -> Titles:
    return Titles(sr=text.sr, en=text.en)


async def _postgres_unready_reason(context: Context) -> str | None:
    try:
        async with asyncio.timeout(_READY_SECONDS_MAX):
            await context.pool.fetchval("SELECT 1")
    except DATABASE_UNAVAILABLE as error:
        return f"the database does not answer ({type(error).__name__})"
    return None
