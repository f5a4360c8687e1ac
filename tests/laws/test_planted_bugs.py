"""A law that cannot fail is none: every planted bug is found, and is gone when it is taken out."""

import pytest

from tests.laws.agreement import disagrees, first_disagreement, told
from tests.laws.planting import BUGS, planted
from tests.laws.product import product_entries
from tests.laws.smallest import less, smallest
from tests.reference.logs import random_log

SEEDS = range(1000)


@pytest.mark.parametrize("name", sorted(BUGS))
def test_the_agreement_with_the_reference_finds(name: str) -> None:
    with planted(BUGS[name]):
        seed = first_disagreement(SEEDS)
        assert seed is not None

        story = told(random_log(seed))

    assert len(story.splitlines()) < 20, story
    assert not disagrees(random_log(seed))


@pytest.mark.parametrize("name", sorted(BUGS))
def test_the_printed_story_tells_nothing_it_can_do_without(name: str) -> None:
    with planted(BUGS[name]):
        seed = first_disagreement(SEEDS)
        assert seed is not None
        story = smallest(random_log(seed), disagrees)

        assert disagrees(story)
        assert not any(map(disagrees, less(story)))


@pytest.mark.parametrize("name", ["arrival order used"])
def test_the_freedom_of_order_finds(name: str) -> None:
    logs = [random_log(seed) for seed in range(100)]

    with planted(BUGS[name]):
        found = [log for log in logs if product_entries(log) != product_entries(log[::-1])]

    assert found


@pytest.mark.parametrize("name", ["no deduplication", "arrival order used"])
def test_the_freedom_of_repetition_finds(name: str) -> None:
    logs = [random_log(seed) for seed in range(100)]

    with planted(BUGS[name]):
        found = [log for log in logs if product_entries(log + log[:3]) != product_entries(log)]

    assert found
