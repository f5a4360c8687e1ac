"""What only the data steward may ask: one fact, and whether and where it counts."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import JsonValue, TypeAdapter

from runtime.context import Context
from runtime.http import AFTER_FIRST_READ, STEWARD, context, use_key
from runtime.keys import Given
from schemas.problem import refusal
from schemas.registration import PersonMerged
from services.reporting.answering.answers import Answer
from services.reporting.answering.question import instant_of, only
from services.reporting.answering.reading import one_instant
from services.reporting.answering.store import Drawer, KeptFact, PutAside
from services.reporting.counting.fold import entries_of
from services.reporting.counting.history import Fact, newest
from services.reporting.counting.indicator import Entry, Indicator
from services.reporting.folding.heard import Name
from services.reporting.indicators import catalogue

Plumbing = Annotated[Context, Depends(context)]
Source = Annotated[str, Query(max_length=100, examples=["/partners/nes"])]
Id = Annotated[str, Query(max_length=64)]

router = APIRouter(
    tags=["steward"], dependencies=[Depends(only("source", "id")), STEWARD, AFTER_FIRST_READ]
)


async def known_instant(request: Request, given: Given, known_at: str | None) -> datetime | None:
    """The instant of `known_at`, None if it is not asked for; Refusal without the steward's key."""
    if known_at is None:
        return None
    await use_key(request, "steward_token_file", given.credentials if given else None)
    return instant_of(known_at, "$query.known_at")


class EntryAnswer(Answer):
    """An entry that would not be there without the fact."""

    measure: str
    on: date
    until: date | None
    municipality: str
    buckets: tuple[tuple[str, str], ...]
    amount: int | float


class PutAsideAnswer(Answer):
    """A record of this name in quarantine."""

    topic: str
    partition: int
    offset: int
    code: str
    path: str
    reason: str
    quarantined_at: datetime


class FactAnswer(Answer):
    """The fact as it was said."""

    subject: str
    type: str
    version: int
    factid: str
    revision: int
    recorded_at: datetime
    folded_at: datetime
    data: JsonValue


class FoundAnswer(Answer):
    """What became of an event.

    `state`: `counts` (it is the newest state of its record), `superseded`, `retracted`,
    `retraction`, `kept` (of a type this version does not count), `erased` (of an erased
    person's code nothing is shown), or `quarantined`. `entries`: those that exist because of it.
    """

    source: str
    id: str
    state: str
    fact: FactAnswer | None
    entries: tuple[EntryAnswer, ...]
    quarantine: tuple[PutAsideAnswer, ...]


@router.get("/facts")
async def get_fact(plumbing: Plumbing, source: Source, id: Id) -> FoundAnswer:  # noqa: A002
    """Return one event as reporting keeps it, and where it counts. Needs the steward's token."""
    name = (source, id)
    async with one_instant(plumbing.pool) as connection:
        drawer = Drawer(connection)
        kept, aside = await drawer.fact(name), await drawer.put_aside(name)
        told = await drawer.history(kept.subject) if kept else []
        erased = await drawer.erased_among(codes_of(told) | ({kept.subject} if kept else set()))
    if kept is None:
        if not aside:
            raise _not_heard()
        return _answer(name, "quarantined", aside)
    if is_erased(name, kept.subject, told, erased):
        return _answer(name, "erased", [])
    entries = shown_because_of(name, told, catalogue(plumbing.declared), erased)
    return _answer(name, state_of(name, told), aside).model_copy(
        update={"fact": _fact(kept), "entries": tuple(map(_entry, entries))}
    )


def state_of(name: Name, told: Sequence[Fact]) -> str:
    """What the event of this name is among the facts of its subject."""
    mine = next((fact for fact in told if (fact.source, fact.event_id) == name), None)
    if mine is None:
        return "kept"
    if mine.is_retraction:
        return "retraction"
    standing = next((fact for fact in newest(told) if fact.identity == mine.identity), None)
    if standing is None:
        return "retracted"
    return "counts" if standing is mine else "superseded"


def is_erased(name: Name, subject: str, told: Sequence[Fact], erased: Collection[str]) -> bool:
    """Whether the event is of an erased code, or says that somebody is the one of such a code."""
    mine = [fact for fact in told if (fact.source, fact.event_id) == name]
    return not (codes_of(mine) | {subject}).isdisjoint(erased)


def codes_of(facts: Iterable[Fact]) -> set[str]:
    """All codes that facts are about; a merge is about both of its own."""
    told = list(facts)
    merges = (fact.event for fact in told if isinstance(fact.event, PersonMerged))
    return {fact.subject for fact in told} | {merge.with_ for merge in merges}


def shown_because_of(
    name: Name, told: Sequence[Fact], definitions: Sequence[Indicator], erased: Collection[str]
) -> list[Entry]:
    """The entries that are there because of the event and betray nothing of an erased code.

    Those are the ones that would be the same if the facts of erased codes had never been said.
    """
    entries = because_of(name, told, definitions)
    if not erased:
        return entries
    plain = [fact for fact in told if codes_of([fact]).isdisjoint(erased)]
    betraying_nothing = Counter(because_of(name, plain, definitions))
    return sorted((Counter(entries) & betraying_nothing).elements(), key=_order)


def because_of(name: Name, told: Sequence[Fact], definitions: Sequence[Indicator]) -> list[Entry]:
    """The entries of a subject that would not be there, or not so, without the event.

    Without one that counts its whole record is left out: an older state of it must not stand in.
    """
    mine = [fact for fact in told if (fact.source, fact.event_id) == name]
    if state_of(name, told) == "counts":
        mine = [fact for fact in told if fact.identity == mine[0].identity]
    gone = {id(fact) for fact in mine}
    others = [fact for fact in told if id(fact) not in gone]
    without = Counter(entries_of(others, definitions))
    return sorted((Counter(entries_of(told, definitions)) - without).elements(), key=_order)


def _order(entry: Entry) -> tuple[str, date]:
    return entry.measure, entry.on


def _not_heard() -> Exception:
    return refusal(
        "E1502",
        "$query.id",
        "No event of this source and id has been folded.",
        "Look whether it is said already (the receipt tells), and at /freshness how far we are.",
    )


def _answer(name: Name, state: str, aside: Sequence[PutAside]) -> FoundAnswer:
    return FoundAnswer(
        source=name[0],
        id=name[1],
        state=state,
        fact=None,
        entries=(),
        quarantine=tuple(_ASIDE.validate_python(aside, from_attributes=True)),
    )


def _fact(kept: KeptFact) -> FactAnswer:
    return FactAnswer(
        subject=kept.subject,
        type=kept.type,
        version=kept.version,
        factid=kept.factid,
        revision=kept.revision,
        recorded_at=kept.recorded_at,
        folded_at=kept.folded_at,
        data=_JSON.validate_json(kept.data),
    )


def _entry(entry: Entry) -> EntryAnswer:
    amount = Decimal(entry.amount)
    return EntryAnswer(
        measure=entry.measure,
        on=entry.on,
        until=entry.until,
        municipality=entry.municipality,
        buckets=tuple(sorted(entry.buckets)),
        amount=int(amount) if amount == int(amount) else float(amount),
    )


_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
_ASIDE: TypeAdapter[list[PutAsideAnswer]] = TypeAdapter(list[PutAsideAnswer])
