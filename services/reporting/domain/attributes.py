"""A person's attributes and residence on a day, from the person's blocks and moves."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import cast

from schemas.closed_lists import RETURNEE_GROUPS
from schemas.events.registration import PersonEnrolled, PersonMoved, ReturneeRegistered
from schemas.rules.recorded_fact import in_order
from services.reporting.domain.history import Fact, History, cached_on_history

Block = ReturneeRegistered | PersonEnrolled

AGE_BANDS = (
    (14, "0-14"),
    (19, "15-19"),
    (24, "20-24"),
    (29, "25-29"),
    (49, "30-49"),
    (64, "50-64"),
)
_OLDEST_BAND = "65+"
_YOUTH_AGES = range(16, 31)
UNKNOWN = "unknown"
NONE_STATED = "none_stated"
QUALIFICATION_BANDS = {
    "none": "low",
    "1": "low",
    "2": "low",
    "3": "middle",
    "4": "middle",
    "5": "middle",
    "6": "high",
    "7": "high",
    "8": "high",
    "not_stated": "not_stated",
}


@dataclass(frozen=True, slots=True, eq=False)
class PersonAttributes:
    """A person's bucket in each person dimension on one day; `stated_groups` is as reported.

    Equal attributes are one object (see `attributes_of`), so that what derives from them is cached.
    """

    sex: str = UNKNOWN
    age: str = UNKNOWN
    youth: str = UNKNOWN
    returnee: str = UNKNOWN
    groups: tuple[str, ...] = (UNKNOWN,)
    qualification: str = UNKNOWN
    occupation: str | None = None
    stated_groups: frozenset[str] = frozenset()


_UNDESCRIBED = PersonAttributes()


class AttributeTimeline:
    """A person's attributes over time; without a block all of them are unknown."""

    def __init__(self, history: History) -> None:
        facts = in_order(history.any_of(ReturneeRegistered, PersonEnrolled))
        self.blocks = cast("list[Fact[Block]]", facts)
        self._block_days = [block.on for block in self.blocks]
        self._people: dict[date, PersonAttributes] = {}

    def on(self, day: date) -> PersonAttributes:
        """Return the attributes on a day by the latest block up to it, or else by the first."""
        person = self._people.get(day)
        if person is None:
            person = self._people[day] = self._attributes(day)
        return person

    def _attributes(self, day: date) -> PersonAttributes:
        if not self.blocks:
            return _UNDESCRIBED
        latest = bisect_right(self._block_days, day) - 1
        return _describe(self.blocks[max(latest, 0)].event, day)


@dataclass(frozen=True, slots=True)
class ResidenceTimeline:
    """Every stated residence in order of day; a block without a residence states none.

    `first_of_blocks` is the one that holds before all of them: a block describes somebody who has
    lived there, and a move holds from its own day.
    """

    days: list[date]
    codes: list[str]
    first_of_blocks: str | None

    def on(self, day: date) -> str | None:
        """Return the settlement or municipality of residence on a day; None if it is not known."""
        stated = bisect_right(self.days, day)
        return self.codes[stated - 1] if stated else self.first_of_blocks


@cached_on_history
def attribute_timeline(history: History) -> AttributeTimeline:
    """Return the attributes of a history's person over time."""
    return AttributeTimeline(history)


@cached_on_history
def residence_timeline(history: History) -> ResidenceTimeline:
    """Return the residences of a history's person over time."""
    facts = in_order(history.any_of(ReturneeRegistered, PersonEnrolled, PersonMoved))
    stated = cast("list[Fact[Block | PersonMoved]]", facts)
    known = [fact for fact in stated if fact.event.residence is not None]
    of_blocks = (fact for fact in known if not isinstance(fact.event, PersonMoved))
    first = next(of_blocks, None)
    return ResidenceTimeline(
        [fact.on for fact in known],
        [str(fact.event.residence) for fact in known],
        None if first is None else first.event.residence,
    )


def _describe(block: Block, day: date) -> PersonAttributes:
    """Return the attributes that a block gives on a day; only the age depends on the day."""
    age = age_on(day, block.birth_year, block.birth_month)
    return attributes_of(block.sex, age, block.groups, block.qualification, block.occupation)


@lru_cache(maxsize=16_384)  # a town has a few hundred different sets of attributes
def attributes_of(
    sex: str, age: int | None, groups: tuple[str, ...], qualification: str, occupation: str | None
) -> PersonAttributes:
    """Return the shared object for attributes as a block states them and an age in years."""
    return PersonAttributes(
        sex=sex,
        age=age_band(age),
        youth=youth(age),
        returnee="no" if RETURNEE_GROUPS.isdisjoint(groups) else "yes",
        groups=groups or (NONE_STATED,),
        qualification=QUALIFICATION_BANDS[qualification],
        occupation=occupation,
        stated_groups=frozenset(groups),
    )


def age_on(day: date, birth_year: int, birth_month: int | None) -> int | None:
    """Return the age in full years, as exact as the month of birth; None before the birth."""
    age = day.year - birth_year
    if birth_month is not None and day.month < birth_month:
        age -= 1
    return age if age >= 0 else None


def age_band(age: int | None) -> str:
    """Return the bucket of the split `age`."""
    if age is None:
        return UNKNOWN
    return next((band for last, band in AGE_BANDS if age <= last), _OLDEST_BAND)


def youth(age: int | None) -> str:
    """Return the bucket of the split `youth`: ages 16 to 30, as in the case study."""
    if age is None:
        return UNKNOWN
    return "yes" if age in _YOUTH_AGES else "no"
