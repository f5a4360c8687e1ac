"""The client of intake's door: events in, results out; whatever else happens is Unavailable."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Final, Literal, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from .checking import Said, bytes_of
from .partner import Partner

SINGLE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
BATCH_EVENTS_MAX: Final = 500
"""Half of what the door takes at once: an answer comes within a second."""
BATCH_BYTES_MAX: Final = 512 * 1024
"""Proxies on the way often stop at a megabyte."""
TIMEOUT_S: Final = 30.0
EVENTS_OWN: Final = ("E10", "E11", "E12", "E13", "E1402")
"""The families of codes that speak of the event; all others speak of the request or the door."""

T = TypeVar("T", bound=BaseModel)


class Unavailable(Exception):  # noqa: N818 - the design's word: refused, unavailable or a bug
    """The door could not judge what was sent. Nothing is lost by sending it again later."""


class Result(BaseModel):
    """What the door said of one event: where and why it was refused, or what is worth knowing."""

    model_config = ConfigDict(frozen=True)

    status: Literal["accepted", "duplicate", "refused"]
    code: str | None = None
    path: str | None = None
    detail: str | None = None


class Place(BaseModel):
    """Where Kafka keeps an event, and since when."""

    model_config = ConfigDict(frozen=True)

    topic: str
    partition: int | None
    offset: int | None
    at: datetime


class Receipt(BaseModel):
    """What became of an accepted event: `said` is in Kafka, for ever.

    `facts` is the address at reporting where one asks whether and where it counts.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    source: str
    status: str
    accepted_at: datetime
    duplicates: int
    said: Place | None
    facts: str


class Client:
    """One partner at one door. Give `http` for a proxy or certificates of your own."""

    def __init__(self, url: str, partner: Partner, http: httpx.Client | None = None) -> None:
        self._url = url.rstrip("/")
        self._partner = partner
        self._http = http or httpx.Client(timeout=TIMEOUT_S)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, events: Sequence[Said], *, dry_run: bool = False) -> list[Result]:
        """One result for each event, in order; many events go in several requests.

        `dry_run` asks for the same results, and nothing is kept. Raises Unavailable if the door
        does not answer, or not about the events; some of them may have been accepted by then, and
        sending them again is right: those are duplicates.
        """
        requests = _cut([bytes_of(event) for event in events])
        return [result for bodies in requests for result in self._send(bodies, dry_run=dry_run)]

    def receipt(self, event_id: str) -> Receipt | None:
        """The receipt of an event of ours; None if none of this id was accepted."""
        address = f"{self._url}/receipts/{quote(event_id, safe='')}"
        answer = self._ask(self._http.build_request("GET", address))
        if answer.status_code == HTTPStatus.NOT_FOUND and _problem(answer):
            return None
        return _read(Receipt, answer)

    def _send(self, bodies: Sequence[bytes], *, dry_run: bool) -> Sequence[Result]:
        is_single = len(bodies) == 1
        request = self._http.build_request(
            "POST",
            f"{self._url}/events",
            params={"dry_run": "true"} if dry_run else None,
            content=bodies[0] if is_single else b"[" + b",".join(bodies) + b"]",
            headers={"Content-Type": SINGLE if is_single else BATCH},
        )
        answer = self._ask(request)
        refused = _refusal(answer)
        if refused and is_single:
            return [refused]
        if refused:  # as a whole: one by one, each gets its own result
            return [one for body in bodies for one in self._send([body], dry_run=dry_run)]
        results = _read(_Results, answer).results
        if len(results) != len(bodies):
            raise Unavailable(f"The door gave {len(results)} results for {len(bodies)} events.")
        return results

    def _ask(self, request: httpx.Request) -> httpx.Response:
        try:
            request.headers["Authorization"] = f"Bearer {self._partner.token()}"
            return self._http.send(request)
        except (OSError, ValueError, TypeError) as error:
            kind = type(error).__name__
            raise Unavailable(f"No key in {self._partner.key_file} ({kind}).") from error
        except httpx.HTTPError as error:
            kind = type(error).__name__
            raise Unavailable(f"{self._url} does not answer ({kind}).") from error


class _Results(BaseModel):
    results: tuple[Result, ...]


class _ProblemDocument(BaseModel):
    code: str
    path: str
    detail: str
    remedy: str


def _cut(bodies: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The events in their order, cut into requests."""
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


def _refusal(answer: httpx.Response) -> Result | None:
    """The refusal, if the whole answer is one and speaks of what was sent."""
    if answer.is_success:
        return None
    problem = _problem(answer)
    if problem and problem.code.startswith(EVENTS_OWN):
        detail = f"{problem.detail} {problem.remedy}"
        return Result(status="refused", code=problem.code, path=problem.path, detail=detail)
    if answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        detail = "Something on the way to the door takes no event of this size."
        return Result(status="refused", code="E1103", path="$", detail=detail)
    return None


def _problem(answer: httpx.Response) -> _ProblemDocument | None:
    try:
        return _ProblemDocument.model_validate_json(answer.content)
    except ValidationError:
        return None


def _read(kind: type[T], answer: httpx.Response) -> T:
    """What the answer holds; raises Unavailable if it is no such answer."""
    if answer.is_success:
        with suppress(ValidationError):
            return kind.model_validate_json(answer.content)
        raise Unavailable("The door's answer is not understood; look for a newer lmc-events.")
    problem = _problem(answer)
    reason = f"{problem.code} {problem.detail} {problem.remedy}" if problem else "no reason given."
    raise Unavailable(f"The door answered with status {answer.status_code}: {reason}")
