"""MI-09, MI-10 and MI-11: resident migrants, departures, counselling."""

import pytest

from schemas.events.matching import PlacementMade
from schemas.events.registration import (
    DepartureDeclared,
    PersonEnrolled,
    PersonMoved,
    ServiceDelivered,
)
from schemas.events.training import CourseEnrolled, PracticeStarted, SchoolReenrolled
from services.reporting.domain.history import Fact

from .builders import NIS, PROKUPLJE, buckets, days, entries, make_fact, places, spans


def block(on: str, *groups: str, **fields: object) -> Fact:
    return make_fact(PersonEnrolled, on, groups=groups, **fields)


def known(*facts: Fact) -> list[tuple[str, str | None]]:
    return spans(facts, "MI-09.known")


IN = block("2023-01-10", "asylum_seeker", "local")


def test_a_stay_is_open_until_something_changes() -> None:
    assert known(IN) == [("2023-01-10", None)]


def test_blocks_and_moves_while_in_begin_the_next_interval() -> None:
    facts = known(
        IN, block("2023-02-01", "protected"), make_fact(PersonMoved, "2023-03-01", residence=NIS)
    )

    assert facts == [
        ("2023-01-10", "2023-02-01"),
        ("2023-02-01", "2023-03-01"),
        ("2023-03-01", None),
    ]


def test_a_block_without_the_groups_or_a_departure_ends_the_stay() -> None:
    assert known(IN, block("2023-02-01", "local")) == [("2023-01-10", "2023-02-01")]
    assert known(IN, make_fact(DepartureDeclared, "2023-02-01")) == [("2023-01-10", "2023-02-01")]


def test_a_move_after_the_stay_begins_nothing() -> None:
    facts = known(
        IN, make_fact(DepartureDeclared, "2023-02-01"), make_fact(PersonMoved, "2023-03-01")
    )

    assert facts == [("2023-01-10", "2023-02-01")]


def test_what_begins_and_ends_on_one_day_is_no_interval() -> None:
    facts = known(IN, make_fact(PersonMoved, "2023-01-10", residence=NIS))

    assert facts == [("2023-01-10", None)]
    assert known(IN, make_fact(DepartureDeclared, "2023-01-10")) == []


def test_each_interval_has_the_place_and_buckets_of_its_first_day() -> None:
    facts = [
        IN,
        make_fact(PersonMoved, "2023-03-01", residence=NIS),
        block("2023-04-01", "protected", "migrant_no_status", sex="male"),
    ]
    first, second, third = entries(facts, "MI-09.known")

    assert first.municipality == PROKUPLJE  # a move holds from its own day
    assert second.municipality == third.municipality == NIS
    assert first.buckets == second.buckets == {("sex", "female"), ("group", "asylum_seeker")}
    assert third.buckets == {
        ("sex", "male"),
        ("group", "protected"),
        ("group", "migrant_no_status"),
    }


def test_without_a_residence_the_interval_is_where_its_fact_happened() -> None:
    facts = [IN, block("2023-04-01", "protected", municipality=NIS)]

    assert places(facts, "MI-09.known") == [PROKUPLJE, NIS]


@pytest.mark.parametrize("kind", [PlacementMade, CourseEnrolled, PracticeStarted, SchoolReenrolled])
@pytest.mark.parametrize(
    ("on", "counted"),
    [("2023-01-09", 0), ("2023-01-10", 1), ("2023-01-31", 1), ("2023-02-01", 0)],
)
def test_active_is_who_begins_something_on_a_day_in(
    kind: type[PlacementMade], on: str, counted: int
) -> None:
    facts = [IN, make_fact(kind, on), make_fact(DepartureDeclared, "2023-02-01")]

    assert len(days(facts, "MI-09.active")) == counted


def test_active_counts_where_the_person_lives_under_the_three_groups_only() -> None:
    facts = [
        IN,
        make_fact(PersonMoved, "2023-01-20", residence=NIS),
        make_fact(PlacementMade, "2023-02-01"),
    ]

    assert places(facts, "MI-09.active") == [NIS]
    assert buckets(facts, "MI-09.active", "group") == {"asylum_seeker"}


def test_departures_for_work_count_others_do_not() -> None:
    facts = [
        make_fact(DepartureDeclared, "2023-02-01"),
        make_fact(DepartureDeclared, "2023-03-01", purpose="study"),
    ]

    assert days(facts, "MI-10.departed") == ["2023-02-01"]


@pytest.mark.parametrize(
    ("months", "horizon"), [(0, "short"), (3, "short"), (4, "medium"), (12, "medium"), (13, "long")]
)
def test_the_horizon_is_short_up_to_three_and_long_over_twelve_months(
    months: int, horizon: str
) -> None:
    facts = [make_fact(DepartureDeclared, "2023-02-01", expected_months=months)]

    assert buckets(facts, "MI-10.departed", "horizon") == {horizon}


def test_only_migration_counselling_is_counselling() -> None:
    facts = [
        make_fact(ServiceDelivered, "2023-02-01", service="migration_counselling"),
        make_fact(ServiceDelivered, "2023-03-01", service="mentoring"),
    ]

    assert days(facts, "MI-11.counselled") == ["2023-02-01"]
