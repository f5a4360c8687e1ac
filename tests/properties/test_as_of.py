"""As of an instant, product and reference show the same tables of any log."""

import random

import pytest

from runtime.process.clock import belgrade_day
from schemas.validation.decode import parse_instant
from tests.properties import product_tables
from tests.properties.agreement import BLOCK, FIRST_SEED, LOGS
from tests.reference.contents import RECORDED
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.tables import questions, table

QUESTIONS_PER_LOG = 20
SEEDS = range(FIRST_SEED, FIRST_SEED + LOGS // 4)
BLOCKS = [SEEDS[begin : begin + BLOCK] for begin in range(0, len(SEEDS), BLOCK)]


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_tables_as_of_an_instant_equal_the_reference(seeds: range) -> None:
    for seed in seeds:
        chance, events = random.Random(seed), random_log(seed)  # noqa: S311 - a test's chances
        instant = chance.choice(RECORDED)
        today = belgrade_day(parse_instant(instant, "as_of"))
        recorded, right = product_tables.entries(events, instant), entries_of(events, instant)
        every = questions(right)
        for question in chance.sample(every, min(QUESTIONS_PER_LOG, len(every))):
            actual = product_tables.rows(recorded, question, today)

            assert actual == table(right, question, today), f"seed {seed}: {question}"
