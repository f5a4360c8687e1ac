"""A simulated population and the events about it: deterministic, plausible, of any length.

Persons return, are assessed, trained, placed and followed up; partners repeat, correct and retract
what they report. None of these persons exists.
"""

import heapq
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from schemas.catalogue import BY_TYPE
from schemas.codes import RANDOM_BYTES, new_code
from schemas.envelope import Envelope, new_event
from schemas.events.event import Event
from schemas.territory import COUNCILS

_FIRST_DAY = date(2016, 1, 1)
_LAST_START = date(2025, 6, 30)
_EVENTS_PER_PERSON = 9
"""The mean of the lives below, repeats included; it sets how fast persons arrive."""

_REPEATED, _CORRECTED, _RETRACTED = 0.10, 0.04, 0.03
_NOON = time(12)

_SEXES = ("female", "male")
_QUALIFICATIONS = ("none", "1", "2", "3", "4", "5", "6", "7")
_OCCUPATIONS = ("9613", "5223", "7223", "5321", "8172", "9334", "8153", "7531", "7512", "5120")
_PLACEMENT_KINDS = ("open_ended", "fixed_6_plus", "fixed_short", "seasonal", "public_works")
_SECTORS = ("C", "F", "G", "I", "N", "Q")
_COUNTRIES = ("DE", "AT", "SE", "FR", "CH")
_PROGRAMMES: Final[tuple[tuple[str, ...], ...]] = ((), ("M4SD",), ("ROMA-2016",))
_EMPLOYMENT_SERVICE, _COMMISSARIAT = "/partners/nes", "/partners/commissariat"


@dataclass(frozen=True, slots=True)
class _SimulatedFact:
    """A fact about a person: the day, the source that reports it, its type and data."""

    on: date
    source: str
    type: str
    data: Mapping[str, object]
    factid: str | None = None


def simulated_events(seed: int, count: int) -> Iterator[Envelope[Event]]:
    """Yield `count` events of a population, the same for the same seed and count."""
    rng = random.Random(seed)  # noqa: S311 - simulated persons, no secret
    waiting: list[tuple[date, int, Envelope[Event]]] = []
    yielded = 0
    for number, start in enumerate(_starts(rng, count)):
        while waiting and waiting[0][0] < start and yielded < count:
            yield heapq.heappop(waiting)[2]
            yielded += 1
        if yielded == count:
            return
        for on, envelope in _reported_facts_of(rng, f"{seed}-{number}", start):
            heapq.heappush(waiting, (on, rng.getrandbits(48), envelope))
    while yielded < count:
        yield heapq.heappop(waiting)[2]
        yielded += 1


def _starts(rng: random.Random, count: int) -> Iterator[date]:
    """Yield the days on which persons arrive, in order; more days than are needed."""
    persons = 2 * count // _EVENTS_PER_PERSON + 10
    days = (_LAST_START - _FIRST_DAY).days
    for number in range(persons):
        yield _FIRST_DAY + timedelta(days=number * days // persons + rng.randrange(2))


def _reported_facts_of(
    rng: random.Random, name: str, start: date
) -> Iterator[tuple[date, Envelope[Event]]]:
    """Yield a person's facts as events, some of them repeated, corrected or retracted."""
    person = new_code("p", rng.randbytes(RANDOM_BYTES))
    for number, fact in enumerate(_facts_of(rng, start)):
        first = _envelope(fact, person, f"sim-{name}-{number}")
        yield fact.on, first
        later = fact.on + timedelta(days=rng.randrange(1, 60))
        draw = rng.random()
        if draw < _REPEATED:
            yield later, first
        elif draw < _REPEATED + _CORRECTED:
            yield later, _corrected(first, fact)
        elif draw < _REPEATED + _CORRECTED + _RETRACTED:
            yield later, _retracted(first, later)


def _envelope(fact: _SimulatedFact, person: str, name: str) -> Envelope[Event]:
    return new_event(
        BY_TYPE[fact.type].model_validate({"on": fact.on, **fact.data}),
        id=name,
        source=fact.source,
        subject=person,
        time=datetime.combine(fact.on, _NOON, UTC),
        factid=fact.factid and f"{name}-{fact.factid}",
    )


def _corrected(first: Envelope[Event], fact: _SimulatedFact) -> Envelope[Event]:
    """Return a correction of the fact to the day before."""
    event = BY_TYPE[fact.type].model_validate({**fact.data, "on": fact.on - timedelta(days=1)})
    return first._replace(id=f"{first.id}-r2", data=event, revision=2)


def _retracted(first: Envelope[Event], on: date) -> Envelope[Event]:
    domain = first.type.partition(".")[0]
    data = {"on": on, "type": first.fact_type, "reason": "entered_in_error"}
    return new_event(
        BY_TYPE[f"{domain}.fact.retracted.v1"].model_validate(data),
        id=f"{first.id}-r2",
        source=first.source,
        subject=first.subject,
        time=datetime.combine(on, _NOON, UTC),
        factid=first.factid,
        revision=2,
    )


def _facts_of(rng: random.Random, start: date) -> Iterator[_SimulatedFact]:
    common = {
        "municipality": rng.choice(_TOWNS),
        "programmes": rng.choice(_PROGRAMMES),
    }
    is_returnee = rng.random() < 0.6  # noqa: PLR2004 - a share
    yield _arrival(rng, common, start, is_returnee=is_returnee)
    if rng.random() < 0.8:  # noqa: PLR2004 - a share
        consent = {"purpose": "statistics", "text_version": "v1"}
        yield _SimulatedFact(start, _COMMISSARIAT, "registration.consent.granted.v1", consent)
    yield from _assessment(rng, common, start)
    if rng.random() < 0.5:  # noqa: PLR2004 - a share
        yield from _course(rng, common, start + timedelta(days=rng.randrange(20, 120)))
    if rng.random() < 0.6:  # noqa: PLR2004 - a share
        yield from _work(rng, common, start + timedelta(days=rng.randrange(10, 200)))
    if is_returnee:
        yield from _followups(rng, common, start)


def _arrival(
    rng: random.Random, common: Mapping[str, object], on: date, *, is_returnee: bool
) -> _SimulatedFact:
    block = {
        **common,
        "sex": rng.choice(_SEXES),
        "birth_year": rng.randrange(1955, 2008),
        "birth_month": rng.randrange(1, 13),
        "qualification": rng.choice(_QUALIFICATIONS),
        "residence": common["municipality"],
    }
    if not is_returnee:
        groups = (rng.choice(("local", "internally_displaced", "asylum_seeker")),)
        enrolled = {**block, "groups": groups}
        return _SimulatedFact(on, _COMMISSARIAT, "registration.person.enrolled.v1", enrolled)
    returned = {
        **block,
        "groups": ("returnee_readmission",),
        "country": rng.choice(_COUNTRIES),
        "modality": rng.choice(("readmission", "voluntary", "spontaneous")),
        "household": rng.choice(("single", "family")),
    }
    return _SimulatedFact(on, _COMMISSARIAT, "registration.returnee.registered.v1", returned)


def _assessment(
    rng: random.Random, common: Mapping[str, object], start: date
) -> Iterator[_SimulatedFact]:
    on = start + timedelta(days=rng.randrange(1, 40))
    needs = {**common, "needs": tuple(rng.sample(("employment", "training", "housing"), 2))}
    yield _SimulatedFact(on, _COMMISSARIAT, "registration.needs.assessed.v1", needs)
    referred = {**common, "need": "employment", "to": "o-nes"}
    yield _SimulatedFact(
        on + timedelta(days=2), _COMMISSARIAT, "registration.referral.made.v1", referred
    )
    for _ in range(rng.randrange(3)):
        service = rng.choice(("legal_aid", "motivation_workshop", "job_search_support"))
        yield _SimulatedFact(
            on + timedelta(days=rng.randrange(90)),
            _COMMISSARIAT,
            "registration.service.delivered.v1",
            {**common, "service": service},
        )


def _course(rng: random.Random, common: Mapping[str, object], on: date) -> Iterator[_SimulatedFact]:
    course = {
        **common,
        "course": f"course-{rng.randrange(200)}",
        "kind": "vocational",
        "trade": rng.choice(_OCCUPATIONS),
    }
    source = "/partners/technical-school"
    yield _SimulatedFact(on, source, "training.course.enrolled.v1", course)
    until = on + timedelta(days=rng.randrange(30, 120))
    if rng.random() < 0.7:  # noqa: PLR2004 - a share
        completed = {**course, "hours": 120, "certificate": "public"}
        yield _SimulatedFact(until, source, "training.course.completed.v1", completed)
        return
    dropped = {**common, "course": course["course"], "reason": "work"}
    yield _SimulatedFact(until, source, "training.course.dropped.v1", dropped)


def _work(rng: random.Random, common: Mapping[str, object], on: date) -> Iterator[_SimulatedFact]:
    occupation = rng.choice(_OCCUPATIONS)
    sought = {**common, "categories": ("long_term",), "occupation": occupation}
    helped = {"helped_by": "o-roma-association"} if rng.random() < 0.5 else {}  # noqa: PLR2004
    yield _SimulatedFact(
        on, _EMPLOYMENT_SERVICE, "matching.jobseeker.registered.v1", {**sought, **helped}
    )
    if rng.random() < 0.3:  # noqa: PLR2004 - a share
        return
    begins = on + timedelta(days=rng.randrange(5, 150))
    made = {
        **common,
        "kind": rng.choice(_PLACEMENT_KINDS),
        "employer_kind": "company",
        "sector": rng.choice(_SECTORS),
        "occupation": occupation,
        "channel": rng.choice(("mediation", "programme", "own_search")),
        "after": rng.choice(((), ("training",), ("practice",))),
    }
    yield _SimulatedFact(begins, _EMPLOYMENT_SERVICE, "matching.placement.made.v1", made)


def _followups(
    rng: random.Random, common: Mapping[str, object], start: date
) -> Iterator[_SimulatedFact]:
    for month in (6, 12):
        if rng.random() < 0.7:  # noqa: PLR2004 - a share
            found = {
                **common,
                "month": month,
                "whereabouts": rng.choice(("same", "moved_in_serbia", "abroad")),
                "activity": rng.choice(("employed", "none", "education")),
            }
            on = start + timedelta(days=30 * month + rng.randrange(-20, 20))
            yield _SimulatedFact(on, _COMMISSARIAT, "registration.followup.recorded.v1", found)


_TOWNS: Sequence[str] = sorted(COUNCILS)
