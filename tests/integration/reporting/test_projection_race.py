"""Two replicas process linked subjects at once: nothing is lost, in any order."""

import asyncio
import random
from collections.abc import Sequence
from itertools import pairwise

from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import ReportingHarness, counted_by_reference
from tests.reference.builders import make_event, retract
from tests.reference.logs import random_log
from tests.reference.shapes import Event

LOGS = 120
BATCH_MAX = 4
MADE, MERGED = "matching.placement.made", "registration.person.merged"
ROUNDS = 25


def belongs_to(event: Event, partition: int) -> bool:
    """Return whether the event's subject belongs to one of two partitions."""
    subject: str = event["subject"]
    return sum(subject.encode()) % 2 == partition


def batches(events: Sequence[Event], chance: random.Random) -> list[Sequence[Event]]:
    """Return the events in batches of random size."""
    found: list[Sequence[Event]] = []
    rest = list(events)
    while rest:
        size = chance.randint(1, BATCH_MAX)
        found.append(rest[:size])
        rest = rest[size:]
    return found


async def process_all(
    reporting: ReportingHarness, partition: int, parts: Sequence[Sequence[Event]]
) -> None:
    for batch in parts:
        await reporting.process(*batch, partition=partition)


async def test_random_logs_processed_by_two_replicas_at_once_equal_the_reference(
    open_reporting: OpenReporting,
) -> None:
    one, other = await open_reporting(), await open_reporting()
    for seed in range(LOGS):
        chance, events = random.Random(seed), random_log(seed)  # noqa: S311 - not for security
        await one.context.pool.execute("TRUNCATE fact, subject, entry, changed_cell, conflict")
        await asyncio.gather(
            *(
                process_all(
                    reporting, part, batches([e for e in events if belongs_to(e, part)], chance)
                )
                for part, reporting in enumerate((one, other))
            )
        )

        assert await one.entries() == counted_by_reference(events), f"seed {seed}"
    assert one.retries["RetryTransaction"] + other.retries["RetryTransaction"] > 0, (
        "the replicas never met"
    )


async def test_a_chain_linked_from_both_ends_at_once_is_one_person(
    open_reporting: OpenReporting,
) -> None:
    one, other = await open_reporting(), await open_reporting()
    seen: list[Event] = []
    for number in range(ROUNDS):
        codes = [f"p-{number:02}{letter * 24}" for letter in "abcd"]
        made = [make_event(MADE, "2023-03-02", code, id=f"{code}-made") for code in codes]
        links = [
            make_event(MERGED, "2023-05-01", a, id=f"m-{number}-{n}", **{"with": b})
            for n, (a, b) in enumerate(pairwise(codes))
        ]
        await one.process(*made)
        await asyncio.gather(
            one.process(links[0]), other.process(links[2], partition=1), one.process(links[1])
        )
        seen += [*made, *links]
    assert await one.entries() == counted_by_reference(seen)

    undone = [retract(each) for each in seen if each["type"].startswith(MERGED)]
    for n, each in enumerate(undone[1::3]):
        late = make_event(MADE, "2023-04-02", each["subject"], id=f"late-{n}", factid="f-2")
        await asyncio.gather(one.process(each), other.process(late, partition=1))
        seen += [each, late]

    assert await one.entries() == counted_by_reference(seen)
