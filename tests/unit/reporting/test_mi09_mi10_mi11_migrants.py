"""MI-09, MI-10 and MI-11: resident migrants, departures, counselling."""

import pytest

from schemas.matching import PlacementMade
from schemas.registration import (
    DepartureDeclared,
    PersonEnrolled,
    PersonMoved,
    ServiceDelivered,
)
from schemas.training import CourseEnrolled, PracticeStarted, SchoolReenrolled
from services.reporting.counting.history import Fact

from .telling import NIS, PROKUPLJE, buckets, days, entries, places, said, spans


def block(on: str, *groups: str, **fields: object) -> Fact:
    return said(PersonEnrolled, on, groups=groups, **fields)


def known(*facts: Fact) -> list[tuple[str, str | None]]:
    return spans(facts, "MI-09.known")


IN = block("2023-01-10", "asylum_seeker", "local")


def test_a_stay_is_open_until_something_changes() -> None:
    assert known(IN) == [("2023-01-10", None)]


def test_blocks_and_moves_while_in_begin_the_next_interval() -> None:
    told = known(
        IN, block("2023-02-01", "protected"), said(PersonMoved, "2023-03-01", residence=NIS)
    )

    assert told == [
        ("2023-01-10", "2023-02-01"),
        ("2023-02-01", "2023-03-01"),
        ("2023-03-01", None),
    ]


def test_a_block_without_the_groups_or_a_departure_ends_the_stay() -> None:
    assert known(IN, block("2023-02-01", "local")) == [("2023-01-10", "2023-02-01")]
    assert known(IN, said(DepartureDeclared, "2023-02-01")) == [("2023-01-10", "2023-02-01")]


def test_a_move_after_the_stay_begins_nothing() -> None:
    told = known(IN, said(DepartureDeclared, "2023-02-01"), said(PersonMoved, "2023-03-01"))

    assert told == [("2023-01-10", "2023-02-01")]


def test_what_begins_and_ends_on_one_day_is_no_interval() -> None:
    told = known(IN, said(PersonMoved, "2023-01-10", residence=NIS))

    assert told == [("2023-01-10", None)]
    assert known(IN, said(DepartureDeclared, "2023-01-10")) == []


def test_each_interval_has_the_place_and_buckets_of_its_first_day() -> None:
    told = [
        IN,
        said(PersonMoved, "2023-03-01", residence=NIS),
        block("2023-04-01", "protected", "migrant_no_status", sex="male"),
    ]
    first, second, third = entries(told, "MI-09.known")

    assert first.municipality == NIS  # residence looks back before the first statement
    assert second.municipality == third.municipality == NIS
    assert first.buckets == second.buckets == {("sex", "female"), ("group", "asylum_seeker")}
    assert third.buckets == {
        ("sex", "male"),
        ("group", "protected"),
        ("group", "migrant_no_status"),
    }


def test_without_a_residence_the_interval_is_where_its_fact_happened() -> None:
    told = [IN, block("2023-04-01", "protected", municipality=NIS)]

    assert places(told, "MI-09.known") == [PROKUPLJE, NIS]


@pytest.mark.parametrize("kind", [PlacementMade, CourseEnrolled, PracticeStarted, SchoolReenrolled])
@pytest.mark.parametrize(
    ("on", "counted"),
    [("2023-01-09", 0), ("2023-01-10", 1), ("2023-01-31", 1), ("2023-02-01", 0)],
)
def test_active_is_who_begins_something_on_a_day_in(
    kind: type[PlacementMade], on: str, counted: int
) -> None:
    told = [IN, said(kind, on), said(DepartureDeclared, "2023-02-01")]

    assert len(days(told, "MI-09.active")) == counted


def test_active_counts_where_the_person_lives_under_the_three_groups_only() -> None:
    told = [IN, said(PersonMoved, "2023-01-20", residence=NIS), said(PlacementMade, "2023-02-01")]

    assert places(told, "MI-09.active") == [NIS]
    assert buckets(told, "MI-09.active", "group") == {"asylum_seeker"}


def test_departures_for_work_count_others_do_not() -> None:
    told = [
        said(DepartureDeclared, "2023-02-01"),
        said(DepartureDeclared, "2023-03-01", purpose="study"),
    ]

    assert days(told, "MI-10.departed") == ["2023-02-01"]


@pytest.mark.parametrize(("months", "horizon"), [(12, "short"), (13, "long"), (0, "short")])
def test_the_horizon_is_long_over_twelve_months(months: int, horizon: str) -> None:
    told = [said(DepartureDeclared, "2023-02-01", expected_months=months)]

    assert buckets(told, "MI-10.departed", "horizon") == {horizon}


def test_only_migration_counselling_is_counselling() -> None:
    told = [
        said(ServiceDelivered, "2023-02-01", service="migration_counselling"),
        said(ServiceDelivered, "2023-03-01", service="mentoring"),
    ]

    assert days(told, "MI-11.counselled") == ["2023-02-01"]
