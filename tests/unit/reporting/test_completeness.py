"""A zero is confirmed only if all expected reporters have reported."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.periods import parse_period
from services.reporting.completeness.model import Completeness, mark_silent_zeros, measure_domains
from services.reporting.completeness.reporters import Reporter
from services.reporting.domain.indicator import MeasureKind
from services.reporting.publication.indicator_gauges import (
    IndicatorGauges,
    LatePartner,
    gauge_values,
    late_days,
    silent_gauges,
)
from services.reporting.tables.table import TOTAL, Table, Value, ValueState
from tests.unit.reporting.builders import DEFINITIONS, NIS, PROKUPLJE

TODAY = date(2023, 6, 15)
NES = Reporter("o-nes", "matching", PROKUPLJE, date(2023, 1, 1))
SCHOOL = Reporter("o-technical-school", "training", PROKUPLJE, date(2023, 1, 1))
ZERO = Value(TOTAL, 0, ValueState.ZERO)
NAMED = {
    name: (indicator, measure)
    for indicator in DEFINITIONS
    for name, measure in indicator.named_measures
}


def table(measure: str, place: str = PROKUPLJE, period: str = "2023-05") -> Table:
    return Table(*NAMED[measure], place, parse_period(period))


def state(
    wanted: Table, *reporters: Reporter, value: Value = ZERO, **through: str
) -> tuple[object, str]:
    """The value and its state, if the employment service (`nes`) or the school reported so far."""
    keys = {"nes": NES.key, "school": SCHOOL.key}
    days = {keys[name]: date.fromisoformat(day) for name, day in through.items()}
    shown = mark_silent_zeros(wanted, [value], Completeness(TODAY, reporters, days))[0]
    return shown.value, shown.state.value


@pytest.mark.parametrize(
    ("through", "expected"),
    [("2023-05-30", (None, "silent")), ("2023-05-31", (0, "zero")), ("2023-06-20", (0, "zero"))],
)
def test_a_zero_counts_when_all_have_reported_through_the_periods_last_day(
    through: str, expected: tuple[object, str]
) -> None:
    assert state(table("MI-13.placed"), NES, nes=through) == expected


@pytest.mark.parametrize(
    ("through", "expected"), [("2023-06-13", (None, "silent")), ("2023-06-14", (0, "zero"))]
)
@pytest.mark.parametrize("period", ["2023-06", "2023-Q2", "2023", "to-2023-06"])
def test_a_running_period_is_complete_when_reported_through_yesterday(
    period: str, through: str, expected: tuple[object, str]
) -> None:
    assert state(table("MI-13.placed", period=period), NES, nes=through) == expected


def test_a_reporter_without_reports_is_silent_from_its_first_day() -> None:
    placed = table("MI-13.placed")
    (silent,) = Completeness(TODAY, (NES,)).silent_for_table(placed)

    assert state(placed, NES) == (None, "silent")
    assert silent.since == date(2023, 1, 1)


def test_where_nobody_is_expected_a_zero_is_zero() -> None:
    assert state(table("MI-13.placed")) == (0, "zero")
    assert state(table("MI-13.placed", NIS), NES) == (0, "zero")
    assert state(table("MI-13.placed", period="2022"), NES) == (0, "zero")


def test_only_the_domains_that_a_measure_counts_matter() -> None:
    assert state(table("MI-13.placed"), SCHOOL) == (0, "zero")
    assert state(table("PI-03.persons"), SCHOOL) == (None, "silent")
    assert state(table("PI-02.persons"), SCHOOL, NES, school="2023-05-31") == (0, "zero")


def test_a_reporter_expected_from_a_later_day_is_not_silent_before_it() -> None:
    soon = Reporter("o-nes", "matching", PROKUPLJE, date(2023, 6, 20))

    assert state(table("MI-13.placed", period="2023-06"), soon) == (0, "zero")
    assert state(table("MI-13.placed", period="2023-05"), soon) == (0, "zero")


@pytest.mark.parametrize("place", ["RS229", "RS22", "RS"])
def test_an_area_is_silent_if_one_of_its_councils_is(place: str) -> None:
    assert state(table("MI-13.placed", place), NES) == (None, "silent")
    assert state(table("MI-13.placed", "RS-KM"), NES) == (0, "zero")


@pytest.mark.parametrize(
    "value",
    [
        Value(TOTAL, 1, ValueState.VALUE),
        Value(TOTAL, 0, ValueState.PENDING),
        Value(TOTAL, None, ValueState.NONE),
        Value(None, None, ValueState.DENIED),
        Value(TOTAL, None, ValueState.WITHHELD),
    ],
)
def test_nothing_but_a_zero_becomes_silent(value: Value) -> None:
    assert state(table("MI-13.placed"), NES, value=value) == (value.value, value.state)


def test_a_published_figure_of_0_is_no_silence() -> None:
    observed = [m for _, m in NAMED.values() if m.kind is MeasureKind.OBSERVED]

    assert observed
    assert not any(map(measure_domains, observed))
    assert all(measure_domains(m) for _, m in NAMED.values() if m.kind is not MeasureKind.OBSERVED)


def test_a_silent_total_has_no_gauge_instead_of_a_gauge_of_0() -> None:
    published = [("MI-05", "registered", PROKUPLJE, "month", 3.0)]
    silent = silent_gauges(DEFINITIONS, Completeness(TODAY, (NES,)))
    gauges = gauge_values(DEFINITIONS, published, silent=silent)
    shown = {(label.indicator, label.measure) for label in gauges}

    assert ("MI-13", "placed") not in shown
    assert {("MI-05", "registered"), ("PI-03", "persons")} <= shown


def test_a_partner_is_as_late_as_in_its_latest_council() -> None:
    in_nis = replace(NES, council=NIS)
    through = {NES.key: date(2023, 6, 14), in_nis.key: date(2023, 6, 10)}
    late = late_days(Completeness(TODAY, (NES, in_nis, SCHOOL), through))

    assert late == {
        LatePartner("o-nes", "matching"): 4,
        LatePartner("o-technical-school", "training"): 165,
    }


@pytest.mark.parametrize(("through", "days"), [("2023-06-13", 1), ("2023-06-14", 0)])
def test_a_partner_that_reported_through_yesterday_is_not_late(through: str, days: int) -> None:
    reported = {NES.key: date.fromisoformat(through)}
    late = late_days(Completeness(TODAY, (NES,), reported))

    assert late == {LatePartner("o-nes", "matching"): days}


def test_a_partner_expected_from_a_later_day_is_not_late() -> None:
    tomorrow = replace(NES, first_on=date(2023, 6, 16))

    assert set(late_days(Completeness(TODAY, (tomorrow,))).values()) == {0}


def test_lateness_is_a_gauge_of_its_own_for_each_partner_and_domain() -> None:
    gauges = IndicatorGauges()
    gauges.set_late_days({LatePartner("o-nes", "matching"): 4})
    samples = [each for family in gauges.collect() for each in family.samples]

    assert [(each.name, each.labels, each.value) for each in samples] == [
        ("lmc_reporting_partner_late_days", {"organisation": "o-nes", "domain": "matching"}, 4)
    ]
