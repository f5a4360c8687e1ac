"""The responses of intake: results of events, receipts, the backlog of the outbox."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict

from runtime.web.problems import ProblemResponse, problem_list
from schemas.envelope import Envelope
from schemas.validation import personal_data
from services.intake.acceptance import Outcome
from services.intake.model import StoredReceipt
from services.intake.notes import NOTES, NoteCode
from services.intake.validation import ValidationResult


class NoteResponse(TypedDict):
    """What the sender of an accepted event should know; a note refuses nothing."""

    code: str
    detail: str


class EventResult(TypedDict):
    """The result of one event: accepted, duplicate or refused.

    `code`, `path` and `detail` are those of the first of the problems.
    """

    id: str | None
    status: str
    code: NotRequired[str]
    path: NotRequired[str]
    detail: NotRequired[str]
    problems: NotRequired[list[ProblemResponse]]
    notes: NotRequired[list[NoteResponse]]


class EventsResponse(TypedDict):
    """The response to events: one result each, in the order of the request."""

    results: list[EventResult]


class PublishedRecordResponse(TypedDict):
    """The Kafka record of an event; `at` is the instant at which Kafka acknowledged it."""

    topic: str
    partition: int | None
    offset: int | None
    at: datetime


class ReceiptResponse(TypedDict):
    """A receipt: the event is `accepted` while in the outbox, `published` once in Kafka.

    `facts` is the path at reporting that answers whether and where the event counts.
    """

    id: str
    source: str
    status: str
    accepted_at: datetime
    duplicates: int
    published: PublishedRecordResponse | None
    notes: list[NoteResponse]
    facts: str


class BacklogResponse(TypedDict):
    """The number of accepted events that Kafka has not acknowledged, and its newest answer."""

    unsent: int
    last_published_at: datetime | None


def events_response(
    bodies: Sequence[bytes], results: Sequence[ValidationResult], outcomes: Sequence[Outcome]
) -> EventsResponse:
    """Return one result for each event, in order."""
    rows = zip(bodies, results, outcomes, strict=True)
    return EventsResponse(results=[_event_result(*row) for row in rows])


def receipt_response(receipt: StoredReceipt) -> ReceiptResponse:
    """Return a receipt as it is shown over HTTP."""
    published = None
    if receipt.published_at is not None:
        published = PublishedRecordResponse(
            topic=receipt.topic,
            partition=receipt.partition,
            offset=receipt.offset,
            at=receipt.published_at,
        )
    return ReceiptResponse(
        id=receipt.id,
        source=receipt.source,
        status="accepted" if published is None else "published",
        accepted_at=receipt.accepted_at,
        duplicates=receipt.duplicates,
        published=published,
        notes=_notes(receipt.notes),
        facts=f"/facts?source={receipt.source}&id={receipt.id}",
    )


def _event_result(body: bytes, result: ValidationResult, outcome: Outcome) -> EventResult:
    event_id = result.id if isinstance(result, Envelope) else _id_in(body)
    response = EventResult(id=event_id, status=outcome.status)
    if outcome.notes:
        response["notes"] = _notes(outcome.notes)
    if outcome.problems:
        first = outcome.problems[0]
        response["code"], response["path"] = first.code, first.path
        response["detail"] = f"{first.detail} {first.remedy}"
        response["problems"] = problem_list(outcome.problems)
    return response


def _notes(codes: Iterable[NoteCode]) -> list[NoteResponse]:
    return [NoteResponse(code=code, detail=NOTES[code]) for code in codes]


def _id_in(body: bytes) -> str | None:
    """Return the id in a refused event, unless it is missing or personal data."""
    try:
        decoded: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    event_id = decoded.get("id") if isinstance(decoded, dict) else None
    if not isinstance(event_id, str) or personal_data.problem_code_in(event_id):
        return None
    return event_id
