"""MI-01 and MI-02: jobseekers, vacancies, and what stays unfilled."""

import pytest

from schemas.events.matching import (
    JobseekerDeregistered,
    JobseekerRegistered,
    VacancyClosed,
    VacancyOpened,
)
from schemas.events.registration import PersonEnrolled
from services.reporting.domain.history import Fact

from .builders import NES, SCHOOL, V, buckets, entries, make_fact, spans

OPENED = make_fact(VacancyOpened, "2023-01-01", subject=V, positions=5)


def seeks(*facts: Fact) -> list[tuple[str, str | None]]:
    return spans(facts, "MI-01.jobseekers")


def registered(on: str, source: str = NES) -> Fact:
    return make_fact(JobseekerRegistered, on, source=source)


def deregistered(on: str, source: str = NES) -> Fact:
    return make_fact(JobseekerDeregistered, on, source=source)


def closed(on: str, outcome: str = "filled", filled: int = 3) -> Fact:
    return make_fact(VacancyClosed, on, subject=V, outcome=outcome, filled_positions=filled)


def test_a_spell_lasts_until_the_next_deregistration() -> None:
    facts = seeks(deregistered("2022-12-01"), registered("2023-01-01"), deregistered("2023-02-01"))

    assert facts == [("2023-01-01", "2023-02-01")]


def test_a_spell_without_deregistration_is_open() -> None:
    assert seeks(registered("2023-01-01")) == [("2023-01-01", None)]


def test_a_deregistration_ends_every_open_spell() -> None:
    facts = seeks(registered("2023-01-01"), registered("2023-01-15"), deregistered("2023-02-01"))

    assert facts == [("2023-01-01", "2023-02-01"), ("2023-01-15", "2023-02-01")]


def test_who_deregisters_and_registers_on_one_day_has_a_new_spell() -> None:
    facts = seeks(registered("2023-01-01"), deregistered("2023-02-01"), registered("2023-02-01"))

    assert facts == [("2023-01-01", "2023-02-01"), ("2023-02-01", None)]


def test_two_sources_of_one_deregistration_end_no_spell_that_opens_on_its_day() -> None:
    facts = seeks(
        registered("2023-01-01"),
        deregistered("2023-02-01", NES),
        deregistered("2023-02-01", SCHOOL),
        registered("2023-02-01"),
    )

    assert facts == [("2023-01-01", "2023-02-01"), ("2023-02-01", None)]


def test_with_no_spell_open_before_it_a_deregistration_ends_those_of_its_day() -> None:
    assert seeks(registered("2023-02-01"), deregistered("2023-02-01")) == []


def test_a_spell_that_ended_earlier_is_not_open_before_the_day() -> None:
    facts = seeks(
        registered("2023-01-01"),
        deregistered("2023-01-10"),
        registered("2023-02-01"),
        deregistered("2023-02-01"),
        registered("2023-02-02"),
    )

    assert facts == [("2023-01-01", "2023-01-10"), ("2023-02-02", None)]


def test_a_jobseekers_occupation_is_the_facts_else_the_persons_else_unknown() -> None:
    plain = registered("2023-02-01")
    own = make_fact(JobseekerRegistered, "2023-02-01", occupation="7533")
    tailor = make_fact(PersonEnrolled, "2023-01-01", occupation="8131")

    assert buckets([tailor, own], "MI-01.jobseekers", "occupation") == {"75"}
    assert buckets([tailor, plain], "MI-01.jobseekers", "occupation") == {"81"}
    assert buckets([plain], "MI-01.jobseekers", "occupation") == {"unknown"}


def test_positions_are_open_until_the_first_closing_on_or_after_the_opening() -> None:
    facts = [closed("2022-12-31"), OPENED, closed("2023-02-01"), closed("2023-03-01")]

    (entry,) = entries(facts, "MI-01.positions")
    assert (entry.amount, spans(facts, "MI-01.positions")) == (5, [("2023-01-01", "2023-02-01")])


def test_a_vacancy_closed_on_the_day_of_its_opening_was_never_open() -> None:
    assert spans([OPENED, closed("2023-01-01")], "MI-01.positions") == []


@pytest.mark.parametrize(
    ("closing", "due", "unfilled"),
    [
        (None, 5, 5),
        (closed("2023-03-02", filled=3), 5, 2),  # the due day itself
        (closed("2023-03-03", filled=3), 5, 5),  # the day after
        (closed("2023-01-01", filled=3), 5, 2),
        (closed("2023-02-01", filled=9), 5, 0),
        (closed("2023-02-01", outcome="unfilled", filled=0), 5, 5),
        (closed("2023-03-03", outcome="withdrawn", filled=0), 5, 5),
    ],
)
def test_unfilled_is_what_no_closing_by_the_due_day_reports_as_filled(
    closing: Fact | None, due: int, unfilled: int
) -> None:
    facts = [OPENED] if closing is None else [OPENED, closing]

    for measure, amount in (("due", due), ("unfilled", unfilled)):
        (entry,) = entries(facts, f"MI-02.{measure}")
        assert (entry.on.isoformat(), entry.amount) == ("2023-03-02", amount)


def test_a_vacancy_withdrawn_by_the_due_day_is_in_neither() -> None:
    facts = [OPENED, closed("2023-03-02", outcome="withdrawn", filled=0)]

    assert entries(facts, "MI-02.due") == entries(facts, "MI-02.unfilled") == []


def test_only_the_first_closing_after_the_opening_decides() -> None:
    facts = [OPENED, closed("2023-02-01", outcome="unfilled"), closed("2023-02-02", filled=5)]

    (entry,) = entries(facts, "MI-02.unfilled")
    assert entry.amount == 5
    assert buckets(facts, "MI-02.unfilled", "sector") == {"C"}
