"""The same work on the same log, machine and broker: rounds in which everybody runs once."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.engines import Bench
from bench.live import between, live_fold
from bench.log import write_log
from bench.peers import programs
from bench.peers.honesty import DOES, DOES_NOT_GUARANTEE
from bench.peers.placed import TOPICS
from bench.peers.race import Counts, Finish, Goal, raced
from bench.rebuilt import rebuilt
from bench.used import Used

SEED = 1

OURS = """
SELECT e.municipality, to_char(e.on_date, 'YYYY-MM'), b.name, count(DISTINCT e.subject)
FROM reporting.entry e
CROSS JOIN LATERAL unnest(e.buckets) AS in_bucket (id)
JOIN reporting.bucket b ON b.id = in_bucket.id AND b.split = 'sex'
WHERE e.measure = (SELECT id FROM reporting.measure WHERE name = 'MI-13.placed')
GROUP BY e.municipality, to_char(e.on_date, 'YYYY-MM'), b.name
"""

PEERS: Mapping[str, Callable[[], Sequence[str]]] = {
    "kafka_streams": programs.kafka_streams,
    "faust": programs.faust,
    "quixstreams": programs.quixstreams,
}


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of one program: the records it read, what that took, and its counts."""

    name: str
    records: int
    used: Used
    counts: Counts


def side_by_side(bench: Bench, rounds: int, events: int) -> dict[str, Any]:
    """By name what each has reached: medians over the rounds, and how many rows differ from ours.

    A peer that cannot run is named with the reason, in place of figures.
    """
    log = write_log(bench.stack.kafka, SEED, events)
    ran: dict[str, list[Ran]] = defaultdict(list)
    wrong: dict[str, list[int]] = defaultdict(list)
    failed: dict[str, str] = {}
    for _ in range(rounds):
        ours: Counts = {}
        for each in _round(bench, log, failed):
            ours = ours or each.counts
            ran[each.name].append(each)
            wrong[each.name].append(_differing(ours, each.counts))
    figures = {name: _medians(runs) | _compared(wrong[name], runs) for name, runs in ran.items()}
    return {
        name: {
            **figures.get(name, {"failed": failed.get(name, "it was not run")}),
            "does": DOES[name],
            "does_not_guarantee": DOES_NOT_GUARANTEE[name],
        }
        for name in DOES
    }


def figures_of(bench: Bench, name: str, log: Mapping[str, int]) -> dict[str, Any]:
    """One peer once, on the log as it is, beside entries that are there already."""
    goal = Goal(sum(log[topic] for topic in TOPICS), asyncio.run(our_counts(bench)))
    finish = raced(bench, name, PEERS[name](), goal)
    wrong = _differing(goal.counts, finish.counts)
    return finish.used.figures(goal.records) | {"records": goal.records, "rows_wrong": wrong}


def _round(bench: Bench, log: Mapping[str, int], failed: dict[str, str]) -> Iterator[Ran]:
    """Ours first: what the others must arrive at."""
    with bench.fresh_database() as own:
        records, used = between(live_fold(own, sum(log.values())))
        ours = asyncio.run(our_counts(own))
        yield Ran("lmc_live", records, used, ours)
        used = rebuilt(own).used
        yield Ran("lmc_rebuild", sum(log.values()), used, asyncio.run(our_counts(own)))
    goal = Goal(sum(log[topic] for topic in TOPICS), ours)
    for name, command in PEERS.items():
        if name in failed:
            continue
        try:
            finish: Finish = raced(bench, name, command(), goal)
        except (OSError, RuntimeError) as problem:
            failed[name] = str(problem)
        else:
            yield Ran(name, goal.records, finish.used, finish.counts)


async def our_counts(bench: Bench) -> Counts:
    """What our entries count."""
    connection = await bench.database("reporting")
    try:
        rows = await connection.fetch(OURS)
        return {(place, month, sex): persons for place, month, sex, persons in rows}
    finally:
        await connection.close()


def _differing(ours: Counts, theirs: Counts) -> int:
    return sum(ours.get(cell) != theirs.get(cell) for cell in ours.keys() | theirs.keys())


def _medians(runs: Sequence[Ran]) -> dict[str, Any]:
    figures = [run.used.figures(run.records) for run in runs]
    return {name: median(each[name] for each in figures) for name in figures[0]}


def _compared(wrong: Sequence[int], runs: Sequence[Ran]) -> dict[str, Any]:
    return {
        "records": runs[0].records,
        "rounds": len(runs),
        "rows": len(runs[0].counts),
        "rows_wrong": max(wrong),
    }
