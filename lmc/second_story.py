"""The second story, programme ROMA-2016 from 2016 to 2024: whom it reached, taught and placed.

The figures are published ones; the source names no place, so Novi Sad stands for it, and a reader
is told so. The persons are made up, always the same, and carry no name. Where the source is
silent (days, sexes, which eight trades, who of those trained was placed) this page chooses.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from lmc.story import Deed
from schemas.codes import RANDOM_BYTES, fresh_code
from schemas.event import Event
from schemas.matching import BusinessStarted, PlacementMade
from schemas.registration import PersonEnrolled, ServiceDelivered
from schemas.training import CourseCompleted, CourseEnrolled, SchoolReenrolled

NOVI_SAD = "89010"
PROGRAMME: Final = "ROMA-2016"
BEGAN_ON = date(2016, 3, 1)
COMES_WITHIN_DAYS = 2900
"""The last comes in February 2024, so that everything has happened by the end of that year."""

COVERED = 1340
VOCATIONAL, ELEMENTARY, BUSINESSES, BACK_IN_SCHOOL = 385, 127, 37, 7
MEDIATED = 117

HAIRDRESSER, SHOP_ASSISTANT, CARER, BRICKLAYER = "5141", "5223", "5321", "7112"
WELDER, ELECTRICIAN, TAILOR, LIFT_TRUCK_DRIVER = "7212", "7411", "7531", "8344"
TRADES: Final = (
    *(HAIRDRESSER, SHOP_ASSISTANT, CARER, BRICKLAYER),
    *(WELDER, ELECTRICIAN, TAILOR, LIFT_TRUCK_DRIVER),
)
SECTORS: Final = ("S", "G", "Q", "F", "C", "F", "C", "H")
"""Where each trade finds work."""
SERVICES: Final = ("outreach", "documents", "mentoring", "legal_aid")


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up person; `number` says what happens to them: see `_deeds`."""

    code: str
    number: int

    @property
    def came_on(self) -> date:
        """The day on which the programme first met them."""
        return BEGAN_ON + timedelta(
            days=self.number * 7919 % COVERED * COMES_WITHIN_DAYS // COVERED
        )

    @property
    def is_child(self) -> bool:
        """Whether they are one of those who go back to school."""
        return VOCATIONAL + ELEMENTARY + BUSINESSES <= self.number < COVERED - _SERVED

    @property
    def birth_year(self) -> int:
        """Children are 12 to 15 years old when they come, all others 18 to 45."""
        age = 12 + self.number % 4 if self.is_child else 18 + self.number % 28
        return self.came_on.year - age


_SERVED: Final = COVERED - VOCATIONAL - ELEMENTARY - BUSINESSES - BACK_IN_SCHOOL
"""Those who received a service and nothing else."""


def deeds() -> Sequence[Deed]:
    """Everything that happened, person by person; it may be told in any order."""
    people = (Person(_code(number), number) for number in range(COVERED))
    return [deed for person in people for deed in _deeds(person)]


def _deeds(person: Person) -> Iterator[Deed]:
    yield _deed(person, PersonEnrolled, 0, _block(person))
    if person.number < VOCATIONAL:
        yield from _trained(person)
    elif person.number < VOCATIONAL + ELEMENTARY:
        yield from _schooled(person)
    elif person.number < VOCATIONAL + ELEMENTARY + BUSINESSES:
        grant = {"legal_form": "entrepreneur", "sector": "S", "grant": True}
        yield _deed(person, BusinessStarted, 120, grant)
    elif person.is_child:
        yield _deed(person, SchoolReenrolled, 30, {"grade": 5 + person.number % 4})
    else:
        service = SERVICES[person.number % len(SERVICES)]
        yield _deed(person, ServiceDelivered, 14, {"service": service})


def _trained(person: Person) -> Iterator[Deed]:
    """A vocational course; the first of those trained are then mediated into work."""
    which = person.number % len(TRADES)
    course = {"course": f"trade-{which + 1}", "kind": "vocational", "trade": TRADES[which]}
    yield _deed(person, CourseEnrolled, 30, course)
    yield _deed(person, CourseCompleted, 150, course | {"hours": 240, "certificate": "public"})
    if person.number < MEDIATED:
        work = {
            "kind": "fixed_6_plus" if person.number % 3 else "open_ended",
            "employer_kind": "company",
            "sector": SECTORS[which],
            "occupation": TRADES[which],
            "channel": "mediation",
            "after": ("training",),
        }
        yield _deed(person, PlacementMade, 200, work)


def _schooled(person: Person) -> Iterator[Deed]:
    """The third cycle of elementary school, with its exam."""
    school = {"course": "school-3", "kind": "elementary"}
    yield _deed(person, CourseEnrolled, 30, school)
    passed = {"hours": 600, "certificate": "public", "cycle": 3, "exam": True}
    yield _deed(person, CourseCompleted, 270, school | passed)


def _block(person: Person) -> Mapping[str, object]:
    return {
        "sex": "female" if person.number % 2 else "male",
        "birth_year": person.birth_year,
        "qualification": ("none", "1", "2")[person.number % 3],
        "groups": ("local",),
    }


def _deed(person: Person, kind: type[Event], after: int, told: Mapping[str, object]) -> Deed:
    """An event so many days after the person came; a partner says it at intake's door."""
    on = person.came_on + timedelta(days=after)
    where = {"on": on, "municipality": NOVI_SAD, "programmes": (PROGRAMME,)}
    return Deed("intake", "/events", kind.model_validate({**where, **told}), person.code)


def _code(number: int) -> str:
    """A code for a person who does not exist; those of real people are random."""
    return fresh_code("p", hashlib.sha256(f"{PROGRAMME}/{number}".encode()).digest()[:RANDOM_BYTES])
