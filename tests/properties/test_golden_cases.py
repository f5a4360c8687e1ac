"""The golden cases of the indicators hold in the product and in the reference."""

import json
from datetime import date

import pytest

from schemas import declared_codes
from schemas.validation import strict
from services.reporting.domain.indicator import Indicator
from tests.properties import product_tables
from tests.properties.mutations import MUTATIONS, mutated
from tests.properties.product import CATALOGUE, MEASURES
from tests.reference.contradictions import without_contradictions
from tests.reference.fold import entries_of
from tests.reference.golden import INDICATORS, Case, golden_cases
from tests.reference.tables import table

TODAY = date(2026, 6, 1)
CASES = golden_cases()
NON_ZERO = [
    cells for case in CASES for cells in case.cells if any(n for n, _ in cells.rows.values())
]


def name_of(case: Case) -> str:
    return f"{case.indicator} {case.claim}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_product_gives_the_cells_of_the_case(case: Case) -> None:
    for cells in case.cells:
        entries = product_tables.entries(case.events, cells.as_of)

        assert product_tables.rows(entries, cells.question, cells.asked_on) == cells.rows, (
            cells.question
        )


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_reference_gives_the_cells_of_the_case(case: Case) -> None:
    for cells in case.cells:
        entries = entries_of(case.events, cells.as_of)

        assert table(entries, cells.question, cells.asked_on) == cells.rows, cells.question


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_every_event_of_a_case_passes_validation_without_its_contradictions(case: Case) -> None:
    declared = declared_codes.shipped()
    for event in (without_contradictions(event, TODAY) for event in case.events):
        sent = {name: value for name, value in event.items() if name != "recordedtime"}

        strict.validate_event(
            json.dumps(sent).encode(), today=TODAY, declared=declared, partner=False
        )


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_every_mutation_breaks_a_case(name: str) -> None:
    with mutated(MUTATIONS[name]):
        broken = [case for case in CASES if not holds(case)]

    assert broken
    assert all(holds(case) for case in broken)


def holds(case: Case) -> bool:
    """Whether the product gives every cell of the case."""
    return all(
        product_tables.rows(
            product_tables.entries(case.events, cells.as_of), cells.question, cells.asked_on
        )
        == cells.rows
        for cells in case.cells
    )


def test_every_indicator_has_a_file_of_cases() -> None:
    definitions = {file.stem for file in INDICATORS.glob("[a-z]*.py")}

    assert {file.stem for file in INDICATORS.glob("*.toml")} == definitions
    assert {case.indicator for case in CASES} == {indicator.id for indicator in CATALOGUE}


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_every_measure_is_counted_in_a_case(measure: str) -> None:
    assert measure in {cells.question.measure for cells in NON_ZERO}


@pytest.mark.parametrize("indicator", CATALOGUE, ids=lambda indicator: indicator.id)
def test_every_split_is_counted_in_a_case(indicator: Indicator) -> None:
    of_it = {
        cells.question.split for cells in NON_ZERO if cells.question.measure[:5] == indicator.id
    }

    assert {split.name for split in indicator.splits} <= of_it


def test_every_claim_is_unique() -> None:
    claims = [name_of(case) for case in CASES]

    assert len(claims) == len(set(claims))
