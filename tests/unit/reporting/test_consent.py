"""Measures with basis consent exist only while the newest consent for statistics is a grant."""

import pytest

from schemas.events.matching import JobseekerRegistered, PlacementMade
from schemas.events.registration import ConsentGranted, ConsentWithdrawn
from schemas.events.training import CourseEnrolled
from services.reporting.domain.history import Fact

from .builders import NES, SCHOOL, Q, days, make_fact, make_retraction

TRAINED = make_fact(CourseEnrolled, "2023-03-02")
GRANTED = make_fact(ConsentGranted, "2023-02-01")


def consented(*consents: Fact) -> bool:
    return days([TRAINED, *consents], "PI-02.consented") == ["2023-03-02"]


def test_without_any_consent_fact_there_is_no_consent() -> None:
    assert not consented()
    assert days([TRAINED], "PI-02.persons") == ["2023-03-02"]


def test_a_grant_decides_for_all_days_past_ones_too() -> None:
    assert consented(GRANTED)
    assert consented(make_fact(ConsentGranted, "2025-01-01"))


def test_a_later_withdrawal_decides_for_past_days_too() -> None:
    assert not consented(GRANTED, make_fact(ConsentWithdrawn, "2025-01-01"))


def test_a_still_later_grant_decides_for_all_days() -> None:
    withdrawn = make_fact(ConsentWithdrawn, "2025-01-01")

    assert consented(GRANTED, withdrawn, make_fact(ConsentGranted, "2025-01-02"))


def test_on_one_day_a_withdrawal_wins_over_a_grant_of_any_source() -> None:
    withdrawn = make_fact(ConsentWithdrawn, "2023-02-01", source=NES)

    assert not consented(make_fact(ConsentGranted, "2023-02-01", source=SCHOOL), withdrawn)


def test_consent_for_another_purpose_decides_nothing() -> None:
    assert not consented(make_fact(ConsentGranted, "2023-02-01", purpose="research"))
    assert consented(GRANTED, make_fact(ConsentWithdrawn, "2025-01-01", purpose="referral"))


def test_a_retracted_withdrawal_does_not_count() -> None:
    withdrawn = make_fact(ConsentWithdrawn, "2025-01-01", factid="w")

    assert consented(GRANTED, withdrawn, make_retraction("registration.consent.withdrawn", "w"))


def test_the_consent_of_a_linked_code_is_the_persons() -> None:
    assert consented(make_fact(ConsentGranted, "2023-02-01", subject=Q))


@pytest.mark.parametrize(
    ("fact", "indicator"),
    [
        (make_fact(PlacementMade, "2023-03-02", channel="mediation"), "PI-07"),
        (make_fact(JobseekerRegistered, "2023-03-02", helped_by="o-nes"), "PI-08"),
        (TRAINED, "PI-02"),
    ],
)
def test_the_three_consented_measures_follow_consent(fact: Fact, indicator: str) -> None:
    assert days([fact], f"{indicator}.consented") == []
    assert days([fact, GRANTED], f"{indicator}.consented") == ["2023-03-02"]
