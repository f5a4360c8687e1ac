"""Publication: readers see what the projection changed, and what the calendar changes."""

from datetime import UTC, datetime, timedelta

import pytest

from services.reporting.indicators import catalogue
from services.reporting.publication.indicator_gauges import GaugeLabel, gauge_values
from services.reporting.publication.policy import PublishableMeasures
from services.reporting.publication.publisher import Publisher
from services.reporting.publication.queries import PublicationQueries
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import ReportingHarness
from tests.reference.builders import ANA, BAKERY, BOBAN, NIS, PROKUPLJE, make_event, retract

BACK, MADE = "registration.returnee.registered", "matching.placement.made"
MORNING = datetime(2023, 6, 15, 8, tzinfo=UTC)

PUBLISHED = """
SELECT value FROM published.value
WHERE (measure, place, period) = ($1, $2, $3) AND state IN ('value', 'zero', 'pending')
"""


async def publish(reporting: ReportingHarness, *, calendar: bool = False) -> None:
    """One round of the publisher, areas included."""
    shown = PublishableMeasures.of(catalogue(reporting.context.declared))
    async with reporting.context.pool.acquire() as connection:
        publisher = Publisher(connection, shown, reporting.context.clock)
        if calendar:
            await publisher.publish_calendar(reporting.context.clock().date())
        await publisher.publish_councils()
        await publisher.publish_areas()


async def publish_day(reporting: ReportingHarness) -> None:
    """Publish as a replica that starts, or that begins a day, with the definitions stored."""
    shown = PublishableMeasures.of(catalogue(reporting.context.declared))
    async with reporting.context.pool.acquire() as connection:
        fingerprint: bytes = await connection.fetchval(
            "SELECT definitions_fingerprint FROM projection"
        )
        publisher = Publisher(connection, shown, reporting.context.clock, fingerprint=fingerprint)
        await publisher.publish_day(reporting.context.clock().date())


async def published(
    reporting: ReportingHarness, measure: str, place: str, period: str
) -> int | None:
    value: int | None = await reporting.context.pool.fetchval(PUBLISHED, measure, place, period)
    return value


@pytest.fixture
async def june(open_reporting: OpenReporting) -> ReportingHarness:
    """Reporting on a morning in June 2023."""
    return await open_reporting(clock=lambda: MORNING)


async def test_a_change_is_published_at_every_level_and_period_it_counts_in(
    june: ReportingHarness,
) -> None:
    await june.process(make_event(BACK, "2023-05-02"))
    await publish(june)

    for place in (PROKUPLJE, "RS229", "RS22", "RS"):
        for period in ("2023-05", "2023-Q2", "2023", "to-2023-06"):
            assert await published(june, "registered", place, period) == 1, (place, period)
    assert await published(june, "registered", NIS, "2023-05") is None
    assert await published(june, "registered", PROKUPLJE, "2023-06") is None


async def test_a_published_total_becomes_zero_and_not_absent(june: ReportingHarness) -> None:
    returned = make_event(BACK, "2023-05-02")
    await june.process(returned)
    await publish(june)
    await june.process(retract(returned))
    await publish(june)

    assert await published(june, "registered", PROKUPLJE, "2023-05") == 0


async def test_only_totals_of_class_a_are_published(june: ReportingHarness) -> None:
    await june.process(make_event(BACK, "2023-05-02"), make_event(MADE, "2023-05-03"))
    await publish(june)
    rows = await june.context.pool.fetch(
        "SELECT DISTINCT indicator, measure, split, bucket FROM published.value ORDER BY 1, 2"
    )

    assert [tuple(row) for row in rows] == [
        ("MI-05", "registered", "total", "total"),
        ("MI-13", "placed", "total", "total"),
    ]


async def test_no_changes_are_pending_after_a_round(june: ReportingHarness) -> None:
    await june.process(make_event(BACK, "2023-05-02"), make_event(MADE, "2021-05-03"))
    await publish(june)

    assert await june.fetch_number("SELECT count(*) FROM changed_cell") == 0
    assert await june.fetch_number("SELECT count(*) FROM changed_area") == 0


async def test_a_stock_is_published_for_a_new_month(
    june: ReportingHarness, open_reporting: OpenReporting
) -> None:
    await june.process(make_event("matching.jobseeker.registered", "2023-05-02"))
    await publish(june)
    july = await open_reporting(clock=lambda: MORNING + timedelta(days=30))
    before = await published(july, "jobseekers", PROKUPLJE, "2023-07")
    await publish(july, calendar=True)

    assert before is None
    assert await published(july, "jobseekers", PROKUPLJE, "2023-07") == 1
    assert await published(july, "jobseekers", "RS", "to-2023-07") == 1


async def test_months_that_passed_without_a_publisher_are_published_later(
    june: ReportingHarness, open_reporting: OpenReporting
) -> None:
    await june.process(make_event("matching.jobseeker.registered", "2023-05-02"))
    await publish(june, calendar=True)
    december = await open_reporting(clock=lambda: MORNING + timedelta(days=180))
    await publish(december, calendar=True)

    for period in ("2023-06", "2023-07", "2023-11", "2023-12", "2023-Q3", "2023-Q4", "2023"):
        assert await published(december, "jobseekers", PROKUPLJE, period) == 1
        assert await published(december, "jobseekers", "RS", period) == 1


async def test_a_past_to_period_counts_late_facts(
    june: ReportingHarness, open_reporting: OpenReporting
) -> None:
    await june.process(make_event(BACK, "2023-05-02", ANA))
    await publish(june, calendar=True)
    july = await open_reporting(clock=lambda: MORNING + timedelta(days=30))
    await publish(july, calendar=True)
    await july.process(make_event(BACK, "2023-05-03", BOBAN))
    await publish(july)
    asked = {"place": PROKUPLJE, "period": "to-2023-06", "measure": "registered"}
    (row,) = (await july.get("/indicators/MI-05/values", asked)).json()["values"]

    assert row["value"] == 2
    assert await published(july, "registered", PROKUPLJE, "to-2023-07") == 2
    assert await published(july, "registered", PROKUPLJE, "to-2023-06") is None


async def test_a_cohort_is_no_longer_pending_after_its_period(
    june: ReportingHarness, open_reporting: OpenReporting
) -> None:
    await june.process(make_event("matching.vacancy.opened", "2023-04-10", BAKERY, positions=3))
    await publish(june)
    state = "SELECT state FROM published.value WHERE (place, period, measure) = ($1, $2, 'due')"
    before = await june.context.pool.fetchval(state, PROKUPLJE, "2023-06")
    july = await open_reporting(clock=lambda: MORNING + timedelta(days=30))
    await publish(july, calendar=True)

    assert before == "pending"
    assert await june.context.pool.fetchval(state, PROKUPLJE, "2023-06") == "value"


async def test_a_day_is_published_once_and_again_by_other_definitions(
    june: ReportingHarness, open_reporting: OpenReporting
) -> None:
    await june.process(make_event(BACK, "2023-06-02"))
    july = await open_reporting(clock=lambda: MORNING + timedelta(days=30))
    cell = ("registered", PROKUPLJE, "to-2023-07")
    values: list[int | None] = []
    for reporting, is_other in ((june, 0), (july, 0), (july, 0), (july, 1), (july, 0)):
        if is_other:
            await reporting.context.pool.execute(
                "UPDATE projection SET definitions_fingerprint = 'another'"
            )
        await publish_day(reporting)
        values.append(await published(reporting, *cell))
        await reporting.context.pool.execute("DELETE FROM published.value")

    assert values == [None, 1, None, 1, None]


async def test_an_observation_is_published_where_it_was_made(june: ReportingHarness) -> None:
    fields = {"period": "2023-05", "value": "68.5"}
    kind = "reference.observation.loaded"
    await june.process(
        make_event(kind, "2023-06-01", "s-survey_workshops", municipality=PROKUPLJE, **fields),
        make_event(kind, "2023-06-01", "s-employers_surveyed", **fields),
    )
    await publish(june)

    assert float(await published(june, "survey_workshops", PROKUPLJE, "2023-05") or 0) == 68.5
    assert await published(june, "survey_workshops", "RS229", "2023-05") is None
    assert float(await published(june, "employers_surveyed", "RS", "to-2023-06") or 0) == 68.5


async def test_a_published_base_is_removed_when_a_newer_observation_has_none(
    june: ReportingHarness,
) -> None:
    kind, series = "reference.observation.loaded", "s-survey_workshops"
    await june.process(
        make_event(kind, "2023-05-01", series, period="2023-04", value="34", base="50")
    )
    await publish(june)
    before = await published(june, "survey_workshops_base", "RS", "to-2023-06")
    await june.process(
        make_event(kind, "2023-06-01", series, factid="f-2", period="2023-05", value="68")
    )
    await publish(june)

    assert before == 50
    assert await published(june, "survey_workshops", "RS", "to-2023-06") == 68
    assert await published(june, "survey_workshops_base", "RS", "to-2023-06") is None


async def test_the_lists_of_measures_and_places_are_published(june: ReportingHarness) -> None:
    definitions = catalogue(june.context.declared)
    async with june.context.pool.acquire() as connection:
        publisher = Publisher(connection, PublishableMeasures.of(definitions), june.context.clock)
        for _ in range(2):
            await publisher.publish_metadata(definitions)

    measures = sum(len(indicator.measures) for indicator in definitions)
    assert await june.fetch_number("SELECT count(*) FROM published.indicator") == measures
    named = "SELECT name_sr FROM published.place WHERE place = $1"
    assert await june.context.pool.fetchval(named, PROKUPLJE) == "Прокупље"
    a = "SELECT class FROM published.indicator WHERE (indicator, measure) = ('MI-13', 'durable')"
    assert await june.context.pool.fetchval(a) == "B"


async def test_listeners_are_notified_of_a_place_when_its_numbers_change(
    june: ReportingHarness,
) -> None:
    places: set[object] = set()

    def notified(_connection: object, _pid: int, _channel: str, place: object) -> None:
        places.add(place)

    async with june.context.pool.acquire() as connection:
        await connection.add_listener("published", notified)
        await june.process(make_event(BACK, "2023-05-02"))
        await publish(june)
        await connection.execute("SELECT 1")  # earlier notifications arrive with the response
        await connection.remove_listener("published", notified)

    assert places == {PROKUPLJE, "RS229", "RS22", "RS"}


async def test_the_gauges_have_the_published_totals_and_zero_for_the_others(
    june: ReportingHarness,
) -> None:
    await june.process(make_event(BACK, "2023-06-02", ANA), make_event(BACK, "2023-06-03", BOBAN))
    await publish(june)
    async with june.context.pool.acquire() as connection:
        queries = PublicationQueries(connection)
        current = await queries.totals_of_periods(["2023-06", "2023-Q2", "2023", "to-2023-06"])
    gauges = gauge_values(catalogue(june.context.declared), current)

    assert gauges[GaugeLabel("MI-05", "registered", PROKUPLJE, "month")] == 2
    assert gauges[GaugeLabel("MI-13", "placed", PROKUPLJE, "to")] == 0
    assert {label.municipality for label in gauges} == {PROKUPLJE}
    assert not [label for label in gauges if label.measure == "durable"]


async def test_a_published_total_is_read_and_not_counted_again(june: ReportingHarness) -> None:
    await june.process(make_event(BACK, "2023-05-02"))
    await publish(june)
    await june.context.pool.execute("UPDATE published.value SET value = 77")
    asked = {"place": PROKUPLJE, "period": "2023-05", "measure": "registered"}
    read = (await june.get("/indicators/MI-05/values", asked)).json()["values"]
    await june.process(make_event(BACK, "2023-05-03", BOBAN))
    ahead = (await june.get("/indicators/MI-05/values", asked)).json()["values"]

    assert ([row["value"] for row in read], [row["value"] for row in ahead]) == ([77], [2])
