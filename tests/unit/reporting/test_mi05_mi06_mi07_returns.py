"""MI-05, MI-06 and MI-07: returns, and what became of them."""

import pytest

from schemas.events.registration import (
    FollowupRecorded,
    NeedsAssessed,
    PersonEnrolled,
    ReferralMade,
    ReturneeRegistered,
)
from services.reporting.domain.fold import entries_of
from services.reporting.domain.history import Fact

from .builders import DEFINITIONS, NES, PROKUPLJE, SCHOOL, buckets, days, make_fact, places

RETURNED = make_fact(ReturneeRegistered, "2023-01-31")
PARTS = ("sustained", "not_active", "abroad", "unreachable", "missing")


def asked(on: str, month: int = 6, source: str = NES, **answer: object) -> Fact:
    return make_fact(FollowupRecorded, on, month=month, source=source, **answer)


def outcome(*followups: Fact, months: int = 6) -> list[str]:
    """The parts of MI-07 in which the return counts, on whatever day."""
    facts = [RETURNED, *followups]
    return [part for part in PARTS if days(facts, f"MI-07.m{months}_{part}")]


def test_every_registration_counts_with_the_fields_it_has() -> None:
    facts = [RETURNED, make_fact(ReturneeRegistered, "2023-02-01", country="AT")]

    assert days(facts, "MI-05.registered") == ["2023-01-31", "2023-02-01"]
    assert buckets([RETURNED], "MI-05.registered", "country") == {"DE"}
    assert buckets([RETURNED], "MI-05.registered", "modality") == {"voluntary"}
    assert buckets([RETURNED], "MI-05.registered", "household") == {"single"}


@pytest.mark.parametrize(
    ("again", "starts"),
    [
        ("2023-01-31", 1),
        ("2024-01-31", 1),  # twelve months later, to the day
        ("2024-02-01", 2),
    ],
)
def test_a_return_within_twelve_months_of_another_starts_no_clock(again: str, starts: int) -> None:
    assert len(days([RETURNED, make_fact(ReturneeRegistered, again)], "MI-06.due")) == starts


def test_a_return_that_started_no_clock_still_hides_the_next_one() -> None:
    chain = [RETURNED, *(make_fact(ReturneeRegistered, on) for on in ("2023-12-01", "2024-11-01"))]

    assert days(chain, "MI-06.due") == ["2023-03-02"]


def test_twelve_months_after_the_end_of_a_long_month_is_the_end_of_the_short_one() -> None:
    leap_day = make_fact(ReturneeRegistered, "2024-02-29")

    assert len(days([leap_day, make_fact(ReturneeRegistered, "2025-02-28")], "MI-06.due")) == 1
    assert len(days([leap_day, make_fact(ReturneeRegistered, "2025-03-01")], "MI-06.due")) == 2


def test_a_block_that_registers_no_return_starts_no_clock() -> None:
    assert days([make_fact(PersonEnrolled, "2023-01-31")], "MI-06.due") == []


@pytest.mark.parametrize(
    ("assessed", "referred", "done"),
    [
        ("2023-01-01", "2023-03-02", True),
        ("2023-03-02", "2023-01-01", True),
        ("2022-12-31", "2023-03-02", False),
        ("2023-01-01", "2023-03-03", False),
    ],
)
def test_assessed_and_referred_within_thirty_days_of_either_side(
    assessed: str, referred: str, *, done: bool
) -> None:
    facts = [RETURNED, make_fact(NeedsAssessed, assessed), make_fact(ReferralMade, referred)]

    assert days(facts, "MI-06.due") == ["2023-03-02"]
    assert days(facts, "MI-06.done") == (["2023-03-02"] if done else [])


def test_an_assessment_without_a_referral_is_not_enough() -> None:
    assert days([RETURNED, make_fact(NeedsAssessed, "2023-02-01")], "MI-06.done") == []


def test_a_return_is_due_6_and_12_months_later_at_its_own_place() -> None:
    assert days([RETURNED], "MI-07.m6_due") == ["2023-07-31"]
    assert days([RETURNED], "MI-07.m12_due") == ["2024-01-31"]
    assert places([RETURNED], "MI-07.m6_due") == [PROKUPLJE]


def test_six_months_after_the_31st_of_august_is_the_last_of_february() -> None:
    assert days([make_fact(ReturneeRegistered, "2023-08-31")], "MI-07.m6_due") == ["2024-02-29"]


def test_without_a_followup_the_return_is_missing() -> None:
    assert outcome() == ["missing"]


@pytest.mark.parametrize(
    ("whereabouts", "activity", "part"),
    [
        ("same", "employed", "sustained"),
        ("same", "education", "sustained"),
        ("moved_in_serbia", "benefit", "sustained"),
        ("same", "none", "not_active"),
        ("moved_in_serbia", "unknown", "not_active"),
        ("abroad", "employed", "abroad"),
        ("unreachable", "unknown", "unreachable"),
    ],
)
def test_each_answer_is_exactly_one_part(whereabouts: str, activity: str, part: str) -> None:
    assert outcome(asked("2023-08-01", whereabouts=whereabouts, activity=activity)) == [part]


@pytest.mark.parametrize(
    ("on", "part"),
    [
        ("2023-06-15", "missing"),
        ("2023-06-16", "abroad"),  # 45 days before
        ("2023-10-29", "abroad"),  # 90 days after
        ("2023-10-30", "missing"),
    ],
)
def test_a_followup_counts_from_45_days_before_to_90_days_after(on: str, part: str) -> None:
    assert outcome(asked(on, whereabouts="abroad")) == [part]


def test_the_last_of_the_months_followups_decides() -> None:
    facts = [
        asked("2023-08-02", source=NES, whereabouts="abroad"),
        asked("2023-08-02", source=SCHOOL),
        asked("2023-08-01", whereabouts="unreachable"),
        asked("2023-08-03", month=12, whereabouts="unreachable"),
    ]

    assert outcome(*facts) == ["sustained"]


@pytest.mark.parametrize(("died_on", "is_due"), [("2023-10-29", False), ("2023-10-30", True)])
def test_who_died_by_90_days_after_the_due_day_is_in_no_measure(
    died_on: str, *, is_due: bool
) -> None:
    """A follow-up of any month says so."""
    facts = [RETURNED, asked(died_on, month=12, whereabouts="died")]
    measures = {entry.measure for entry in entries_of(facts, DEFINITIONS)}

    assert ("MI-07.m6_due" in measures) is is_due
    assert ("MI-07.m6_missing" in measures) is is_due
    assert "MI-07.m12_due" not in measures
