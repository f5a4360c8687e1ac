"""Completeness: through which day those who should report have reported everything.

Where the specification is silent: a running period is complete when everybody has reported through
yesterday, because a report about today cannot be complete; a partner that is expected from a later
day on is not silent before it; a published figure of 0 is a report, and no silence.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Final, NamedTuple

from runtime.process.clock import belgrade_day
from schemas.events.reference import PartnerReported
from schemas.periods import Period
from schemas.territory import COUNCILS, council_of, councils_in
from services.reporting.completeness.reporters import Reporter, Reporters
from services.reporting.domain.history import Fact, newest
from services.reporting.domain.indicator import Measure, MeasureKind
from services.reporting.tables.table import Table, Value, ValueState

ONE_DAY: Final = timedelta(days=1)
_ZERO_STATES: Final = frozenset({ValueState.ZERO, ValueState.SILENT})
"""The number is 0, perhaps only because a partner has not reported."""

ReportKey = tuple[str, str, str]
"""(organisation, domain, council)."""
ReportedThrough = Mapping[ReportKey, date]
"""The last day on which each has reported everything."""


class SilentReporter(NamedTuple):
    """A reporter that is late: `since` is the first day that it has not reported completely."""

    since: date
    organisation: str
    domain: str
    council: str


@dataclass(frozen=True)
class Completeness:
    """Who should report, and who has, as far as it is known on a day (`today`, in Belgrade)."""

    today: date
    reporters: Reporters = ()
    reported_through: ReportedThrough = field(default_factory=dict)

    def due_on(self, period: Period) -> date:
        """Return through which day everybody should have reported on a period."""
        return min(period.last, self.today - ONE_DAY)

    def expected_reporters(
        self, place: str, domains: Collection[str], period: Period
    ) -> list[Reporter]:
        """Return who should report on a period: those expected from its last day or before."""
        return [
            reporter
            for domain in sorted(domains)
            for council in sorted(councils_in(place) & self._by_council.keys())
            for reporter in self._by_council[council]
            if reporter.domain == domain and reporter.first_on <= period.last
        ]

    def silent_reporters(
        self, place: str, domains: Collection[str], period: Period
    ) -> list[SilentReporter]:
        """Return the expected reporters that are late, the longest silence first."""
        due_on = self.due_on(period)
        expected = self.expected_reporters(place, domains, period)
        return sorted(s for each in expected if (s := self.silence_of(each, due_on)) is not None)

    def silence_of(self, reporter: Reporter, due_on: date) -> SilentReporter | None:
        """Return since when a reporter is silent if it is late on a day, else None."""
        through = self.reported_through.get(reporter.key)
        if reporter.first_on > due_on or (through is not None and through >= due_on):
            return None
        since = reporter.first_on if through is None else max(through + ONE_DAY, reporter.first_on)
        return SilentReporter(since, reporter.organisation, reporter.domain, reporter.council)

    def silent_for_table(self, table: Table) -> list[SilentReporter]:
        """Return the silent reporters whose missing facts could count in a table."""
        if not self.reporters:
            return []
        return self.silent_reporters(table.place, measure_domains(table.measure), table.period)

    def unlisted_reports(self, place: str) -> list[ReportKey]:
        """Return the reports on a place by organisations that are not on the list."""
        councils, listed = councils_in(place), {each.key for each in self.reporters}
        return sorted(
            key for key in self.reported_through if key[2] in councils and key not in listed
        )

    @cached_property
    def _by_council(self) -> Mapping[str, Reporters]:
        found: dict[str, Reporters] = {}
        for each in self.reporters:
            found[each.council] = (*found.get(each.council, ()), each)
        return found


class UpdatedReports(NamedTuple):
    """The days after some records changed; all reports on `uncertain` councils must be read."""

    through: ReportedThrough
    uncertain: frozenset[str]


def reported_through(
    facts: Iterable[Fact], councils: Collection[str] = COUNCILS
) -> dict[ReportKey, date]:
    """Return the greatest reported day of each key, for these councils.

    Nobody can have reported days to come: a report counts up to the day on which it was recorded.

    Order and repetition do not matter; `facts` must hold every state of each record in it.
    """
    found: dict[ReportKey, date] = {}
    for key, day in _reported_days(newest(facts)):
        if key[2] in councils:
            found[key] = max(day, found.get(key, date.min))
    return found


def apply_changed_reports(known: ReportedThrough, changed: Iterable[Fact]) -> UpdatedReports:
    """Return the reported days if, of the records behind `known`, those in `changed` changed.

    No other record reports a later day than the known one. The known day may be void only if a
    changed record once reported exactly that day and does not report so late a day now.
    """
    facts = list(changed)
    days, newest_days = set(_reported_days(facts)), reported_through(facts)
    through, uncertain = dict(known), set()
    for key in {key for key, _ in days}:
        before, day = known.get(key), newest_days.get(key)
        if day is not None and (before is None or day >= before):
            through[key] = day
        elif before is not None and (key, before) in days:
            uncertain.add(key[2])
    uncertain |= set(_councils_of_reports_ahead(facts))
    return UpdatedReports(through, frozenset(uncertain))


def _councils_of_reports_ahead(facts: Iterable[Fact]) -> Iterator[str]:
    """Yield the councils of reports on days after their arrival.

    Such a report counts up to its arrival, and a repetition that was recorded earlier lowers that.
    """
    for fact in facts:
        event = fact.event
        if isinstance(event, PartnerReported) and event.through > belgrade_day(fact.recorded_at):
            yield council_of(event.municipality)


def councils_of_reports(facts: Iterable[Fact]) -> frozenset[str]:
    """Return every council that some state of these reports names."""
    return frozenset(key[2] for key, _ in _reported_days(facts))


def measure_domains(measure: Measure) -> frozenset[str]:
    """Return the domains whose events a measure counts; an observed figure counts none."""
    if measure.kind is MeasureKind.OBSERVED:
        return frozenset()
    return frozenset(event.TYPE.partition(".")[0] for event in measure.of)


def mark_silent_zeros(
    table: Table, values: Iterable[Value], completeness: Completeness
) -> list[Value]:
    """Return the values readers see: a zero is `silent` while a reporter for it is silent."""
    return [_mark_silent_zero(table, value, completeness) for value in values]


def _mark_silent_zero(table: Table, value: Value, completeness: Completeness) -> Value:
    if value.state not in _ZERO_STATES:
        return value
    if completeness.silent_for_table(table):
        return Value(value.bucket, None, ValueState.SILENT)
    return Value(value.bucket, 0, ValueState.ZERO)


def _reported_days(facts: Iterable[Fact]) -> Iterator[tuple[ReportKey, date]]:
    for fact in facts:
        if isinstance(fact.event, PartnerReported):
            key = (fact.subject, fact.event.domain, council_of(fact.event.municipality))
            yield key, min(fact.event.through, belgrade_day(fact.recorded_at))
