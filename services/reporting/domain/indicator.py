"""The parts of an indicator's definition; the definitions themselves are in `indicators/`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from schemas.bilingual_text import BilingualText
from schemas.events.event import Event
from schemas.territory import COUNTRY, areas_above, is_council
from services.reporting.domain.dimensions import Bucket, FactSplit, PersonSplit, Split
from services.reporting.domain.history import Fact, History

Amount = Decimal | int


class Entry(NamedTuple):
    """One contribution of a subject to a measure, on a day or in an interval of days.

    `measure` is "<indicator>.<measure>"; `until` is the first day that no longer counts;
    `municipality` is a council's code, "" for the country (observations only);
    `buckets` has (split, bucket) pairs, at least one per split of the measure.
    """

    measure: str
    on: date
    until: date | None
    municipality: str
    buckets: frozenset[Bucket]
    amount: Amount


class CountedFact(NamedTuple):
    """The result of a rule: a fact counts on a day, or from it until another, with an amount."""

    fact: Fact
    on: date
    until: date | None = None
    amount: Amount = 1


CountedFacts = Iterable[tuple[Fact, date, date | None, Amount]]
Rule = Callable[[History], CountedFacts]


def count_each(facts: Iterable[Fact]) -> CountedFacts:
    """Count every fact on its own day with amount 1; plain tuples, because these are the most."""
    return [(fact, fact.on, None, 1) for fact in facts]


class MeasureKind(StrEnum):
    """How a cell's value is computed from the entries of a measure (indicators.md section 2)."""

    PERSONS = "persons"
    PRESENT = "present"
    STOCK = "stock"
    COHORT = "cohort"
    DURATION = "duration"
    OBSERVED = "observed"


class Basis(StrEnum):
    """The legal ground of counting people: the bodies' legal task, or each person's consent."""

    TASK = "task"
    CONSENT = "consent"


class PlaceRule(StrEnum):
    """Where an entry counts: where the fact happened, or where the person lived on its day."""

    EVENT = "event"
    RESIDENCE = "residence"


class Disclosure(StrEnum):
    """How exactly and how fast a number is published: its class (design.md section 4)."""

    A = "A"
    B = "B"
    C = "C"


class DefinitionStatus(StrEnum):
    """Where a definition's wording comes from: our proposal, or the programmes' reports."""

    PROPOSED = "proposed"
    REPORT = "report"


class ReadingForm(StrEnum):
    """How two measures are read together."""

    SHARE = "share"
    RATIO = "ratio"
    DIFFERENCE = "difference"
    TOGETHER = "together"


NO_BASE = BilingualText(sr="нема основа", en="no base")


@dataclass(frozen=True, slots=True)
class MeasureReading:
    """How `measure` is read with `base`: divided by it, minus it, or always shown with it."""

    form: ReadingForm
    measure: str
    base: str
    without_base: BilingualText = NO_BASE


@dataclass(frozen=True, slots=True)
class Category:
    """A heading that groups indicators."""

    code: str
    title: BilingualText


class Unit(StrEnum):
    """What a number counts, for programs; `MeasureUnit` has the words for people."""

    PERSONS = "persons"
    CASES = "cases"
    POSITIONS = "positions"
    DAYS = "days"
    COUNT = "count"
    PERCENT = "percent"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class MeasureUnit:
    """The unit of a measure's numbers, and the words beside them."""

    code: Unit
    words: BilingualText


_PERSONS = MeasureUnit(Unit.PERSONS, BilingualText(sr="лица", en="persons"))


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of an indicator, in `unit`; `disclosure` is the class of its total.

    `of` names the event classes that the rule may count: the rule is skipped for a history without
    them. `part_of` names, for the base of an observation, the measure that is observed.
    """

    name: str
    kind: MeasureKind
    rule: Rule
    of: tuple[type[Event], ...]
    title: BilingualText
    disclosure: Disclosure = Disclosure.B
    basis: Basis = Basis.TASK
    settle_days: int = 0
    sums_amount: bool = False
    unit: MeasureUnit = _PERSONS
    part_of: str | None = None

    def places_of(self, municipality: str) -> tuple[str, ...]:
        """Return the places whose tables count an entry of a municipality.

        An observation counts for exactly its place, which is the country if it names none.
        """
        if not municipality:
            return (COUNTRY,)
        if self.kind is MeasureKind.OBSERVED or not is_council(municipality):
            return (municipality,)
        return (municipality, *areas_above(municipality))


@dataclass(frozen=True, eq=False)
class Indicator:
    """The definition of one indicator: its wording, its rules, and how to read it.

    Raise `version` when the same facts make other entries: stored entries name the version that
    computed them, and `make render` refuses other entries under an unchanged version.
    """

    id: str
    version: int
    category: Category
    title: BilingualText
    sentence: BilingualText
    numerator: BilingualText
    denominator: BilingualText
    clock: BilingualText
    place_rule: PlaceRule
    owner: str
    definition_status: DefinitionStatus
    splits: tuple[Split, ...]
    measures: tuple[Measure, ...]
    readings: tuple[MeasureReading, ...] = ()
    caveat: BilingualText | None = None
    series_prefix: str | None = None

    def measure(self, name: str) -> Measure | None:
        """Return the measure of a name, or None."""
        return next((measure for measure in self.measures if measure.name == name), None)

    def splits_of(self, measure: Measure) -> tuple[Split, ...]:
        """Return the splits of a measure; an observation is loaded as a total and has none."""
        return () if measure.kind is MeasureKind.OBSERVED else self.splits

    @cached_property
    def person_splits(self) -> tuple[PersonSplit, ...]:
        """The splits that depend only on the person on the day."""
        return tuple(split for split in self.splits if isinstance(split, PersonSplit))

    @cached_property
    def fact_splits(self) -> tuple[FactSplit, ...]:
        """The splits that depend on the fact."""
        return tuple(split for split in self.splits if isinstance(split, FactSplit))

    def disclosure_of(self, measure: Measure, split: str) -> Disclosure:
        """Return the disclosure class of one table: C for `group`, B for other splits."""
        if split == "total":
            return measure.disclosure
        return Disclosure.C if split == "group" else Disclosure.B

    @cached_property
    def named_measures(self) -> tuple[tuple[str, Measure], ...]:
        """Every measure with the name that its entries have."""
        return tuple((f"{self.id}.{measure.name}", measure) for measure in self.measures)
