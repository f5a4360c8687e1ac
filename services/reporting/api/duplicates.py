"""`/duplicates` for the steward: possible duplicates; `GET /quality` for all: how many are open."""

from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from runtime.web.auth import STEWARD
from runtime.web.dependencies import AFTER_STARTUP_REPLAY, ContextDep
from schemas.events.matching import PlacementMade
from schemas.territory import COUNTRY, is_council
from schemas.validation.problems import refusal
from services.reporting.domain.history import Fact
from services.reporting.possible_duplicates.detection import find_pair, find_pairs
from services.reporting.possible_duplicates.model import (
    AssessedPair,
    DifferenceReason,
    PlacementRecord,
    RecordPair,
    ordered_pair,
)
from services.reporting.possible_duplicates.repository import (
    POSSIBLE_DUPLICATES,
    DuplicateNoteRepository,
)
from services.reporting.queries.parameters import allow_only, parse_place
from services.reporting.queries.responses import ResponseModel
from services.reporting.queries.snapshot import snapshot
from services.reporting.tables.table import councils_at

PAIRS_MAX = 1_000
"""Pairs in one response: some hundred kilobytes."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
PlaceParam = Annotated[str, Query(description="council, district, region, RS or RS-KM")]
PairState = Literal["open", "closed"]
Limit = Annotated[int, Query(ge=1, le=PAIRS_MAX)]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="`next` of the page before")]

router = APIRouter(tags=["quality"])


class RecordKeyBody(BaseModel):
    """The key of a placement's record."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Name
    factid: Name
    subject: Name


class RecordPairBody(BaseModel):
    """Two records that may report one job, in any order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    one: RecordKeyBody
    other: RecordKeyBody

    @property
    def records(self) -> RecordPair:
        """Both keys in order."""
        one, other = (PlacementRecord(**each.model_dump()) for each in (self.one, self.other))
        return ordered_pair(one, other)


class DifferenceBody(RecordPairBody):
    """The decision that two records report two jobs, and why."""

    reason: DifferenceReason


class PlacementResponse(ResponseModel):
    """The newest state of a placement; `link` leads to the fact."""

    source: str
    factid: str
    subject: str
    id: str
    revision: int
    on: date
    recorded_at: datetime
    link: str


class DifferenceNoteResponse(ResponseModel):
    """The steward's decision."""

    reason: str
    noted_at: datetime


class PairResponse(ResponseModel):
    """The first report of a job and another source's; `id` is a hash of both keys."""

    id: str
    municipality: str
    days_apart: int
    one: PlacementResponse
    other: PlacementResponse
    state: PairState
    note: DifferenceNoteResponse | None


class PairsResponse(ResponseModel):
    """One page of the pairs of a place; `next` is the `after` of the next page."""

    place: str
    state: PairState
    total_count: int
    next: int | None
    pairs: tuple[PairResponse, ...]


class CountResponse(ResponseModel):
    """A count; in state `small` without a number, `pending`: not counted yet."""

    value: int | None
    state: str
    as_of: datetime | None


class QualityResponse(ResponseModel):
    """What may be wrong in a council's facts, as counts only."""

    place: str
    possible_duplicates: CountResponse


@router.get(
    "/duplicates",
    dependencies=[
        Depends(allow_only("place", "state", "limit", "after")),
        STEWARD,
        AFTER_STARTUP_REPLAY,
    ],
)
async def get_duplicates(
    context: ContextDep,
    place: PlaceParam = COUNTRY,
    state: PairState = "open",
    limit: Limit = PAIRS_MAX,
    after: Offset = 0,
) -> PairsResponse:
    """Return the jobs that two sources may both have reported. Needs the steward's token."""
    councils = councils_at(parse_place(place))
    async with snapshot(context.pool) as connection:
        every = await find_pairs(connection, councils)
    found = [each for each in every if _state(each) == state]
    return PairsResponse(
        place=place,
        state=state,
        total_count=len(found),
        next=after + limit if len(found) > after + limit else None,
        pairs=tuple(map(_pair_response, found[after : after + limit])),
    )


@router.post(
    "/duplicates/different", dependencies=[Depends(allow_only()), STEWARD, AFTER_STARTUP_REPLAY]
)
async def post_different(context: ContextDep, body: DifferenceBody) -> PairResponse:
    """Close a pair: it is two jobs. Entries do not change. Needs the steward's token."""
    async with context.pool.acquire() as connection, connection.transaction():
        if await find_pair(connection, body.records) is None:
            raise _no_pair()
        await DuplicateNoteRepository(connection).add_note(body.records, body.reason)
        return _existing_pair(await find_pair(connection, body.records))


@router.post(
    "/duplicates/different/withdrawn",
    dependencies=[Depends(allow_only()), STEWARD, AFTER_STARTUP_REPLAY],
)
async def post_withdrawn(context: ContextDep, body: RecordPairBody) -> PairResponse:
    """Open a closed pair again. Needs the steward's token."""
    async with context.pool.acquire() as connection, connection.transaction():
        found = await find_pair(connection, body.records)
        if found is None:
            raise _no_pair()
        if found.note is None:
            detail = "This pair has no note."
            raise refusal("E1302", "$", detail, "List the closed pairs: /duplicates?state=closed.")
        await DuplicateNoteRepository(connection).add_note(body.records, None)
        return _existing_pair(await find_pair(connection, body.records))


@router.get("/quality", dependencies=[Depends(allow_only("place"))])
async def get_quality(context: ContextDep, place: PlaceParam) -> QualityResponse:
    """Return how many pairs of a council are open; counts under 3 have no number."""
    if not is_council(parse_place(place)):
        detail = "Quality counts exist for single councils only."
        raise refusal("E1503", "$query.place", detail, "Use the code of a council: 70998.")
    async with context.pool.acquire() as connection:
        repository = DuplicateNoteRepository(connection)
        found = await repository.published_count(POSSIBLE_DUPLICATES, place)
    if found is None:
        count = CountResponse(value=None, state="pending", as_of=None)
    else:
        count = CountResponse(value=found.value, state=found.state, as_of=found.as_of)
    return QualityResponse(place=place, possible_duplicates=count)


def _no_pair() -> Exception:
    return refusal(
        "E1502",
        "$",
        "These two records are no pair: one is retracted, corrected, erased or not projected yet.",
        "Use the keys of a pair from /duplicates.",
    )


def _existing_pair(found: AssessedPair | None) -> PairResponse:
    assert found is not None  # noqa: S101 - it was found before within the transaction
    return _pair_response(found)


def _pair_response(found: AssessedPair) -> PairResponse:
    pair, note = found
    return PairResponse(
        id=pair.id,
        municipality=pair.council,
        days_apart=pair.days_apart,
        one=_placement(pair.first),
        other=_placement(pair.other),
        state=_state(found),
        note=None
        if note is None
        else DifferenceNoteResponse(reason=note.reason, noted_at=note.noted_at),
    )


def _state(found: AssessedPair) -> PairState:
    return "open" if found.note is None else "closed"


def _placement(fact: Fact[PlacementMade]) -> PlacementResponse:
    query = urlencode({"source": fact.source, "id": fact.event_id})
    return PlacementResponse(
        source=fact.source,
        factid=fact.factid,
        subject=fact.subject,
        id=fact.event_id,
        revision=fact.revision,
        on=fact.on,
        recorded_at=fact.recorded_at,
        link=f"/facts?{query}",
    )
