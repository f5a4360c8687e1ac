"""Who a person was on a day, as the newest blocks and moves tell it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from schemas.event import PersonBlock
from schemas.registration import PersonEnrolled, PersonMoved, ReturneeRegistered
from schemas.vocabulary import RETURNEE_GROUPS
from services.reporting.history import Fact, History, remembered

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


@dataclass(frozen=True, slots=True)
class Person:
    """The person dimensions on one day, as names of buckets; `stated_groups` as they were said."""

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
        self.blocks: list[Fact[Block]] = blocks(history)
        self._block_days = [block.on for block in self.blocks]
        self._people: dict[date, Person] = {}
        self._homes = _homes(history)
        self._home_days = [day for day, _ in self._homes]

    def on(self, day: date) -> Person:
        """The person on that day: by the latest block on or before it, or else by the first."""
        if day not in self._people:
            self._people[day] = self._described(day)
        return self._people[day]

    def residence_on(self, day: date) -> str | None:
        """Where the person lived on that day, as it was said; None if nobody ever said it."""
        if not self._homes:
            return None
        latest = bisect_right(self._home_days, day) - 1
        return self._homes[max(latest, 0)][1]

    def _described(self, day: date) -> Person:
        if not self.blocks:
            return NOBODY_DESCRIBED
        latest = bisect_right(self._block_days, day) - 1
        return describe(self.blocks[max(latest, 0)].event, day)


@remembered
def life(history: History) -> Life:
    """The life that a history tells."""
    return Life(history)


def blocks(history: History) -> list[Fact[Block]]:
    """Every statement of who the person is, in order."""
    return cast("list[Fact[Block]]", history.among(ReturneeRegistered, PersonEnrolled))


def describe(block: PersonBlock, day: date) -> Person:
    """A block read on a day: only the age depends on the day."""
    groups = block.groups
    age = age_on(day, block.birth_year, block.birth_month)
    return Person(
        sex=block.sex,
        age=age_band(age),
        youth=youth(age),
        returnee="no" if RETURNEE_GROUPS.isdisjoint(groups) else "yes",
        groups=tuple(groups) or (NONE_STATED,),
        qualification=QUALIFICATION_BANDS[block.qualification],
        occupation=block.occupation,
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


def _homes(history: History) -> list[tuple[date, str]]:
    """Every stated residence in order; a block that is silent about it states none."""
    facts = history.among(ReturneeRegistered, PersonEnrolled, PersonMoved)
    stated = cast("Sequence[Fact[Block | PersonMoved]]", facts)
    return [(fact.on, fact.event.residence) for fact in stated if fact.event.residence is not None]
