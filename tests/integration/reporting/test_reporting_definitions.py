"""A change of definitions: what it would change, and why, before it does; and then it does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date

import pytest

from lmc.kafka import LocalKafka
from runtime.postgres import open_pool
from services.reporting.counting.dimensions import SEX
from services.reporting.counting.indicator import Indicator
from services.reporting.folding.names import Names
from services.reporting.folding.worker import Worker
from services.reporting.indicators.mi13_placed_and_retained import placed
from services.reporting.rebuilding.differences import ChangedValue, Difference, difference
from services.reporting.rebuilding.names import BUILDING
from services.reporting.rebuilding.rebuild import Rebuild, alone
from services.reporting.settings import Settings
from services.reporting.tables.table import Number, Value
from tests.conftest import MakeTopic
from tests.integration.reporting.desk import Desk, counted_by_reference
from tests.integration.reporting.log import Log
from tests.integration.reporting.rebuilt import fold_all
from tests.reference.plain import Event
from tests.reference.tell import ANA, BOBAN, NIS, PROKUPLJE, say

TODAY = date(2025, 6, 1)
BLOCK, MADE = "registration.returnee.registered", "matching.placement.made"
OLDER = """
UPDATE projection SET catalogue_digest = 'older', files = '{"indicators/mi00_gone.py": "00"}'
"""

pytestmark = pytest.mark.timeout(300)


def events() -> list[Event]:
    """Two people come back and find work that does not last."""
    return [
        event
        for code, place in ((ANA, PROKUPLJE), (BOBAN, NIS))
        for event in (
            say(BLOCK, "2023-01-10", code, id=f"back-{code}", municipality=place),
            say(MADE, "2023-03-02", code, id=code, municipality=place, kind="public_works"),
        )
    ]


def older(indicator: Indicator) -> Indicator:
    """MI-13 as an older program had it: everything lasts, and nobody's sex is known."""
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
async def folded(desk: Desk, kafka: LocalKafka, make_topic: MakeTopic) -> tuple[Desk, Log]:
    """What an older program has folded: it knows no MI-05, and another MI-13."""
    mine = desk.worker.definitions
    catalogue = tuple(older(each) for each in mine.catalogue if each.id != "MI-05")
    names = Names(desk.context.pool)
    await names.learn_catalogue(catalogue)
    await desk.context.pool.execute(OLDER)
    desk.worker = Worker(replace(mine, catalogue=catalogue, digest=b"older"), names, None)
    log = Log(kafka.bootstrap, (await make_topic("definitions", 3),), 3)
    log.tell(events())
    await fold_all(desk, log)
    return desk, log


@asynccontextmanager
async def rebuilding(desk: Desk, log: Log) -> AsyncIterator[Rebuild]:
    settings = desk.context.settings
    assert isinstance(settings, Settings)
    async with await open_pool(settings, BUILDING) as pool, alone(pool):
        yield Rebuild(settings, log.topics, pool, lambda *_: None)


async def differences(desk: Desk, log: Log) -> Difference:
    async with rebuilding(desk, log) as rebuild:
        return await difference(rebuild, desk.context.pool, 1, TODAY)


def told_as(changed: ChangedValue) -> tuple[str, str, str, str, str | None]:
    table = changed.table
    return table.name, table.place, str(table.period), table.split, changed.bucket


def number(value: Value | None) -> Number | None:
    return None if value is None else value.value


async def test_it_lists_every_value_that_would_change(folded: tuple[Desk, Log]) -> None:
    found = await differences(*folded)
    told = {told_as(each): (number(each.before), number(each.after)) for each in found.values}

    assert told["MI-13.durable", PROKUPLJE, "2023-03", "total", "total"] == (1, 0)
    assert told["MI-13.durable", "RS", "to-2025-06", "total", "total"] == (2, 0)
    assert told["MI-13.placed", NIS, "2023-Q1", "sex", "unknown"] == (1, None)
    assert told["MI-13.placed", NIS, "2023-Q1", "sex", "female"] == (None, 1)
    assert told["MI-05.registered", "RS", "2023", "total", "total"] == (0, 2)
    assert {measure.split(".")[0] for measure, *_ in told} == {"MI-05", "MI-13"}
    assert ("MI-13.placed", NIS, "2023-Q1", "total", "total") not in told


async def test_it_says_why(folded: tuple[Desk, Log]) -> None:
    found = await differences(*folded)
    why = {(each.measure, each.sentence): (each.entries, each.persons) for each in found.reasons}

    assert why["MI-13.durable", "no longer counted"] == (2, 2)
    assert why["MI-13.placed", "counted under another sex"] == (2, 2)
    assert why["MI-05.registered", "newly counted"] == (2, 2)
    assert "services/reporting/indicators/mi13_placed_and_retained.py" in found.files
    assert "indicators/mi00_gone.py" in found.files


async def test_the_live_tables_stay_until_they_are_changed_over(folded: tuple[Desk, Log]) -> None:
    desk, log = folded
    before = await desk.entries()
    await differences(desk, log)
    between = await desk.entries()
    async with rebuilding(desk, log) as rebuild:
        await rebuild.prepare(1)
        await rebuild.change_over()

    assert between == before
    assert await desk.entries() == counted_by_reference(events())


async def test_the_same_definitions_change_nothing(desk: Desk, folded: tuple[Desk, Log]) -> None:
    _, log = folded
    async with rebuilding(desk, log) as rebuild:
        await rebuild.prepare(1)
        await rebuild.change_over()
        found = await difference(rebuild, desk.context.pool, 1, TODAY)

    assert found == Difference()
