"""The HTTP API of intake: post events, read receipts, declare partners."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from runtime import refusals
from runtime.process.clock import belgrade_day
from runtime.web.auth import OPERATOR
from runtime.web.dependencies import ContextDep
from schemas.validation.problems import Refusal, refusal
from services.intake import acceptance, lists
from services.intake.authentication import authenticate
from services.intake.event_bodies import events_in, is_batch
from services.intake.repository import IntakeRepository
from services.intake.requests import PartnerRequest, partner_of
from services.intake.responses import (
    BacklogResponse,
    EventsResponse,
    ReceiptResponse,
    events_response,
    receipt_response,
)
from services.intake.validation import Caller, ValidationContext, validate

BODY_BYTES_MAX = 4 * 1024 * 1024
"""The size of a batch; a single event may have 64 KiB."""

CallerDep = Annotated[Caller, Depends(authenticate)]

router = APIRouter(tags=["events"])
router.include_router(lists.router)


@router.post("/events", status_code=HTTPStatus.ACCEPTED, response_model=EventsResponse)
async def post_events(
    request: Request, context: ContextDep, caller: CallerDep, *, dry_run: bool = False
) -> Response:
    """Accept one event or a batch; 202 means that receipts and outbox rows are committed.

    A batch gets one result for each event; a single event that is refused gets its problems as
    the response. `dry_run=true` answers the same, but with 200, and keeps nothing.
    """
    bodies = events_in(await request.body(), request.headers)
    validation = ValidationContext(belgrade_day(context.clock()), context.declared)
    results = [validate(body, caller, validation) for body in bodies]
    async with context.pool.acquire() as connection, connection.transaction():
        decide = acceptance.dry_run if dry_run else acceptance.accept
        outcomes = await decide(IntakeRepository(connection), results)
    if not is_batch(request.headers) and outcomes[0].problems:
        raise Refusal(*outcomes[0].problems)
    status = HTTPStatus.OK if dry_run else HTTPStatus.ACCEPTED
    return JSONResponse(events_response(bodies, results, outcomes), status)


@router.get("/receipts/{event_id}")
async def get_receipt(
    event_id: str, context: ContextDep, caller: CallerDep, source: str | None = None
) -> ReceiptResponse:
    """Return the receipt of an accepted event; `source` is by default the calling partner's."""
    readable = _readable_source(caller, source)
    async with context.pool.acquire() as connection:
        receipt = await IntakeRepository(connection).receipt(readable, event_id)
    if receipt is None:
        raise refusals.not_found("No event of this id was accepted from this source.")
    return receipt_response(receipt)


@router.get("/outbox", dependencies=[OPERATOR])
async def get_outbox(context: ContextDep) -> BacklogResponse:
    """Return how many accepted events Kafka has not acknowledged."""
    async with context.pool.acquire() as connection:
        backlog = await IntakeRepository(connection).backlog()
    return BacklogResponse(unsent=backlog.unsent, last_published_at=backlog.last_published_at)


@router.put("/partners/{partner_id}", dependencies=[OPERATOR], status_code=HTTPStatus.NO_CONTENT)
async def put_partner(partner_id: str, request: PartnerRequest, context: ContextDep) -> None:
    """Declare a partner, or replace its title, keys and grants; its Kafka topic is created."""
    partner = partner_of(partner_id, request)
    async with context.pool.acquire() as connection, connection.transaction():
        await IntakeRepository(connection).replace_partner(partner)


def _readable_source(caller: Caller, source: str | None) -> str:
    if caller.partner is None and source is None:
        raise refusal(
            "E1011", "$query.source", "The operator has no source of its own.", "Name a source."
        )
    if caller.partner is not None and source not in (None, caller.partner.source):
        raise refusal(
            "E1402",
            "$query.source",
            f"You may read the receipts of {caller.partner.source} only.",
            "Leave it out.",
        )
    return source or (caller.partner.source if caller.partner else "")
