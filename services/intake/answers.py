"""What intake answers: results of events, receipts, and how much still waits for Kafka."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict

from schemas import personal_data
from schemas.envelope import Envelope
from services.intake.reception import Judged, Outcome
from services.intake.store import Receipt


class Result(TypedDict):
    """What became of one event of a request; results stand in the request's order."""

    id: str | None
    status: str
    code: NotRequired[str]
    path: NotRequired[str]
    detail: NotRequired[str]


class Results(TypedDict):
    """The answer to events: one result each."""

    results: list[Result]


class Said(TypedDict):
    """Where Kafka keeps an event, and since when."""

    topic: str
    partition: int | None
    offset: int | None
    at: datetime


class ReceiptAnswer(TypedDict):
    """A receipt: `accepted` is in the outbox, `said` is in Kafka.

    Whether and where the event counts is asked at reporting, at the address in `facts`.
    """

    id: str
    source: str
    status: str
    accepted_at: datetime
    duplicates: int
    said: Said | None
    facts: str


class Backlog(TypedDict):
    """How many accepted events Kafka has not acknowledged yet, and when it last did."""

    unsent: int
    last_said_at: datetime | None


def results(
    bodies: Sequence[bytes], judged: Sequence[Judged], outcomes: Sequence[Outcome]
) -> Results:
    """Return one result for each event, in order."""
    rows = zip(bodies, judged, outcomes, strict=True)
    return Results(results=[_result(body, each, outcome) for body, each, outcome in rows])


def receipt_answer(receipt: Receipt) -> ReceiptAnswer:
    """Return a receipt as it is told over HTTP."""
    said = None
    if receipt.said_at is not None:
        said = Said(
            topic=receipt.topic,
            partition=receipt.partition,
            offset=receipt.offset,
            at=receipt.said_at,
        )
    return ReceiptAnswer(
        id=receipt.id,
        source=receipt.source,
        status="accepted" if said is None else "said",
        accepted_at=receipt.accepted_at,
        duplicates=receipt.duplicates,
        said=said,
        facts=f"/facts?source={receipt.source}&id={receipt.id}",
    )


def _result(body: bytes, judged: Judged, outcome: Outcome) -> Result:
    result = Result(
        id=judged.id if isinstance(judged, Envelope) else _id_in(body), status=outcome.status
    )
    if outcome.note is not None:
        result["detail"] = outcome.note
    if outcome.problem is not None:
        result["code"] = outcome.problem.code
        result["path"] = outcome.problem.path
        result["detail"] = f"{outcome.problem.detail} {outcome.problem.remedy}"
    return result


def _id_in(body: bytes) -> str | None:
    """Return the id that a refused event gives itself, unless that is personal data too."""
    try:
        decoded: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    event_id = decoded.get("id") if isinstance(decoded, dict) else None
    if not isinstance(event_id, str) or personal_data.code_of(event_id):
        return None
    return event_id
