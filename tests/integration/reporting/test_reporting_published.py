"""Publication: what the fold changed reaches readers, and what the calendar changes too."""

from datetime import UTC, datetime, timedelta

import pytest

from services.reporting.indicators import catalogue
from services.reporting.publishing.exporter import Label, gauges_of
from services.reporting.publishing.publisher import Publisher, Shown
from services.reporting.publishing.store import Press
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import Desk
from tests.reference.tell import ANA, BAKERY, BOBAN, NIS, PROKUPLJE, retract, say

BACK, MADE = "registration.returnee.registered", "matching.placement.made"
MORNING = datetime(2023, 6, 15, 8, tzinfo=UTC)

PUBLISHED = """
SELECT value FROM published.value
WHERE (measure, place, period) = ($1, $2, $3) AND state IN ('value', 'zero', 'pending')
"""


async def publish(desk: Desk, *, calendar: bool = False) -> None:
    """One round of the publisher, larger places included."""
    shown = Shown.of(catalogue(desk.context.declared))
    async with desk.context.pool.acquire() as connection:
        publisher = Publisher(connection, shown, desk.context.clock)
        if calendar:
            await publisher.calendar(desk.context.clock().date())
        await publisher.councils()
        await publisher.larger_places()


async def begin_day(desk: Desk) -> None:
    """As a copy does that starts, or meets a new day, with the definitions of the entries."""
    shown = Shown.of(catalogue(desk.context.declared))
    async with desk.context.pool.acquire() as connection:
        digest: bytes = await connection.fetchval("SELECT catalogue_digest FROM projection")
        publisher = Publisher(connection, shown, desk.context.clock, digest=digest)
        await publisher.begin_day(desk.context.clock().date())


async def published(desk: Desk, measure: str, place: str, period: str) -> int | None:
    value: int | None = await desk.context.pool.fetchval(PUBLISHED, measure, place, period)
    return value


@pytest.fixture
async def june(open_desk: OpenDesk) -> Desk:
    """Reporting on a morning in June 2023."""
    return await open_desk(clock=lambda: MORNING)


async def test_a_change_is_published_at_every_level_and_period_it_counts_in(june: Desk) -> None:
    await june.fold(say(BACK, "2023-05-02"))
    await publish(june)

    for place in (PROKUPLJE, "RS229", "RS22", "RS"):
        for period in ("2023-05", "2023-Q2", "2023", "to-2023-06"):
            assert await published(june, "registered", place, period) == 1, (place, period)
    assert await published(june, "registered", NIS, "2023-05") is None
    assert await published(june, "registered", PROKUPLJE, "2023-06") is None


async def test_what_was_published_becomes_zero_and_not_absent(june: Desk) -> None:
    said = say(BACK, "2023-05-02")
    await june.fold(said)
    await publish(june)
    await june.fold(retract(said))
    await publish(june)

    assert await published(june, "registered", PROKUPLJE, "2023-05") == 0


async def test_only_totals_of_class_a_are_published(june: Desk) -> None:
    await june.fold(say(BACK, "2023-05-02"), say(MADE, "2023-05-03"))
    await publish(june)
    rows = await june.context.pool.fetch(
        "SELECT DISTINCT indicator, measure, split, bucket FROM published.value ORDER BY 1, 2"
    )

    assert [tuple(row) for row in rows] == [
        ("MI-05", "registered", "total", "total"),
        ("MI-13", "placed", "total", "total"),
    ]


async def test_nothing_is_left_to_do_after_a_round(june: Desk) -> None:
    await june.fold(say(BACK, "2023-05-02"), say(MADE, "2021-05-03"))
    await publish(june)

    assert await june.number("SELECT count(*) FROM dirty") == 0
    assert await june.number("SELECT count(*) FROM stale") == 0


async def test_a_stock_goes_on_being_published_when_a_month_begins(
    june: Desk, open_desk: OpenDesk
) -> None:
    await june.fold(say("matching.jobseeker.registered", "2023-05-02"))
    await publish(june)
    july = await open_desk(clock=lambda: MORNING + timedelta(days=30))
    before = await published(july, "jobseekers", PROKUPLJE, "2023-07")
    await publish(july, calendar=True)

    assert before is None
    assert await published(july, "jobseekers", PROKUPLJE, "2023-07") == 1
    assert await published(july, "jobseekers", "RS", "to-2023-07") == 1


async def test_months_that_passed_while_nobody_published_are_made_up_for(
    june: Desk, open_desk: OpenDesk
) -> None:
    await june.fold(say("matching.jobseeker.registered", "2023-05-02"))
    await publish(june, calendar=True)
    december = await open_desk(clock=lambda: MORNING + timedelta(days=180))
    await publish(december, calendar=True)

    for period in ("2023-06", "2023-07", "2023-11", "2023-12", "2023-Q3", "2023-Q4", "2023"):
        assert await published(december, "jobseekers", PROKUPLJE, period) == 1
        assert await published(december, "jobseekers", "RS", period) == 1


async def test_a_to_period_that_grows_no_more_shows_what_is_told_late(
    june: Desk, open_desk: OpenDesk
) -> None:
    await june.fold(say(BACK, "2023-05-02", ANA))
    await publish(june, calendar=True)
    july = await open_desk(clock=lambda: MORNING + timedelta(days=30))
    await publish(july, calendar=True)
    await july.fold(say(BACK, "2023-05-03", BOBAN))
    await publish(july)
    asked = {"place": PROKUPLJE, "period": "to-2023-06"}
    (row,) = (await july.ask("/indicators/MI-05/values", asked)).json()["values"]

    assert row["value"] == 2
    assert await published(july, "registered", PROKUPLJE, "to-2023-07") == 2
    assert await published(july, "registered", PROKUPLJE, "to-2023-06") is None


async def test_a_cohort_is_pending_no_more_when_the_calendar_has_passed(
    june: Desk, open_desk: OpenDesk
) -> None:
    await june.fold(say("matching.vacancy.opened", "2023-04-10", BAKERY, positions=3))
    await publish(june)
    state = "SELECT state FROM published.value WHERE (place, period, measure) = ($1, $2, 'due')"
    before = await june.context.pool.fetchval(state, PROKUPLJE, "2023-06")
    july = await open_desk(clock=lambda: MORNING + timedelta(days=30))
    await publish(july, calendar=True)

    assert before == "pending"
    assert await june.context.pool.fetchval(state, PROKUPLJE, "2023-06") == "value"


async def test_a_day_is_counted_once_by_whoever_begins_it_and_again_by_other_definitions(
    june: Desk, open_desk: OpenDesk
) -> None:
    await june.fold(say(BACK, "2023-06-02"))
    july = await open_desk(clock=lambda: MORNING + timedelta(days=30))
    cell = ("registered", PROKUPLJE, "to-2023-07")
    told: list[int | None] = []
    for desk, is_other in ((june, 0), (july, 0), (july, 0), (july, 1), (july, 0)):
        if is_other:
            await desk.context.pool.execute("UPDATE projection SET catalogue_digest = 'another'")
        await begin_day(desk)
        told.append(await published(desk, *cell))
        await desk.context.pool.execute("DELETE FROM published.value")

    assert told == [None, 1, None, 1, None]


async def test_an_observation_is_published_where_it_was_made(june: Desk) -> None:
    said = {"period": "2023-05", "value": "68.5"}
    kind = "reference.observation.loaded"
    await june.fold(
        say(kind, "2023-06-01", "s-survey_workshops", municipality=PROKUPLJE, **said),
        say(kind, "2023-06-01", "s-employers_surveyed", **said),
    )
    await publish(june)

    assert float(await published(june, "survey_workshops", PROKUPLJE, "2023-05") or 0) == 68.5
    assert await published(june, "survey_workshops", "RS229", "2023-05") is None
    assert float(await published(june, "employers_surveyed", "RS", "to-2023-06") or 0) == 68.5


async def test_a_published_base_goes_when_a_newer_observation_has_none(june: Desk) -> None:
    kind, series = "reference.observation.loaded", "s-survey_workshops"
    await june.fold(say(kind, "2023-05-01", series, period="2023-04", value="34", base="50"))
    await publish(june)
    before = await published(june, "survey_workshops_base", "RS", "to-2023-06")
    await june.fold(say(kind, "2023-06-01", series, factid="f-2", period="2023-05", value="68"))
    await publish(june)

    assert before == 50
    assert await published(june, "survey_workshops", "RS", "to-2023-06") == 68
    assert await published(june, "survey_workshops_base", "RS", "to-2023-06") is None


async def test_readers_are_told_which_measures_and_places_there_are(june: Desk) -> None:
    definitions = catalogue(june.context.declared)
    async with june.context.pool.acquire() as connection:
        publisher = Publisher(connection, Shown.of(definitions), june.context.clock)
        for _ in range(2):
            await publisher.describe(definitions)

    measures = sum(len(indicator.measures) for indicator in definitions)
    assert await june.number("SELECT count(*) FROM published.indicator") == measures
    named = "SELECT name_sr FROM published.place WHERE place = $1"
    assert await june.context.pool.fetchval(named, PROKUPLJE) == "Прокупље"
    a = "SELECT class FROM published.indicator WHERE (indicator, measure) = ('MI-13', 'durable')"
    assert await june.context.pool.fetchval(a) == "B"


async def test_readers_of_a_place_are_woken_when_its_numbers_change(june: Desk) -> None:
    woken: set[object] = set()

    def wake(_connection: object, _pid: int, _channel: str, place: object) -> None:
        woken.add(place)

    async with june.context.pool.acquire() as listener:
        await listener.add_listener("published", wake)
        await june.fold(say(BACK, "2023-05-02"))
        await publish(june)
        await listener.execute("SELECT 1")  # what was told before comes with the answer
        await listener.remove_listener("published", wake)

    assert woken == {PROKUPLJE, "RS229", "RS22", "RS"}


async def test_the_gauges_are_what_is_published_now_and_zero_where_nothing_was(
    june: Desk,
) -> None:
    await june.fold(say(BACK, "2023-06-02", ANA), say(BACK, "2023-06-03", BOBAN))
    await publish(june)
    async with june.context.pool.acquire() as connection:
        current = await Press(connection).current(["2023-06", "2023-Q2", "2023", "to-2023-06"])
    gauges = gauges_of(catalogue(june.context.declared), current)

    assert gauges[Label("MI-05", "registered", PROKUPLJE, "month")] == 2
    assert gauges[Label("MI-13", "placed", PROKUPLJE, "to")] == 0
    assert {label.municipality for label in gauges} == {PROKUPLJE}
    assert not [label for label in gauges if label.measure == "durable"]


async def test_a_published_total_is_read_and_not_counted_again(june: Desk) -> None:
    await june.fold(say(BACK, "2023-05-02"))
    await publish(june)
    await june.context.pool.execute("UPDATE published.value SET value = 77")
    asked = {"place": PROKUPLJE, "period": "2023-05"}
    read = (await june.ask("/indicators/MI-05/values", asked)).json()["values"]
    await june.fold(say(BACK, "2023-05-03", BOBAN))
    ahead = (await june.ask("/indicators/MI-05/values", asked)).json()["values"]

    assert ([row["value"] for row in read], [row["value"] for row in ahead]) == ([77], [2])
