"""The door in over HTTP: facts of persons to say, follow-ups due and a person's state to read."""

import json
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict

from runtime.answers import Asked
from runtime.clock import belgrade_day
from runtime.context import Context
from runtime.desk import Desk, Said, Statement, answer_of
from runtime.doors import Doors, Key, add_doors
from runtime.http import AFTER_FIRST_READ, OPERATOR, context
from runtime.problems import gone, not_found
from schemas.codes import CivilDate, Flag, Municipality, Person
from schemas.registration import (
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
from services.registration import erasures, model
from services.registration.model import SOURCE, FollowUp
from services.registration.store import Book

ROWS_MAX = 1000  # what an officer can look through; a town has some dozens due at once

Plumbing = Annotated[Context, Depends(context)]
Rows = Annotated[int, Query(ge=1, le=ROWS_MAX)]

router = APIRouter(tags=["registration"], dependencies=[OPERATOR])


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact of a person that is known here; `/facts/{factid}` corrects those of our own."""

    source: str
    type: str
    factid: str
    revision: int
    on: date


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """A person's present state, and the facts it follows from."""

    person: str
    state: model.Person
    followups: list[FollowUp]
    facts: list[KnownFact]


class ErasureForm(BaseModel):
    """Why, and on which day, by default today.

    `is_unheard`: nothing is known of the code here, and yet it is no slip: others use it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: model.ErasureReason
    on: CivilDate | None = None
    is_unheard: Flag = False


@router.get("/followups", dependencies=[AFTER_FIRST_READ])
async def get_followups_due(
    plumbing: Plumbing,
    until: date | None = None,
    municipality: Municipality | None = None,
    rows_max: Rows = ROWS_MAX,
) -> list[FollowUp]:
    """Follow-ups that are due by a day (by default today), the longest due first."""
    council = council_of(municipality) if municipality else None
    async with plumbing.pool.acquire() as connection:
        return list(
            await Book(connection).followups_due(
                until or belgrade_day(plumbing.clock()), council, rows_max
            )
        )


@router.get("/persons/{person}", dependencies=[AFTER_FIRST_READ], response_model_exclude_none=True)
async def get_person(person: Person, plumbing: Plumbing) -> PersonAnswer:
    """What is known of a person here."""
    async with plumbing.pool.acquire() as connection:
        book = Book(connection)
        facts = await book.ledger.facts(person)
        followups = list(await book.followups(person))
        if await book.ledger.last(person):
            raise gone("$path.person")
    if not facts:
        raise not_found("Nothing is known of this person here.", "$path.person")
    return PersonAnswer(
        person=person,
        state=model.person(facts),
        followups=followups,
        facts=[
            KnownFact(fact.source, fact.event.TYPE, fact.factid, fact.revision, fact.on)
            for fact in facts
        ],
    )


@router.post("/persons/{subject}/erasure", status_code=HTTPStatus.CREATED)
async def erase(
    subject: Person, form: ErasureForm, request: Request, plumbing: Plumbing, key: Key = None
) -> Said:
    """Destroy all that is known of a person, for good, and say so; told again, the same answer."""
    on = form.on or belgrade_day(plumbing.clock())
    statement = Statement(PersonErased.TYPE, subject, json.dumps({"on": on.isoformat()}).encode())
    asked = Asked(key, f"{request.url.path}\n".encode() + await request.body())
    said = await Desk(SOURCE, Book, plumbing).say_last(
        statement, asked, form.reason, must_be_known=not form.is_unheard
    )
    await erasures.write_down(plumbing, said)
    return answer_of(said)


DOORS: Doors = {
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
add_doors(router, SOURCE, Book, DOORS)
