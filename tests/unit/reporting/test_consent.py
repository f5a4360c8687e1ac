"""Measures with basis consent exist only while the newest consent for statistics is a grant."""

import pytest

from schemas.matching import JobseekerRegistered, PlacementMade
from schemas.registration import ConsentGranted, ConsentWithdrawn
from schemas.training import CourseEnrolled
from services.reporting.counting.history import Fact

from .telling import NES, SCHOOL, Q, days, retracted, said

TRAINED = said(CourseEnrolled, "2023-03-02")
GRANTED = said(ConsentGranted, "2023-02-01")


def consented(*consents: Fact) -> bool:
    return days([TRAINED, *consents], "PI-02.consented") == ["2023-03-02"]


def test_nobody_asked_is_nobodys_consent() -> None:
    assert not consented()
    assert days([TRAINED], "PI-02.persons") == ["2023-03-02"]


def test_a_grant_decides_for_all_days_past_ones_too() -> None:
    assert consented(GRANTED)
    assert consented(said(ConsentGranted, "2025-01-01"))


def test_a_later_withdrawal_takes_back_past_days_too() -> None:
    assert not consented(GRANTED, said(ConsentWithdrawn, "2025-01-01"))


def test_a_still_later_grant_brings_them_back() -> None:
    withdrawn = said(ConsentWithdrawn, "2025-01-01")

    assert consented(GRANTED, withdrawn, said(ConsentGranted, "2025-01-02"))


def test_on_one_day_withdrawal_beats_grant_whatever_the_sources() -> None:
    withdrawn = said(ConsentWithdrawn, "2023-02-01", source=NES)

    assert not consented(said(ConsentGranted, "2023-02-01", source=SCHOOL), withdrawn)


def test_consent_for_another_purpose_decides_nothing() -> None:
    assert not consented(said(ConsentGranted, "2023-02-01", purpose="research"))
    assert consented(GRANTED, said(ConsentWithdrawn, "2025-01-01", purpose="referral"))


def test_a_retracted_withdrawal_never_was() -> None:
    withdrawn = said(ConsentWithdrawn, "2025-01-01", factid="w")

    assert consented(GRANTED, withdrawn, retracted("registration.consent.withdrawn", "w"))


def test_the_consent_of_a_linked_code_is_the_persons() -> None:
    assert consented(said(ConsentGranted, "2023-02-01", subject=Q))


@pytest.mark.parametrize(
    ("fact", "indicator"),
    [
        (said(PlacementMade, "2023-03-02", channel="mediation"), "PI-07"),
        (said(JobseekerRegistered, "2023-03-02", helped_by="o-nes"), "PI-08"),
        (TRAINED, "PI-02"),
    ],
)
def test_the_three_consented_measures_follow_consent(fact: Fact, indicator: str) -> None:
    assert days([fact], f"{indicator}.consented") == []
    assert days([fact, GRANTED], f"{indicator}.consented") == ["2023-03-02"]
