"""What the database counts is what the reference counts, whatever way the events came."""

import random
from collections.abc import Iterator, Mapping
from datetime import date

import pytest

from schemas.periods import parse
from services.reporting.answering.reading import exact_tables
from services.reporting.counting.indicator import Indicator
from services.reporting.indicators import catalogue
from services.reporting.tables.table import Table
from tests.integration.reporting.desk import Desk, counted_by_reference
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.plain import Event
from tests.reference.tables import Question, questions, table

LOGS = 25
QUESTIONS_PER_LOG = 150
TODAY = date(2025, 6, 1)


def batches(events: list[Event], chance: random.Random) -> Iterator[list[Event]]:
    """The events in batches of random size."""
    rest = events
    while rest:
        size = chance.choice((1, 1, 2, 5, 20))
        yield rest[:size]
        rest = rest[size:]


async def told(desk: Desk, seed: int) -> list[Event]:
    """A random log, folded in random batches into an empty database."""
    chance, events = random.Random(seed), random_log(seed)  # noqa: S311 - a test's chances
    await desk.context.pool.execute("TRUNCATE fact, subject, entry, dirty, conflict")
    for batch in batches(events, chance):
        await desk.fold(*batch)
    return events


async def test_entries_equal_the_reference_in_any_order_and_batching(desk: Desk) -> None:
    for seed in range(LOGS):
        events = await told(desk, seed)

        assert await desk.entries() == counted_by_reference(events), f"seed {seed}"


async def test_tables_equal_the_reference_at_every_level_and_period(desk: Desk) -> None:
    definitions = {each.id: each for each in catalogue(desk.context.declared)}
    for seed in range(LOGS):
        entries = entries_of(await told(desk, seed))
        asked = questions(entries)
        chance = random.Random(seed)  # noqa: S311 - a test's chances
        asked = chance.sample(asked, min(QUESTIONS_PER_LOG, len(asked)))
        pool, tables = desk.context.pool, [as_table(definitions, each) for each in asked]
        for question, (_, values) in zip(
            asked, await exact_tables(pool, tables, TODAY), strict=True
        ):
            shown = {value.bucket: (value.value, value.state) for value in values}

            assert shown == table(entries, question, TODAY), f"seed {seed}: {question}"


def as_table(definitions: Mapping[str, Indicator], question: Question) -> Table:
    indicator, _, name = question.measure.partition(".")
    definition = definitions[indicator]
    measure = definition.measure(name)
    assert measure is not None
    return Table(definition, measure, question.place, parse(question.period), question.split)


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_a_log_folded_twice_changes_nothing(desk: Desk, size: int) -> None:
    events = [event for seed in range(5) for event in random_log(seed)]
    events = [event | {"id": f"e-{number}"} for number, event in enumerate(events)]
    await desk.fold(*events)
    before = await desk.entries()
    for begin in range(0, len(events), size):
        tally = await desk.fold(*events[begin : begin + size])
        assert tally.duplicate == len(events[begin : begin + size])

    assert await desk.entries() == before
