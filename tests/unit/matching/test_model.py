"""Matching's rules: who seeks work, which vacancies are proposed, and what is refused."""

import itertools

import pytest

from schemas.events.event import Event
from schemas.rules.recorded_fact import in_order
from schemas.validation.problems import Refusal
from services.matching import model
from services.matching.model import Jobseeker, Vacancy
from tests.integration.services.builders import (
    COOK,
    NIS,
    NIS_MEDIJANA,
    PERSON,
    PROKUPLJE,
    TAILOR,
    UPHOLSTERER,
    VACANCY,
    closed,
    completed,
    day,
    declined,
    known,
    opened,
    person,
    placed,
    published,
    returned,
    seeking,
    sought,
    vacancy,
)


def seeker(number: int = 1, *occupations: str, **fields: object) -> Jobseeker:
    defaults = {"council": PROKUPLJE, "since": day("2023-02-01"), "declined": ()}
    given: dict[str, object] = {**defaults, **fields}
    return Jobseeker(person=person(number), occupations=occupations or (TAILOR,), **given)  # type: ignore[arg-type] # a builder


def offer(number: int = 1, occupation: str = TAILOR, **fields: object) -> Vacancy:
    opened_on = {"opened_on": day("2023-03-01"), "closed_on": None, "outcome": None}
    given: dict[str, object] = {"municipality": PROKUPLJE, "positions": 2, **opened_on, **fields}
    return Vacancy(code=vacancy(number), occupation=occupation, **given)  # type: ignore[arg-type] # a builder


def spells(*events: Event) -> list[str]:
    facts = known(*(published(event) for event in events))
    return [str(fact.on) for fact in model.open_registrations(facts)]


def refusal_of(event: Event, *facts: Event, named: Vacancy | None = None) -> str | None:
    try:
        model.validate(
            known(*(published(fact) for fact in facts)), event, named, is_proposed=named is not None
        )
    except Refusal as refused:
        return refused.problem.path
    return None


def test_a_person_seeks_work_from_the_registration_on() -> None:
    facts = known(published(seeking("2023-02-01", occupation=TAILOR)))

    assert model.jobseeker(facts) == Jobseeker(PERSON, PROKUPLJE, day("2023-02-01"), (TAILOR,), ())


def test_courses_and_the_return_add_to_a_jobseekers_occupations() -> None:
    facts = known(
        published(returned("2023-01-10", occupation=COOK)),
        published(completed("2023-01-20")),
        published(seeking("2023-02-01")),
    )
    found = model.jobseeker(facts)

    assert found is not None
    assert found.occupations == (COOK, TAILOR)


def test_a_course_makes_nobody_a_jobseeker() -> None:
    assert model.jobseeker(known(published(completed("2023-01-20")))) is None


def test_a_city_municipality_counts_for_its_city() -> None:
    found = model.jobseeker(known(published(seeking("2023-02-01", municipality=NIS_MEDIJANA))))

    assert found is not None
    assert found.council == NIS


def test_a_deregistration_ends_all_spells_open_before_its_day() -> None:
    assert spells(seeking("2023-02-01"), seeking("2023-03-01"), sought("2023-04-01")) == []


def test_a_registration_after_the_end_opens_a_new_spell() -> None:
    story = (seeking("2023-02-01"), sought("2023-04-01"), seeking("2023-05-01"))

    assert spells(*story) == ["2023-05-01"]


def test_on_one_day_the_deregistration_comes_first() -> None:
    story = (seeking("2023-02-01"), sought("2023-04-01"), seeking("2023-04-01"))

    assert spells(*story) == ["2023-04-01"]


def test_with_nothing_open_before_its_day_a_deregistration_ends_what_opens_on_it() -> None:
    assert spells(seeking("2023-04-01"), sought("2023-04-01")) == []


def test_a_jobseeker_is_the_same_in_any_order() -> None:
    facts = known(
        published(seeking("2023-02-01")),
        published(sought("2023-04-01")),
        published(seeking("2023-04-01", occupation=COOK)),
        published(completed("2023-03-01")),
        published(declined("2023-05-01")),
    )
    found = {model.jobseeker(in_order(order)) for order in itertools.permutations(facts)}

    assert len(found) == 1


@pytest.mark.parametrize(
    ("closing", "closed_on"), [("2023-02-28", None), ("2023-03-01", day("2023-03-01"))]
)
def test_the_first_closing_on_or_after_the_opening_ends_a_vacancy(
    closing: str, closed_on: object
) -> None:
    facts = known(published(opened("2023-03-01"), VACANCY), published(closed(closing), VACANCY))
    found = model.vacancy(facts)

    assert found is not None
    assert found.closed_on == closed_on


@pytest.mark.parametrize(
    ("offered", "fits"),
    [
        (offer(occupation=UPHOLSTERER), True),
        (offer(occupation=COOK), False),
        (offer(municipality=NIS), False),
        (offer(closed_on=day("2023-04-01")), False),
    ],
)
def test_a_vacancy_suits_if_open_in_the_council_and_of_a_near_occupation(
    offered: Vacancy, *, fits: bool
) -> None:
    assert model.fits(seeker(), offered) is fits


def test_a_declined_vacancy_no_longer_suits() -> None:
    assert not model.fits(seeker(declined=(vacancy(1),)), offer(1))


def test_at_most_five_vacancies_are_proposed_the_best_first() -> None:
    offers = [offer(n, UPHOLSTERER, opened_on=day(f"2023-03-0{n}")) for n in range(1, 8)]
    proposals = model.proposals_to(seeker(), [*offers, offer(9)], proposed=())

    assert [(p.rank, p.vacancy.code) for p in proposals] == [
        (1, vacancy(9)),
        (2, vacancy(7)),
        (3, vacancy(6)),
        (4, vacancy(5)),
        (5, vacancy(4)),
    ]


def test_an_earlier_proposal_is_not_replaced_by_a_worse_vacancy() -> None:
    offers = [offer(n) for n in range(1, 8)]
    proposals = model.proposals_to(seeker(), offers, proposed=[vacancy(1), vacancy(3)])

    assert [(p.rank, p.vacancy.code) for p in proposals] == [
        (1, vacancy(2)),
        (2, vacancy(4)),
        (3, vacancy(5)),
    ]


def test_proposals_do_not_depend_on_the_order_of_the_vacancies() -> None:
    offers = [offer(1), offer(2, UPHOLSTERER), offer(3), offer(4, opened_on=day("2023-05-01"))]
    found = {
        tuple(model.proposals_to(seeker(), order, proposed=()))
        for order in itertools.permutations(offers)
    }

    assert len(found) == 1


def test_a_vacancy_is_proposed_to_five_the_longest_seeking_of_its_occupation_first() -> None:
    near = [seeker(n, UPHOLSTERER, since=day(f"2023-01-0{n}")) for n in range(1, 7)]
    proposals = model.proposals_of(offer(), [*near, seeker(9)])

    assert [(p.rank, p.person) for p in proposals] == [
        (1, person(9)),
        (2, person(1)),
        (3, person(2)),
        (4, person(3)),
        (5, person(4)),
    ]


@pytest.mark.parametrize(
    ("reported_on", "is_recent"), [("2023-05-30", True), ("2023-05-31", False)]
)
def test_a_fact_reported_more_than_ninety_days_after_its_day_is_not_recent(
    reported_on: str, *, is_recent: bool
) -> None:
    assert model.is_recent(day("2023-03-01"), day(reported_on)) is is_recent


def test_an_open_vacancy_is_not_opened_again() -> None:
    assert refusal_of(opened("2023-04-01"), opened("2023-03-01")) == "$.on"


def test_a_closed_vacancy_is_not_closed_again() -> None:
    assert refusal_of(closed("2023-05-01"), opened("2023-03-01"), closed("2023-04-01")) == "$.on"


def test_a_closed_vacancy_may_be_opened_again() -> None:
    assert refusal_of(opened("2023-05-01"), opened("2023-03-01"), closed("2023-04-01")) is None


def test_no_more_positions_are_filled_than_were_offered() -> None:
    overfull = closed("2023-04-01", filled_positions=3)

    assert refusal_of(overfull, opened("2023-03-01")) == "$.filled_positions"


def test_the_closing_of_an_unknown_vacancy_is_accepted() -> None:
    assert refusal_of(closed("2023-04-01")) is None


@pytest.mark.parametrize(
    ("outcome", "on", "path"),
    [
        ("withdrawn", "2023-04-02", "$.vacancy"),
        ("unfilled", "2023-04-02", "$.vacancy"),
        ("withdrawn", "2023-04-01", None),
        ("filled", "2023-04-15", None),
    ],
)
def test_nobody_is_placed_on_a_vacancy_that_closed_for_another_reason_before(
    outcome: str, on: str, path: str | None
) -> None:
    named = offer(closed_on=day("2023-04-01"), outcome=outcome)

    assert refusal_of(placed(on, vacancy=named.code), named=named) == path


def test_only_what_was_proposed_is_declined_and_once() -> None:
    assert refusal_of(declined("2023-04-01")) == "$.vacancy"
    assert refusal_of(declined("2023-04-01"), named=offer(0)) is None
    assert refusal_of(declined("2023-04-02"), declined("2023-04-01"), named=offer(0)) == "$.vacancy"
