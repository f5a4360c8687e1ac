"""Prometheus' copy of what is published now, and how far the fold is."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from schemas.periods import Period
from schemas.territory import COUNCILS
from services.reporting.counting.indicator import Indicator, Kind
from services.reporting.expecting.completeness import ONE_DAY, Completeness, domains_of
from services.reporting.folding.freshness import Fresh
from services.reporting.publishing.policy import POLICY
from services.reporting.tables.doubt import Doubts
from services.reporting.tables.spans import current
from services.reporting.tables.table import Table

PERIOD_TYPES = ("month", "quarter", "year", "to")


class Label(NamedTuple):
    """What tells one gauge from another."""

    indicator: str
    measure: str
    municipality: str
    period_type: str


class Late(NamedTuple):
    """An organisation that should report on a domain."""

    organisation: str
    domain: str


class Gauges(Collector):
    """`lmc_indicator_value`: totals of class A in the current periods, of every council.

    Beside them what of the data's quality everybody may know: open pairs, partners that are late.

    Only the copy that publishes shows them: several exporters of one number would add up.
    """

    def __init__(self) -> None:
        self._values: Mapping[Label, float] = {}
        self._pairs: Mapping[str, int] = {}
        self._late_days: Mapping[Late, int] = {}

    def show(self, values: Mapping[Label, float]) -> None:
        """Show these and no others; none at all when another copy publishes."""
        self._values = values

    def show_pairs(self, counts: Mapping[str, int]) -> None:
        """Show how many possible duplicates are open in each municipality; none in the others."""
        self._pairs = counts

    def show_late(self, days: Mapping[Late, int]) -> None:
        """Show how late partners are with their reports; nothing of those who are not expected."""
        self._late_days = days

    def collect(self) -> Iterable[Metric]:
        """The gauges as they are now."""
        family = GaugeMetricFamily(
            "lmc_indicator_value", "Published totals of the current periods", labels=Label._fields
        )
        for label, value in self._values.items():
            family.add_metric(label, value)
        yield family
        pairs = GaugeMetricFamily(
            "lmc_quality_possible_duplicates",
            "Jobs that two sources may have told twice, as of the last minute; from 3 on",
            labels=["municipality"],
        )
        for municipality, count in self._pairs.items():
            pairs.add_metric([municipality], count)
        yield pairs
        late = GaugeMetricFamily(
            "lmc_reporting_partner_late_days",
            "Days through yesterday on which a partner has not reported, of its latest council",
            labels=Late._fields,
        )
        for who, days in self._late_days.items():
            late.add_metric(who, days)
        yield late


def gauges_of(
    catalogue: Iterable[Indicator],
    published: Iterable[tuple[str, str, str, str, float]],
    withheld: Collection[Label] = (),
    silent: Collection[Label] = (),
) -> dict[Label, float]:
    """What is published of councils. A count that is not, is zero by rule, or withheld, or silent.

    A council of which nothing at all is published now has no gauges: thousands of zeros would only
    make every scrape slow.
    """
    known = {Label(*label): value for *label, value in published}
    councils = {label.municipality for label in known} & COUNCILS.keys()
    shown = {
        Label(indicator.id, measure.name, council, period_type): 0.0
        for indicator in catalogue
        for measure in indicator.measures
        if measure.disclosure in POLICY.live and measure.kind is not Kind.OBSERVED
        for council in councils
        for period_type in PERIOD_TYPES
    }
    shown = {label: zero for label, zero in shown.items() if label not in silent}
    shown |= {label: value for label, value in known.items() if label.municipality in councils}
    return {label: value for label, value in shown.items() if label not in withheld}


def silent_gauges(catalogue: Iterable[Indicator], completeness: Completeness) -> set[Label]:
    """The gauges that must not be shown as 0: it may only be that nobody has told."""
    counted = [(i.id, m.name, domains_of(m)) for i in catalogue for m in i.measures]
    silent = {each: _silent(each, completeness) for each in {domains for _, _, domains in counted}}
    return {
        Label(indicator, measure, council, period_type)
        for indicator, measure, domains in counted
        for council, period_type in silent[domains]
    }


def late_days(completeness: Completeness) -> dict[Late, int]:
    """How many days through yesterday each has not told of, where it is furthest behind; or 0."""
    due_on, found = completeness.today - ONE_DAY, dict[Late, int]()
    for reporter in completeness.reporters:
        who = Late(reporter.organisation, reporter.domain)
        silence = completeness.silence(reporter, due_on)
        days = 0 if silence is None else (due_on - silence.since + ONE_DAY).days
        found[who] = max(days, found.get(who, 0))
    return found


def _silent(domains: frozenset[str], completeness: Completeness) -> list[tuple[str, str]]:
    """The councils and current periods of which somebody has not told on these domains."""
    councils = {each.council for each in completeness.reporters}
    return [
        (council, period.kind)
        for period in current(completeness.today)
        for council in sorted(councils)
        if completeness.silent(council, domains, period)
    ]


def doubted(
    catalogue: Iterable[Indicator], periods: Iterable[Period], doubts: Doubts
) -> set[Label]:
    """The gauges that must not be shown: their tables may be counted wrongly."""
    if not any(doubts):
        return set()
    return {
        Label(indicator.id, measure.name, council, period.kind)
        for indicator in catalogue
        for measure in indicator.measures
        for council in COUNCILS
        for period in periods
        if doubts.meet(Table(indicator, measure, council, period))
    }


class FoldGauges(Collector):
    """How far the fold is, from the last look at the log."""

    def __init__(self) -> None:
        self._fresh: Fresh | None = None

    def show(self, fresh: Fresh) -> None:
        """Show this look."""
        self._fresh = fresh

    def collect(self) -> Iterable[Metric]:
        """Nothing before the first look."""
        if self._fresh is None:
            return
        yield from _fold(self._fresh, datetime.now(UTC))


def _fold(fresh: Fresh, now: datetime) -> Iterable[Metric]:
    place = ["topic", "partition"]
    lag = GaugeMetricFamily("lmc_reporting_lag_records", "Records not yet folded", labels=place)
    at = GaugeMetricFamily("lmc_reporting_position_offset", "Next offset to fold", labels=place)
    apart = GaugeMetricFamily(
        "lmc_reporting_accounting_difference_records",
        "Offsets passed that are neither folded, duplicate, quarantined, ignored nor lost",
        labels=place,
    )
    bad = GaugeMetricFamily(
        "lmc_reporting_quarantined_records", "Records in quarantine", labels=place
    )
    for each in fresh.partitions:
        label = (each.topic, str(each.partition))
        lag.add_metric(label, each.lag)
        at.add_metric(label, each.next_offset)
        apart.add_metric(label, each.next_offset - each.accounted)
        bad.add_metric(label, each.quarantined)
    yield from (lag, at, apart, bad)
    if fresh.folded_to is not None:
        age_s = (now - fresh.folded_to).total_seconds()
        yield GaugeMetricFamily(
            "lmc_reporting_fold_age_seconds",
            "Age of the newest state of the log that is folded",
            value=age_s,
        )
