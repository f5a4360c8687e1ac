"""Tables of every kind over HTTP equal the ones computed by hand."""

from datetime import UTC, datetime

import pytest

from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import ReportingHarness
from tests.reference.builders import (
    ANA,
    BAKERY,
    BOBAN,
    CECA,
    DARKO,
    ENISA,
    FARM,
    IVANJICA,
    MEDIJANA,
    NIS,
    PRIZREN,
    PROKUPLJE,
    make_event,
    retract,
)
from tests.reference.shapes import Event

BACK, ENROLLED = "registration.returnee.registered", "registration.person.enrolled"
MADE, SEEKS, LEFT = (
    "matching.placement.made",
    "matching.jobseeker.registered",
    "matching.jobseeker.deregistered",
)
OPENED, CLOSED = "matching.vacancy.opened", "matching.vacancy.closed"
SERVED, OBSERVED = "registration.service.delivered", "reference.observation.loaded"


def observed(series: str, period: str, value: str, **fields: str) -> Event:
    return make_event(OBSERVED, "2023-07-01", f"s-{series}", period=period, value=value, **fields)


async def test_persons_count_once_in_every_cell_by_itself(reporting: ReportingHarness) -> None:
    await reporting.process(
        make_event(MADE, "2023-03-02", factid="1"),
        make_event(MADE, "2023-03-20", factid="2"),
        make_event(MADE, "2023-04-21", factid="3", municipality=MEDIJANA),
    )

    assert [
        (await reporting.total("MI-13.placed", place, period))[0]
        for place, period in (
            (PROKUPLJE, "2023-03"),
            (PROKUPLJE, "2023-Q1"),
            (NIS, "2023-04"),
            ("RS225", "2023"),
            ("RS229", "2023"),
            ("RS22", "2023"),
            ("RS", "to-2023-03"),
            ("RS", "to-2030-12"),
        )
    ] == [1, 1, 1, 1, 1, 1, 1, 1]


async def test_a_cell_without_entries_is_zero_and_other_splits_are_empty(
    reporting: ReportingHarness,
) -> None:
    total = await reporting.values("MI-05", PROKUPLJE, "2023-06", measure="registered")
    by_sex = await reporting.values("MI-05", PROKUPLJE, "2023-06", split="sex")

    assert total == {("registered", "total"): (0, "zero")}
    assert by_sex == {}


async def test_a_split_lists_the_buckets_that_have_an_entry(reporting: ReportingHarness) -> None:
    await reporting.process(
        make_event(BACK, "2023-06-02", ANA, groups=["returnee_other", "labour_migrant"]),
        make_event(BACK, "2023-06-03", BOBAN, sex="male", groups=["returnee_readmission"]),
        make_event(MADE, "2023-06-05", ANA),
        make_event(MADE, "2023-06-05", BOBAN),
    )
    by_sex = await reporting.values("MI-05", PROKUPLJE, "2023-06", split="sex")
    by_group = await reporting.values("MI-13", PROKUPLJE, "2023", split="group", measure="placed")

    assert by_sex == {("registered", "female"): (1, "value"), ("registered", "male"): (1, "value")}
    assert by_group == {
        ("placed", "labour_migrant"): (1, "value"),
        ("placed", "returnee_other"): (1, "value"),
        ("placed", "returnee_readmission"): (1, "value"),
    }


async def test_kosovo_and_metohija_is_a_region_without_districts(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(make_event(BACK, "2023-06-02", municipality=PRIZREN))

    for place in (PRIZREN, "RS-KM", "RS"):
        assert await reporting.total("MI-05.registered", place, "2023") == (1, "value")


async def test_a_stock_is_the_sum_of_the_entries_open_at_the_end_of_the_last_day(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(
        make_event(SEEKS, "2023-03-10", ANA),
        make_event(LEFT, "2023-05-31", ANA),
        make_event(SEEKS, "2023-05-31", BOBAN),
        make_event(OPENED, "2023-03-01", BAKERY, positions=3),
        make_event(OPENED, "2023-03-15", FARM, positions=4),
        make_event(CLOSED, "2023-05-01", BAKERY, filled_positions=1),
    )
    months = ("2023-02", "2023-03", "2023-04", "2023-05", "2023-Q2", "to-2023-04")
    seekers = [(await reporting.total("MI-01.jobseekers", PROKUPLJE, month))[0] for month in months]
    positions = [
        (await reporting.total("MI-01.positions", PROKUPLJE, month))[0] for month in months
    ]

    assert seekers == [0, 1, 1, 1, 1, 1]
    assert positions == [0, 7, 7, 4, 4, 7]


async def test_a_sum_counts_amounts_and_a_bucket_of_nothing_is_zero(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(
        make_event(OPENED, "2023-03-01", BAKERY, positions=3),
        make_event(CLOSED, "2023-03-20", BAKERY, filled_positions=3),
        make_event(OPENED, "2023-03-01", FARM, positions=4, sector="A"),
    )
    by_sector = await reporting.values("MI-02", PROKUPLJE, "2023-04", split="sector")

    assert by_sector == {
        ("due", "A"): (4, "value"),
        ("due", "C"): (3, "value"),
        ("unfilled", "A"): (4, "value"),
        ("unfilled", "C"): (0, "zero"),
    }


async def test_a_person_is_present_in_a_period_with_one_day_of_a_stay(
    reporting: ReportingHarness,
) -> None:
    groups = ["asylum_seeker"]
    await reporting.process(
        make_event(ENROLLED, "2023-03-10", ANA, groups=groups, residence=PROKUPLJE),
        make_event("registration.person.moved", "2023-05-01", ANA, residence=NIS),
    )
    cells = [(PROKUPLJE, "2023-02"), (PROKUPLJE, "2023-04"), (PROKUPLJE, "2023-05"), (NIS, "2023")]
    known = [(await reporting.total("MI-09.known", *each))[0] for each in cells]

    assert known == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2023-07-01T12:00:00", (1, "pending")),
        ("2023-11-29T22:59:00", (1, "pending")),
        ("2023-11-29T23:00:00", (1, "value")),
    ],
)
async def test_a_cohort_is_pending_until_it_has_settled(
    open_reporting: OpenReporting, now: str, expected: tuple[int, str]
) -> None:
    # Due on 2023-08-29; the period ends on 2023-08-31 and settles for 90 days, until 2023-11-29.
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    reporting = await open_reporting(clock=lambda: instant)
    await reporting.process(make_event(MADE, "2023-03-02"))

    assert await reporting.total("MI-13.due", PROKUPLJE, "2023-08") == expected


async def test_a_cohort_without_settling_is_pending_until_midnight_in_belgrade(
    open_reporting: OpenReporting,
) -> None:
    now = datetime(2023, 4, 30, 21, 59, tzinfo=UTC)
    early = await open_reporting(clock=lambda: now)
    late = await open_reporting(clock=lambda: now.replace(hour=22, minute=0))
    await early.process(make_event(OPENED, "2023-03-01", BAKERY, positions=3))

    assert await early.total("MI-02.due", PROKUPLJE, "2023-04") == (3, "pending")
    assert await late.total("MI-02.due", PROKUPLJE, "2023-04") == (3, "value")


async def test_a_duration_is_a_median_shown_from_five_entries(reporting: ReportingHarness) -> None:
    people = (ANA, BOBAN, CECA, DARKO)
    for days, person in zip((1, 5, 10, 100), people, strict=True):
        await reporting.process(
            make_event(ENROLLED, "2023-01-01", person),
            make_event(SERVED, f"2023-0{1 + days // 31}-{1 + days % 31:02}", person),
        )
    four = await reporting.total("PI-14.first_service", PROKUPLJE, "2023")
    await reporting.process(
        make_event(ENROLLED, "2023-01-01", ENISA), make_event(SERVED, "2023-01-07", ENISA)
    )

    assert four == (None, "none")
    assert await reporting.total("PI-14.first_service", PROKUPLJE, "2023") == (6, "value")
    assert await reporting.total("PI-14.first_service", PROKUPLJE, "2023-02") == (None, "none")


async def test_an_observation_is_shown_for_exactly_its_place_and_period(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(
        observed("survey_workshops", "2023-06", "68.5", municipality=PROKUPLJE),
        observed("employers_surveyed", "2023-Q2", "646", factid="f-2", base="1000"),
    )
    cells = {
        (PROKUPLJE, "2023-06"): (68.5, "value"),
        (PROKUPLJE, "2023-Q2"): (None, "none"),
        (PROKUPLJE, "to-2023-07"): (68.5, "value"),
        (PROKUPLJE, "to-2023-05"): (None, "none"),
        ("RS229", "2023-06"): (None, "none"),
        ("RS", "2023-06"): (None, "none"),
    }

    assert {each: await reporting.total("PI-11.survey_workshops", *each) for each in cells} == cells
    assert await reporting.total("PI-12.employers_surveyed", "RS", "2023-Q2") == (646, "value")
    assert await reporting.total("PI-12.employers_surveyed_base", "RS", "2023-Q2") == (
        1000,
        "value",
    )


async def test_the_latest_observation_wins_and_of_one_end_the_shortest_period(
    reporting: ReportingHarness,
) -> None:
    observations = [
        observed("work_permits", period, value, factid=period)
        for period, value in (("2023", "4"), ("2023-Q4", "3"), ("2023-12", "2"), ("2023-11", "1"))
    ]
    await reporting.process(*observations)
    found = [await reporting.total("MI-08.work_permits", "RS", "to-2024-03")]
    for event in (observations[2], observations[1]):
        await reporting.process(retract(event))
        found.append(await reporting.total("MI-08.work_permits", "RS", "to-2024-03"))

    assert [value for value, _ in found] == [2, 3, 4]


async def test_a_base_belongs_to_the_observation_shown_and_never_to_an_older_one(
    reporting: ReportingHarness,
) -> None:
    older = observed("survey_workshops", "2023-05", "34", base="50", municipality=PROKUPLJE)
    newer = observed("survey_workshops", "2023-06", "68", factid="f-2", municipality=PROKUPLJE)
    name = "PI-11.survey_workshops"
    found = []
    for event in (older, newer, retract(newer)):
        await reporting.process(event)
        found.append(
            (
                await reporting.total(name, PROKUPLJE, "to-2023-06"),
                await reporting.total(f"{name}_base", PROKUPLJE, "to-2023-06"),
            )
        )

    with_base = ((34, "value"), (50, "value"))
    assert found == [with_base, ((68, "value"), (None, "none")), with_base]


async def test_a_corrected_observation_moves_to_the_place_it_names_now(
    reporting: ReportingHarness,
) -> None:
    first = observed("equipment_donated", "2023-06", "10", municipality=PROKUPLJE)
    moved = first | {"id": "e-2", "revision": 2, "data": first["data"] | {"municipality": IVANJICA}}
    await reporting.process(first)
    await reporting.process(moved)

    total = "PI-13.equipment_donated"
    assert await reporting.total(total, PROKUPLJE, "2023-06") == (None, "none")
    assert await reporting.total(total, IVANJICA, "2023-06") == (10, "value")
