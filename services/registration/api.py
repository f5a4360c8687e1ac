"""Registration's HTTP API: facts of persons to record, due follow-ups and persons to read."""

import json
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict

from runtime.commands import FactCommandHandler, FactReceipt, RecordFact, receipt_of
from runtime.process.clock import belgrade_day
from runtime.refusals import erased, not_found
from runtime.storage.idempotency import IdempotentRequest
from runtime.web.auth import OPERATOR
from runtime.web.dependencies import AFTER_STARTUP_REPLAY, ContextDep
from runtime.web.fact_routes import FactRoutes, IdempotencyKey, add_fact_routes
from schemas.codes import CivilDate, Flag, MunicipalityCode, PersonCode
from schemas.events.registration import (
    ConsentGranted,
    ConsentWithdrawn,
    DepartureDeclared,
    FollowupRecorded,
    NeedsAssessed,
    PersonEnrolled,
    PersonErased,
    PersonMoved,
    ReferralMade,
    ReturneeRegistered,
    ServiceDelivered,
)
from schemas.territory import council_of
from services.registration import erasure_file, model
from services.registration.model import SOURCE, FollowUp
from services.registration.repository import RegistrationRepository

ROWS_MAX = 1000  # as many as an officer can read; a town has some dozens due at once

Rows = Annotated[int, Query(ge=1, le=ROWS_MAX)]

router = APIRouter(tags=["registration"], dependencies=[OPERATOR])


@dataclass(frozen=True, slots=True)
class FactSummary:
    """A known fact of a person; `/facts/{factid}` corrects those of this service."""

    source: str
    type: str
    factid: str
    revision: int
    on: date


@dataclass(frozen=True, slots=True)
class PersonResponse:
    """A person's present state, and the facts it derives from."""

    person: str
    state: model.PersonState
    followups: list[FollowUp]
    facts: list[FactSummary]


class ErasureRequest(BaseModel):
    """The reason and the day, by default today.

    `is_unknown`: nothing is known of the code here, but other services may use it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: model.ErasureReason
    on: CivilDate | None = None
    is_unknown: Flag = False


@router.get("/followups", dependencies=[AFTER_STARTUP_REPLAY])
async def get_followups_due(
    context: ContextDep,
    until: date | None = None,
    municipality: MunicipalityCode | None = None,
    rows_max: Rows = ROWS_MAX,
) -> list[FollowUp]:
    """Follow-ups that are due by a day (by default today), the longest due first."""
    council = council_of(municipality) if municipality else None
    async with context.pool.acquire() as connection:
        return list(
            await RegistrationRepository(connection).followups_due(
                until or belgrade_day(context.clock()), council, rows_max
            )
        )


@router.get(
    "/persons/{person}", dependencies=[AFTER_STARTUP_REPLAY], response_model_exclude_none=True
)
async def get_person(person: PersonCode, context: ContextDep) -> PersonResponse:
    """What this service knows of a person."""
    async with context.pool.acquire() as connection:
        repository = RegistrationRepository(connection)
        facts = await repository.facts.of_subject(person)
        followups = list(await repository.followups(person))
        if await repository.facts.erasure_event(person):
            raise erased("$path.person")
    if not facts:
        raise not_found("Nothing is known of this person here.", "$path.person")
    return PersonResponse(
        person=person,
        state=model.person(facts),
        followups=followups,
        facts=[
            FactSummary(fact.source, fact.event.TYPE, fact.factid, fact.revision, fact.on)
            for fact in facts
        ],
    )


@router.post("/persons/{subject}/erasure", status_code=HTTPStatus.CREATED)
async def erase(
    subject: PersonCode,
    form: ErasureRequest,
    request: Request,
    context: ContextDep,
    key: IdempotencyKey = None,
) -> FactReceipt:
    """Erase all that is known of a person, for good; repeated, it gives the same response."""
    on = form.on or belgrade_day(context.clock())
    command = RecordFact(PersonErased.TYPE, subject, json.dumps({"on": on.isoformat()}).encode())
    content = f"{request.url.path}\n".encode() + await request.body()
    commands = FactCommandHandler(SOURCE, RegistrationRepository, context)
    erasure = await commands.erase_subject(
        command,
        IdempotentRequest(key, content),
        form.reason,
        must_be_known=not form.is_unknown,
    )
    await erasure_file.record_erasure(context, erasure)
    return receipt_of(erasure)


FACT_ROUTES: FactRoutes = {
    "/returnees": ReturneeRegistered,
    "/persons": PersonEnrolled,
    "/persons/{subject}/moves": PersonMoved,
    "/persons/{subject}/consents": ConsentGranted,
    "/persons/{subject}/withdrawals": ConsentWithdrawn,
    "/persons/{subject}/needs": NeedsAssessed,
    "/persons/{subject}/referrals": ReferralMade,
    "/persons/{subject}/services": ServiceDelivered,
    "/persons/{subject}/followups": FollowupRecorded,
    "/persons/{subject}/departures": DepartureDeclared,
}
add_fact_routes(router, SOURCE, RegistrationRepository, FACT_ROUTES)
