"""The second story, programme ROMA-2016 from 2016 to 2024: who was covered, trained and placed.

The figures were published. The source names no place: this module uses Novi Sad, and the demo says
so. The persons are made up, always the same, and have no names. Where the source gives no figure
(days, sexes, the eight trades, who of those trained was placed) this module chooses one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from lmc.demo.scripted_event import ScriptedEvent, made_up_code
from schemas.events.event import Event
from schemas.events.matching import BusinessStarted, PlacementMade
from schemas.events.registration import PersonEnrolled, ServiceDelivered
from schemas.events.training import CourseCompleted, CourseEnrolled, SchoolReenrolled

NOVI_SAD = "89010"
PROGRAMME: Final = "ROMA-2016"
_BEGAN_ON = date(2016, 3, 1)
_COMES_WITHIN_DAYS = 2900
"""The last person enrols in February 2024, so that all events fall before the end of the year."""

_COVERED = 1340
_VOCATIONAL, _ELEMENTARY, _BUSINESSES, _BACK_IN_SCHOOL = 385, 127, 37, 7
_MEDIATED = 117

_HAIRDRESSER, _SHOP_ASSISTANT, _CARER, _BRICKLAYER = "5141", "5223", "5321", "7112"
_WELDER, _ELECTRICIAN, _TAILOR, _LIFT_TRUCK_DRIVER = "7212", "7411", "7531", "8344"
_TRADES: Final = (
    *(_HAIRDRESSER, _SHOP_ASSISTANT, _CARER, _BRICKLAYER),
    *(_WELDER, _ELECTRICIAN, _TAILOR, _LIFT_TRUCK_DRIVER),
)
_SECTORS: Final = ("S", "G", "Q", "F", "C", "F", "C", "H")
"""The sector in which each trade finds work."""
_SERVICES: Final = ("outreach", "documents", "mentoring", "legal_aid")


@dataclass(frozen=True, slots=True)
class _Roma2016Person:
    """A made-up person; `number` decides what happens to them: see `_events_of`."""

    code: str
    number: int

    @property
    def came_on(self) -> date:
        """The day of enrolment."""
        return _BEGAN_ON + timedelta(
            days=self.number * 7919 % _COVERED * _COMES_WITHIN_DAYS // _COVERED
        )

    @property
    def is_child(self) -> bool:
        """Whether they return to school."""
        return _VOCATIONAL + _ELEMENTARY + _BUSINESSES <= self.number < _COVERED - _SERVED

    @property
    def birth_year(self) -> int:
        """Children are 12 to 15 years old at enrolment, all others 18 to 45."""
        age = 12 + self.number % 4 if self.is_child else 18 + self.number % 28
        return self.came_on.year - age


_SERVED: Final = _COVERED - _VOCATIONAL - _ELEMENTARY - _BUSINESSES - _BACK_IN_SCHOOL
"""The persons who received a service and nothing else."""


def scripted_events() -> Sequence[ScriptedEvent]:
    """Return all events, person by person; they may be sent in any order."""
    persons = (
        _Roma2016Person(made_up_code(f"{PROGRAMME}/{number}"), number) for number in range(_COVERED)
    )
    return [event for person in persons for event in _events_of(person)]


def _events_of(person: _Roma2016Person) -> Iterator[ScriptedEvent]:
    yield _event(person, PersonEnrolled, 0, _block(person))
    if person.number < _VOCATIONAL:
        yield from _trained(person)
    elif person.number < _VOCATIONAL + _ELEMENTARY:
        yield from _schooled(person)
    elif person.number < _VOCATIONAL + _ELEMENTARY + _BUSINESSES:
        grant = {"legal_form": "entrepreneur", "sector": "S", "grant": True}
        yield _event(person, BusinessStarted, 120, grant)
    elif person.is_child:
        yield _event(person, SchoolReenrolled, 30, {"grade": 5 + person.number % 4})
    else:
        service = _SERVICES[person.number % len(_SERVICES)]
        yield _event(person, ServiceDelivered, 14, {"service": service})


def _trained(person: _Roma2016Person) -> Iterator[ScriptedEvent]:
    """Yield a vocational course; the first of those trained then find work by mediation."""
    which = person.number % len(_TRADES)
    course = {"course": f"trade-{which + 1}", "kind": "vocational", "trade": _TRADES[which]}
    yield _event(person, CourseEnrolled, 30, course)
    yield _event(person, CourseCompleted, 150, course | {"hours": 240, "certificate": "public"})
    if person.number < _MEDIATED:
        work = {
            "kind": "fixed_6_plus" if person.number % 3 else "open_ended",
            "employer_kind": "company",
            "sector": _SECTORS[which],
            "occupation": _TRADES[which],
            "channel": "mediation",
            "after": ("training",),
        }
        yield _event(person, PlacementMade, 200, work)


def _schooled(person: _Roma2016Person) -> Iterator[ScriptedEvent]:
    """Yield the third cycle of elementary school, with its exam."""
    school = {"course": "school-3", "kind": "elementary"}
    yield _event(person, CourseEnrolled, 30, school)
    passed = {"hours": 600, "certificate": "public", "cycle": 3, "exam": True}
    yield _event(person, CourseCompleted, 270, school | passed)


def _block(person: _Roma2016Person) -> Mapping[str, object]:
    return {
        "sex": "female" if person.number % 2 else "male",
        "birth_year": person.birth_year,
        "qualification": ("none", "1", "2")[person.number % 3],
        "groups": ("local",),
    }


def _event(
    person: _Roma2016Person, kind: type[Event], days: int, data: Mapping[str, object]
) -> ScriptedEvent:
    """Return an event so many days after enrolment, which a partner sends to intake."""
    on = person.came_on + timedelta(days=days)
    common = {"on": on, "municipality": NOVI_SAD, "programmes": (PROGRAMME,)}
    return ScriptedEvent("intake", "/events", kind.model_validate({**common, **data}), person.code)
