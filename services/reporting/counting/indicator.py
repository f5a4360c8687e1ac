"""What a definition of an indicator is made of; the definitions themselves are in `indicators/`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from schemas.event import Event
from schemas.text import Text
from services.reporting.counting.dimensions import Bucket, FactSplit, PersonSplit, Split
from services.reporting.counting.history import Fact, History

Amount = Decimal | int


class Entry(NamedTuple):
    """The subject counts in this measure, on this day (or until that one), in this municipality.

    `measure` is "<indicator>.<measure>"; `until` is the first day that no longer counts;
    `municipality` is a council's code, "" for the country (observations only);
    `buckets` holds (split, bucket) pairs, at least one per split of the measure.
    """

    measure: str
    on: date
    until: date | None
    municipality: str
    buckets: frozenset[Bucket]
    amount: Amount


class Counted(NamedTuple):
    """What a rule says: this fact counts on this day (or until that one); the rest follows."""

    fact: Fact
    on: date
    until: date | None = None
    amount: Amount = 1


Counts = Iterable[tuple[Fact, date, date | None, Amount]]
Rule = Callable[[History], Counts]


def each(facts: Iterable[Fact]) -> Counts:
    """Every one of the facts counts on its own day; plain tuples, for these are the most."""
    return [(fact, fact.on, None, 1) for fact in facts]


class Kind(StrEnum):
    """How the entries of a measure become the value of a cell (indicators.md section 2)."""

    PERSONS = "persons"
    PRESENT = "present"
    STOCK = "stock"
    COHORT = "cohort"
    DURATION = "duration"
    OBSERVED = "observed"


class Basis(StrEnum):
    """On what ground people are counted: the bodies' legal task, or each person's consent."""

    TASK = "task"
    CONSENT = "consent"


class PlaceRule(StrEnum):
    """Where an entry counts: where the fact happened, or where the person lived on that day."""

    EVENT = "event"
    RESIDENCE = "residence"


class Disclosure(StrEnum):
    """How exactly and how fast a number is shown (design.md section 4)."""

    A = "A"
    B = "B"
    C = "C"


class Status(StrEnum):
    """Whose wording a definition is: proposed by us, or taken from the programmes' reports."""

    PROPOSED = "proposed"
    REPORT = "report"


class Form(StrEnum):
    """How two measures are read together."""

    SHARE = "share"
    RATIO = "ratio"
    DIFFERENCE = "difference"
    TOGETHER = "together"


NO_BASE = Text(sr="нема основа", en="no base")


@dataclass(frozen=True, slots=True)
class Reading:
    """`measure` is read with `base`: divided by it, less it, or always beside it."""

    form: Form
    measure: str
    base: str
    without_base: Text = NO_BASE


@dataclass(frozen=True, slots=True)
class Category:
    """A heading under which indicators stand."""

    code: str
    title: Text


PERSONS = Text(sr="лица", en="persons")


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of an indicator; `disclosure` is the class of its total, in `unit`s.

    `of` names the classes of the facts that the rule may count: a history without them is not
    asked. `part_of` names, for the base of an observation, the measure that is observed.
    """

    name: str
    kind: Kind
    rule: Rule
    of: tuple[type[Event], ...]
    title: Text
    disclosure: Disclosure = Disclosure.B
    basis: Basis = Basis.TASK
    settle_days: int = 0
    sums_amount: bool = False
    unit: Text = PERSONS
    part_of: str | None = None


@dataclass(frozen=True, eq=False)
class Indicator:
    """One definition: its words, its rules, and what a reader must know about both."""

    id: str
    category: Category
    title: Text
    sentence: Text
    numerator: Text
    denominator: Text
    clock: Text
    place_rule: PlaceRule
    owner: str
    definition_status: Status
    splits: tuple[Split, ...]
    measures: tuple[Measure, ...]
    readings: tuple[Reading, ...] = ()
    caveat: Text | None = None
    version: int = 1
    series_prefix: str | None = None

    def measure(self, name: str) -> Measure | None:
        """The measure of that name, if the indicator has it."""
        return next((measure for measure in self.measures if measure.name == name), None)

    def splits_of(self, measure: Measure) -> tuple[Split, ...]:
        """The dimensions of a measure: an observation has none, it comes summed."""
        return () if measure.kind is Kind.OBSERVED else self.splits

    @cached_property
    def person_splits(self) -> tuple[PersonSplit, ...]:
        """The splits that only the person on the day decides."""
        return tuple(split for split in self.splits if isinstance(split, PersonSplit))

    @cached_property
    def fact_splits(self) -> tuple[FactSplit, ...]:
        """The splits that the fact decides."""
        return tuple(split for split in self.splits if isinstance(split, FactSplit))

    def disclosure_of(self, measure: Measure, split: str) -> Disclosure:
        """The class of one table: legal status is the most careful, a total the least."""
        if split == "total":
            return measure.disclosure
        return Disclosure.C if split == "group" else Disclosure.B

    @cached_property
    def named_measures(self) -> tuple[tuple[str, Measure], ...]:
        """Every measure with the name its entries carry."""
        return tuple((f"{self.id}.{measure.name}", measure) for measure in self.measures)
