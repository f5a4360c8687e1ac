"""The worked example of indicators.md section 6, exactly."""

from collections.abc import Iterable
from itertools import permutations

import pytest

from schemas.events.matching import PlacementMade
from schemas.events.registration import PersonEnrolled
from schemas.territory import district_of, region_of
from services.reporting.domain.fold import entries_of
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import Entry

from .builders import DEFINITIONS, NIS, PROKUPLJE, day, days, entries, make_fact, make_retraction

ENROLLED = make_fact(PersonEnrolled, "2023-01-10")
FIRST = make_fact(PlacementMade, "2023-03-02", factid="pl-1", kind="public_works")
CORRECTED = make_fact(
    PlacementMade, "2023-04-03", factid="pl-1", revision=2, kind="open_ended", municipality=NIS
)
RETRACTED = make_retraction("matching.placement.made", "pl-1", revision=3)
COHORT = ("due", "retained", "unconfirmed")


def example_entries(facts: Iterable[Fact]) -> list[Entry]:
    return entries_of(list(facts), DEFINITIONS)


def test_the_placement_is_one_entry_on_its_day_in_its_town_under_its_buckets() -> None:
    (placed,) = entries([ENROLLED, FIRST], "MI-13.placed")

    assert (placed.on, placed.until, placed.amount) == (day("2023-03-02"), None, 1)
    assert placed.municipality == PROKUPLJE
    assert (district_of(PROKUPLJE), region_of(PROKUPLJE)) == ("RS229", "RS22")
    assert placed.buckets == {
        ("sex", "female"),
        ("age", "20-24"),
        ("youth", "yes"),
        ("returnee", "yes"),
        ("group", "returnee_other"),
        ("kind", "public_works"),
        ("employer_kind", "public_body"),
        ("sector", "N"),
        ("occupation", "96"),
        ("programme", "none_stated"),
    }


def test_public_works_are_not_durable() -> None:
    assert entries([ENROLLED, FIRST], "MI-13.durable") == []


def test_the_job_is_due_and_unconfirmed_180_days_later() -> None:
    assert days([ENROLLED, FIRST], "MI-13.due") == ["2023-08-29"]
    assert days([ENROLLED, FIRST], "MI-13.unconfirmed") == ["2023-08-29"]
    assert days([ENROLLED, FIRST], "MI-13.retained") == []


def test_a_correction_moves_everything_to_the_new_day_and_town() -> None:
    corrected = [ENROLLED, FIRST, CORRECTED]

    for measure in ("placed", "durable"):
        (entry,) = entries(corrected, f"MI-13.{measure}")
        assert (entry.on, entry.municipality) == (day("2023-04-03"), NIS)
    assert {entry.municipality for entry in example_entries(corrected)} == {NIS}


@pytest.mark.parametrize("arrival", list(permutations([ENROLLED, FIRST, CORRECTED, CORRECTED])))
def test_it_does_not_matter_when_or_how_often_the_correction_comes(
    arrival: tuple[Fact, ...],
) -> None:
    assert example_entries(arrival) == example_entries([ENROLLED, CORRECTED])


@pytest.mark.parametrize("arrival", list(permutations([ENROLLED, FIRST, CORRECTED, RETRACTED])))
def test_after_the_retraction_no_entry_of_the_placement_is_left(
    arrival: tuple[Fact, ...],
) -> None:
    assert example_entries(arrival) == example_entries([ENROLLED]) == []
