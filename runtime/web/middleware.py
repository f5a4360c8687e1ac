"""ASGI middleware: the limit of a request's body, and the metrics of requests."""

import asyncio
import time
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.process.metrics import Metrics
from runtime.web import problems
from schemas.validation.problems import Problem

BODY_SECONDS_MAX = 30.0
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class BodyLimit:
    """Refuses a body that is too large or too slow, with or without a Content-Length."""

    def __init__(self, app: ASGIApp, bytes_max: int, s_max: float) -> None:
        self._app = app
        self._bytes_max = bytes_max
        self._s_max = s_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Limit the body of an HTTP request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._bytes_max:
            problem = Problem("E1103", "$", self._limit(), problems.SMALLER)
            await problems.problem_response(problem)(scope, receive, send)
            return
        await self._app(scope, self._limited(receive), send)

    def _limit(self) -> str:
        return f"The body is larger than the limit of {self._bytes_max} bytes."

    def _limited(self, receive: Receive) -> Receive:
        received = 0
        is_complete = False
        deadline = time.monotonic() + self._s_max

        async def limited() -> Message:
            nonlocal received, is_complete
            if is_complete:
                return await receive()
            try:
                async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "The body is too slow") from None
            received += len(message.get("body", b""))
            is_complete = not message.get("more_body", False)
            if received > self._bytes_max:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._limit())
            return message

        return limited


class RequestMetrics:
    """Counts and times responses, by route and not by path: the number of paths is unlimited."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count and time an HTTP request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.monotonic()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._metrics.http_requests.labels(method, route, str(message["status"])).inc()
                self._metrics.http_seconds.labels(route).observe(time.monotonic() - begun)
            await send(message)

        await self._app(scope, receive, counted)
