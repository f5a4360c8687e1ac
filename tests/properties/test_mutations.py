"""A property that cannot fail proves nothing: every mutation of the product breaks one."""

from typing import NamedTuple

import pytest

from tests.properties.agreement import describe_disagreement, disagrees, first_disagreement
from tests.properties.mutations import MUTATIONS, mutated
from tests.properties.product import product_entries
from tests.properties.shrinking import simpler, smallest
from tests.reference.logs import random_log
from tests.reference.shapes import Event

SEEDS = range(1000)


class FoundMutation(NamedTuple):
    """The log by which a mutation was found, and the smallest part of it that shows it."""

    name: str
    log: list[Event]
    least: list[Event]


@pytest.fixture(scope="module", params=sorted(MUTATIONS))
def found(request: pytest.FixtureRequest) -> FoundMutation:
    """One search for each mutation, which serves both tests."""
    with mutated(MUTATIONS[request.param]):
        seed = first_disagreement(SEEDS)
        assert seed is not None
        log = random_log(seed)
        return FoundMutation(request.param, log, smallest(log, disagrees))


def test_the_comparison_with_the_reference_finds_a_mutation(found: FoundMutation) -> None:
    with mutated(MUTATIONS[found.name]):
        description = describe_disagreement(found.least)

    assert len(description.splitlines()) < 20, description
    assert not disagrees(found.log)


def test_a_reported_log_contains_nothing_unnecessary(found: FoundMutation) -> None:
    with mutated(MUTATIONS[found.name]):
        assert disagrees(found.least)
        assert not any(map(disagrees, simpler(found.least)))


@pytest.mark.parametrize("name", ["arrival order used"])
def test_another_order_finds_a_mutation(name: str) -> None:
    logs = [random_log(seed) for seed in range(100)]

    with mutated(MUTATIONS[name]):
        found = [log for log in logs if product_entries(log) != product_entries(log[::-1])]

    assert found


@pytest.mark.parametrize("name", ["no deduplication", "arrival order used"])
def test_repetition_finds_a_mutation(name: str) -> None:
    logs = [random_log(seed) for seed in range(100)]

    with mutated(MUTATIONS[name]):
        found = [log for log in logs if product_entries(log + log[:3]) != product_entries(log)]

    assert found
