"""The indicators MI-06 to MI-12 of the reference, each by cases worked out by hand."""

import pytest

from tests.properties.reference_queries import buckets, cell, days, outcomes, spans, towns
from tests.reference.builders import BOBAN, NIS, PROKUPLJE, make_event
from tests.reference.shapes import Event

RETURNED = make_event("registration.returnee.registered", "2023-01-31")
SEEKING = "matching.jobseeker.registered"
NOT_SEEKING = "matching.jobseeker.deregistered"
MIGRANT = {"groups": ["protected", "labour_migrant"]}


def followed(on: str, factid: str = "f-1", **fields: object) -> Event:
    return make_event("registration.followup.recorded", on, factid=factid, **fields)


@pytest.mark.parametrize(
    ("second", "starts"),
    [
        ("2024-01-31", ["2023-03-02"]),
        ("2024-02-01", ["2023-03-02", "2024-03-02"]),
        ("2023-01-31", ["2023-03-02"]),
    ],
)
def test_mi_06_starts_again_only_after_twelve_months(second: str, starts: list[str]) -> None:
    second_return = make_event("registration.returnee.registered", second, factid="f-2")

    assert days([second_return, RETURNED], "MI-06.due") == starts


def test_mi_06_a_registration_that_starts_no_cohort_still_blocks_the_next() -> None:
    events = [
        make_event("registration.returnee.registered", on, factid=on)
        for on in ("2022-01-01", "2022-12-01", "2023-11-01")
    ]

    assert days(events, "MI-06.due") == ["2022-01-31"]


@pytest.mark.parametrize(
    ("assessed", "referred", "done"),
    [
        ("2023-01-01", "2023-03-02", 1),
        ("2022-12-31", "2023-03-02", 0),
        ("2023-01-01", "2023-03-03", 0),
    ],
)
def test_mi_06_both_within_30_days(assessed: str, referred: str, done: int) -> None:
    events = [
        RETURNED,
        make_event("registration.needs.assessed", assessed),
        make_event("registration.referral.made", referred),
    ]

    assert days(events, "MI-06.done") == ["2023-03-02"] * done


@pytest.mark.parametrize(
    ("followup", "outcome"),
    [
        (followed("2023-06-16"), "sustained"),
        (followed("2023-06-15"), "missing"),
        (followed("2023-10-29", activity="benefit"), "sustained"),
        (followed("2023-10-30"), "missing"),
        (followed("2023-07-31", month=12), "missing"),
        (followed("2023-07-31", whereabouts="moved_in_serbia", activity="none"), "not_active"),
        (followed("2023-07-31", whereabouts="same", activity="unknown"), "not_active"),
        (followed("2023-07-31", whereabouts="abroad"), "abroad"),
        (followed("2023-07-31", whereabouts="unreachable", activity="unknown"), "unreachable"),
    ],
)
def test_mi_07_the_follow_up_near_the_due_day_decides(followup: Event, outcome: str) -> None:
    found = outcomes([RETURNED, followup], "MI-07")

    assert {name for name in found if name.startswith("m6_")} == {"m6_due", f"m6_{outcome}"}
    assert found["m6_due"] == ["2023-07-31"]


def test_mi_07_the_last_follow_up_of_the_month_decides() -> None:
    events = [
        RETURNED,
        followed("2023-08-02", "2", whereabouts="abroad"),
        followed("2023-08-01", "1"),
        followed("2023-08-03", "3", month=12),
    ]

    assert days(events, "MI-07.m6_abroad") == ["2023-07-31"]


@pytest.mark.parametrize(
    ("on", "six", "twelve"),
    [("2023-10-29", 0, 0), ("2023-10-30", 1, 0), ("2024-04-30", 1, 0), ("2024-05-01", 1, 1)],
)
def test_mi_07_who_died_by_then_has_no_entry(on: str, six: int, twelve: int) -> None:
    events = [RETURNED, followed(on, month=12, whereabouts="died", activity="unknown")]

    assert days(events, "MI-07.m6_due") == ["2023-07-31"] * six
    assert days(events, "MI-07.m12_due") == ["2024-01-31"] * twelve


def test_mi_09_known_begins_with_each_block_and_move() -> None:
    events = [
        make_event("registration.person.enrolled", "2023-01-10", factid="1", **MIGRANT),
        make_event("registration.person.moved", "2023-02-10", residence=NIS),
        make_event("registration.departure.declared", "2023-03-10"),
        make_event("registration.person.moved", "2023-04-10", residence=PROKUPLJE, factid="2"),
        make_event("registration.person.enrolled", "2023-05-10", factid="2", **MIGRANT),
        make_event("registration.person.enrolled", "2023-06-10", factid="3"),
    ]

    assert spans(events, "MI-09.known") == [
        ("2023-01-10", "2023-02-10"),
        ("2023-02-10", "2023-03-10"),
        ("2023-05-10", "2023-06-10"),
    ]
    assert towns(events, "MI-09.known") == [PROKUPLJE, NIS, PROKUPLJE]
    assert buckets(events, "MI-09.known", "group") == {"labour_migrant", "protected"}


def test_mi_09_known_is_present_in_every_period_that_it_meets() -> None:
    events = [
        make_event("registration.person.enrolled", "2023-01-31", **MIGRANT),
        make_event("registration.departure.declared", "2023-03-01"),
    ]

    found = {
        month: cell(events, "MI-09.known", "RS", month)[0]
        for month in ("2022-12", "2023-01", "2023-02", "2023-03", "to-2024-01")
    }

    assert found == {"2022-12": 0, "2023-01": 1, "2023-02": 1, "2023-03": 0, "to-2024-01": 1}


@pytest.mark.parametrize(
    ("on", "count"),
    [("2023-01-09", 0), ("2023-01-10", 1), ("2023-03-09", 1), ("2023-03-10", 0)],
)
def test_mi_09_active_only_while_in(on: str, count: int) -> None:
    events = [
        make_event("registration.person.enrolled", "2023-01-10", factid="1", **MIGRANT),
        make_event("registration.departure.declared", "2023-03-10"),
        make_event("training.school.reenrolled", on),
    ]

    assert days(events, "MI-09.active") == [on] * count


@pytest.mark.parametrize(("months", "horizon"), [(12, "medium"), (13, "long"), (0, "short")])
def test_mi_10_departures_for_work_by_horizon(months: int, horizon: str) -> None:
    departure = make_event("registration.departure.declared", "2023-03-10", expected_months=months)
    family = make_event("registration.departure.declared", "2023-04-10", BOBAN, purpose="family")

    assert days([departure, family], "MI-10.departed") == ["2023-03-10"]
    assert buckets([departure], "MI-10.departed", "horizon") == {horizon}


def test_mi_11_counts_migration_counselling_only() -> None:
    events = [
        make_event("registration.service.delivered", "2023-03-10", service="migration_counselling"),
        make_event("registration.service.delivered", "2023-03-11", factid="2"),
    ]

    assert days(events, "MI-11.counselled") == ["2023-03-10"]


ENROLLED = make_event("registration.person.enrolled", "2023-01-01")


@pytest.mark.parametrize(
    ("seeking", "is_reached"),
    [
        ([make_event(SEEKING, "2023-03-10")], True),
        ([make_event(SEEKING, "2023-04-09")], True),
        ([make_event(SEEKING, "2023-04-10")], False),
        ([make_event(SEEKING, "2023-03-10", categories=["other"])], False),
        ([make_event(SEEKING, "2023-03-10", categories=[])], False),
        ([make_event(SEEKING, "2023-03-10", categories=["other", "youth"])], True),
        ([make_event(SEEKING, "2023-01-10"), make_event(NOT_SEEKING, "2023-03-10")], False),
        ([make_event(SEEKING, "2023-01-10"), make_event(NOT_SEEKING, "2023-03-11")], True),
    ],
)
def test_mi_12_needs_a_spell_that_is_open_or_opens_soon(
    seeking: list[Event], *, is_reached: bool
) -> None:
    events = [
        ENROLLED,
        *seeking,
        make_event("training.course.enrolled", "2023-03-10", kind="digital"),
    ]

    assert ("2023-03-10" in days(events, "MI-12.reached")) == is_reached


@pytest.mark.parametrize(
    ("groups", "count"), [(["local"], 0), ([], 0), (["local", "refugee"], 1), (["diaspora"], 1)]
)
def test_mi_12_needs_a_group_other_than_local(groups: list[str], count: int) -> None:
    events = [
        make_event("registration.person.enrolled", "2023-01-01", groups=groups),
        make_event(SEEKING, "2023-03-01"),
        make_event("registration.service.delivered", "2023-03-10"),
    ]

    assert len(days(events, "MI-12.reached")) == 2 * count
