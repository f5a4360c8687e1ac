"""The worked example of indicators.md section 6, computed by the reference."""

from itertools import permutations

import pytest

from tests.properties.reference_queries import cell, days, outcomes, split
from tests.reference.builders import NIS, PROKUPLJE, correct, make_event, retract
from tests.reference.fold import entries_of
from tests.reference.shapes import Event

ENROLLED = make_event("registration.person.enrolled", "2023-01-10", birth_year=2001, birth_month=5)
PLACED = make_event("matching.placement.made", "2023-03-02", factid="pl-1", kind="public_works")
CORRECTED = correct(PLACED, 2, on="2023-04-03", kind="open_ended", municipality=NIS)
RETRACTED = retract(PLACED, 3)


@pytest.mark.parametrize("period", ["2023-03", "2023-Q1", "2023", "to-2023-03", "to-2024-11"])
@pytest.mark.parametrize("place", [PROKUPLJE, "RS229", "RS22", "RS"])
def test_a_placement_is_counted_at_every_level_and_period(place: str, period: str) -> None:
    assert cell([ENROLLED, PLACED], "MI-13.placed", place, period) == (1, "value")


@pytest.mark.parametrize(
    ("by", "bucket"),
    [
        ("sex", "female"),
        ("age", "20-24"),
        ("youth", "yes"),
        ("returnee", "yes"),
        ("group", "returnee_other"),
        ("kind", "public_works"),
    ],
)
def test_a_placement_is_counted_under_the_buckets_of_its_person(by: str, bucket: str) -> None:
    found = split([ENROLLED, PLACED], "MI-13.placed", PROKUPLJE, "2023-03", by)

    assert found == {bucket: 1}


def test_public_works_are_due_and_unconfirmed_but_not_durable() -> None:
    assert outcomes([ENROLLED, PLACED], "MI-13") == {
        "placed": ["2023-03-02"],
        "due": ["2023-08-29"],
        "unconfirmed": ["2023-08-29"],
    }


@pytest.mark.parametrize(
    "order",
    [*permutations([ENROLLED, PLACED, CORRECTED]), (CORRECTED, PLACED, ENROLLED, PLACED, PLACED)],
)
def test_a_correction_replaces_in_any_order_of_arrival(order: tuple[Event, ...]) -> None:
    events = list(order)

    assert cell(events, "MI-13.placed", PROKUPLJE, "2023") == (0, "zero")
    assert cell(events, "MI-13.durable", NIS, "2023-04") == (1, "value")
    assert days(events, "MI-13.placed") == ["2023-04-03"]


@pytest.mark.parametrize("order", [*permutations([ENROLLED, PLACED, CORRECTED, RETRACTED])])
def test_a_retraction_leaves_no_entry_of_the_placement(order: tuple[Event, ...]) -> None:
    assert entries_of(list(order)) == []
