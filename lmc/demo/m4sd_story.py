"""The first story, programme M4SD until June 2023: who registered, took part and found work.

The figures were published. The persons are made up, always the same, and have no names. Where the
source gives no figure (dates, sexes by town, participants by town) this module chooses one, so that
every published total is met.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from lmc.demo.scripted_event import ScriptedEvent, made_up_code
from schemas.closed_lists import EmployerKind, PlacementKind, Sector
from schemas.events.event import Event, PersonBlock
from schemas.events.matching import JobseekerRegistered, PlacementMade
from schemas.events.reference import ObservationLoaded
from schemas.events.registration import PersonEnrolled, ReturneeRegistered, ServiceDelivered
from schemas.events.training import CourseCompleted, CourseEnrolled, PracticeStarted

PROKUPLJE, IVANJICA, KNJAZEVAC = "70998", "70564", "70602"
PROGRAMMES: Final = ("M4SD",)
_HELPER = "o-roma-association"
_TAILOR, _SEWING_OPERATOR, _WOOD_OPERATOR = "7531", "8153", "8172"

_FIRST_DAY = date(2022, 1, 10)
LAST_DAY = date(2023, 6, 30)
_YOUNG, _OLDER = 2000, 1979
"""Birth years: 21 to 23 when placed, and 42 to 44."""


@dataclass(frozen=True, slots=True)
class _M4sdJob:
    """A kind of work that so many persons found in a town."""

    town: str
    count: int
    kind: PlacementKind
    employer_kind: EmployerKind
    sector: Sector
    occupation: str
    employer: str | None = None
    is_after_practice: bool = False


@dataclass(frozen=True, slots=True)
class _M4sdTown:
    """How many took part in a town; how many of those placed were women, young, returnees."""

    code: str
    took_part: int
    placed: int
    women: int
    youth: int
    returnees: int


@dataclass(frozen=True, slots=True)
class _M4sdPerson:
    """A made-up person; `number` counts the persons of a town, those placed first."""

    code: str
    town: str
    number: int
    is_woman: bool
    is_young: bool
    is_returnee: bool
    job: _M4sdJob | None

    @property
    def came_on(self) -> date:
        """The day of registration; two or three a day, all before the courses."""
        return _FIRST_DAY + timedelta(days=self.number // 3)


_JOBS: Final = (
    _M4sdJob(PROKUPLJE, 38, "public_works", "public_body", "N", "9613"),
    _M4sdJob(PROKUPLJE, 17, "fixed_6_plus", "company", "G", "5223"),
    _M4sdJob(PROKUPLJE, 2, "open_ended", "company", "C", "7223"),
    _M4sdJob(PROKUPLJE, 2, "fixed_6_plus", "health", "Q", "5321"),
    _M4sdJob(IVANJICA, 20, "open_ended", "company", "C", _WOOD_OPERATOR, employer="o-matis"),
    _M4sdJob(IVANJICA, 20, "fixed_6_plus", "company", "G", "9334", is_after_practice=True),
    _M4sdJob(KNJAZEVAC, 2, "fixed_6_plus", "company", "C", _SEWING_OPERATOR),
    _M4sdJob(KNJAZEVAC, 3, "fixed_6_plus", "company", "C", _TAILOR),
)
_TOWNS: Final = (
    _M4sdTown(PROKUPLJE, took_part=300, placed=59, women=22, youth=50, returnees=45),
    _M4sdTown(IVANJICA, took_part=150, placed=40, women=13, youth=33, returnees=11),
    _M4sdTown(KNJAZEVAC, took_part=100, placed=5, women=3, youth=3, returnees=3),
)
_HELPED = 102
_SEAMSTRESSES = 6


def _participants() -> Sequence[_M4sdPerson]:
    """Return the 550 persons who took part, town by town."""
    return [person for town in _TOWNS for person in _participants_of(town)]


def chapters() -> Sequence[tuple[str, Sequence[ScriptedEvent]]]:
    """Return the chapters of the story in order, each with its title and events.

    The events of a chapter are about different subjects, so they may be sent concurrently.
    """
    persons = _participants()
    seamstresses = _seamstresses(persons)
    return (
        ("registered", [_registration(person) for person in persons]),
        ("took part", [_participation(person, seamstresses) for person in persons]),
        ("completed", [_completion(person) for person in seamstresses]),
        ("sought work", [_search(person) for person in _helped(persons)]),
        ("found work", [_placement(person, person.job) for person in persons if person.job]),
        ("surveyed", list(_observations())),
    )


def _participants_of(town: _M4sdTown) -> Iterator[_M4sdPerson]:
    jobs = [job for job in _JOBS if job.town == town.code for _ in range(job.count)]
    for number in range(town.took_part):
        is_placed = number < town.placed
        yield _M4sdPerson(
            code=made_up_code(f"{PROGRAMMES[0]}/{town.code}/{number}"),
            town=town.code,
            number=number,
            is_woman=_is_one_of(number, town.women, town.placed) if is_placed else number % 2 == 0,
            is_young=_is_one_of(number, town.youth, town.placed) if is_placed else number % 3 > 0,
            is_returnee=(
                _is_one_of(number, town.returnees, town.placed) if is_placed else number % 2 == 0
            ),
            job=jobs[number] if is_placed else None,
        )


def _is_one_of(number: int, some: int, among: int) -> bool:
    """Return whether this one of `among` is one of `some` that are spread evenly over them."""
    return (number + 1) * some // among > number * some // among


def _helped(persons: Sequence[_M4sdPerson]) -> Sequence[_M4sdPerson]:
    """Return the returnees of Prokuplje whom the association helped to register as jobseekers."""
    return [each for each in persons if each.town == PROKUPLJE and each.is_returnee][:_HELPED]


def _seamstresses(persons: Sequence[_M4sdPerson]) -> Sequence[_M4sdPerson]:
    """Return the women of the first sewing course in Prokuplje."""
    women = [each for each in persons if each.town == PROKUPLJE and each.is_woman]
    return [each for each in women if each.job is None][:_SEAMSTRESSES]


def _registration(person: _M4sdPerson) -> ScriptedEvent:
    block = {
        "sex": "female" if person.is_woman else "male",
        "birth_year": _YOUNG if person.is_young else _OLDER,
        "residence": person.town,
        "qualification": ("none", "1", "2", "3")[person.number % 4],
        "groups": ("returnee_readmission",) if person.is_returnee else ("local",),
    }
    event: PersonBlock
    if person.is_returnee:
        event = ReturneeRegistered.model_validate(block | _common(person, person.came_on) | _RETURN)
        return ScriptedEvent("registration", "/returnees", event, person.code)
    event = PersonEnrolled.model_validate(block | _common(person, person.came_on))
    return ScriptedEvent("registration", "/persons", event, person.code)


_RETURN: Final = {"country": "DE", "modality": "readmission", "household": "family"}


def _participation(person: _M4sdPerson, seamstresses: Sequence[_M4sdPerson]) -> ScriptedEvent:
    on = person.came_on + timedelta(days=60)
    common = _common(person, on)
    if person.job and person.job.is_after_practice:
        practice = {"employer": "o-matis", "occupation": person.job.occupation}
        started = PracticeStarted.model_validate(common | practice)
        return _training(person, "practices", started)
    if person in seamstresses:
        sewing = CourseEnrolled.model_validate(common | _SEWING)
        return _training(person, "enrolments", sewing)
    if person.number % 2 == 0:
        workshop = ServiceDelivered.model_validate(common | {"service": "motivation_workshop"})
        path = f"/persons/{person.code}/services"
        return ScriptedEvent("registration", path, workshop, person.code)
    course = CourseEnrolled.model_validate(common | {"course": "computers-1", "kind": "digital"})
    return _training(person, "enrolments", course)


_SEWING: Final = {"course": "sewing-1", "kind": "vocational", "trade": _TAILOR}


def _completion(person: _M4sdPerson) -> ScriptedEvent:
    on = person.came_on + timedelta(days=150)
    completed = _common(person, on) | _SEWING | {"hours": 240, "certificate": "public"}
    return _training(person, "completions", CourseCompleted.model_validate(completed))


def _training(person: _M4sdPerson, endpoint: str, event: Event) -> ScriptedEvent:
    return ScriptedEvent("training", f"/persons/{person.code}/{endpoint}", event, person.code)


def _search(person: _M4sdPerson) -> ScriptedEvent:
    common = _common(person, person.came_on + timedelta(days=90))
    sought = {"categories": ("returnee",), "helped_by": _HELPER}
    event = JobseekerRegistered.model_validate(common | sought)
    return ScriptedEvent("matching", f"/persons/{person.code}/registrations", event, person.code)


def _placement(person: _M4sdPerson, job: _M4sdJob) -> ScriptedEvent:
    # The placements are spread over the months of the story.
    on = min(_FIRST_DAY + timedelta(days=240 + 5 * person.number), LAST_DAY)
    found = {
        "kind": job.kind,
        "employer_kind": job.employer_kind,
        "sector": job.sector,
        "occupation": job.occupation,
        "channel": "practice" if job.is_after_practice else "programme",
        "after": ("practice",) if job.is_after_practice else ("training",),
    }
    employer = {} if job.employer is None else {"employer": job.employer}
    event = PlacementMade.model_validate(_common(person, on) | found | employer)
    return ScriptedEvent("matching", f"/persons/{person.code}/placements", event, person.code)


def _common(person: _M4sdPerson, on: date) -> dict[str, object]:
    return {"on": on, "municipality": person.town, "programmes": PROGRAMMES}


def _observations() -> Iterator[ScriptedEvent]:
    yield _observation("employers_surveyed", "646")
    yield _observation("employers_interested", "320")
    yield _observation("equipment_donated", "10", KNJAZEVAC)
    yield _observation("survey_workshops", "68", PROKUPLJE)
    yield _observation("survey_retraining", "85", PROKUPLJE)
    yield _observation("survey_mini_grants", "76", PROKUPLJE)


def _observation(series: str, value: str, town: str | None = None) -> ScriptedEvent:
    data = {"on": LAST_DAY, "period": "2023-06", "value": value}
    place = {} if town is None else {"municipality": town}
    event = ObservationLoaded.model_validate(data | place | {"vintage": LAST_DAY})
    return ScriptedEvent("intake", "/events", event, f"s-{series}")
