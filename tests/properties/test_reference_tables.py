"""Cells of the reference: places, periods, states, observations, and tables as of an instant."""

from datetime import date

import pytest

from tests.properties.reference_queries import amounts, cell, days, split
from tests.reference.builders import (
    ANA,
    BOBAN,
    CECA,
    DARKO,
    ENISA,
    NIS,
    PRIZREN,
    PROKUPLJE,
    correct,
    make_event,
    retract,
)
from tests.reference.fold import entries_of
from tests.reference.shapes import Event

BACK = "registration.returnee.registered"
MADE = "matching.placement.made"


def make_observation(period: str, value: str, factid: str = "f-1", **fields: object) -> Event:
    series = fields.pop("series", "employers_surveyed")
    fields = {"vintage": "2023-07-01"} | fields
    return make_event(
        "reference.observation.loaded",
        "2023-07-01",
        f"s-{series}",
        period=period,
        value=value,
        factid=factid,
        **fields,
    )


def test_a_person_counts_once_in_a_cell_and_in_two_towns_once_each() -> None:
    events = [
        make_event(MADE, "2023-03-02", factid="1"),
        make_event(MADE, "2023-03-20", factid="2"),
        make_event(MADE, "2023-03-21", factid="3", municipality=NIS),
    ]

    found = [
        cell(events, "MI-13.placed", place, "2023-03")[0] for place in (PROKUPLJE, NIS, "RS22")
    ]

    assert found == [1, 1, 1]


def test_kosovo_has_no_district_and_belongs_to_the_country() -> None:
    events = [make_event(BACK, "2023-03-02", municipality=PRIZREN)]

    found = {
        place: cell(events, "MI-05.registered", place, "2023")[0]
        for place in (PRIZREN, "RS-KM", "RS", "RS22")
    }

    assert found == {PRIZREN: 1, "RS-KM": 1, "RS": 1, "RS22": 0}


def test_overlapping_groups_add_up_to_more_than_the_total() -> None:
    events = [
        make_event(BACK, "2023-03-02", groups=["returnee_other", "labour_migrant"]),
        make_event(MADE, "2023-03-02"),
    ]

    assert split(events, "MI-13.placed", "RS", "2023", "group") == {
        "labour_migrant": 1,
        "returnee_other": 1,
    }


@pytest.mark.parametrize(("today", "state"), [("2023-09-28", "pending"), ("2023-09-29", "value")])
def test_a_cohort_that_settles_is_pending_until_then(today: str, state: str) -> None:
    # 2023-06-30 is the due day and the last day of the period; it settles 90 days later.
    found = cell(
        [make_event(MADE, "2023-01-01")], "MI-13.due", "RS", "2023-06", date.fromisoformat(today)
    )

    assert found == (1, state)


@pytest.mark.parametrize(("today", "state"), [("2023-03-31", "pending"), ("2023-04-01", "zero")])
def test_a_cohort_is_pending_until_its_last_day_has_passed(today: str, state: str) -> None:
    found = cell(
        [make_event(BACK, "2023-01-01")], "MI-06.due", "RS", "2023-03", date.fromisoformat(today)
    )

    assert found == (0, state)


def test_a_pending_cohort_counts_future_due_days() -> None:
    found = cell([make_event(BACK, "2023-03-01")], "MI-06.due", "RS", "2023-03", date(2023, 3, 2))

    assert found == (1, "pending")


@pytest.mark.parametrize(
    ("lengths", "found"),
    [
        ([1, 2, 3, 4], (None, "none")),
        ([1, 2, 9, 20, 30], (9, "value")),
        ([0, 0, 0, 0, 5], (0, "zero")),
    ],
)
def test_a_duration_is_the_median_from_five_entries(
    lengths: list[int], found: tuple[int | None, str]
) -> None:
    events = []
    for who, length in zip((ANA, BOBAN, CECA, DARKO, ENISA), lengths, strict=False):
        events.append(make_event("registration.person.enrolled", "2023-01-01", who))
        events.append(make_event(MADE, f"2023-01-{1 + length:02}", who))

    assert cell(events, "PI-14.first_job", "RS", "2023-01") == found


def test_the_median_of_six_is_the_mean_of_the_middle_two() -> None:
    events = []
    codes = (ANA, BOBAN, CECA, DARKO, ENISA, "p-0fffffffffffffffffffffffff")
    for who, length in zip(codes, (1, 2, 3, 4, 5, 6), strict=True):
        events.append(make_event("registration.person.enrolled", "2023-01-01", who))
        events.append(make_event(MADE, f"2023-01-{1 + length:02}", who))

    assert cell(events, "PI-14.first_job", "RS", "2023-01") == (3.5, "value")


def test_an_observation_is_shown_for_exactly_its_place_and_period() -> None:
    events = [
        make_observation("2023-06", "646"),
        make_observation("2023-06", "9", "2", municipality=PROKUPLJE),
    ]

    found = {
        (place, period): cell(events, "PI-12.employers_surveyed", place, period)[0]
        for place in ("RS", PROKUPLJE, "RS22", "RS229", NIS)
        for period in ("2023-06", "2023-Q2", "to-2023-06", "to-2023-05", "to-2024-01")
        if cell(events, "PI-12.employers_surveyed", place, period)[0] is not None
    }

    assert found == {
        ("RS", "2023-06"): 646,
        ("RS", "to-2023-06"): 646,
        ("RS", "to-2024-01"): 646,
        (PROKUPLJE, "2023-06"): 9,
        (PROKUPLJE, "to-2023-06"): 9,
        (PROKUPLJE, "to-2024-01"): 9,
    }


@pytest.mark.parametrize(
    ("series", "measure"),
    [
        ("work_permits", "MI-08.work_permits"),
        ("intention_permanent", "MI-11.intention_permanent"),
        ("intention_temporary", "MI-11.intention_temporary"),
        ("survey_workshops", "PI-11.survey_workshops"),
        ("survey_mini_grants", "PI-11.survey_mini_grants"),
        ("employers_interested", "PI-12.employers_interested"),
        ("equipment_donated", "PI-13.equipment_donated"),
    ],
)
def test_a_series_is_shown_by_its_indicator(series: str, measure: str) -> None:
    entries = entries_of([make_observation("2023-06", "68", series=series, base="100")])

    assert [(entry.measure, entry.amount) for entry in entries] == [
        (measure, 68),
        (f"{measure}_base", 100),
    ]


def test_a_to_period_shows_the_latest_month_before_quarter_before_year() -> None:
    events = [
        make_observation("2023", "1", "1"),
        make_observation("2023-Q4", "2", "2"),
        make_observation("2023-11", "3", "3"),
    ]

    assert cell(events, "PI-12.employers_surveyed", "RS", "to-2023-12")[0] == 2
    assert (
        cell(
            [*events, make_observation("2023-12", "4", "4")],
            "PI-12.employers_surveyed",
            "RS",
            "to-2023-12",
        )[0]
        == 4
    )
    assert cell(events[:1], "PI-12.employers_surveyed", "RS", "to-2023-11") == (None, "none")


def test_the_greatest_vintage_counts_with_its_own_base() -> None:
    events = [
        make_observation("2023-06", "5.5", "2", base="10", vintage="2023-07-01"),
        make_observation("2023-06", "6", "1", vintage="2023-08-01"),
    ]

    assert amounts(events, "PI-12.employers_surveyed") == [("2023-06-01", 6)]
    assert days(events, "PI-12.employers_surveyed_base") == []
    assert amounts(events[:1], "PI-12.employers_surveyed_base") == [("2023-06-01", 10)]


def test_of_one_vintage_the_last_in_the_order_of_facts_counts() -> None:
    events = [make_observation("2023-06", "5", "b"), make_observation("2023-06", "6", "a")]

    assert amounts(events, "PI-12.employers_surveyed") == [("2023-06-01", 5)]


def test_a_correction_of_the_place_moves_an_observation() -> None:
    first = make_observation("2023-06", "5", municipality=PROKUPLJE)
    events = [first, correct(first, 2, municipality=NIS)]

    assert cell(events, "PI-12.employers_surveyed", PROKUPLJE, "2023-06") == (None, "none")
    assert cell(events, "PI-12.employers_surveyed", NIS, "2023-06") == (5, "value")


def test_a_retracted_observation_leaves_no_entry() -> None:
    first = make_observation("2023-06", "5", municipality=PROKUPLJE)

    assert entries_of([retract(first), first]) == []


def test_as_of_reads_the_log_of_that_instant_with_the_consent_of_today() -> None:
    events = [
        make_event("training.course.enrolled", "2023-02-01"),
        make_event("registration.consent.granted", "2023-02-01"),
        make_event("training.course.enrolled", "2023-03-01", factid="2"),
    ]
    withdrawn = make_event("registration.consent.withdrawn", "2023-04-01")
    then = "2023-02-02T00:00:00Z"

    assert [e.measure for e in entries_of(events, then)] == [
        "PI-01.persons",
        "PI-02.persons",
        "PI-02.consented",
    ]
    assert "PI-02.consented" not in [e.measure for e in entries_of([*events, withdrawn], then)]
