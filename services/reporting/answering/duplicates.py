"""The steward's list of possible duplicates, and the quality figure that everybody may see."""

from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from runtime.context import Context
from runtime.http import AFTER_FIRST_READ, STEWARD, context
from schemas.matching import PlacementMade
from schemas.problem import refusal
from schemas.territory import COUNTRY, is_council
from services.reporting.answering.answers import Answer
from services.reporting.answering.question import only, place_of
from services.reporting.answering.reading import one_instant
from services.reporting.counting.history import Fact
from services.reporting.quality.finding import pair_of, possible_duplicates
from services.reporting.quality.pairs import Difference, Found, Names, Telling, names_of
from services.reporting.quality.store import POSSIBLE_DUPLICATES, Notebook
from services.reporting.tables.table import councils

PAIRS_MAX = 1_000
"""Pairs of one answer: some hundred kilobytes."""

Plumbing = Annotated[Context, Depends(context)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
PlaceAsked = Annotated[str, Query(description="council, district, region, RS or RS-KM")]
State = Literal["open", "closed"]
Limit = Annotated[int, Query(ge=1, le=PAIRS_MAX)]
Passed = Annotated[int, Query(ge=0, le=1_000_000, description="`next` of the answer before")]

router = APIRouter(tags=["quality"])


class Named(BaseModel):
    """The record of a placement by its name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Name
    factid: Name
    subject: Name


class Tellings(BaseModel):
    """Two records that may tell one job, in whatever order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    one: Named
    other: Named

    @property
    def names(self) -> Names:
        """Their names."""
        one, other = (Telling(*each.model_dump().values()) for each in (self.one, self.other))
        return names_of(one, other)


class Decision(Tellings):
    """That they tell two jobs, and why."""

    reason: Difference


class TellingAnswer(Answer):
    """A placement as it stands; `link` is where it is told whole."""

    source: str
    factid: str
    subject: str
    id: str
    revision: int
    on: date
    recorded_at: datetime
    link: str


class NoteAnswer(Answer):
    """What the steward has decided."""

    reason: str
    noted_at: datetime


class PairAnswer(Answer):
    """The first telling of a job and one by another source; `id` is short for both names."""

    id: str
    municipality: str
    days_apart: int
    one: TellingAnswer
    other: TellingAnswer
    state: State
    note: NoteAnswer | None


class PairsAnswer(Answer):
    """One page of the pairs of a place; `next` is the `after` of the page to come."""

    place: str
    state: State
    in_all: int
    next: int | None
    pairs: tuple[PairAnswer, ...]


class CountAnswer(Answer):
    """A count; state `small` has no number, `pending` is not counted yet."""

    value: int | None
    state: str
    as_of: datetime | None


class QualityAnswer(Answer):
    """What is doubtful about a council's facts, as counts only."""

    place: str
    possible_duplicates: CountAnswer


@router.get(
    "/duplicates",
    dependencies=[Depends(only("place", "state", "limit", "after")), STEWARD, AFTER_FIRST_READ],
)
async def get_duplicates(
    plumbing: Plumbing,
    place: PlaceAsked = COUNTRY,
    state: State = "open",
    limit: Limit = PAIRS_MAX,
    after: Passed = 0,
) -> PairsAnswer:
    """Return the jobs that two sources may have told twice. Needs the steward's token."""
    where = councils(place_of(place))
    async with one_instant(plumbing.pool) as connection:
        every = await possible_duplicates(connection, where)
    found = [each for each in every if _state(each) == state]
    return PairsAnswer(
        place=place,
        state=state,
        in_all=len(found),
        next=after + limit if len(found) > after + limit else None,
        pairs=tuple(map(_pair, found[after : after + limit])),
    )


@router.post("/duplicates/different", dependencies=[Depends(only()), STEWARD, AFTER_FIRST_READ])
async def post_different(plumbing: Plumbing, decided: Decision) -> PairAnswer:
    """Close a pair: it is two jobs. What is counted does not change. Needs the steward's token."""
    async with plumbing.pool.acquire() as connection, connection.transaction():
        if await pair_of(connection, decided.names) is None:
            raise _no_pair()
        await Notebook(connection).note(decided.names, decided.reason)
        return _pair_now(await pair_of(connection, decided.names))


@router.post(
    "/duplicates/different/taken-back", dependencies=[Depends(only()), STEWARD, AFTER_FIRST_READ]
)
async def post_taken_back(plumbing: Plumbing, tellings: Tellings) -> PairAnswer:
    """Open a closed pair again. Needs the steward's token."""
    async with plumbing.pool.acquire() as connection, connection.transaction():
        found = await pair_of(connection, tellings.names)
        if found is None:
            raise _no_pair()
        if found.note is None:
            detail = "Nothing is noted about this pair."
            raise refusal("E1302", "$", detail, "Look at /duplicates?state=closed.")
        await Notebook(connection).note(tellings.names, None)
        return _pair_now(await pair_of(connection, tellings.names))


@router.get("/quality", dependencies=[Depends(only("place"))])
async def get_quality(plumbing: Plumbing, place: PlaceAsked) -> QualityAnswer:
    """Return how many pairs of a council are open; counts under 3 are only called small."""
    if not is_council(place_of(place)):
        detail = "Quality is told of councils, each by itself."
        raise refusal("E1503", "$query.place", detail, "Use the code of a council: 70998.")
    async with plumbing.pool.acquire() as connection:
        shown = await Notebook(connection).shown(POSSIBLE_DUPLICATES, place)
    if shown is None:
        count = CountAnswer(value=None, state="pending", as_of=None)
    else:
        count = CountAnswer(value=shown.value, state=shown.state, as_of=shown.as_of)
    return QualityAnswer(place=place, possible_duplicates=count)


def _no_pair() -> Exception:
    return refusal(
        "E1502",
        "$",
        "These two records are no pair: one is retracted, corrected or erased, or not folded yet.",
        "Take the names of a pair from /duplicates.",
    )


def _pair_now(found: Found | None) -> PairAnswer:
    assert found is not None  # noqa: S101 - looked at a moment ago, within the transaction
    return _pair(found)


def _pair(found: Found) -> PairAnswer:
    pair, note = found
    return PairAnswer(
        id=pair.id,
        municipality=pair.council,
        days_apart=pair.days_apart,
        one=_telling(pair.first),
        other=_telling(pair.other),
        state=_state(found),
        note=None if note is None else NoteAnswer(reason=note.reason, noted_at=note.noted_at),
    )


def _state(found: Found) -> State:
    return "open" if found.note is None else "closed"


def _telling(fact: Fact[PlacementMade]) -> TellingAnswer:
    name = urlencode({"source": fact.source, "id": fact.event_id})
    return TellingAnswer(
        source=fact.source,
        factid=fact.factid,
        subject=fact.subject,
        id=fact.event_id,
        revision=fact.revision,
        on=fact.on,
        recorded_at=fact.recorded_at,
        link=f"/facts?{name}",
    )
