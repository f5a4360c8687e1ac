"""The first story, programme M4SD until June 2023: who came, took part and found work.

The figures are published ones; the persons behind them are made up, always the same, and carry no
name. Where the source is silent (dates, sexes by town, how many took part where) this page
chooses, so that every published margin is met.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from schemas.codes import RANDOM_BYTES, fresh_code
from schemas.event import Event, PersonBlock
from schemas.matching import JobseekerRegistered, PlacementMade
from schemas.reference import ObservationLoaded
from schemas.registration import PersonEnrolled, ReturneeRegistered, ServiceDelivered
from schemas.training import CourseCompleted, CourseEnrolled, PracticeStarted
from schemas.vocabulary import EmployerKind, PlacementKind, Sector

PROKUPLJE, IVANJICA, KNJAZEVAC = "70998", "70564", "70602"
PROGRAMMES: Final = ("M4SD",)
HELPER = "o-roma-association"
TAILOR, SEWING_OPERATOR, WOOD_OPERATOR = "7531", "8153", "8172"

FIRST_DAY = date(2022, 1, 10)
LAST_DAY = date(2023, 6, 30)
YOUNG, OLDER = 2000, 1979
"""Birth years: 21 to 23 when placed, and 42 to 44."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to say at a service's door; the path is that of the door."""

    service: str
    path: str
    event: Event
    subject: str


@dataclass(frozen=True, slots=True)
class Job:
    """So many people found such work in a town."""

    town: str
    count: int
    kind: PlacementKind
    employer_kind: EmployerKind
    sector: Sector
    occupation: str
    employer: str | None = None
    is_after_practice: bool = False


@dataclass(frozen=True, slots=True)
class Town:
    """How many took part in a town, and how many of those placed were women, young, returnees."""

    code: str
    took_part: int
    placed: int
    women: int
    youth: int
    returnees: int


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up person; `number` is the place in the town's line, the placed come first."""

    code: str
    town: str
    number: int
    is_woman: bool
    is_young: bool
    is_returnee: bool
    job: Job | None

    @property
    def came_on(self) -> date:
        """The day of registration; two or three a day, all before the courses."""
        return FIRST_DAY + timedelta(days=self.number // 3)


JOBS: Final = (
    Job(PROKUPLJE, 38, "public_works", "public_body", "N", "9613"),
    Job(PROKUPLJE, 17, "fixed_6_plus", "company", "G", "5223"),
    Job(PROKUPLJE, 2, "open_ended", "company", "C", "7223"),
    Job(PROKUPLJE, 2, "fixed_6_plus", "health", "Q", "5321"),
    Job(IVANJICA, 20, "open_ended", "company", "C", WOOD_OPERATOR, employer="o-matis"),
    Job(IVANJICA, 20, "fixed_6_plus", "company", "G", "9334", is_after_practice=True),
    Job(KNJAZEVAC, 2, "fixed_6_plus", "company", "C", SEWING_OPERATOR),
    Job(KNJAZEVAC, 3, "fixed_6_plus", "company", "C", TAILOR),
)
TOWNS: Final = (
    Town(PROKUPLJE, took_part=300, placed=59, women=22, youth=50, returnees=45),
    Town(IVANJICA, took_part=150, placed=40, women=13, youth=33, returnees=11),
    Town(KNJAZEVAC, took_part=100, placed=5, women=3, youth=3, returnees=3),
)
HELPED = 102
SEAMSTRESSES = 6


def people() -> Sequence[Person]:
    """The 550 who took part, town by town."""
    return [person for town in TOWNS for person in _people_of(town)]


def chapters() -> Sequence[tuple[str, Sequence[Deed]]]:
    """The story in the order in which it was lived, each chapter with its title.

    Within a chapter deeds are of different persons and may be told at once.
    """
    everybody = people()
    seamstresses = _seamstresses(everybody)
    return (
        ("registered", [_registration(person) for person in everybody]),
        ("took part", [_participation(person, seamstresses) for person in everybody]),
        ("completed", [_completion(person) for person in seamstresses]),
        ("sought work", [_search(person) for person in _helped(everybody)]),
        ("found work", [_placement(person, person.job) for person in everybody if person.job]),
        ("surveyed", list(_observations())),
    )


def _people_of(town: Town) -> Iterator[Person]:
    jobs = [job for job in JOBS if job.town == town.code for _ in range(job.count)]
    for number in range(town.took_part):
        is_placed = number < town.placed
        yield Person(
            code=_code(f"{town.code}/{number}"),
            town=town.code,
            number=number,
            is_woman=_falls(number, town.women, town.placed) if is_placed else number % 2 == 0,
            is_young=_falls(number, town.youth, town.placed) if is_placed else number % 3 > 0,
            is_returnee=(
                _falls(number, town.returnees, town.placed) if is_placed else number % 2 == 0
            ),
            job=jobs[number] if is_placed else None,
        )


def _falls(number: int, some: int, among: int) -> bool:
    """Whether this one of `among` is one of `some` that are spread evenly over them."""
    return (number + 1) * some // among > number * some // among


def _code(name: str) -> str:
    """A code for a person who does not exist; those of real people are random."""
    return fresh_code("p", hashlib.sha256(f"M4SD/{name}".encode()).digest()[:RANDOM_BYTES])


def _helped(everybody: Sequence[Person]) -> Sequence[Person]:
    """The returnees of Prokuplje whom the association helped to register as jobseekers."""
    return [each for each in everybody if each.town == PROKUPLJE and each.is_returnee][:HELPED]


def _seamstresses(everybody: Sequence[Person]) -> Sequence[Person]:
    """The women of the first sewing course in Prokuplje."""
    women = [each for each in everybody if each.town == PROKUPLJE and each.is_woman]
    return [each for each in women if each.job is None][:SEAMSTRESSES]


def _registration(person: Person) -> Deed:
    block = {
        "sex": "female" if person.is_woman else "male",
        "birth_year": YOUNG if person.is_young else OLDER,
        "residence": person.town,
        "qualification": ("none", "1", "2", "3")[person.number % 4],
        "groups": ("returnee_readmission",) if person.is_returnee else ("local",),
    }
    event: PersonBlock
    if person.is_returnee:
        event = ReturneeRegistered.model_validate(block | _where(person, person.came_on) | _RETURN)
        return Deed("registration", "/returnees", event, person.code)
    event = PersonEnrolled.model_validate(block | _where(person, person.came_on))
    return Deed("registration", "/persons", event, person.code)


_RETURN: Final = {"country": "DE", "modality": "readmission", "household": "family"}


def _participation(person: Person, seamstresses: Sequence[Person]) -> Deed:
    on = person.came_on + timedelta(days=60)
    where = _where(person, on)
    if person.job and person.job.is_after_practice:
        practice = {"employer": "o-matis", "occupation": person.job.occupation}
        started = PracticeStarted.model_validate(where | practice)
        return _training(person, "practices", started)
    if person in seamstresses:
        sewing = CourseEnrolled.model_validate(where | _SEWING)
        return _training(person, "enrolments", sewing)
    if person.number % 2 == 0:
        workshop = ServiceDelivered.model_validate(where | {"service": "motivation_workshop"})
        path = f"/persons/{person.code}/services"
        return Deed("registration", path, workshop, person.code)
    course = CourseEnrolled.model_validate(where | {"course": "computers-1", "kind": "digital"})
    return _training(person, "enrolments", course)


_SEWING: Final = {"course": "sewing-1", "kind": "vocational", "trade": TAILOR}


def _completion(person: Person) -> Deed:
    on = person.came_on + timedelta(days=150)
    completed = _where(person, on) | _SEWING | {"hours": 240, "certificate": "public"}
    return _training(person, "completions", CourseCompleted.model_validate(completed))


def _training(person: Person, door: str, event: Event) -> Deed:
    return Deed("training", f"/persons/{person.code}/{door}", event, person.code)


def _search(person: Person) -> Deed:
    where = _where(person, person.came_on + timedelta(days=90))
    sought = {"categories": ("returnee",), "helped_by": HELPER}
    event = JobseekerRegistered.model_validate(where | sought)
    return Deed("matching", f"/persons/{person.code}/registrations", event, person.code)


def _placement(person: Person, job: Job) -> Deed:
    # Not all on one day: the months of the story fill one by one.
    on = min(FIRST_DAY + timedelta(days=240 + 5 * person.number), LAST_DAY)
    found = {
        "kind": job.kind,
        "employer_kind": job.employer_kind,
        "sector": job.sector,
        "occupation": job.occupation,
        "channel": "practice" if job.is_after_practice else "programme",
        "after": ("practice",) if job.is_after_practice else ("training",),
    }
    employer = {} if job.employer is None else {"employer": job.employer}
    event = PlacementMade.model_validate(_where(person, on) | found | employer)
    return Deed("matching", f"/persons/{person.code}/placements", event, person.code)


def _where(person: Person, on: date) -> dict[str, object]:
    return {"on": on, "municipality": person.town, "programmes": PROGRAMMES}


def _observations() -> Iterator[Deed]:
    yield _observation("employers_surveyed", "646")
    yield _observation("employers_interested", "320")
    yield _observation("equipment_donated", "10", KNJAZEVAC)
    yield _observation("survey_workshops", "68", PROKUPLJE)
    yield _observation("survey_retraining", "85", PROKUPLJE)
    yield _observation("survey_mini_grants", "76", PROKUPLJE)


def _observation(series: str, value: str, town: str | None = None) -> Deed:
    data = {"on": LAST_DAY, "period": "2023-06", "value": value}
    place = {} if town is None else {"municipality": town}
    event = ObservationLoaded.model_validate(data | place | {"vintage": LAST_DAY})
    return Deed("intake", "/events", event, f"s-{series}")
