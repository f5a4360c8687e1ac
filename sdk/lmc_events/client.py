"""The HTTP client of intake: send events and get their results, read receipts."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal, Protocol, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from .validation import EventOrBytes, event_bytes

_SINGLE: Final = "application/cloudevents+json"
_BATCH: Final = "application/cloudevents-batch+json"
BATCH_EVENTS_MAX: Final = 500
"""Half of what intake accepts in a request, so that a response comes within a second."""
BATCH_BYTES_MAX: Final = 512 * 1024
"""Many HTTP proxies limit a request to a megabyte."""
_TIMEOUT_S: Final = 30.0
_EVENT_PROBLEM_CODES: Final = ("E10", "E11", "E12", "E13", "E1402")
"""Prefixes of the codes that are about an event; all others are about the request or intake."""

_T = TypeVar("_T", bound=BaseModel)


class IntakeUnavailable(Exception):  # noqa: N818 - a state of intake, not an error of the caller
    """Intake could not answer about the events. Sending them again later loses nothing.

    `status` is the HTTP status of its response; None if there was no response.
    """

    def __init__(self, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.status = status


class Fault(BaseModel):
    """One thing that is wrong with an event: a stable code, the JSON path, reason and remedy."""

    model_config = ConfigDict(frozen=True)

    code: str
    path: str
    detail: str
    remedy: str


class Note(BaseModel):
    """What you should know about an event that was accepted: a stable code and a sentence."""

    model_config = ConfigDict(frozen=True)

    code: str
    detail: str


class Result(BaseModel):
    """The result of one event; `problems` are all its faults, the first of them also by itself.

    `id` is the event's id, None if intake could not read one or refused the whole request.
    `notes` of an accepted event say, for example, that its placement is not known yet.
    """

    model_config = ConfigDict(frozen=True)

    id: str | None = None
    status: Literal["accepted", "duplicate", "refused"]
    code: str | None = None
    path: str | None = None
    detail: str | None = None
    problems: tuple[Fault, ...] = ()
    notes: tuple[Note, ...] = ()


class PublishedRecord(BaseModel):
    """The Kafka record of an event; `at` is the instant at which Kafka acknowledged it."""

    model_config = ConfigDict(frozen=True)

    topic: str
    partition: int | None
    offset: int | None
    at: datetime


class Receipt(BaseModel):
    """The receipt of an accepted event; its status is `published` once Kafka has stored it.

    `published` is None until then. `duplicates` counts how often the event was sent again.
    `facts` is the path at reporting that answers whether and where the event counts.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    source: str
    status: str
    accepted_at: datetime
    duplicates: int
    published: PublishedRecord | None
    notes: tuple[Note, ...] = ()
    facts: str


class Credentials(Protocol):
    """Who sends: a `Partner`, or anything else that has a key file and makes bearer tokens."""

    @property
    def key_file(self) -> Path:
        """The file with the key, for error texts."""

    def token(self) -> str:
        """Return a bearer token; raise OSError or ValueError if the key cannot be read."""


class Client:
    """A client of intake for one sender, usually a `Partner`.

    `url` is intake's base URL. Give `http` to configure a proxy, certificates or a timeout.
    """

    def __init__(
        self, url: str, credentials: Credentials, http: httpx.Client | None = None
    ) -> None:
        self._url = url.rstrip("/")
        self._credentials = credentials
        self._http = http or httpx.Client(timeout=_TIMEOUT_S)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, events: Sequence[EventOrBytes], *, dry_run: bool = False) -> list[Result]:
        """Send events, in several requests if they are many; return one result each, in order.

        `dry_run` asks for the same results, and nothing is kept. Raises IntakeUnavailable if
        intake does not answer, or not about the events. Some of them may have been accepted by
        then; sending them again is safe, because those are duplicates.
        """
        requests = _batches([event_bytes(event) for event in events])
        return [result for bodies in requests for result in self._send(bodies, dry_run=dry_run)]

    def receipt(self, event_id: str) -> Receipt | None:
        """Return the receipt of one of this partner's events; None if no such event was accepted.

        Raises IntakeUnavailable if intake does not answer.
        """
        address = f"{self._url}/receipts/{quote(event_id, safe='')}"
        response = self._request(self._http.build_request("GET", address))
        if response.status_code == HTTPStatus.NOT_FOUND and _problem(response):
            return None
        return _decoded(Receipt, response)

    def _send(self, bodies: Sequence[bytes], *, dry_run: bool) -> Sequence[Result]:
        is_single = len(bodies) == 1
        request = self._http.build_request(
            "POST",
            f"{self._url}/events",
            params={"dry_run": "true"} if dry_run else None,
            content=bodies[0] if is_single else b"[" + b",".join(bodies) + b"]",
            headers={"Content-Type": _SINGLE if is_single else _BATCH},
        )
        response = self._request(request)
        refused = _refusal(response)
        if refused and is_single:
            return [refused]
        if refused:  # the batch was refused: sent one by one, each event gets its own result
            return [one for body in bodies for one in self._send([body], dry_run=dry_run)]
        results = _decoded(_Results, response).results
        if len(results) != len(bodies):
            detail = f"Intake returned {len(results)} results for {len(bodies)} events."
            raise IntakeUnavailable(detail)
        return results

    def _request(self, request: httpx.Request) -> httpx.Response:
        try:
            request.headers["Authorization"] = f"Bearer {self._credentials.token()}"
            return self._http.send(request)
        except (OSError, ValueError, TypeError) as error:
            kind = type(error).__name__
            detail = f"There is no valid key in {self._credentials.key_file} ({kind})."
            raise IntakeUnavailable(detail) from error
        except httpx.HTTPError as error:
            kind = type(error).__name__
            raise IntakeUnavailable(f"{self._url} does not answer ({kind}).") from error


class _Results(BaseModel):
    results: tuple[Result, ...]


class _ProblemDocument(Fault):
    problems: tuple[Fault, ...] = ()


def _batches(bodies: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Split events, in their order, into requests within the limits."""
    batch: list[bytes] = []
    size = 0
    for body in bodies:
        if batch and (len(batch) == BATCH_EVENTS_MAX or size + len(body) > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += len(body)
    if batch:
        yield batch


def _refusal(response: httpx.Response) -> Result | None:
    """Return the refusal, if the response refuses the request because of the events in it."""
    if response.is_success:
        return None
    problem = _problem(response)
    if problem and problem.code.startswith(_EVENT_PROBLEM_CODES):
        detail = f"{problem.detail} {problem.remedy}"
        return Result(
            status="refused",
            code=problem.code,
            path=problem.path,
            detail=detail,
            problems=problem.problems,
        )
    if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        detail = "The event is larger than an HTTP proxy between you and intake allows."
        return Result(status="refused", code="E1103", path="$", detail=detail)
    return None


def _problem(response: httpx.Response) -> _ProblemDocument | None:
    try:
        return _ProblemDocument.model_validate_json(response.content)
    except ValidationError:
        return None


def _decoded(model: type[_T], response: httpx.Response) -> _T:
    """Return the body of a successful response; raise IntakeUnavailable if it is something else."""
    if response.is_success:
        with suppress(ValidationError):
            return model.model_validate_json(response.content)
        detail = "Intake's response is not understood; install a newer version of lmc-events."
        raise IntakeUnavailable(detail)
    problem = _problem(response)
    reason = f"{problem.code} {problem.detail} {problem.remedy}" if problem else "no reason given."
    status = response.status_code
    raise IntakeUnavailable(f"Intake answered with status {status}: {reason}", status)
