"""Any order, batching and repetition of a log leave the entries that folding it at once gives."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from tests.e2e.mixed_logs import about_other_subjects
from tests.integration.reporting.harness import ReportingHarness
from tests.properties.product import product_entries
from tests.reference.logs import random_log
from tests.reference.shapes import Event

LOGS = 400
"""Each about persons and vacancies of its own; so many take about 30 s on a quiet machine."""
BATCH_SIZES = (1, 1, 2, 3, 5, 8, 20)


def arrivals(seed: int, rng: random.Random) -> list[Event]:
    """Return the events of a log in random order, some of them several times."""
    events = [about_other_subjects(event, seed) for event in random_log(seed)]
    repeated = rng.choices(events, k=rng.randint(0, len(events)))
    return rng.sample(events + repeated, k=len(events + repeated))


def batches(events: list[Event], rng: random.Random) -> Iterator[list[Event]]:
    """Yield the events in order, in batches of random size."""
    while events:
        size = rng.choice(BATCH_SIZES)
        yield events[:size]
        events = events[size:]


@pytest.mark.timeout(600)
async def test_random_batches_in_random_order_give_the_entries_of_folding_at_once(
    reporting: ReportingHarness,
) -> None:
    rng = random.Random(0)  # noqa: S311 - the same logs in every run
    stream = [event for seed in range(LOGS) for event in arrivals(seed, rng)]
    for batch in batches(stream, rng):
        await reporting.process(*batch)
    logs = [about_other_subjects(event, seed) for seed in range(LOGS) for event in random_log(seed)]
    stored = await reporting.entries()
    expected = Counter(tuple(entry) for entry in product_entries(logs).elements())

    assert describe((stored - expected).elements()) == []
    assert describe((expected - stored).elements()) == []


def describe(entries: Iterable[object]) -> list[str]:
    """Return one line for each entry; its subject's code contains the seed of the log."""
    return sorted(map(str, entries))
