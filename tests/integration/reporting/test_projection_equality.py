"""The database counts what the reference counts, in any order and batching of events."""

import random
from collections.abc import Iterator, Mapping
from datetime import date

import pytest

from schemas.periods import parse_period
from services.reporting.domain.indicator import Indicator
from services.reporting.indicators import catalogue
from services.reporting.queries.values import exact_values
from services.reporting.tables.table import Table
from tests.integration.reporting.harness import ReportingHarness, counted_by_reference
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.shapes import Event
from tests.reference.tables import Question, questions, table

LOGS = 25
QUESTIONS_PER_LOG = 150
TODAY = date(2025, 6, 1)


def batches(events: list[Event], chance: random.Random) -> Iterator[list[Event]]:
    """Yield the events in batches of random size."""
    rest = events
    while rest:
        size = chance.choice((1, 1, 2, 5, 20))
        yield rest[:size]
        rest = rest[size:]


async def process_log(reporting: ReportingHarness, seed: int) -> list[Event]:
    """Process a random log in random batches into an empty database; return its events."""
    chance, events = random.Random(seed), random_log(seed)  # noqa: S311 - not for security
    await reporting.context.pool.execute("TRUNCATE fact, subject, entry, changed_cell, conflict")
    for batch in batches(events, chance):
        await reporting.process(*batch)
    return events


async def test_entries_equal_the_reference_in_any_order_and_batching(
    reporting: ReportingHarness,
) -> None:
    for seed in range(LOGS):
        events = await process_log(reporting, seed)

        assert await reporting.entries() == counted_by_reference(events), f"seed {seed}"


async def test_tables_equal_the_reference_at_every_level_and_period(
    reporting: ReportingHarness,
) -> None:
    definitions = {each.id: each for each in catalogue(reporting.context.declared)}
    for seed in range(LOGS):
        entries = entries_of(await process_log(reporting, seed))
        asked = questions(entries)
        chance = random.Random(seed)  # noqa: S311 - not for security
        asked = chance.sample(asked, min(QUESTIONS_PER_LOG, len(asked)))
        pool, tables = reporting.context.pool, [as_table(definitions, each) for each in asked]
        for question, (_, values) in zip(
            asked, await exact_values(pool, tables, TODAY), strict=True
        ):
            shown = {value.bucket: (value.value, value.state) for value in values}

            assert shown == table(entries, question, TODAY), f"seed {seed}: {question}"


def as_table(definitions: Mapping[str, Indicator], question: Question) -> Table:
    indicator, _, name = question.measure.partition(".")
    definition = definitions[indicator]
    measure = definition.measure(name)
    assert measure is not None
    return Table(definition, measure, question.place, parse_period(question.period), question.split)


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_a_log_processed_twice_changes_nothing(
    reporting: ReportingHarness, size: int
) -> None:
    events = [event for seed in range(5) for event in random_log(seed)]
    events = [event | {"id": f"e-{number}"} for number, event in enumerate(events)]
    await reporting.process(*events)
    before = await reporting.entries()
    for begin in range(0, len(events), size):
        count = await reporting.process(*events[begin : begin + size])
        assert count.duplicate == len(events[begin : begin + size])

    assert await reporting.entries() == before
