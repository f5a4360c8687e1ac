"""The golden cases beside the indicators hold: in the product, and in the reference."""

import json
from datetime import date

import pytest

from schemas import declarations, door
from services.reporting.counting.indicator import Indicator
from tests.laws import shown
from tests.laws.planting import BUGS, planted
from tests.laws.product import CATALOGUE, MEASURES
from tests.reference.fold import entries_of
from tests.reference.golden import INDICATORS, Case, golden_cases
from tests.reference.tables import table

CASES = golden_cases()
MET = [cells for case in CASES for cells in case.cells if any(n for n, _ in cells.rows.values())]


def name_of(case: Case) -> str:
    return f"{case.indicator} {case.claim}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_product_shows_what_the_case_says(case: Case) -> None:
    for cells in case.cells:
        entries = shown.entries(case.events, cells.known_at)

        assert shown.rows(entries, cells.question, cells.asked_on) == cells.rows, cells.question


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_reference_shows_what_the_case_says(case: Case) -> None:
    for cells in case.cells:
        entries = entries_of(case.events, cells.known_at)

        assert table(entries, cells.question, cells.asked_on) == cells.rows, cells.question


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_every_event_of_a_case_passes_the_door(case: Case) -> None:
    declared = declarations.shipped()
    for event in case.events:
        said = {name: value for name, value in event.items() if name != "recordedtime"}
        body = json.dumps(said).encode()

        door.check(body, today=date(2026, 6, 1), declared=declared, partner=False)


@pytest.mark.parametrize("name", sorted(BUGS))
def test_every_planted_bug_breaks_a_case(name: str) -> None:
    with planted(BUGS[name]):
        broken = [case for case in CASES if not holds(case)]

    assert broken
    assert all(holds(case) for case in broken)


def holds(case: Case) -> bool:
    """Whether the product shows every cell of the case."""
    return all(
        shown.rows(shown.entries(case.events, cells.known_at), cells.question, cells.asked_on)
        == cells.rows
        for cells in case.cells
    )


def test_every_indicator_has_cases_beside_it() -> None:
    definitions = {file.stem for file in INDICATORS.glob("[a-z]*.py")}

    assert {file.stem for file in INDICATORS.glob("*.toml")} == definitions
    assert {case.indicator for case in CASES} == {indicator.id for indicator in CATALOGUE}


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_every_measure_is_counted_in_a_case(measure: str) -> None:
    assert measure in {cells.question.measure for cells in MET}


@pytest.mark.parametrize("indicator", CATALOGUE, ids=lambda indicator: indicator.id)
def test_every_split_is_counted_in_a_case(indicator: Indicator) -> None:
    of_it = {cells.question.split for cells in MET if cells.question.measure[:5] == indicator.id}

    assert {split.name for split in indicator.splits} <= of_it


def test_no_claim_is_made_twice() -> None:
    claims = [name_of(case) for case in CASES]

    assert len(claims) == len(set(claims))
