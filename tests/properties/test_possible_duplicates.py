"""Possible duplicates of any log depend on no order of arrival; a retraction ends them."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from schemas.events.matching import MatchingFactRetracted
from schemas.rules.jobs import SAME_JOB_WITHIN
from services.reporting.domain.history import Fact, History
from services.reporting.possible_duplicates.model import DuplicatePair, duplicate_pairs
from tests.properties.agreement import FIRST_SEED, LOGS
from tests.properties.product import canonical_codes, facts_by_code
from tests.reference.logs import random_log

SEEDS = range(FIRST_SEED, FIRST_SEED + LOGS // 2)
PLACED = "matching.placement.made"


def people(seed: int) -> Iterator[list[Fact]]:
    """Yield all facts of each person of a log."""
    facts = facts_by_code(random_log(seed))
    canonical = canonical_codes(facts)
    for code_of_person in sorted(set(canonical.values())):
        yield [
            fact
            for code, of_code in facts.items()
            if canonical[code] == code_of_person
            for fact in of_code
        ]


def pair_keys(facts: Iterable[Fact]) -> set[object]:
    return {pair.records for pair in duplicate_pairs(History(facts))}


def retraction_of(pair: DuplicatePair) -> Fact:
    """Return the retraction of the second report of a pair by its own source."""
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
        event_id=f"{other.event_id}-retraction",
        recorded_at=datetime(2025, 6, 1, tzinfo=UTC),
        event=event,
    )


def test_pairs_do_not_depend_on_the_order_of_arrival_and_a_retraction_ends_them() -> None:
    pair_count = 0
    for seed in SEEDS:
        for facts in people(seed):
            found = list(duplicate_pairs(History(facts)))
            pair_count += len(found)
            repeated = [*facts, *facts]
            random.Random(seed).shuffle(repeated)  # noqa: S311 - a test's chances

            assert pair_keys(repeated) == {pair.records for pair in found}, f"seed {seed}"
            for pair in found:
                assert pair.first.source != pair.other.source
                assert 0 <= pair.days_apart <= SAME_JOB_WITHIN.days
                assert pair.records not in pair_keys([*facts, retraction_of(pair)]), f"seed {seed}"
    assert pair_count
