"""ASGI middleware: limits of a request's body and characters, and the metrics of requests."""

import asyncio
import json
import time
from http import HTTPStatus
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.process.metrics import Metrics
from runtime.web import problems
from schemas.validation.characters import forbidden_character, has_forbidden_character
from schemas.validation.problems import Problem

BODY_SECONDS_MAX = 30.0
_CLOUD_EVENTS = b"application/cloudevents"
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


class TextCheck:
    """Refuses U+0000 and halves of surrogate pairs in path, query, headers and JSON bodies.

    The events of a request for CloudEvents are checked one by one, so that one of them refuses no
    other.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse an HTTP request with such a character, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if path := _forbidden_place(scope):
            await problems.problem_response(forbidden_character(path))(scope, receive, send)
            return
        if _CLOUD_EVENTS in dict(scope["headers"]).get(b"content-type", b""):
            await self._app(scope, receive, send)
            return
        await self._app(scope, _checked(receive), send)


def _forbidden_place(scope: Scope) -> str | None:
    if has_forbidden_character(scope["path"]):
        return "$path"
    if has_forbidden_character(unquote(scope["query_string"].decode("latin-1"))):
        return "$query"
    headers = (value.decode("latin-1") for _, value in scope["headers"])
    return "$header" if any(map(has_forbidden_character, headers)) else None


def _has_forbidden_escape(body: bytes) -> bool:
    """Tell whether a JSON body contains such a character; what is no JSON is refused elsewhere."""
    if rb"\u" not in body:
        return False
    try:
        return has_forbidden_character(json.loads(body))
    except (ValueError, RecursionError):
        return False


def _checked(receive: Receive) -> Receive:
    """Receive the body, and refuse it with its last part."""
    parts: list[bytes] = []

    async def checked() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            parts.append(message.get("body", b""))
            if not message.get("more_body", False) and _has_forbidden_escape(b"".join(parts)):
                raise problems.ForbiddenCharacterError
        return message

    return checked


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
