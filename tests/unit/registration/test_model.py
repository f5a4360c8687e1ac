"""Registration's rules: which follow-ups a return plans, and what is refused."""

import itertools
from datetime import date

import pytest

from runtime.storage.fact import Facts, facts_of_type
from schemas.events.registration import (
    ConsentGranted,
    ConsentWithdrawn,
    FollowupRecorded,
    PersonMoved,
    ReturneeRegistered,
)
from schemas.rules.recorded_fact import in_order
from schemas.rules.returns import returns_started
from schemas.validation.problems import Refusal
from services.registration import model
from services.registration.model import SOURCE, FollowUp
from tests.integration.services.builders import (
    NIS,
    PERSON,
    PROKUPLJE,
    day,
    known,
    needing,
    placed,
    published,
    returned,
    visited,
)


def moved(on: str, residence: str) -> PersonMoved:
    return PersonMoved.model_validate({"on": on, "municipality": PROKUPLJE, "residence": residence})


def consent(on: str, *, is_withdrawn: bool = False) -> ConsentGranted | ConsentWithdrawn:
    kind = ConsentWithdrawn if is_withdrawn else ConsentGranted
    return kind.model_validate({"on": on, "purpose": "statistics", "text_version": "v1-2023"})


def starts(facts: Facts) -> list[date]:
    return [start.on for start in returns_started(facts_of_type(facts, ReturneeRegistered))]


def test_a_return_plans_a_followup_after_six_and_after_twelve_months() -> None:
    plan = model.followups(known(published(returned("2023-08-31"))))

    assert plan == (
        FollowUp(PERSON, 6, day("2024-02-29"), PROKUPLJE, is_open=True, placed_on=None),
        FollowUp(PERSON, 12, day("2024-08-31"), PROKUPLJE, is_open=True, placed_on=None),
    )


def test_a_registration_within_a_year_of_an_earlier_one_starts_nothing() -> None:
    facts = known(published(returned("2022-01-10")), published(returned("2023-01-10")))

    assert starts(facts) == [day("2022-01-10")]


def test_a_registration_a_year_and_a_day_later_starts_a_return() -> None:
    facts = known(published(returned("2022-01-10")), published(returned("2023-01-11")))

    assert len(model.followups(facts)) == 4


def test_a_registration_that_starts_nothing_still_keeps_a_later_one_from_starting() -> None:
    days = ("2021-01-10", "2021-11-10", "2022-10-10")
    facts = known(*(published(returned(on)) for on in days))

    assert starts(facts) == [day("2021-01-10")]


def test_of_two_registrations_on_one_day_only_one_starts() -> None:
    facts = known(
        published(returned("2022-01-10")), published(returned("2022-01-10"), source=SOURCE)
    )

    assert len(model.followups(facts)) == 2


@pytest.mark.parametrize(
    ("visit", "is_open"),
    [
        (visited("2023-05-25"), True),  # 46 days before the due day
        (visited("2023-05-26"), False),
        (visited("2023-12-01"), False),
        (visited("2023-07-10", month=12), True),
        (visited("2023-02-01", month=12, whereabouts="died"), False),
    ],
)
def test_a_visit_of_its_month_closes_a_followup_from_45_days_before(
    visit: FollowupRecorded, *, is_open: bool
) -> None:
    plan = model.followups(known(published(returned("2023-01-10")), published(visit)))

    assert plan[0].is_open is is_open


def test_a_visit_after_one_return_does_not_close_the_followups_of_the_next() -> None:
    facts = known(
        published(returned("2021-01-10")),
        published(returned("2023-01-10")),
        published(visited("2021-07-10")),
    )

    assert [plan.is_open for plan in model.followups(facts)] == [False, True, True, True]


def test_the_latest_work_since_the_return_is_on_its_followups() -> None:
    facts = known(
        published(returned("2023-01-10")),
        published(placed("2022-12-01")),
        published(placed("2023-03-02")),
        published(placed("2023-05-02")),
    )

    assert {plan.placed_on for plan in model.followups(facts)} == {day("2023-05-02")}


def test_the_plan_is_the_same_in_any_order() -> None:
    facts = known(
        published(returned("2021-01-10")),
        published(returned("2023-01-10")),
        published(visited("2023-07-10")),
        published(placed("2023-03-02")),
    )
    plans = {model.followups(in_order(order)) for order in itertools.permutations(facts)}

    assert len(plans) == 1


def test_a_block_without_residence_keeps_the_earlier_residence() -> None:
    facts = known(published(moved("2023-02-01", NIS)), published(returned("2023-03-01")))

    assert model.person(facts).residence == NIS


def test_on_one_day_the_move_gives_the_residence_and_not_the_block() -> None:
    facts = known(
        published(moved("2023-02-01", NIS)), published(returned("2023-02-01", residence=PROKUPLJE))
    )

    assert model.person(facts).residence == NIS


@pytest.mark.parametrize("is_granted_last", [True, False])
def test_on_one_day_withdrawal_beats_grant(*, is_granted_last: bool) -> None:
    words = [published(consent("2023-02-01", is_withdrawn=is_granted_last))]
    words.append(published(consent("2023-02-01", is_withdrawn=not is_granted_last)))

    assert model.person(known(*words)).consents == {"statistics": False}


def test_a_later_grant_beats_a_withdrawal() -> None:
    words = (published(consent("2023-02-01", is_withdrawn=True)), published(consent("2023-02-02")))

    assert model.person(known(*words)).consents == {"statistics": True}


def test_a_fact_after_a_death_recorded_here_is_refused() -> None:
    facts = known(published(visited("2023-07-10", whereabouts="died"), source=SOURCE))

    with pytest.raises(Refusal) as refused:
        model.validate(facts, needing("2023-07-11"))

    assert refused.value.problem.code == "E1302"


def test_a_death_recorded_elsewhere_refuses_nothing() -> None:
    facts = known(published(visited("2023-07-10", whereabouts="died")))

    model.validate(facts, needing("2023-07-11"))
