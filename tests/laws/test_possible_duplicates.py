"""Possible duplicates of any log: whatever the order of arrival, and ended by retractions."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from schemas.matching import MatchingFactRetracted
from services.reporting.counting.history import Fact, History
from services.reporting.counting.jobs import SAME_JOB_WITHIN
from services.reporting.quality.pairs import Pair, pairs_of
from tests.laws.agreement import FIRST_SEED, LOGS
from tests.laws.product import facts_by_code, roots_of
from tests.reference.logs import random_log

SEEDS = range(FIRST_SEED, FIRST_SEED + LOGS // 2)
PLACED = "matching.placement.made"


def people(seed: int) -> Iterator[list[Fact]]:
    """All facts of each person of a log."""
    facts = facts_by_code(random_log(seed))
    roots = roots_of(facts)
    for root in sorted(set(roots.values())):
        yield [fact for code, told in facts.items() if roots[code] == root for fact in told]


def names(facts: Iterable[Fact]) -> set[object]:
    return {pair.names for pair in pairs_of(History(facts))}


def taken_back(pair: Pair) -> Fact:
    """Its source's retraction of the other telling."""
    other = pair.other
    event = MatchingFactRetracted.model_validate(
        {"on": "2025-06-01", "type": PLACED, "reason": "duplicate"}
    )
    return Fact(
        source=other.source,
        type="matching.fact.retracted",
        version=1,
        subject=other.subject,
        factid=other.factid,
        revision=other.revision + 1,
        event_id=f"{other.event_id}-back",
        recorded_at=datetime(2025, 6, 1, tzinfo=UTC),
        event=event,
    )


def test_pairs_do_not_depend_on_the_order_of_arrival_and_end_with_a_retraction() -> None:
    met = 0
    for seed in SEEDS:
        for facts in people(seed):
            found = list(pairs_of(History(facts)))
            met += len(found)
            again = [*facts, *facts]
            random.Random(seed).shuffle(again)  # noqa: S311 - a test's chances

            assert names(again) == {pair.names for pair in found}, f"seed {seed}"
            for pair in found:
                assert pair.first.source != pair.other.source
                assert 0 <= pair.days_apart <= SAME_JOB_WITHIN.days
                assert pair.names not in names([*facts, taken_back(pair)]), f"seed {seed}"
    assert met
