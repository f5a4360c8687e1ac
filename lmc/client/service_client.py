"""An HTTP client of one service of a running stack, with the keys of its data directory."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx
import pydantic

from lmc.devstack.stack import Service, Stack
from runtime.process.errors import DependencyMissing, ProcessExit, UsageError

TIMEOUT_S = 60.0
"""A table of the country may take seconds."""
RETRY_FOR_S = 60.0
"""A killed service is restarted within seconds."""
RETRY_INTERVAL_S = 0.2
_EVENT_STREAM = "text/event-stream"
TRANSIENT_STATUSES: Final = frozenset({429, 502, 503, 504})
_DENIED_STATUSES: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT)


class ServiceProblem(pydantic.BaseModel):
    """A service's problem document (RFC 9457)."""

    status: int = HTTPStatus.INTERNAL_SERVER_ERROR
    code: str = ""
    path: str = "$"
    detail: str
    remedy: str = ""


class ProgressUpdate(pydantic.BaseModel):
    """How many of all steps of a long computation are done."""

    done: int
    total: int


OnProgress = Callable[[ProgressUpdate], None]


class RequestRefused(ProcessExit):
    """A service refused a request; `code` is the exit code."""

    def __init__(self, problem: ServiceProblem, code: int) -> None:
        super().__init__(f"{problem.detail} {problem.remedy}".strip())
        self.problem = problem
        self.code = code


class ServiceClient:
    """A client of one service; a context manager.

    While the service is unavailable a request is repeated for a minute; then it raises
    DependencyMissing. A refusal raises RequestRefused.
    """

    def __init__(self, stack: Stack, service: Service, token_file: Path | None = None) -> None:
        self._url = stack.url(service)
        self._log = stack.data_dir.log_file(service)
        self._service = service
        headers = {}
        if token_file is not None:
            headers["Authorization"] = f"Bearer {read_token(token_file)}"
        self._http = httpx.Client(
            base_url=self._url, headers=headers, timeout=TIMEOUT_S, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def get(self, path: str, params: Mapping[str, str] | None = None) -> bytes:
        """Return the body of the response to a GET request."""
        return self._request(self._http.build_request("GET", path, params=dict(params or {})))

    def post(self, path: str, body: bytes, media_type: str, key: str | None = None) -> bytes:
        """Return the body of the response to a POST request, which may be sent twice.

        `key` is the idempotency key by which the service recognizes a repeated request.
        """
        headers = {"Content-Type": media_type} | ({} if key is None else {"Idempotency-Key": key})
        return self._request(self._http.build_request("POST", path, content=body, headers=headers))

    def get_with_progress(
        self, path: str, params: Mapping[str, str], on_progress: OnProgress
    ) -> bytes:
        """Return the body of a GET request that may take minutes, and report its progress.

        The service streams server-sent events; a stream that is silent for the timeout is broken
        and the request is repeated, however long the whole computation takes.
        """
        headers = {"Accept": _EVENT_STREAM}
        request = self._http.build_request("GET", path, params=dict(params), headers=headers)
        return self._request(request, on_progress)

    def _request(self, request: httpx.Request, on_progress: OnProgress | None = None) -> bytes:
        deadline = time.monotonic() + RETRY_FOR_S
        while True:
            response = self._send(request, on_progress)
            if response is not None and response.status_code not in TRANSIENT_STATUSES:
                return _body(response)
            if time.monotonic() > deadline:
                if response is not None:
                    return _body(response)  # raises with the service's reason
                raise DependencyMissing(
                    f"{self._service} at {self._url} does not answer. Its log is {self._log}."
                )
            time.sleep(RETRY_INTERVAL_S)

    def _send(
        self, request: httpx.Request, on_progress: OnProgress | None
    ) -> httpx.Response | None:
        try:
            if on_progress is None:
                return self._http.send(request)
            with closing(self._http.send(request, stream=True)) as response:
                return _final_response(response, on_progress)
        except httpx.TransportError:
            return None


def read_token(file: Path) -> str:
    """Return the token in a file; raise DependencyMissing if it cannot be read."""
    try:
        return file.read_text().strip()
    except OSError as error:
        raise DependencyMissing(f"cannot read the key {file}: {error.strerror}.") from error


def exit_code(status: int) -> int:
    """Return 1 for a denied request, 2 for another wrong request, 69 for a failing service."""
    if status in _DENIED_STATUSES:
        return 1
    is_wrong_request = status < HTTPStatus.INTERNAL_SERVER_ERROR
    return UsageError.code if is_wrong_request else DependencyMissing.code


def _final_response(response: httpx.Response, on_progress: OnProgress) -> httpx.Response | None:
    """Return the last event of a stream as a response; None if the stream breaks off."""
    if not response.headers.get("Content-Type", "").startswith(_EVENT_STREAM):
        response.read()
        return response
    event = ""
    for line in response.iter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            event = value
        elif field == "data" and event == "progress":
            on_progress(ProgressUpdate.model_validate_json(value))
        elif field == "data":
            is_answer = event == "answer"
            status = HTTPStatus.OK if is_answer else _problem_status(value)
            return httpx.Response(status, content=value.encode(), request=response.request)
    return None


def _problem_status(document: str) -> int:
    return ServiceProblem.model_validate_json(document).status


def _body(response: httpx.Response) -> bytes:
    if response.is_success:
        return response.content
    try:
        problem = ServiceProblem.model_validate_json(response.content)
    except pydantic.ValidationError:
        detail = f"{response.url} answered with status {response.status_code}."
        problem = ServiceProblem(detail=detail)
    raise RequestRefused(problem, exit_code(response.status_code))
