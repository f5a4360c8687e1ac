"""Completeness: through which day those who should report have said everything they know.

Where the specification is silent: a running period is complete when everybody has reported through
yesterday, since nobody can have said everything about today; a partner that is expected only from a
later day is not silent before it; a published figure that is 0 was said, and is no silence.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Final, NamedTuple

from schemas.periods import Period
from schemas.reference import PartnerReported
from schemas.territory import COUNCILS, council_of, councils_in
from services.reporting.counting.history import Fact, newest
from services.reporting.counting.indicator import Kind, Measure
from services.reporting.expecting.reporters import Reporter, Reporters
from services.reporting.tables.table import State, Table, Value

ONE_DAY: Final = timedelta(days=1)

Key = tuple[str, str, str]
"""(organisation, domain, council)."""
Through = Mapping[Key, date]
"""The last day of which each has said everything."""


class Silent(NamedTuple):
    """A reporter that is behind: `since` is the first day of which it has not said everything."""

    since: date
    organisation: str
    domain: str
    council: str


@dataclass(frozen=True)
class Completeness:
    """Who should report, and who has, as far as it is known on a day (`today`, in Belgrade)."""

    today: date
    reporters: Reporters = ()
    through: Through = field(default_factory=dict)

    def due_on(self, period: Period) -> date:
        """Through which day everybody should have reported on a period."""
        return min(period.last, self.today - ONE_DAY)

    def expected(self, place: str, domains: Collection[str], period: Period) -> list[Reporter]:
        """Who is expected to report on a period, from a day in it at the latest."""
        return [
            reporter
            for domain in sorted(domains)
            for council in sorted(councils_in(place) & self._by_council.keys())
            for reporter in self._by_council[council]
            if reporter.domain == domain and reporter.first_on <= period.last
        ]

    def silent(self, place: str, domains: Collection[str], period: Period) -> list[Silent]:
        """Those of the expected that are behind, the longest silence first."""
        due_on = self.due_on(period)
        expected = self.expected(place, domains, period)
        return sorted(s for each in expected if (s := self.silence(each, due_on)) is not None)

    def silence(self, reporter: Reporter, due_on: date) -> Silent | None:
        """How a reporter is behind on a day; None if it is not."""
        through = self.through.get(reporter.key)
        if reporter.first_on > due_on or (through is not None and through >= due_on):
            return None
        since = reporter.first_on if through is None else max(through + ONE_DAY, reporter.first_on)
        return Silent(since, reporter.organisation, reporter.domain, reporter.council)

    def silent_on(self, table: Table) -> list[Silent]:
        """Those whose silence may hide something in a table."""
        if not self.reporters:
            return []
        return self.silent(table.place, domains_of(table.measure), table.period)

    def unlisted(self, place: str) -> list[Key]:
        """What was reported at a place by those who are not on the list."""
        councils, listed = councils_in(place), {each.key for each in self.reporters}
        return sorted(key for key in self.through if key[2] in councils and key not in listed)

    @cached_property
    def _by_council(self) -> Mapping[str, Reporters]:
        found: dict[str, Reporters] = {}
        for each in self.reporters:
            found[each.council] = (*found.get(each.council, ()), each)
        return found


class Renewed(NamedTuple):
    """What follows for `through` from some records; of `uncertain` councils all must be read."""

    through: Through
    uncertain: frozenset[str]


def through_of(facts: Iterable[Fact], councils: Collection[str] = COUNCILS) -> dict[Key, date]:
    """What was reported for these councils: of each key the greatest day that stands.

    Order and repetition do not matter; `facts` must hold every state of each record in it.
    """
    found: dict[Key, date] = {}
    for key, day in _said(newest(facts)):
        if key[2] in councils:
            found[key] = max(day, found.get(key, date.min))
    return found


def renewed(known: Through, anew: Iterable[Fact]) -> Renewed:
    """What was reported, if of the records behind `known` those in `anew` have changed.

    The other records tell of no later day than the known one. It may be gone only if a changed
    record has told of just that day, and tells of none so late now.
    """
    facts = list(anew)
    said, now, through = set(_said(facts)), through_of(facts), dict(known)
    uncertain = set()
    for key in {key for key, _ in said}:
        before, day = known.get(key), now.get(key)
        if day is not None and (before is None or day >= before):
            through[key] = day
        elif before is not None and (key, before) in said:
            uncertain.add(key[2])
    return Renewed(through, frozenset(uncertain))


def councils_told_of(facts: Iterable[Fact]) -> frozenset[str]:
    """Every council that a state of a report names."""
    return frozenset(key[2] for key, _ in _said(facts))


def _said(facts: Iterable[Fact]) -> Iterator[tuple[Key, date]]:
    for fact in facts:
        if isinstance(fact.event, PartnerReported):
            key = (fact.subject, fact.event.domain, council_of(fact.event.municipality))
            yield key, fact.event.through


def domains_of(measure: Measure) -> frozenset[str]:
    """The domains whose events a measure counts; none of a figure that is shown as it was said."""
    if measure.kind is Kind.OBSERVED:
        return frozenset()
    return frozenset(kind.TYPE.partition(".")[0] for kind in measure.of)


def judged(table: Table, values: Iterable[Value], completeness: Completeness) -> list[Value]:
    """What readers see: where somebody is silent, a zero is not known to be one."""
    return [_judged(table, value, completeness) for value in values]


def _judged(table: Table, value: Value, completeness: Completeness) -> Value:
    if value.state not in UNTOLD:
        return value
    if completeness.silent_on(table):
        return Value(value.bucket, None, State.SILENT)
    return Value(value.bucket, 0, State.ZERO)


UNTOLD: Final = frozenset({State.ZERO, State.SILENT})
"""The number is 0, and that may be because nobody has told."""
