"""A change of definitions: its effects and their reasons are listed before the cut-over."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date

import pytest

from lmc.devstack.local_kafka import LocalKafka
from runtime.storage.pool import open_pool
from services.reporting.domain.dimensions import SEX
from services.reporting.domain.indicator import Indicator
from services.reporting.indicators.mi13_placed_and_retained import placed
from services.reporting.projection.batch_handler import ProjectionHandler
from services.reporting.projection.fingerprint import DefinitionPart, dump_parts
from services.reporting.projection.id_dictionary import IdDictionary
from services.reporting.rebuild.definition_diff import (
    ChangedValue,
    DefinitionDiff,
    diff_definitions,
)
from services.reporting.rebuild.schema_names import STAGING_SESSION
from services.reporting.rebuild.workflow import Rebuild, exclusive_rebuild
from services.reporting.settings import ReportingSettings
from services.reporting.tables.table import Number, Value
from tests.conftest import MakeTopic
from tests.integration.reporting.harness import ReportingHarness, counted_by_reference
from tests.integration.reporting.rebuilds import project_all
from tests.integration.reporting.topic_log import TopicLog
from tests.reference.builders import ANA, BOBAN, NIS, PROKUPLJE, make_event
from tests.reference.shapes import Event

TODAY = date(2025, 6, 1)
BLOCK, MADE = "registration.returnee.registered", "matching.placement.made"
OLDER = "UPDATE projection SET definitions_fingerprint = 'older', definitions = $1::jsonb"

pytestmark = pytest.mark.timeout(300)


def events() -> list[Event]:
    """Return events: two people return and find work that is not durable."""
    return [
        event
        for code, place in ((ANA, PROKUPLJE), (BOBAN, NIS))
        for event in (
            make_event(BLOCK, "2023-01-10", code, id=f"back-{code}", municipality=place),
            make_event(MADE, "2023-03-02", code, id=code, municipality=place, kind="public_works"),
        )
    ]


def older(indicator: Indicator) -> Indicator:
    """Return MI-13 of an older program: all work is durable, and the sex is unknown."""
    if indicator.id != "MI-13":
        return indicator
    measures = [
        replace(each, rule=placed) if each.name == "durable" else each
        for each in indicator.measures
    ]
    unknown = replace(SEX, of=lambda _: ("unknown",))
    splits = [unknown if split.name == "sex" else split for split in indicator.splits]
    return replace(indicator, measures=tuple(measures), splits=tuple(splits))


@pytest.fixture
async def projected(
    reporting: ReportingHarness, kafka: LocalKafka, make_topic: MakeTopic
) -> tuple[ReportingHarness, TopicLog]:
    """Return a projection of an older program without MI-05 and with another MI-13."""
    mine = reporting.handler.definitions
    catalogue = tuple(older(each) for each in mine.catalogue if each.id != "MI-05")
    ids = IdDictionary(reporting.context.pool)
    await ids.register_catalogue(catalogue)
    parts = {name: part for name, part in mine.parts.items() if name != "MI-05"}
    parts["MI-00"] = DefinitionPart(1, "")
    parts["MI-13"] = DefinitionPart(mine.parts["MI-13"].version, "other splits")
    await reporting.context.pool.execute(OLDER, dump_parts(parts))
    reporting.handler = ProjectionHandler(
        replace(mine, catalogue=catalogue, fingerprint=b"older"), ids, None
    )
    log = TopicLog(kafka.bootstrap, (await make_topic("definitions", 3),), 3)
    log.publish(events())
    await project_all(reporting, log)
    return reporting, log


@asynccontextmanager
async def rebuilding(reporting: ReportingHarness, log: TopicLog) -> AsyncIterator[Rebuild]:
    settings = reporting.context.settings
    assert isinstance(settings, ReportingSettings)
    async with await open_pool(settings, STAGING_SESSION) as pool, exclusive_rebuild(pool):
        yield Rebuild(settings, log.topics, pool, lambda *_: None)


async def differences(reporting: ReportingHarness, log: TopicLog) -> DefinitionDiff:
    async with rebuilding(reporting, log) as rebuild:
        return await diff_definitions(rebuild, reporting.context.pool, 1, TODAY)


def key_of(changed: ChangedValue) -> tuple[str, str, str, str, str | None]:
    table = changed.table
    return table.name, table.place, str(table.period), table.split, changed.bucket


def number(value: Value | None) -> Number | None:
    return None if value is None else value.value


async def test_it_lists_every_value_that_would_change(
    projected: tuple[ReportingHarness, TopicLog],
) -> None:
    found = await differences(*projected)
    values = {key_of(each): (number(each.before), number(each.after)) for each in found.values}

    assert values["MI-13.durable", PROKUPLJE, "2023-03", "total", "total"] == (1, 0)
    assert values["MI-13.durable", "RS", "to-2025-06", "total", "total"] == (2, 0)
    assert values["MI-13.placed", NIS, "2023-Q1", "sex", "unknown"] == (1, None)
    assert values["MI-13.placed", NIS, "2023-Q1", "sex", "female"] == (None, 1)
    assert values["MI-05.registered", "RS", "2023", "total", "total"] == (0, 2)
    assert {measure.split(".")[0] for measure, *_ in values} == {"MI-05", "MI-13"}
    assert ("MI-13.placed", NIS, "2023-Q1", "total", "total") not in values


async def test_it_lists_the_reasons(projected: tuple[ReportingHarness, TopicLog]) -> None:
    found = await differences(*projected)
    reasons = {
        (each.measure, each.sentence): (each.entries, each.persons) for each in found.reasons
    }

    assert reasons["MI-13.durable", "no longer counted"] == (2, 2)
    assert reasons["MI-13.placed", "counted under another sex"] == (2, 2)
    assert reasons["MI-05.registered", "newly counted"] == (2, 2)
    assert found.definitions == ["MI-00: removed", "MI-05: added", "MI-13: declaration changed"]


async def test_the_live_tables_stay_until_the_cut_over(
    projected: tuple[ReportingHarness, TopicLog],
) -> None:
    reporting, log = projected
    before = await reporting.entries()
    await differences(reporting, log)
    between = await reporting.entries()
    async with rebuilding(reporting, log) as rebuild:
        await rebuild.prepare(1)
        await rebuild.cut_over()

    assert between == before
    assert await reporting.entries() == counted_by_reference(events())


async def test_the_same_definitions_change_nothing(
    reporting: ReportingHarness, projected: tuple[ReportingHarness, TopicLog]
) -> None:
    _, log = projected
    async with rebuilding(reporting, log) as rebuild:
        await rebuild.prepare(1)
        await rebuild.cut_over()
        found = await diff_definitions(rebuild, reporting.context.pool, 1, TODAY)

    assert found == DefinitionDiff()
