"""Two workers fold at once what belongs together: nothing is lost, whatever the order."""

import asyncio
import random
from collections.abc import Sequence
from itertools import pairwise

from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import Desk, counted_by_reference
from tests.reference.logs import random_log
from tests.reference.plain import Event
from tests.reference.tell import retract, say

LOGS = 40
BATCH_MAX = 4
MADE, MERGED = "matching.placement.made", "registration.person.merged"
ROUNDS = 25


def of_a_partition(event: Event, partition: int) -> bool:
    """Whether Kafka would keep the event's subject on it, if it had two."""
    subject: str = event["subject"]
    return sum(subject.encode()) % 2 == partition


def batches(events: Sequence[Event], chance: random.Random) -> list[Sequence[Event]]:
    """The events, a few at a time."""
    found: list[Sequence[Event]] = []
    rest = list(events)
    while rest:
        size = chance.randint(1, BATCH_MAX)
        found.append(rest[:size])
        rest = rest[size:]
    return found


async def fold_all(desk: Desk, partition: int, told: Sequence[Sequence[Event]]) -> None:
    for batch in told:
        await desk.fold(*batch, partition=partition)


async def test_random_logs_folded_by_two_workers_at_once_equal_the_reference(
    open_desk: OpenDesk,
) -> None:
    one, other = await open_desk(), await open_desk()
    for seed in range(LOGS):
        chance, events = random.Random(seed), random_log(seed)  # noqa: S311 - a test's chances
        await one.context.pool.execute("TRUNCATE fact, subject, entry, dirty, conflict")
        await asyncio.gather(
            *(
                fold_all(
                    desk, part, batches([e for e in events if of_a_partition(e, part)], chance)
                )
                for part, desk in enumerate((one, other))
            )
        )

        assert await one.entries() == counted_by_reference(events), f"seed {seed}"
    assert one.repeated["Again"] + other.repeated["Again"] > 0, "the workers never met"


async def test_a_chain_linked_from_both_ends_at_once_is_one_person(open_desk: OpenDesk) -> None:
    one, other = await open_desk(), await open_desk()
    heard: list[Event] = []
    for number in range(ROUNDS):
        codes = [f"p-{number:02}{letter * 24}" for letter in "abcd"]
        made = [say(MADE, "2023-03-02", code, id=f"{code}-made") for code in codes]
        links = [
            say(MERGED, "2023-05-01", a, id=f"m-{number}-{n}", **{"with": b})
            for n, (a, b) in enumerate(pairwise(codes))
        ]
        await one.fold(*made)
        await asyncio.gather(
            one.fold(links[0]), other.fold(links[2], partition=1), one.fold(links[1])
        )
        heard += [*made, *links]
    assert await one.entries() == counted_by_reference(heard)

    undone = [retract(each) for each in heard if each["type"].startswith(MERGED)]
    for n, each in enumerate(undone[1::3]):
        late = say(MADE, "2023-04-02", each["subject"], id=f"late-{n}", factid="f-2")
        await asyncio.gather(one.fold(each), other.fold(late, partition=1))
        heard += [each, late]

    assert await one.entries() == counted_by_reference(heard)
