"""A made-up population and what is said about it: deterministic, plausible, as long as one likes.

People come back, are assessed, trained, placed, asked again; their partners tell things twice,
correct themselves and take things back. Nobody in it exists.
"""

import heapq
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from schemas.catalogue import BY_TYPE
from schemas.codes import RANDOM_BYTES, fresh_code
from schemas.envelope import Envelope, say
from schemas.event import Event
from schemas.territory import COUNCILS

FIRST_DAY = date(2016, 1, 1)
LAST_START = date(2025, 6, 30)
EVENTS_PER_PERSON = 9
"""The mean of the lives below, with what is told twice; it sets how fast people arrive."""

TOLD_TWICE, CORRECTED, RETRACTED = 0.10, 0.04, 0.03
NOON = time(12)

SEXES = ("female", "male")
QUALIFICATIONS = ("none", "1", "2", "3", "4", "5", "6", "7")
OCCUPATIONS = ("9613", "5223", "7223", "5321", "8172", "9334", "8153", "7531", "7512", "5120")
PLACEMENT_KINDS = ("open_ended", "fixed_6_plus", "fixed_short", "seasonal", "public_works")
SECTORS = ("C", "F", "G", "I", "N", "Q")
COUNTRIES = ("DE", "AT", "SE", "FR", "CH")
PROGRAMMES: Final[tuple[tuple[str, ...], ...]] = ((), ("M4SD",), ("ROMA-2016",))
EMPLOYMENT_SERVICE, COMMISSARIAT = "/partners/nes", "/partners/commissariat"


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is said about a person: by whom, when, what."""

    on: date
    source: str
    type: str
    data: Mapping[str, object]
    factid: str | None = None


def said(seed: int, count: int) -> Iterator[Envelope[Event]]:
    """So many events of a population; the same for the same seed and count."""
    chance = random.Random(seed)  # noqa: S311 - made-up people, no secret
    waiting: list[tuple[date, int, Envelope[Event]]] = []
    told = 0
    for number, start in enumerate(_starts(chance, count)):
        while waiting and waiting[0][0] < start and told < count:
            yield heapq.heappop(waiting)[2]
            told += 1
        if told == count:
            return
        for on, envelope in _life_as_told(chance, f"{seed}-{number}", start):
            heapq.heappush(waiting, (on, chance.getrandbits(48), envelope))
    while told < count:
        yield heapq.heappop(waiting)[2]
        told += 1


def _starts(chance: random.Random, count: int) -> Iterator[date]:
    """The days on which people come, in order; more of them than are needed."""
    people = 2 * count // EVENTS_PER_PERSON + 10
    days = (LAST_START - FIRST_DAY).days
    for number in range(people):
        yield FIRST_DAY + timedelta(days=number * days // people + chance.randrange(2))


def _life_as_told(
    chance: random.Random, name: str, start: date
) -> Iterator[tuple[date, Envelope[Event]]]:
    """A person's deeds as events, with what is said twice, corrected and taken back."""
    person = fresh_code("p", chance.randbytes(RANDOM_BYTES))
    for number, deed in enumerate(_life(chance, start)):
        first = _envelope(deed, person, f"sim-{name}-{number}")
        yield deed.on, first
        later = deed.on + timedelta(days=chance.randrange(1, 60))
        fate = chance.random()
        if fate < TOLD_TWICE:
            yield later, first
        elif fate < TOLD_TWICE + CORRECTED:
            yield later, _corrected(first, deed)
        elif fate < TOLD_TWICE + CORRECTED + RETRACTED:
            yield later, _retracted(first, later)


def _envelope(deed: Deed, person: str, name: str) -> Envelope[Event]:
    return say(
        BY_TYPE[deed.type].model_validate({"on": deed.on, **deed.data}),
        id=name,
        source=deed.source,
        subject=person,
        time=datetime.combine(deed.on, NOON, UTC),
        factid=deed.factid and f"{name}-{deed.factid}",
    )


def _corrected(first: Envelope[Event], deed: Deed) -> Envelope[Event]:
    """The same fact, a day earlier."""
    event = BY_TYPE[deed.type].model_validate({**deed.data, "on": deed.on - timedelta(days=1)})
    return first._replace(id=f"{first.id}-r2", data=event, revision=2)


def _retracted(first: Envelope[Event], on: date) -> Envelope[Event]:
    domain = first.type.partition(".")[0]
    data = {"on": on, "type": first.fact_type, "reason": "entered_in_error"}
    return say(
        BY_TYPE[f"{domain}.fact.retracted.v1"].model_validate(data),
        id=f"{first.id}-r2",
        source=first.source,
        subject=first.subject,
        time=datetime.combine(on, NOON, UTC),
        factid=first.factid,
        revision=2,
    )


def _life(chance: random.Random, start: date) -> Iterator[Deed]:
    where = {
        "municipality": chance.choice(_TOWNS),
        "programmes": chance.choice(PROGRAMMES),
    }
    is_returnee = chance.random() < 0.6  # noqa: PLR2004 - a share
    yield _arrival(chance, where, start, is_returnee=is_returnee)
    if chance.random() < 0.8:  # noqa: PLR2004 - a share
        consent = {"purpose": "statistics", "text_version": "v1"}
        yield Deed(start, COMMISSARIAT, "registration.consent.granted.v1", consent)
    yield from _care(chance, where, start)
    if chance.random() < 0.5:  # noqa: PLR2004 - a share
        yield from _course(chance, where, start + timedelta(days=chance.randrange(20, 120)))
    if chance.random() < 0.6:  # noqa: PLR2004 - a share
        yield from _work(chance, where, start + timedelta(days=chance.randrange(10, 200)))
    if is_returnee:
        yield from _followups(chance, where, start)


def _arrival(
    chance: random.Random, where: Mapping[str, object], on: date, *, is_returnee: bool
) -> Deed:
    block = {
        **where,
        "sex": chance.choice(SEXES),
        "birth_year": chance.randrange(1955, 2008),
        "birth_month": chance.randrange(1, 13),
        "qualification": chance.choice(QUALIFICATIONS),
        "residence": where["municipality"],
    }
    if not is_returnee:
        groups = (chance.choice(("local", "internally_displaced", "asylum_seeker")),)
        enrolled = {**block, "groups": groups}
        return Deed(on, COMMISSARIAT, "registration.person.enrolled.v1", enrolled)
    returned = {
        **block,
        "groups": ("returnee_readmission",),
        "country": chance.choice(COUNTRIES),
        "modality": chance.choice(("readmission", "voluntary", "spontaneous")),
        "household": chance.choice(("single", "family")),
    }
    return Deed(on, COMMISSARIAT, "registration.returnee.registered.v1", returned)


def _care(chance: random.Random, where: Mapping[str, object], start: date) -> Iterator[Deed]:
    on = start + timedelta(days=chance.randrange(1, 40))
    needs = {**where, "needs": tuple(chance.sample(("employment", "training", "housing"), 2))}
    yield Deed(on, COMMISSARIAT, "registration.needs.assessed.v1", needs)
    referred = {**where, "need": "employment", "to": "o-nes"}
    yield Deed(on + timedelta(days=2), COMMISSARIAT, "registration.referral.made.v1", referred)
    for _ in range(chance.randrange(3)):
        service = chance.choice(("legal_aid", "motivation_workshop", "job_search_support"))
        yield Deed(
            on + timedelta(days=chance.randrange(90)),
            COMMISSARIAT,
            "registration.service.delivered.v1",
            {**where, "service": service},
        )


def _course(chance: random.Random, where: Mapping[str, object], on: date) -> Iterator[Deed]:
    course = {
        **where,
        "course": f"course-{chance.randrange(200)}",
        "kind": "vocational",
        "trade": chance.choice(OCCUPATIONS),
    }
    source = "/partners/technical-school"
    yield Deed(on, source, "training.course.enrolled.v1", course)
    until = on + timedelta(days=chance.randrange(30, 120))
    if chance.random() < 0.7:  # noqa: PLR2004 - a share
        completed = {**course, "hours": 120, "certificate": "public"}
        yield Deed(until, source, "training.course.completed.v1", completed)
        return
    dropped = {**where, "course": course["course"], "reason": "work"}
    yield Deed(until, source, "training.course.dropped.v1", dropped)


def _work(chance: random.Random, where: Mapping[str, object], on: date) -> Iterator[Deed]:
    occupation = chance.choice(OCCUPATIONS)
    sought = {**where, "categories": ("long_term",), "occupation": occupation}
    helped = {"helped_by": "o-roma-association"} if chance.random() < 0.5 else {}  # noqa: PLR2004
    yield Deed(on, EMPLOYMENT_SERVICE, "matching.jobseeker.registered.v1", {**sought, **helped})
    if chance.random() < 0.3:  # noqa: PLR2004 - a share
        return
    begins = on + timedelta(days=chance.randrange(5, 150))
    made = {
        **where,
        "kind": chance.choice(PLACEMENT_KINDS),
        "employer_kind": "company",
        "sector": chance.choice(SECTORS),
        "occupation": occupation,
        "channel": chance.choice(("mediation", "programme", "own_search")),
        "after": chance.choice(((), ("training",), ("practice",))),
    }
    yield Deed(begins, EMPLOYMENT_SERVICE, "matching.placement.made.v1", made)


def _followups(chance: random.Random, where: Mapping[str, object], start: date) -> Iterator[Deed]:
    for month in (6, 12):
        if chance.random() < 0.7:  # noqa: PLR2004 - a share
            found = {
                **where,
                "month": month,
                "whereabouts": chance.choice(("same", "moved_in_serbia", "abroad")),
                "activity": chance.choice(("employed", "none", "education")),
            }
            on = start + timedelta(days=30 * month + chance.randrange(-20, 20))
            yield Deed(on, COMMISSARIAT, "registration.followup.recorded.v1", found)


_TOWNS: Sequence[str] = sorted(COUNCILS)
