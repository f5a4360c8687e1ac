"""Who a person was on a day, as the newest blocks and moves tell it."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import cast

from schemas.registration import PersonEnrolled, PersonMoved, ReturneeRegistered
from schemas.vocabulary import RETURNEE_GROUPS
from services.reporting.counting.history import Fact, History, in_order, remembered

Block = ReturneeRegistered | PersonEnrolled

AGE_BANDS = (
    (14, "0-14"),
    (19, "15-19"),
    (24, "20-24"),
    (29, "25-29"),
    (49, "30-49"),
    (64, "50-64"),
)
OLDEST_BAND = "65+"
YOUTH_AGES = range(16, 31)
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
class Person:
    """The person dimensions on one day, as names of buckets; `stated_groups` as they were said.

    Equal people are one object (see `described`), so that what hangs on a person can be kept.
    """

    sex: str = UNKNOWN
    age: str = UNKNOWN
    youth: str = UNKNOWN
    returnee: str = UNKNOWN
    groups: tuple[str, ...] = (UNKNOWN,)
    qualification: str = UNKNOWN
    occupation: str | None = None
    stated_groups: frozenset[str] = frozenset()


NOBODY_DESCRIBED = Person()


class Life:
    """What is known of a person over time; a person without a block is described by nothing."""

    def __init__(self, history: History) -> None:
        facts = in_order(history.any_of(ReturneeRegistered, PersonEnrolled))
        self.blocks = cast("list[Fact[Block]]", facts)
        self._block_days = [block.on for block in self.blocks]
        self._people: dict[date, Person] = {}

    def on(self, day: date) -> Person:
        """The person on that day: by the latest block on or before it, or else by the first."""
        person = self._people.get(day)
        if person is None:
            person = self._people[day] = self._described(day)
        return person

    def _described(self, day: date) -> Person:
        if not self.blocks:
            return NOBODY_DESCRIBED
        latest = bisect_right(self._block_days, day) - 1
        return describe(self.blocks[max(latest, 0)].event, day)


@dataclass(frozen=True, slots=True)
class Homes:
    """Every stated residence in order; a block that is silent about it states none."""

    days: list[date]
    codes: list[str]

    def on(self, day: date) -> str | None:
        """Where the person lived on that day, as it was said; None if nobody ever said it."""
        if not self.codes:
            return None
        return self.codes[max(bisect_right(self.days, day) - 1, 0)]


@remembered
def life(history: History) -> Life:
    """The life that a history tells."""
    return Life(history)


@remembered
def homes(history: History) -> Homes:
    """The residences that a history tells."""
    facts = in_order(history.any_of(ReturneeRegistered, PersonEnrolled, PersonMoved))
    stated = cast("list[Fact[Block | PersonMoved]]", facts)
    told = [(fact.on, fact.event.residence) for fact in stated if fact.event.residence is not None]
    return Homes([day for day, _ in told], [code for _, code in told])


def describe(block: Block, day: date) -> Person:
    """A block read on a day: only the age depends on the day."""
    age = age_on(day, block.birth_year, block.birth_month)
    return described(block.sex, age, block.groups, block.qualification, block.occupation)


@lru_cache(maxsize=16_384)  # people alike share one; a town has a few hundred kinds of them
def described(
    sex: str, age: int | None, groups: tuple[str, ...], qualification: str, occupation: str | None
) -> Person:
    """The person of these attributes."""
    return Person(
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
    """Full years as far as the month tells; None for somebody not yet born."""
    age = day.year - birth_year
    if birth_month is not None and day.month < birth_month:
        age -= 1
    return age if age >= 0 else None


def age_band(age: int | None) -> str:
    """The bucket of the split `age`."""
    if age is None:
        return UNKNOWN
    return next((band for last, band in AGE_BANDS if age <= last), OLDEST_BAND)


def youth(age: int | None) -> str:
    """The bucket of the split `youth`: the case study's 16 to 30."""
    if age is None:
        return UNKNOWN
    return "yes" if age in YOUTH_AGES else "no"
