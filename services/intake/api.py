"""The door in over HTTP: events in, receipts out, and how partners are declared."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from runtime import problems
from runtime.clock import belgrade_day
from runtime.context import Context
from runtime.http import OPERATOR, context
from schemas.problem import Refusal, refusal
from services.intake.answers import Backlog, ReceiptAnswer, Results, receipt_answer, results
from services.intake.bodies import events_in, is_single
from services.intake.check import Caller, Rules, judge
from services.intake.entrance import caller
from services.intake.forms import PartnerForm, partner_of
from services.intake.reception import rehearse, take
from services.intake.store import Desk

BODY_BYTES_MAX = 4 * 1024 * 1024
"""A batch; one event alone may have 64 KiB."""

Plumbing = Annotated[Context, Depends(context)]
Who = Annotated[Caller, Depends(caller)]

router = APIRouter(tags=["events"])


@router.post("/events", status_code=HTTPStatus.ACCEPTED, response_model=Results)
async def post_events(
    request: Request, plumbing: Plumbing, who: Who, *, dry_run: bool = False
) -> Response:
    """Take one event or a batch; 202 means that receipt and outbox row are committed.

    A batch is answered event by event; a single event that is refused is answered by its problem.
    `dry_run=true` checks everything and keeps nothing.
    """
    content_type = request.headers.get("content-type", "")
    bodies = events_in(await request.body(), content_type)
    rules = Rules(belgrade_day(plumbing.clock()), plumbing.declared)
    judged = [judge(body, who, rules) for body in bodies]
    if dry_run:
        async with plumbing.pool.acquire() as connection:
            rehearsed = await rehearse(Desk(connection), judged)
        return JSONResponse(results(bodies, judged, rehearsed))
    async with plumbing.pool.acquire() as connection, connection.transaction():
        outcomes = await take(Desk(connection), judged)
    if is_single(content_type) and outcomes[0].problem is not None:
        raise Refusal(outcomes[0].problem)
    return JSONResponse(results(bodies, judged, outcomes), HTTPStatus.ACCEPTED)


@router.get("/receipts/{event_id}")
async def get_receipt(
    event_id: str, plumbing: Plumbing, who: Who, source: str | None = None
) -> ReceiptAnswer:
    """Return what became of an accepted event; `source` is by default the asking partner's."""
    asked = _readable_source(who, source)
    async with plumbing.pool.acquire() as connection:
        receipt = await Desk(connection).receipt(asked, event_id)
    if receipt is None:
        raise problems.not_found("No event of this id was accepted from this source.")
    return receipt_answer(receipt)


@router.get("/outbox", dependencies=[OPERATOR])
async def get_outbox(plumbing: Plumbing) -> Backlog:
    """Return how much of what was accepted still waits for Kafka."""
    async with plumbing.pool.acquire() as connection:
        unsaid = await Desk(connection).unsaid()
    return Backlog(unsent=unsaid.unsent, last_said_at=unsaid.last_said_at)


@router.put("/partners/{partner_id}", dependencies=[OPERATOR], status_code=HTTPStatus.NO_CONTENT)
async def put_partner(partner_id: str, form: PartnerForm, plumbing: Plumbing) -> None:
    """Declare a partner, or replace its title, keys and grants; its Kafka lane opens by itself."""
    partner = partner_of(partner_id, form)
    async with plumbing.pool.acquire() as connection, connection.transaction():
        await Desk(connection).keep_partner(partner)


def _readable_source(who: Caller, source: str | None) -> str:
    if who.partner is None and source is None:
        raise refusal(
            "E1011", "$query.source", "The operator has no source of its own.", "Name a source."
        )
    if who.partner is not None and source not in (None, who.partner.source):
        raise refusal(
            "E1402",
            "$query.source",
            f"You may read the receipts of {who.partner.source} only.",
            "Leave it out.",
        )
    return source or (who.partner.source if who.partner else "")
