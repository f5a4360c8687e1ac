"""MI-13: placements, jobs reported twice, and who still works after six months."""

import pytest

from schemas.events.matching import EmploymentConfirmed, PlacementEnded, PlacementMade
from schemas.events.registration import PersonEnrolled
from services.reporting.domain.history import Fact

from .builders import NES, NIS, PROKUPLJE, SCHOOL, Q, buckets, days, entries, make_fact

MADE = make_fact(PlacementMade, "2023-03-02", factid="pl-1", kind="open_ended", source=NES)
DUE = "2023-08-29"  # 180 days later


def ended(on: str, placement: str = "pl-1", **fields: str) -> Fact:
    return make_fact(PlacementEnded, on, placement=placement, **fields)


def confirmed(on: str, placement: str = "pl-1", **fields: str) -> Fact:
    return make_fact(EmploymentConfirmed, on, placement=placement, **fields)


def state(*facts: Fact) -> str:
    """What the one job that is due counts as: retained, unconfirmed or ended."""
    own = [MADE, *facts]
    assert days(own, "MI-13.due") == [DUE]
    found = [part for part in ("retained", "unconfirmed") if days(own, f"MI-13.{part}")]
    return found[0] if found else "ended"


@pytest.mark.parametrize(
    ("kind", "is_durable"),
    [
        ("open_ended", True),
        ("fixed_6_plus", True),
        ("self_employment", True),
        ("fixed_short", False),
        ("seasonal", False),
        ("public_works", False),
        ("internship", False),
    ],
)
def test_three_kinds_are_durable(kind: str, *, is_durable: bool) -> None:
    facts = [make_fact(PlacementMade, "2023-03-02", kind=kind)]

    assert len(days(facts, "MI-13.placed")) == 1
    assert len(days(facts, "MI-13.durable")) == int(is_durable)


def test_a_job_without_any_later_fact_is_unconfirmed() -> None:
    assert state() == "unconfirmed"


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2023-07-29", "unconfirmed"),  # 149 days
        ("2023-07-30", "retained"),  # 150 days
        ("2023-11-27", "retained"),  # 270 days
        ("2023-11-28", "unconfirmed"),  # 271 days
    ],
)
def test_a_confirmation_counts_from_150_to_270_days(on: str, expected: str) -> None:
    assert state(confirmed(on)) == expected


def test_the_persons_own_statement_confirms_nothing() -> None:
    assert state(confirmed("2023-08-29", evidence="self")) == "unconfirmed"
    assert state(confirmed("2023-08-29", evidence="adviser")) == "retained"


@pytest.mark.parametrize(("on", "expected"), [(DUE, "ended"), ("2023-08-30", "retained")])
def test_a_job_that_ended_on_or_before_the_due_day_is_not_retained(on: str, expected: str) -> None:
    assert state(confirmed("2023-08-01"), ended(on)) == expected


def test_a_reference_means_a_placement_of_its_own_source_unless_it_names_another() -> None:
    assert state(ended("2023-05-01", source=SCHOOL)) == "unconfirmed"
    assert state(ended("2023-05-01", source=SCHOOL, placement_source=NES)) == "ended"
    assert state(ended("2023-05-01", source=NES, placement_source=SCHOOL)) == "unconfirmed"


def test_a_reference_that_finds_nothing_is_no_error() -> None:
    assert state(ended("2023-05-01", placement="pl-9")) == "unconfirmed"


def test_a_reference_means_every_placement_of_that_source_and_factid() -> None:
    """Two codes of one person may each have a placement of that factid."""
    other = make_fact(PlacementMade, "2023-05-01", factid="pl-1", subject=Q)
    facts = [MADE, other, ended("2023-06-01")]

    assert days(facts, "MI-13.due") == [DUE, "2023-10-28"]
    assert days(facts, "MI-13.unconfirmed") == []


@pytest.mark.parametrize(
    ("again", "jobs"), [("2023-03-02", 1), ("2023-03-16", 1), ("2023-03-17", 2)]
)
def test_a_placement_at_most_14_days_after_the_first_reports_the_same_job(
    again: str, jobs: int
) -> None:
    facts = [MADE, make_fact(PlacementMade, again, source=SCHOOL)]

    assert len(days(facts, "MI-13.placed")) == 2
    assert len(days(facts, "MI-13.due")) == jobs


def test_a_report_is_compared_with_the_jobs_first_report_not_with_the_last() -> None:
    chain = [
        MADE,
        *(make_fact(PlacementMade, on) for on in ("2023-03-14", "2023-03-20", "2023-04-02")),
    ]

    assert days(chain, "MI-13.due") == [DUE, "2023-09-16"]


def test_the_same_days_in_another_town_are_another_job() -> None:
    facts = [MADE, make_fact(PlacementMade, "2023-03-05", municipality=NIS)]

    assert days(facts, "MI-13.due") == [DUE, "2023-09-01"]


def test_two_municipalities_of_one_city_are_one_council() -> None:
    facts = [
        make_fact(PlacementMade, "2023-03-02", municipality="80284"),
        make_fact(PlacementMade, "2023-03-05", municipality="80519"),
    ]

    assert days(facts, "MI-13.due") == [DUE]


def test_a_reference_to_any_report_means_the_job() -> None:
    reported_again = make_fact(
        PlacementMade, "2023-03-10", factid="x", source=SCHOOL, kind="seasonal"
    )

    assert state(reported_again, confirmed("2023-08-01", "x", source=SCHOOL)) == "retained"
    assert state(reported_again, ended("2023-08-01", "x", source=SCHOOL)) == "ended"


def test_a_jobs_dimensions_are_those_of_its_first_report_in_the_order_of_facts() -> None:
    """On one day the source decides which report is the first."""
    facts = [
        MADE,
        make_fact(PlacementMade, "2023-03-02", source="/partners/a", kind="seasonal"),
        make_fact(PersonEnrolled, "2023-01-01", birth_year=2001, birth_month=5),
        make_fact(PersonEnrolled, "2023-06-01", sex="male"),
    ]
    (due,) = entries(facts, "MI-13.due")

    assert buckets(facts, "MI-13.due", "kind") == {"seasonal"}
    assert buckets(facts, "MI-13.due", "sex") == {"female"}
    assert buckets(facts, "MI-13.due", "age") == {"20-24"}
    assert due.municipality == PROKUPLJE


def test_every_split_of_a_placement_has_its_bucket() -> None:
    facts = [
        make_fact(
            PlacementMade,
            "2023-03-02",
            kind="fixed_short",
            employer_kind="health",
            sector="Q",
            occupation="5321",
            programmes=("M4SD", "ROMA-2016"),
        )
    ]

    for split, expected in {
        "kind": {"fixed_short"},
        "employer_kind": {"health"},
        "sector": {"Q"},
        "occupation": {"53"},
        "programme": {"M4SD", "ROMA-2016"},
    }.items():
        assert buckets(facts, "MI-13.placed", split) == expected
