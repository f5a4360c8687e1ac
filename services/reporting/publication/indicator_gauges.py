"""The gauges of published totals, of possible duplicates, and of late partners."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from schemas.periods import Period
from schemas.territory import COUNCILS
from services.reporting.completeness.model import ONE_DAY, Completeness, measure_domains
from services.reporting.domain.indicator import Indicator, MeasureKind
from services.reporting.publication.policy import POLICY
from services.reporting.tables.holds import Holds
from services.reporting.tables.table import Table, current_periods

_PERIOD_TYPES = ("month", "quarter", "year", "to")


class GaugeLabel(NamedTuple):
    """The labels of one gauge of a published total."""

    indicator: str
    measure: str
    municipality: str
    period_type: str


class LatePartner(NamedTuple):
    """The labels of one gauge of lateness: an organisation that should report on a domain."""

    organisation: str
    domain: str


class IndicatorGauges(Collector):
    """`lmc_indicator_value`: totals of class A in the current periods, of every council.

    Also public counts about the data's quality: open pairs, days by which partners are late.

    Only the replica that publishes exports them: sums over several exporters would be multiples.
    """

    def __init__(self) -> None:
        self._values: Mapping[GaugeLabel, float] = {}
        self._pairs: Mapping[str, int] = {}
        self._late_days: Mapping[LatePartner, int] = {}

    def set_values(self, values: Mapping[GaugeLabel, float]) -> None:
        """Export exactly these totals; none while another replica publishes."""
        self._values = values

    def set_pair_counts(self, counts: Mapping[str, int]) -> None:
        """Export how many possible duplicates are open, by municipality."""
        self._pairs = counts

    def set_late_days(self, days: Mapping[LatePartner, int]) -> None:
        """Export how many days partners are late with their reports."""
        self._late_days = days

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges as they are now."""
        totals = GaugeMetricFamily(
            "lmc_indicator_value",
            "Published totals of the current periods",
            labels=GaugeLabel._fields,
        )
        for label, value in self._values.items():
            totals.add_metric(label, value)
        yield totals
        pairs = GaugeMetricFamily(
            "lmc_quality_possible_duplicates",
            "Jobs that two sources may have reported twice, as of the last minute; from 3 on",
            labels=["municipality"],
        )
        for municipality, count in self._pairs.items():
            pairs.add_metric([municipality], count)
        yield pairs
        late = GaugeMetricFamily(
            "lmc_reporting_partner_late_days",
            "Days through yesterday on which a partner has not reported, of its latest council",
            labels=LatePartner._fields,
        )
        for partner, days in self._late_days.items():
            late.add_metric(partner, days)
        yield late


def gauge_values(
    catalogue: Iterable[Indicator],
    published: Iterable[tuple[str, str, str, str, float]],
    withheld: Collection[GaugeLabel] = (),
    silent: Collection[GaugeLabel] = (),
) -> dict[GaugeLabel, float]:
    """Return the gauges of councils: published totals, and 0 for counts without a published one.

    Withheld and silent counts have no gauge. A council without any published total has no gauges:
    thousands of zeros would only slow every scrape down.
    """
    known = {GaugeLabel(*label): value for *label, value in published}
    councils = {label.municipality for label in known} & COUNCILS.keys()
    values = {
        GaugeLabel(indicator.id, measure.name, council, period_type): 0.0
        for indicator in catalogue
        for measure in indicator.measures
        if measure.disclosure in POLICY.live and measure.kind is not MeasureKind.OBSERVED
        for council in councils
        for period_type in _PERIOD_TYPES
    }
    values = {label: zero for label, zero in values.items() if label not in silent}
    values |= {label: value for label, value in known.items() if label.municipality in councils}
    return {label: value for label, value in values.items() if label not in withheld}


def silent_gauges(catalogue: Iterable[Indicator], completeness: Completeness) -> set[GaugeLabel]:
    """Return the gauges that must not be exported as 0, because a reporter is silent."""
    measures = [(i.id, m.name, measure_domains(m)) for i in catalogue for m in i.measures]
    silent = {
        each: _silent_councils(each, completeness)
        for each in {domains for _, _, domains in measures}
    }
    return {
        GaugeLabel(indicator, measure, council, period_type)
        for indicator, measure, domains in measures
        for council, period_type in silent[domains]
    }


def late_days(completeness: Completeness) -> dict[LatePartner, int]:
    """Return by how many days through yesterday each partner is late, in its latest council."""
    due_on, found = completeness.today - ONE_DAY, dict[LatePartner, int]()
    for reporter in completeness.reporters:
        who = LatePartner(reporter.organisation, reporter.domain)
        silence = completeness.silence_of(reporter, due_on)
        days = 0 if silence is None else (due_on - silence.since + ONE_DAY).days
        found[who] = max(days, found.get(who, 0))
    return found


def _silent_councils(domains: frozenset[str], completeness: Completeness) -> list[tuple[str, str]]:
    """Return (council, period type) where a reporter on these domains is silent."""
    councils = {each.council for each in completeness.reporters}
    return [
        (council, period.kind)
        for period in current_periods(completeness.today)
        for council in sorted(councils)
        if completeness.silent_reporters(council, domains, period)
    ]


def withheld_gauges(
    catalogue: Iterable[Indicator], periods: Iterable[Period], holds: Holds
) -> set[GaugeLabel]:
    """Return the gauges whose tables a hold covers; they must not be exported."""
    if not any(holds):
        return set()
    return {
        GaugeLabel(indicator.id, measure.name, council, period.kind)
        for indicator in catalogue
        for measure in indicator.measures
        for council in COUNCILS
        for period in periods
        if holds.cover(Table(indicator, measure, council, period))
    }
