"""The indicators MI-01 to MI-05 of the reference, each by cases worked out by hand."""

import pytest

from tests.properties.reference_queries import amounts, buckets, cell, days, spans, towns
from tests.reference.builders import BAKERY, NIS, make_event
from tests.reference.shapes import Event

RETURNED = make_event("registration.returnee.registered", "2023-01-31")
SEEKING = "matching.jobseeker.registered"
NOT_SEEKING = "matching.jobseeker.deregistered"
OPENED = make_event("matching.vacancy.opened", "2023-01-10", BAKERY, positions=3)


def closed(on: str, **fields: object) -> Event:
    return make_event("matching.vacancy.closed", on, BAKERY, **fields)


def test_mi_01_a_spell_lasts_until_the_next_deregistration() -> None:
    events = [
        make_event(SEEKING, "2023-01-10", factid="1"),
        make_event(SEEKING, "2023-02-10", factid="2"),
        make_event(NOT_SEEKING, "2023-03-10", factid="3"),
        make_event(SEEKING, "2023-03-10", factid="4"),
    ]

    assert spans(events, "MI-01.jobseekers") == [
        ("2023-01-10", "2023-03-10"),
        ("2023-02-10", "2023-03-10"),
        ("2023-03-10", ""),
    ]


def test_mi_01_a_deregistration_with_nothing_open_ends_what_opens_that_day() -> None:
    events = [make_event(SEEKING, "2023-01-10"), make_event(NOT_SEEKING, "2023-01-10")]

    assert spans(events, "MI-01.jobseekers") == []


def test_mi_01_jobseekers_are_counted_as_of_the_last_day() -> None:
    events = [make_event(SEEKING, "2023-01-31"), make_event(NOT_SEEKING, "2023-02-28")]

    found = {
        month: cell(events, "MI-01.jobseekers", "RS", month)
        for month in ("2023-01", "2023-02", "to-2023-01", "2023-Q1")
    }

    assert found == {
        "2023-01": (1, "value"),
        "2023-02": (0, "zero"),
        "to-2023-01": (1, "value"),
        "2023-Q1": (0, "zero"),
    }


def test_mi_01_the_occupation_is_the_facts_or_else_the_persons() -> None:
    block = make_event("registration.person.enrolled", "2023-01-01", occupation="7531")
    own = make_event(SEEKING, "2023-02-01", factid="1")
    with_occupation = make_event(SEEKING, "2023-02-01", factid="2", occupation="8141")

    assert buckets([block, own, with_occupation], "MI-01.jobseekers", "occupation") == {"75", "81"}
    assert buckets([own], "MI-01.jobseekers", "occupation") == {"unknown"}


def test_mi_01_positions_are_open_until_the_first_closing() -> None:
    events = [OPENED, closed("2023-01-09"), closed("2023-03-01", factid="2")]

    assert spans(events, "MI-01.positions") == [("2023-01-10", "2023-03-01")]
    assert cell(events, "MI-01.positions", "RS", "2023-02") == (3, "value")


@pytest.mark.parametrize(
    ("closing", "due", "unfilled"),
    [
        ([], [3], [3]),
        ([closed("2023-03-11", filled_positions=2)], [3], [1]),
        ([closed("2023-03-12", filled_positions=2)], [3], [3]),
        ([closed("2023-03-11", filled_positions=7)], [3], [0]),
        ([closed("2023-03-11", outcome="unfilled", filled_positions=2)], [3], [3]),
        ([closed("2023-03-11", outcome="withdrawn")], [], []),
        ([closed("2023-03-12", outcome="withdrawn")], [3], [3]),
    ],
)
def test_mi_02_counts_what_is_open_on_the_60th_day(
    closing: list[Event], due: list[int], unfilled: list[int]
) -> None:
    events = [OPENED, *closing]

    assert amounts(events, "MI-02.due") == [("2023-03-11", amount) for amount in due]
    assert amounts(events, "MI-02.unfilled") == [("2023-03-11", amount) for amount in unfilled]


@pytest.mark.parametrize(("months", "found"), [(12, []), (13, ["2023-05-01"])])
def test_mi_03_counts_departures_of_more_than_twelve_months(months: int, found: list[str]) -> None:
    block = make_event("registration.person.enrolled", "2023-01-01", qualification="6")
    departure = make_event("registration.departure.declared", "2023-05-01", expected_months=months)

    assert days([block, departure], "MI-03.out") == found


@pytest.mark.parametrize(("level", "count"), [("5", 0), ("6", 1), ("8", 1), ("not_stated", 0)])
def test_mi_03_counts_levels_6_to_8(level: str, count: int) -> None:
    returnee = make_event(
        "registration.returnee.registered", "2023-05-01", qualification=level, residence=NIS
    )

    assert towns([returnee], "MI-03.in") == [NIS] * count


SKILLED = make_event(
    "registration.person.enrolled",
    "2023-02-28",
    qualification="3",
    qualification_abroad=True,
    occupation="7531",
)


@pytest.mark.parametrize(
    ("fact", "used"),
    [
        (make_event("training.qualification.recognised", "2023-02-28"), 1),
        (make_event("training.qualification.recognised", "2024-02-28"), 1),
        (make_event("training.qualification.recognised", "2024-02-29"), 0),
        (make_event("training.qualification.recognised", "2023-02-27"), 0),
        (make_event("matching.placement.made", "2023-06-01", occupation="7512"), 1),
        (make_event("matching.placement.made", "2023-06-01", occupation="8141"), 0),
    ],
)
def test_mi_04_skills_are_used_within_a_year(fact: Event, used: int) -> None:
    assert days([SKILLED, fact], "MI-04.due") == ["2024-02-28"]
    assert days([SKILLED, fact], "MI-04.used") == ["2024-02-28"] * used


def test_mi_04_a_later_block_without_an_occupation_ends_the_match() -> None:
    events = [
        SKILLED,
        make_event("registration.person.enrolled", "2023-04-01", factid="2"),
        make_event("matching.placement.made", "2023-06-01", occupation="7531"),
    ]

    assert days(events, "MI-04.used") == []


def test_mi_05_has_the_fields_of_the_registration() -> None:
    found = {
        split: buckets([RETURNED], "MI-05.registered", split)
        for split in ("modality", "country", "household", "qualification")
    }

    assert found == {
        "modality": {"voluntary"},
        "country": {"DE"},
        "household": {"single"},
        "qualification": {"middle"},
    }
