"""As known at an instant, product and reference show the same tables of any log."""

import random
from collections.abc import Iterator
from datetime import date

import pytest

from runtime.clock import belgrade_day
from schemas.attributes import instant_of
from schemas.periods import parse
from services.reporting.counting.fold import merge_links
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Entry
from services.reporting.counting.known import entries_known_at, groups
from services.reporting.tables.memory import values
from services.reporting.tables.table import Table
from tests.laws.agreement import BLOCK, FIRST_SEED, LOGS
from tests.laws.product import CATALOGUE, MEASURES, facts_by_code
from tests.reference.contents import RECORDED
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.plain import Event
from tests.reference.tables import Question, questions, table

QUESTIONS_PER_LOG = 20
SEEDS = range(FIRST_SEED, FIRST_SEED + LOGS // 4)
BLOCKS = [SEEDS[begin : begin + BLOCK] for begin in range(0, len(SEEDS), BLOCK)]


def known_entries(events: list[Event], instant: str) -> Iterator[tuple[str, Entry]]:
    """The product's entries, each group folded by itself."""
    facts = facts_by_code(events)
    every = [fact for said in facts.values() for fact in said]
    links = {link for fact in every for link in merge_links([fact])}
    for codes in groups(facts, links):
        told: list[Fact] = [fact for code in codes for fact in facts.get(code, ())]
        yield from entries_known_at(told, CATALOGUE, instant_of(instant, "known_at"))


def asked(question: Question) -> Table:
    indicator, measure = MEASURES[question.measure]
    return Table(indicator, measure, question.place, parse(question.period), question.split)


def shown(
    entries: list[tuple[str, Entry]], question: Question, today: date
) -> dict[str | None, tuple[object, str]]:
    """The product's rows of one table."""
    rows = values(asked(question), entries, today)
    return {row.bucket: (row.value, str(row.state)) for row in rows}


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_tables_as_known_at_an_instant_equal_the_reference(seeds: range) -> None:
    for seed in seeds:
        chance, events = random.Random(seed), random_log(seed)  # noqa: S311 - a test's chances
        instant = chance.choice(RECORDED)
        today = belgrade_day(instant_of(instant, "known_at"))
        entries, right = list(known_entries(events, instant)), entries_of(events, instant)
        every = questions(right)
        for question in chance.sample(every, min(QUESTIONS_PER_LOG, len(every))):
            told = shown(entries, question, today)

            assert told == table(right, question, today), f"seed {seed}: {question}"
