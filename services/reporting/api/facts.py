"""`GET /facts`: one event for the data steward, with its state and the entries it causes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import JsonValue, TypeAdapter

from runtime.web.auth import STEWARD
from runtime.web.dependencies import AFTER_STARTUP_REPLAY, ContextDep
from schemas.validation.problems import refusal
from services.reporting.domain.indicator import Entry
from services.reporting.indicators import catalogue
from services.reporting.projection.decode import EventKey
from services.reporting.queries.fact_effects import (
    disclosable_entries,
    fact_state,
    is_erased,
    subject_codes,
)
from services.reporting.queries.fact_queries import FactQueries, FactRecord, QuarantinedRecord
from services.reporting.queries.parameters import allow_only
from services.reporting.queries.responses import ResponseModel, json_number
from services.reporting.queries.snapshot import snapshot

Source = Annotated[str, Query(max_length=100, examples=["/partners/nes"])]
Id = Annotated[str, Query(max_length=64)]

router = APIRouter(
    tags=["steward"],
    dependencies=[Depends(allow_only("source", "id")), STEWARD, AFTER_STARTUP_REPLAY],
)


class FactEntryResponse(ResponseModel):
    """An entry that would not exist without the fact."""

    measure: str
    on: date
    until: date | None
    municipality: str
    buckets: tuple[tuple[str, str], ...]
    amount: int | float


class QuarantinedRecordResponse(ResponseModel):
    """A quarantined record of this event."""

    topic: str
    partition: int
    offset: int
    code: str
    path: str
    reason: str
    quarantined_at: datetime


class StoredFactResponse(ResponseModel):
    """The fact as it was recorded."""

    subject: str
    type: str
    version: int
    factid: str
    revision: int
    recorded_at: datetime
    projected_at: datetime
    data: JsonValue


class FactResponse(ResponseModel):
    """The state of an event.

    `state`: `counts` (it is the newest state of its record), `superseded`, `retracted`,
    `retraction`, `kept` (its type is not counted by this version), `erased` (nothing is shown
    about the code of an erased person), or `quarantined`. `entries`: those that depend on it.
    """

    source: str
    id: str
    state: str
    fact: StoredFactResponse | None
    entries: tuple[FactEntryResponse, ...]
    quarantine: tuple[QuarantinedRecordResponse, ...]


@router.get("/facts")
async def get_fact(context: ContextDep, source: Source, id: Id) -> FactResponse:  # noqa: A002
    """Return one event as it is stored, and where it counts. Needs the steward's token."""
    key = (source, id)
    async with snapshot(context.pool) as connection:
        queries = FactQueries(connection)
        stored, quarantined = await queries.fact(key), await queries.quarantined_records(key)
        facts = await queries.history(stored.subject) if stored else []
        codes = subject_codes(facts) | ({stored.subject} if stored else set())
        erased = await queries.erased_among(codes)
    if stored is None:
        if not quarantined:
            raise _unknown_event()
        return _fact_response(key, "quarantined", quarantined)
    if is_erased(key, stored.subject, facts, erased):
        return _fact_response(key, "erased", [])
    entries = disclosable_entries(key, facts, catalogue(context.declared), erased)
    return _fact_response(key, fact_state(key, facts), quarantined).model_copy(
        update={"fact": _stored_fact(stored), "entries": tuple(map(_entry, entries))}
    )


def _unknown_event() -> Exception:
    return refusal(
        "E1502",
        "$query.id",
        "No event of this source and id has been projected.",
        "Check in its receipt whether it is published, and at /freshness how far reporting is.",
    )


def _fact_response(
    key: EventKey, state: str, quarantined: Sequence[QuarantinedRecord]
) -> FactResponse:
    return FactResponse(
        source=key[0],
        id=key[1],
        state=state,
        fact=None,
        entries=(),
        quarantine=tuple(_QUARANTINED.validate_python(quarantined, from_attributes=True)),
    )


def _stored_fact(stored: FactRecord) -> StoredFactResponse:
    return StoredFactResponse(
        subject=stored.subject,
        type=stored.type,
        version=stored.version,
        factid=stored.factid,
        revision=stored.revision,
        recorded_at=stored.recorded_at,
        projected_at=stored.projected_at,
        data=_JSON.validate_json(stored.data),
    )


def _entry(entry: Entry) -> FactEntryResponse:
    return FactEntryResponse(
        measure=entry.measure,
        on=entry.on,
        until=entry.until,
        municipality=entry.municipality,
        buckets=tuple(sorted(entry.buckets)),
        amount=json_number(entry.amount),
    )


_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
_QUARANTINED: TypeAdapter[list[QuarantinedRecordResponse]] = TypeAdapter(
    list[QuarantinedRecordResponse]
)
