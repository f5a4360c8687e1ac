"""Talks to the services of a running stack over HTTP, with the keys of its data directory."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import pydantic

from lmc.stack import Service, Stack
from runtime.errors import Exit, Missing, UsageError

ANSWER_S = 60.0
"""A table of the country may take seconds."""
PATIENCE_S = 60.0
"""A service that was killed is back within seconds."""
RETRY_S = 0.2
STREAM = "text/event-stream"
PASSING = frozenset({502, 503, 504, 429})


class Problem(pydantic.BaseModel):
    """What the services answer when they refuse (RFC 9457)."""

    status: int = HTTPStatus.INTERNAL_SERVER_ERROR
    code: str = ""
    path: str = "$"
    detail: str
    remedy: str = ""


class Done(pydantic.BaseModel):
    """How far a long reading is."""

    done: int
    total: int


Progress = Callable[[Done], None]


class Denied(Exit):
    """A service said no."""

    def __init__(self, problem: Problem, code: int) -> None:
        super().__init__(f"{problem.detail} {problem.remedy}".strip())
        self.problem = problem
        self.code = code


class Client:
    """One service's HTTP door. Waits while it is away for a moment; raises Exit for the rest."""

    def __init__(self, stack: Stack, service: Service, token_file: Path | None = None) -> None:
        self._url = stack.url(service)
        self._log = stack.folder.log(service)
        self._service = service
        headers = {} if token_file is None else {"Authorization": f"Bearer {_secret(token_file)}"}
        self._http = httpx.Client(
            base_url=self._url, headers=headers, timeout=ANSWER_S, trust_env=False
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
        """The body that answers a question; raises Denied when the service refuses it."""
        return self._ask(self._http.build_request("GET", path, params=dict(params or {})))

    def post(self, path: str, body: bytes, media: str, key: str | None = None) -> bytes:
        """The body that answers what was sent, which may be sent twice; raises Denied.

        `key` is the request's own name, by which a service's door knows it again.
        """
        headers = {"Content-Type": media} | ({} if key is None else {"Idempotency-Key": key})
        return self._ask(self._http.build_request("POST", path, content=body, headers=headers))

    def watch(self, path: str, params: Mapping[str, str], progress: Progress) -> bytes:
        """The same for a question that may take minutes; `progress` is told how far it is.

        A line that is silent is lost, however long the answer takes.
        """
        headers = {"Accept": STREAM}
        request = self._http.build_request("GET", path, params=dict(params), headers=headers)
        return self._ask(request, progress)

    def _ask(self, request: httpx.Request, progress: Progress | None = None) -> bytes:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            response = self._try(request, progress)
            if response is not None and response.status_code not in PASSING:
                return _body(response)
            if time.monotonic() > deadline:
                if response is not None:
                    return _body(response)  # raises what the service says
                raise Missing(
                    f"{self._service} at {self._url} does not answer. Its log is {self._log}."
                )
            time.sleep(RETRY_S)

    def _try(self, request: httpx.Request, progress: Progress | None) -> httpx.Response | None:
        try:
            if progress is None:
                return self._http.send(request)
            with closing(self._http.send(request, stream=True)) as response:
                return _watched(response, progress)
        except httpx.TransportError:
            return None


def _watched(response: httpx.Response, progress: Progress) -> httpx.Response | None:
    """What the stream ends with, as if it had been the answer; None if it breaks off."""
    if not response.headers.get("Content-Type", "").startswith(STREAM):
        response.read()
        return response
    event = ""
    for line in response.iter_lines():
        name, _, told = line.partition(": ")
        if name == "event":
            event = told
        elif name == "data" and event == "progress":
            progress(Done.model_validate_json(told))
        elif name == "data":
            status = (
                HTTPStatus.OK if event == "answer" else Problem.model_validate_json(told).status
            )
            return httpx.Response(status, content=told.encode(), request=response.request)
    return None


def _body(response: httpx.Response) -> bytes:
    if response.is_success:
        return response.content
    try:
        problem = Problem.model_validate_json(response.content)
    except pydantic.ValidationError:
        problem = Problem(detail=f"{response.url} answered with status {response.status_code}.")
    raise Denied(problem, _exit_code(response.status_code))


def _exit_code(status: int) -> int:
    """2 when the question was wrong, 1 when the answer is no, 69 when the service has trouble."""
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT):
        return 1
    return UsageError.code if status < HTTPStatus.INTERNAL_SERVER_ERROR else Missing.code


def _secret(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as problem:
        raise Missing(f"cannot read the key {file}: {problem.strerror}.") from problem
