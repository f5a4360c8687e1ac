"""The product agrees with the reference: entry by entry, table by table."""

from datetime import date

import pytest
from hypothesis import given

from schemas import periods
from services.reporting.domain.indicator import MeasureKind
from services.reporting.tables.table import is_pending
from tests.properties.agreement import (
    BLOCK,
    FIRST_SEED,
    LOGS,
    describe,
    disagrees,
    first_disagreement,
)
from tests.properties.counting import counted
from tests.properties.product import MEASURES, product_entries
from tests.reference.chance import Rng
from tests.reference.days import days_after, first_and_last
from tests.reference.fold import entries_of
from tests.reference.logs import crowded_log, logs, random_log
from tests.reference.measures import MEASURES as RULES
from tests.reference.shapes import Event
from tests.reference.tables import Question, table

BLOCKS = [range(first, first + BLOCK) for first in range(FIRST_SEED, FIRST_SEED + LOGS, BLOCK)]
PLACES = ("70998", "79022", "89010", "90255", "RS229", "RS225", "RS22", "RS12", "RS-KM", "RS")
PERIODS = tuple(
    f"{year}{rest}" for year in (2022, 2023, 2024) for rest in ("", "-Q1", "-Q2", "-Q4", "-06")
)
MONTHS = tuple(f"{year}-{month:02}" for year in (2022, 2023, 2024) for month in range(1, 13))
TODAY = date(2023, 9, 28)


@pytest.mark.parametrize("seeds", BLOCKS, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_product_and_reference_agree_on_random_logs(seeds: range) -> None:
    seed = first_disagreement(seeds)

    assert seed is None, f"seed {seed}: {describe(random_log(seed))}"


def test_product_and_reference_agree_on_logs_with_many_events_about_few_persons() -> None:
    crowded = map(crowded_log, range(FIRST_SEED, FIRST_SEED + LOGS // 20))
    broken = next(filter(disagrees, crowded), None)

    assert broken is None, describe(broken or [])


@given(logs())
def test_product_and_reference_agree_on_logs_drawn_by_hypothesis(events: list[Event]) -> None:
    assert not disagrees(events), describe(events)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + LOGS // 20))
def test_the_tables_of_a_random_log_agree(seed: int) -> None:
    events = random_log(seed)
    entries, reference = product_entries(events), entries_of(events)
    touched = sorted({entry.measure for entry in reference if entry.measure in MEASURES})
    rng = Rng(seed)
    for _ in range(100 * bool(touched)):
        measure = rng.pick(touched)
        question = Question(
            measure,
            rng.pick(PLACES),
            rng.pick((*PERIODS, *MONTHS, *(f"to-{month}" for month in MONTHS))),
            rng.pick(("total", *RULES[measure].splits)),
        )
        rows = table(reference, question, TODAY)

        assert counted(entries, question) == {b: cell.value for b, cell in rows.items()}, question


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_the_catalogue_has_the_kind_and_the_splits_of_the_specification(measure: str) -> None:
    indicator, actual = MEASURES[measure]
    rule = RULES[measure]

    assert actual.kind.name.lower() == rule.kind
    assert actual.sums_amount == rule.sums
    assert actual.settle_days == rule.settles
    if rule.splits:
        assert {split.name for split in indicator.splits} == set(rule.splits)


def test_the_catalogue_has_every_measure_of_the_specification() -> None:
    assert set(MEASURES) == set(RULES)


@pytest.mark.parametrize("measure", sorted(MEASURES))
@pytest.mark.parametrize("period", ["2023-06", "2023-Q2", "2023", "to-2023-06"])
def test_a_cohort_is_pending_as_long_as_the_specification_requires(
    measure: str, period: str
) -> None:
    last = first_and_last(period)[1]
    for days in (0, 1, 90, 91):
        today = days_after(last, days)
        cell = table([], Question(measure, "RS", period), today)["total"]
        _, actual = MEASURES[measure]

        found = actual.kind is MeasureKind.COHORT and is_pending(
            actual, periods.parse_period(period), today
        )

        assert found == (cell.state == "pending")
