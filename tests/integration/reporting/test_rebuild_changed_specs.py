"""A change of aggregation without any changed entry reaches everything that is published."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lmc.devstack.local_kafka import LocalKafka
from runtime.process.errors import Unavailable
from services.reporting.domain.indicator import Disclosure, Indicator, Measure, MeasureKind
from services.reporting.indicators import catalogue
from services.reporting.projection.aggregation_spec import dump_specs, specs_of
from services.reporting.projection.batch_handler import ProjectionHandler
from services.reporting.projection.fingerprint import definitions_fingerprint
from services.reporting.projection.id_dictionary import IdDictionary
from services.reporting.publication.policy import PublishableMeasures
from services.reporting.publication.publisher import Publisher
from services.reporting.rebuild.definition_diff import DefinitionDiff, diff_definitions
from services.reporting.releases import workflow
from tests.conftest import MakeTopic
from tests.integration.reporting.closing_users import APPROVER, MAY, ClosingUsers
from tests.integration.reporting.conftest import NOW, OpenReporting
from tests.integration.reporting.harness import ReportingHarness
from tests.integration.reporting.rebuilds import open_rebuild, project_all, rebuild_and_cut_over
from tests.integration.reporting.topic_log import TopicLog
from tests.reference.builders import ANA, BOBAN, NIS, PROKUPLJE, make_event

BACK, MADE = "registration.returnee.registered", "matching.placement.made"
REVISED = "reporting.indicator.revised.v1"
OLDER = "UPDATE projection SET definitions_fingerprint = 'older', aggregation_specs = $1::jsonb"
VALUES = """
SELECT indicator || '.' || measure, place, period, value, state FROM published.value
WHERE coalesce(value, 0) <> 0
"""
Rows = set[tuple[object, ...]]

pytestmark = pytest.mark.timeout(300)


def older(indicator: Indicator) -> Indicator:
    """Return the definition of an older program.

    In MI-13 `placed` was a stock and `durable` exact; MI-05 was not exact, with a further measure.
    """
    measures = tuple(map(_older, indicator.measures))
    if indicator.id == "MI-05":
        hidden = tuple(replace(each, disclosure=Disclosure.B) for each in measures)
        removed = replace(measures[0], name="removed", disclosure=Disclosure.A)
        return replace(indicator, measures=(*hidden, removed))
    return replace(indicator, measures=measures) if indicator.id == "MI-13" else indicator


def _older(measure: Measure) -> Measure:
    match measure.name:
        case "placed":
            return replace(measure, kind=MeasureKind.STOCK)
        case "due":
            return replace(measure, settle_days=10_000)
        case "durable":
            return replace(measure, disclosure=Disclosure.A)
        case _:
            return measure


@dataclass(frozen=True)
class OlderProgram:
    """The projection and publication of an older program."""

    closing_users: ClosingUsers
    log: TopicLog

    @property
    def reporting(self) -> ReportingHarness:
        """Reporting over the database of both."""
        return self.closing_users.reporting

    async def change(self) -> None:
        """Rebuild, cut over and publish with today's program."""
        mine = catalogue(self.reporting.context.declared)
        await rebuild_and_cut_over(self.reporting, self.log)
        await publish(self.reporting, mine)

    async def shown(self) -> Rows:
        """Return everything published that is not 0."""
        return {tuple(row) for row in await self.reporting.context.pool.fetch(VALUES)}

    async def fresh(self) -> Rows:
        """Return what a publisher publishes that finds nothing published before."""
        pool = self.reporting.context.pool
        await pool.execute("DELETE FROM published.value")
        await pool.execute(
            "INSERT INTO changed_cell SELECT DISTINCT measure, municipality,"
            " date_trunc('month', on_date::timestamp)::date, NULL::date FROM entry"
        )
        await publish(self.reporting, catalogue(self.reporting.context.declared))
        return await self.shown()


async def publish(reporting: ReportingHarness, definitions: tuple[Indicator, ...]) -> None:
    """Run one round of a publisher that has just started."""
    async with reporting.context.pool.acquire() as connection:
        publisher = Publisher(
            connection, PublishableMeasures.of(definitions), reporting.context.clock
        )
        await publisher.publish_metadata(definitions)
        await publisher.publish_councils()
        await publisher.publish_areas()


@pytest.fixture
async def old(
    open_reporting: OpenReporting,
    kafka: LocalKafka,
    make_topic: MakeTopic,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> OlderProgram:
    """Two people returned and were placed in March; the older program has closed May."""
    file = tmp_path / "approver"
    file.write_text(APPROVER)
    reporting = await open_reporting(approver_token_file=file)
    mine = reporting.handler.definitions
    definitions = tuple(map(older, mine.catalogue))
    ids = IdDictionary(reporting.context.pool)
    await ids.register_catalogue(definitions)
    await reporting.context.pool.execute(OLDER, dump_specs(specs_of(definitions)))
    reporting.handler = ProjectionHandler(
        replace(mine, catalogue=definitions, fingerprint=b"older"), ids, None
    )
    log = TopicLog(kafka.bootstrap, (await make_topic("changed-specs", 3),), 3)
    log.publish(
        event
        for code, place in ((ANA, PROKUPLJE), (BOBAN, NIS))
        for event in (
            make_event(BACK, "2023-03-01", code, id=f"back-{code}", municipality=place),
            make_event(MADE, "2023-03-10", code, id=code, municipality=place, kind="open_ended"),
        )
    )
    await project_all(reporting, log)
    await publish(reporting, definitions)
    closing_users = ClosingUsers(reporting)
    with monkeypatch.context() as program:
        program.setattr(workflow, "definitions_fingerprint", lambda: b"older")
        program.setattr(workflow, "catalogue", lambda _: definitions)
        await closing_users.close()
    return OlderProgram(closing_users, log)


async def listed(old: OlderProgram) -> DefinitionDiff:
    async with open_rebuild(old.reporting, old.log) as rebuild:
        return await diff_definitions(rebuild, old.reporting.context.pool, 1, NOW.date())


async def test_everything_published_is_counted_again_after_the_cut_over(old: OlderProgram) -> None:
    before = await old.shown()
    await old.change()
    after = await old.shown()

    assert {row[0] for row in before} == {"MI-13.placed", "MI-13.durable", "MI-05.removed"}
    assert ("MI-13.placed", PROKUPLJE, "2023-05", 1, "value") in before
    assert {row[0] for row in after} == {"MI-13.placed", "MI-05.registered"}
    assert not [row for row in after if row[2] == "2023-05"]
    assert ("MI-13.placed", "RS", "2023-03", 2, "value") in after
    assert after == await old.fresh()
    others = "SELECT count(*) FROM published.value WHERE measure IN ('removed', 'durable')"
    assert await old.reporting.fetch_number(others) == 0


async def test_without_known_specs_everything_is_published_again(
    old: OlderProgram,
) -> None:
    await old.reporting.context.pool.execute("UPDATE projection SET aggregation_specs = '{}'")
    found = await listed(old)
    await old.change()
    after = await old.shown()

    assert (found.has_live_specs, found.spec_changes) == (False, [])
    assert after == await old.fresh()


async def test_a_closed_period_whose_aggregation_changes_is_revised(old: OlderProgram) -> None:
    await old.change()
    await old.closing_users.recheck()
    comparison = await old.closing_users.comparison()
    placed = next(row for row in comparison["values"] if row["measure"] == "placed")

    assert comparison["release"]["period"] == MAY
    assert (placed["frozen"], placed["value"], placed["reasons"]) == (1, 0, ["definition"])
    assert ("MI-13", REVISED) in {
        (data.get("indicator"), kind) for kind, data in await old.closing_users.published_events()
    }


async def test_changed_specs_are_listed_before_the_cut_over(old: OlderProgram) -> None:
    found = await listed(old)
    sentences = {each.measure: each.sentence for each in found.spec_changes}
    values = {
        (each.table.name, each.table.place, str(each.table.period), each.table.split): (
            each.before and each.before.value,
            each.after and each.after.value,
        )
        for each in found.values
    }

    assert sentences == {
        "MI-13.placed": "kind: stock → persons",
        "MI-13.due": f"days until it settles: 10000 → {settles(old)}",
        "MI-13.durable": "class: A → B",
        "MI-05.registered": "class: B → A",
        **{
            f"MI-05.{series}{part}": "class: B → A"
            for series in ("returns_requested", "returns_realised")
            for part in ("", "_base")
        },
    }
    assert found.removed == ["MI-05.removed"]
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


def settles(old: OlderProgram) -> int:
    definitions = {each.id: each for each in catalogue(old.reporting.context.declared)}
    due = definitions["MI-13"].measure("due")
    assert due is not None
    return due.settle_days


async def test_equal_specs_mark_nothing(old: OlderProgram) -> None:
    await old.change()
    await rebuild_and_cut_over(old.reporting, old.log)

    assert await old.reporting.fetch_number("SELECT count(*) FROM changed_cell") == 0
    assert await old.reporting.fetch_number("SELECT count(*) FROM changed_area") == 0


async def test_facts_projected_after_the_comparison_are_marked_by_both_definitions(
    old: OlderProgram,
) -> None:
    reporting = old.reporting
    async with open_rebuild(reporting, old.log) as rebuild:
        await rebuild.prepare(1)
        old.log.publish(
            [make_event(BACK, "2022-01-07", ANA, id="late", factid="late", municipality=NIS)]
        )
        await reporting.context.pool.execute("DELETE FROM changed_cell")
        await project_all(reporting, old.log)
        await reporting.context.pool.execute(
            "DELETE FROM changed_cell"
        )  # as if the old definitions counted nothing
        await rebuild.cut_over()
    await publish(reporting, catalogue(reporting.context.declared))
    after = await old.shown()

    assert ("MI-05.registered", NIS, "2022-01", 1, "value") in after
    assert after == await old.fresh()


async def test_a_publisher_of_other_definitions_leaves_the_marks_of_the_cut_over(
    old: OlderProgram,
) -> None:
    reporting, mine = old.reporting, catalogue(old.reporting.context.declared)
    await rebuild_and_cut_over(reporting, old.log)
    marked = await reporting.fetch_number("SELECT count(*) FROM changed_cell")
    async with reporting.context.pool.acquire() as connection:
        shown = PublishableMeasures.of(map(older, mine))
        of_old = Publisher(connection, shown, reporting.context.clock, (), b"older")
        for round_ in (of_old.publish_councils, of_old.publish_areas, of_old.apply_holds):
            with pytest.raises(Unavailable):
                await round_()
        with pytest.raises(Unavailable):
            await of_old.publish_metadata(mine)
    left = await reporting.fetch_number("SELECT count(*) FROM changed_cell")
    async with reporting.context.pool.acquire() as connection:
        new = Publisher(
            connection,
            PublishableMeasures.of(mine),
            reporting.context.clock,
            (),
            definitions_fingerprint(),
        )
        await new.publish_councils()

    assert marked == left > 0
    assert await reporting.fetch_number("SELECT count(*) FROM changed_cell") == 0
