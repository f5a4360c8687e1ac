"""As known at an instant, product and reference show the same tables of any log."""

import random
from collections.abc import Iterator

import pytest

from runtime.clock import belgrade_day
from schemas.attributes import instant_of
from services.reporting.counting.fold import merge_links
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Entry
from services.reporting.counting.known import entries_known_at, groups
from tests.laws.agreement import BLOCK, FIRST_SEED, LOGS
from tests.laws.product import CATALOGUE, facts_by_code
from tests.laws.shown import rows
from tests.reference.contents import RECORDED
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.plain import Event
from tests.reference.tables import questions, table

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


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_tables_as_known_at_an_instant_equal_the_reference(seeds: range) -> None:
    for seed in seeds:
        chance, events = random.Random(seed), random_log(seed)  # noqa: S311 - a test's chances
        instant = chance.choice(RECORDED)
        today = belgrade_day(instant_of(instant, "known_at"))
        entries, right = list(known_entries(events, instant)), entries_of(events, instant)
        every = questions(right)
        for question in chance.sample(every, min(QUESTIONS_PER_LOG, len(every))):
            told = rows(entries, question, today)

            assert told == table(right, question, today), f"seed {seed}: {question}"
