"""A change of how measures are counted, of which no entry tells, reaches all that is published."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lmc.kafka import LocalKafka
from runtime.errors import Unavailable
from services.reporting.closing import steps
from services.reporting.counting.indicator import Disclosure, Indicator, Kind, Measure
from services.reporting.folding.digest import catalogue_digest
from services.reporting.folding.names import Names
from services.reporting.folding.ways import ways_of, written
from services.reporting.folding.worker import Worker
from services.reporting.indicators import catalogue
from services.reporting.publishing.publisher import Publisher, Shown
from services.reporting.rebuilding.differences import Difference, difference
from tests.conftest import MakeTopic
from tests.integration.reporting.closing import APPROVER, MAY, Office
from tests.integration.reporting.conftest import NOW, OpenDesk
from tests.integration.reporting.desk import Desk
from tests.integration.reporting.log import Log
from tests.integration.reporting.rebuilt import fold_all, rebuilding, rebuilt
from tests.reference.tell import ANA, BOBAN, NIS, PROKUPLJE, say

BACK, MADE = "registration.returnee.registered", "matching.placement.made"
REVISED = "reporting.indicator.revised.v1"
OLDER = "UPDATE projection SET catalogue_digest = 'older', ways = $1::jsonb"
VALUES = """
SELECT indicator || '.' || measure, place, period, value, state FROM published.value
WHERE coalesce(value, 0) <> 0
"""
Rows = set[tuple[object, ...]]

pytestmark = pytest.mark.timeout(300)


def older(indicator: Indicator) -> Indicator:
    """An older program: who was placed stays so for ever, everybody may read who stays longer.

    Returnees were not shown, and MI-05 had one measure more.
    """
    measures = tuple(map(_older, indicator.measures))
    if indicator.id == "MI-05":
        hidden = tuple(replace(each, disclosure=Disclosure.B) for each in measures)
        gone = replace(measures[0], name="gone", disclosure=Disclosure.A)
        return replace(indicator, measures=(*hidden, gone))
    return replace(indicator, measures=measures) if indicator.id == "MI-13" else indicator


def _older(measure: Measure) -> Measure:
    match measure.name:
        case "placed":
            return replace(measure, kind=Kind.STOCK)
        case "due":
            return replace(measure, settle_days=10_000)
        case "durable":
            return replace(measure, disclosure=Disclosure.A)
        case _:
            return measure


@dataclass(frozen=True)
class Old:
    """What an older program has folded and published."""

    office: Office
    log: Log

    @property
    def desk(self) -> Desk:
        """Reporting over the database of both."""
        return self.office.desk

    async def change(self) -> None:
        """Let today's program rebuild and change over, and publish."""
        mine = catalogue(self.desk.context.declared)
        await rebuilt(self.desk, self.log)
        await publish(self.desk, mine)

    async def shown(self) -> Rows:
        """All that is published and not 0."""
        return {tuple(row) for row in await self.desk.context.pool.fetch(VALUES)}

    async def fresh(self) -> Rows:
        """What is published if everything is, by somebody who finds nothing published before."""
        pool = self.desk.context.pool
        await pool.execute("DELETE FROM published.value")
        await pool.execute(
            "INSERT INTO dirty SELECT DISTINCT measure, municipality,"
            " date_trunc('month', on_date::timestamp)::date, NULL::date FROM entry"
        )
        await publish(self.desk, catalogue(self.desk.context.declared))
        return await self.shown()


async def publish(desk: Desk, definitions: tuple[Indicator, ...]) -> None:
    """One round of a publisher that has just begun."""
    async with desk.context.pool.acquire() as connection:
        publisher = Publisher(connection, Shown.of(definitions), desk.context.clock)
        await publisher.describe(definitions)
        await publisher.councils()
        await publisher.larger_places()


@pytest.fixture
async def old(
    open_desk: OpenDesk,
    kafka: LocalKafka,
    make_topic: MakeTopic,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Old:
    """Two people came back and were placed in March; the older program has closed May."""
    file = tmp_path / "approver"
    file.write_text(APPROVER)
    desk = await open_desk(approver_token_file=file)
    mine = desk.worker.definitions
    definitions = tuple(map(older, mine.catalogue))
    names = Names(desk.context.pool)
    await names.learn_catalogue(definitions)
    await desk.context.pool.execute(OLDER, written(ways_of(definitions)))
    desk.worker = Worker(replace(mine, catalogue=definitions, digest=b"older"), names, None)
    log = Log(kafka.bootstrap, (await make_topic("recounted", 3),), 3)
    log.tell(
        event
        for code, place in ((ANA, PROKUPLJE), (BOBAN, NIS))
        for event in (
            say(BACK, "2023-03-01", code, id=f"back-{code}", municipality=place),
            say(MADE, "2023-03-10", code, id=code, municipality=place, kind="open_ended"),
        )
    )
    await fold_all(desk, log)
    await publish(desk, definitions)
    office = Office(desk)
    with monkeypatch.context() as program:
        program.setattr(steps, "catalogue_digest", lambda: b"older")
        program.setattr(steps, "catalogue", lambda _: definitions)
        await office.close()
    return Old(office, log)


async def listed(old: Old) -> Difference:
    async with rebuilding(old.desk, old.log) as rebuild:
        return await difference(rebuild, old.desk.context.pool, 1, NOW.date())


async def test_all_that_is_published_is_counted_anew_after_the_changeover(old: Old) -> None:
    before = await old.shown()
    await old.change()
    after = await old.shown()

    assert {row[0] for row in before} == {"MI-13.placed", "MI-13.durable", "MI-05.gone"}
    assert ("MI-13.placed", PROKUPLJE, "2023-05", 1, "value") in before
    assert {row[0] for row in after} == {"MI-13.placed", "MI-05.registered"}
    assert not [row for row in after if row[2] == "2023-05"]
    assert ("MI-13.placed", "RS", "2023-03", 2, "value") in after
    assert after == await old.fresh()
    others = "SELECT count(*) FROM published.value WHERE measure IN ('gone', 'durable')"
    assert await old.desk.number(others) == 0


async def test_of_tables_that_do_not_tell_how_they_count_everything_is_published_anew(
    old: Old,
) -> None:
    await old.desk.context.pool.execute("UPDATE projection SET ways = '{}'")
    found = await listed(old)
    await old.change()
    after = await old.shown()

    assert (found.tells_ways, found.recounted) == (False, [])
    assert after == await old.fresh()


async def test_a_closed_period_that_is_counted_in_another_way_is_revised(old: Old) -> None:
    await old.change()
    await old.office.look()
    told = await old.office.beside()
    placed = next(row for row in told["values"] if row["measure"] == "placed")

    assert told["release"]["period"] == MAY
    assert (placed["frozen"], placed["value"], placed["reasons"]) == (1, 0, ["definition"])
    assert ("MI-13", REVISED) in {
        (data.get("indicator"), kind) for kind, data in await old.office.said()
    }


async def test_before_the_changeover_it_lists_what_is_counted_in_another_way(old: Old) -> None:
    found = await listed(old)
    told = {each.measure: each.sentence for each in found.recounted}
    values = {
        (each.table.name, each.table.place, str(each.table.period), each.table.split): (
            each.before and each.before.value,
            each.after and each.after.value,
        )
        for each in found.values
    }

    assert told == {
        "MI-13.placed": "kind: stock → persons",
        "MI-13.due": f"days until it settles: 10000 → {settles(old)}",
        "MI-13.durable": "class: A → B",
        "MI-05.registered": "class: B → A",
    }
    assert found.removed == ["MI-05.gone"]
    assert values["MI-13.placed", PROKUPLJE, "2023-05", "total"] == (1, 0)
    assert values["MI-13.placed", "RS", "2024", "total"] == (2, 0)
    assert values["MI-13.placed", NIS, "2023-05", "sex"] == (1, None)
    assert ("MI-13.placed", "RS", "2023-03", "total") not in values
    assert {name for name, *_ in values} == {"MI-13.placed", "MI-13.due"}
    (state,) = {
        (each.before and each.before.state, each.after and each.after.state)
        for each in found.values
        if (each.table.name, each.table.place, str(each.table.period), each.table.split)
        == ("MI-13.due", PROKUPLJE, "2023-09", "total")
    }
    assert state == ("pending", "value")


def settles(old: Old) -> int:
    definitions = {each.id: each for each in catalogue(old.desk.context.declared)}
    due = definitions["MI-13"].measure("due")
    assert due is not None
    return due.settle_days


async def test_the_same_ways_mark_nothing(old: Old) -> None:
    await old.change()
    await rebuilt(old.desk, old.log)

    assert await old.desk.number("SELECT count(*) FROM dirty") == 0
    assert await old.desk.number("SELECT count(*) FROM stale") == 0


async def test_what_is_folded_after_the_comparison_is_marked_by_both_definitions(old: Old) -> None:
    desk = old.desk
    async with rebuilding(desk, old.log) as rebuild:
        await rebuild.prepare(1)
        old.log.tell([say(BACK, "2022-01-07", ANA, id="late", factid="late", municipality=NIS)])
        await desk.context.pool.execute("DELETE FROM dirty")
        await fold_all(desk, old.log)
        await desk.context.pool.execute("DELETE FROM dirty")  # as if the old ones counted nothing
        await rebuild.change_over()
    await publish(desk, catalogue(desk.context.declared))
    after = await old.shown()

    assert ("MI-05.registered", NIS, "2022-01", 1, "value") in after
    assert after == await old.fresh()


async def test_a_publisher_of_other_definitions_leaves_what_the_changeover_has_marked(
    old: Old,
) -> None:
    desk, mine = old.desk, catalogue(old.desk.context.declared)
    await rebuilt(desk, old.log)
    marked = await desk.number("SELECT count(*) FROM dirty")
    async with desk.context.pool.acquire() as connection:
        shown = Shown.of(map(older, mine))
        of_old = Publisher(connection, shown, desk.context.clock, (), b"older")
        for round_ in (of_old.councils, of_old.larger_places, of_old.withhold):
            with pytest.raises(Unavailable):
                await round_()
        with pytest.raises(Unavailable):
            await of_old.describe(mine)
    left = await desk.number("SELECT count(*) FROM dirty")
    async with desk.context.pool.acquire() as connection:
        new = Publisher(connection, Shown.of(mine), desk.context.clock, (), catalogue_digest())
        await new.councils()

    assert marked == left > 0
    assert await desk.number("SELECT count(*) FROM dirty") == 0
