"""MI-13 of the reference, each by cases worked out by hand."""

import pytest

from tests.properties.reference_queries import buckets, counted, days, outcomes
from tests.reference.builders import (
    ANA,
    BOBAN,
    MEDIJANA,
    NIS,
    PROKUPLJE,
    make_event,
    retract,
)
from tests.reference.shapes import Event

MADE = "matching.placement.made"
PLACED = make_event(MADE, "2023-01-01")
ENROLLED = make_event("registration.person.enrolled", "2023-01-10")


def ended(on: str, **fields: object) -> Event:
    return make_event("matching.placement.ended", on, **fields)


def confirmed(on: str, **fields: object) -> Event:
    return make_event("matching.employment.confirmed", on, **fields)


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ([], {"due", "unconfirmed"}),
        ([ended("2023-06-30")], {"due"}),
        ([ended("2023-07-01")], {"due", "unconfirmed"}),
        ([confirmed("2023-05-30")], {"due", "unconfirmed"}),
        ([confirmed("2023-05-31")], {"due", "retained"}),
        ([confirmed("2023-09-28")], {"due", "retained"}),
        ([confirmed("2023-09-29")], {"due", "unconfirmed"}),
        ([confirmed("2023-06-30", evidence="self")], {"due", "unconfirmed"}),
        ([confirmed("2023-06-01"), ended("2023-06-30")], {"due"}),
        ([confirmed("2023-06-01", placement="f-9")], {"due", "unconfirmed"}),
        ([confirmed("2023-06-01", source="/partners/nes")], {"due", "unconfirmed"}),
        (
            [
                confirmed(
                    "2023-06-01", source="/partners/nes", placement_source="/services/matching"
                )
            ],
            {"due", "retained"},
        ),
    ],
)
def test_mi_13_on_the_180th_day(facts: list[Event], outcome: set[str]) -> None:
    found = outcomes([PLACED, *facts], "MI-13")

    assert set(found) == {"placed", "durable"} | outcome
    assert found["due"] == ["2023-06-30"]


def test_mi_13_a_placement_without_a_factid_is_referred_to_by_its_id() -> None:
    placed = {name: PLACED[name] for name in PLACED if name not in ("factid", "revision")}
    confirmation = confirmed("2023-06-30", placement=PLACED["id"])

    assert set(outcomes([placed, confirmation], "MI-13")) >= {"due", "retained"}


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
def test_mi_13_durable_kinds(kind: str, *, is_durable: bool) -> None:
    placed = make_event(MADE, "2023-01-01", kind=kind)

    assert bool(days([placed], "MI-13.durable")) == is_durable


@pytest.mark.parametrize(
    ("second", "town", "starts"),
    [
        ("2023-01-15", PROKUPLJE, ["2023-06-30"]),
        ("2023-01-16", PROKUPLJE, ["2023-06-30", "2023-07-15"]),
        ("2023-01-01", NIS, ["2023-06-30", "2023-06-30"]),
    ],
)
def test_mi_13_two_reports_of_a_job(second: str, town: str, starts: list[str]) -> None:
    events = [PLACED, make_event(MADE, second, source="/partners/nes", municipality=town)]

    assert days(events, "MI-13.due") == starts
    assert len(counted(events, "MI-13.placed")) == 2


def test_mi_13_a_job_begins_with_its_first_not_its_last_report() -> None:
    events = [
        make_event(MADE, day, factid=day) for day in ("2023-01-01", "2023-01-15", "2023-01-16")
    ]

    assert days(events, "MI-13.due") == ["2023-06-30", "2023-07-15"]


def test_mi_13_a_job_counts_in_one_council_under_all_codes_of_its_town() -> None:
    events = [
        make_event(MADE, "2023-01-01", municipality=NIS, factid="1"),
        make_event(MADE, "2023-01-02", municipality=MEDIJANA, factid="2"),
    ]

    assert days(events, "MI-13.due") == ["2023-06-30"]


def test_mi_13_a_reference_to_any_report_refers_to_the_job() -> None:
    events = [
        PLACED,
        make_event(MADE, "2023-01-05", source="/partners/nes", factid="theirs"),
        ended("2023-03-01", source="/partners/nes", placement="theirs"),
    ]

    assert set(outcomes(events, "MI-13")) == {"placed", "durable", "due"}


def test_mi_13_without_the_first_report_the_second_is_the_job() -> None:
    second = make_event(MADE, "2023-01-05", source="/partners/nes", kind="seasonal")
    events = [PLACED, second, retract(PLACED)]

    assert days(events, "MI-13.due") == ["2023-07-04"]
    assert buckets(events, "MI-13.due", "kind") == {"seasonal"}


def test_mi_13_a_merge_makes_two_reports_one_job() -> None:
    events = [PLACED, make_event(MADE, "2023-01-05", BOBAN)]
    merged = make_event("registration.person.merged", "2023-02-01", ANA, **{"with": BOBAN})

    assert len(counted(events, "MI-13.due")) == 2
    assert len(counted([*events, merged], "MI-13.due")) == 1


def test_mi_13_the_dimensions_are_those_of_the_starting_day() -> None:
    events = [
        make_event("registration.person.enrolled", "2022-01-01", birth_year=2003, birth_month=2),
        PLACED,
    ]

    assert buckets(events, "MI-13.due", "age") == {"15-19"}
