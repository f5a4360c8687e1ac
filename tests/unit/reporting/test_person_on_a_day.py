"""Who a person is on a day: the latest block on or before it, or else the first one."""

import pytest

from schemas.events.matching import PlacementMade
from schemas.events.registration import (
    DepartureDeclared,
    PersonEnrolled,
    PersonMoved,
    ReturneeRegistered,
)
from services.reporting.domain.attributes import age_band, age_on, youth
from services.reporting.domain.history import Fact

from .builders import NES, NIS, NOVI_SAD, PROKUPLJE, SCHOOL, buckets, day, make_fact, places

WORKS = make_fact(PlacementMade, "2023-03-02")
LEAVES = make_fact(DepartureDeclared, "2023-03-02")


def test_without_any_block_every_person_dimension_is_unknown() -> None:
    for split in ("sex", "age", "youth", "returnee", "group"):
        assert buckets([WORKS], "MI-13.placed", split) == {"unknown"}
    assert buckets([LEAVES], "MI-10.departed", "qualification") == {"unknown"}


def test_the_latest_block_on_or_before_the_day_describes_the_person() -> None:
    facts = [
        make_fact(PersonEnrolled, "2023-01-01", sex="male"),
        make_fact(PersonEnrolled, "2023-03-02", sex="female"),
        make_fact(PersonEnrolled, "2023-03-03", sex="not_stated"),
        WORKS,
    ]

    assert buckets(facts, "MI-13.placed", "sex") == {"female"}


def test_before_the_first_block_the_first_one_counts() -> None:
    facts = [
        WORKS,
        make_fact(PersonEnrolled, "2024-01-01", sex="male"),
        make_fact(PersonEnrolled, "2024-06-01", sex="female"),
    ]

    assert buckets(facts, "MI-13.placed", "sex") == {"male"}


def test_of_two_blocks_on_one_day_the_last_in_the_order_of_facts_counts() -> None:
    first = make_fact(PersonEnrolled, "2023-01-01", sex="male", source=NES)
    last = make_fact(PersonEnrolled, "2023-01-01", sex="female", source=SCHOOL)

    assert buckets([last, first, WORKS], "MI-13.placed", "sex") == {"female"}


def test_a_block_replaces_all_attributes_at_once() -> None:
    facts = [
        make_fact(PersonEnrolled, "2023-01-01", groups=("returnee_other",), occupation="8131"),
        make_fact(PersonEnrolled, "2023-02-01", groups=()),
        WORKS,
    ]

    assert buckets(facts, "MI-13.placed", "group") == {"none_stated"}
    assert buckets(facts, "MI-13.placed", "returnee") == {"no"}


def test_groups_overlap_and_returnee_is_any_returnee_group() -> None:
    facts = [
        make_fact(PersonEnrolled, "2023-01-01", groups=("local", "returnee_readmission")),
        WORKS,
    ]

    assert buckets(facts, "MI-13.placed", "group") == {"local", "returnee_readmission"}
    assert buckets(facts, "MI-13.placed", "returnee") == {"yes"}


@pytest.mark.parametrize(
    ("stated", "bucket"),
    [
        ("none", "low"),
        ("2", "low"),
        ("3", "middle"),
        ("5", "middle"),
        ("6", "high"),
        ("8", "high"),
        ("not_stated", "not_stated"),
    ],
)
def test_qualifications_are_low_middle_or_high(stated: str, bucket: str) -> None:
    facts = [make_fact(ReturneeRegistered, "2023-01-01", qualification=stated)]

    assert buckets(facts, "MI-05.registered", "qualification") == {bucket}


@pytest.mark.parametrize(
    ("on", "birth_month", "age"),
    [
        ("2023-04-30", 5, 21),
        ("2023-05-01", 5, 22),
        ("2023-01-01", None, 22),
        ("2001-05-01", 5, 0),
        ("2001-04-30", 5, None),
        ("2000-12-31", None, None),
    ],
)
def test_age_is_the_difference_of_years_less_one_before_the_birth_month(
    on: str, birth_month: int | None, age: int | None
) -> None:
    assert age_on(day(on), 2001, birth_month) == age


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (None, "unknown"),
        (0, "0-14"),
        (14, "0-14"),
        (15, "15-19"),
        (19, "15-19"),
        (20, "20-24"),
        (24, "20-24"),
        (25, "25-29"),
        (29, "25-29"),
        (30, "30-49"),
        (49, "30-49"),
        (50, "50-64"),
        (64, "50-64"),
        (65, "65+"),
        (120, "65+"),
    ],
)
def test_age_bands_have_these_edges(age: int | None, band: str) -> None:
    assert age_band(age) == band


@pytest.mark.parametrize(
    ("age", "bucket"), [(None, "unknown"), (15, "no"), (16, "yes"), (30, "yes"), (31, "no")]
)
def test_youth_is_16_to_30(age: int | None, bucket: str) -> None:
    assert youth(age) == bucket


def council_counted(*facts: Fact) -> list[str]:
    return places([*facts, LEAVES], "MI-10.departed")


def test_without_any_residence_the_fact_counts_where_it_happened() -> None:
    assert council_counted(make_fact(PersonEnrolled, "2023-01-01")) == [PROKUPLJE]


def test_a_later_block_without_residence_keeps_the_residence() -> None:
    assert council_counted(
        make_fact(PersonEnrolled, "2023-01-01", residence=NIS),
        make_fact(PersonEnrolled, "2023-02-01"),
    ) == [NIS]


def test_a_later_blocks_residence_replaces_the_earlier() -> None:
    assert council_counted(
        make_fact(PersonEnrolled, "2023-01-01", residence=NIS),
        make_fact(PersonEnrolled, "2023-02-01", residence=NOVI_SAD),
    ) == [NOVI_SAD]


def test_a_move_changes_only_the_residence_and_wins_over_a_block_of_its_day() -> None:
    facts = [
        make_fact(PersonEnrolled, "2023-02-01", residence=NOVI_SAD, sex="male"),
        make_fact(PersonMoved, "2023-02-01", residence=NIS),
    ]

    assert council_counted(*facts) == [NIS]
    assert buckets([*facts, LEAVES], "MI-10.departed", "sex") == {"male"}


def test_before_the_first_residence_stated_that_of_the_first_block_counts() -> None:
    assert council_counted(
        make_fact(PersonEnrolled, "2023-01-01"),
        make_fact(PersonMoved, "2024-01-01", residence=NOVI_SAD),
        make_fact(PersonEnrolled, "2024-02-01", residence=NIS, factid="f-2"),
    ) == [NIS]


def test_a_move_never_looks_back() -> None:
    assert council_counted(
        make_fact(PersonEnrolled, "2023-01-01"),
        make_fact(PersonMoved, "2024-01-01", residence=NIS),
    ) == [PROKUPLJE]


def test_a_move_without_any_block_is_a_residence_too() -> None:
    assert council_counted(make_fact(PersonMoved, "2023-01-01", residence=NIS)) == [NIS]


@pytest.mark.parametrize("alias", ["80284", "80519", "89010"])
def test_every_listed_code_counts_for_its_council(alias: str) -> None:
    assert places([make_fact(PlacementMade, "2023-03-02", municipality=alias)], "MI-13.placed") == [
        NOVI_SAD
    ]
    assert council_counted(make_fact(PersonMoved, "2023-01-01", residence=alias)) == [NOVI_SAD]
