"""Compare all programs on the same log, machine and broker: each runs once a round."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.cost import Cost
from bench.engines import Bench
from bench.event_log import write_population
from bench.live_fold import cost_between, live_fold
from bench.peers import commands
from bench.peers.guarantees import COMPUTES, DOES_NOT_GUARANTEE
from bench.peers.placed_counts import TOPICS
from bench.peers.run_peer import Counts, PeerGoal, PeerResult, run_peer
from bench.rebuild import measure_rebuild

_SEED = 1

_OUR_COUNTS = """
SELECT e.municipality, to_char(e.on_date, 'YYYY-MM'), b.name, count(DISTINCT e.subject)
FROM reporting.entry e
CROSS JOIN LATERAL unnest(e.buckets) AS in_bucket (id)
JOIN reporting.bucket b ON b.id = in_bucket.id AND b.split = 'sex'
WHERE e.measure = (SELECT id FROM reporting.measure WHERE name = 'MI-13.placed')
GROUP BY e.municipality, to_char(e.on_date, 'YYYY-MM'), b.name
"""

_PEERS: Mapping[str, Callable[[], Sequence[str]]] = {
    "kafka_streams": commands.kafka_streams,
    "faust": commands.faust,
    "quixstreams": commands.quixstreams,
}


@dataclass(frozen=True, slots=True)
class _PeerRun:
    """One run of one program: the records it read, the cost, and its counts."""

    name: str
    records: int
    cost: Cost
    counts: Counts


def compare_peers(bench: Bench, rounds: int, events: int) -> dict[str, Any]:
    """Return figures by program: medians over the rounds, and how many rows differ from ours.

    A peer that cannot run has the reason in place of figures.
    """
    log = write_population(bench.stack.kafka, _SEED, events)
    ran: dict[str, list[_PeerRun]] = defaultdict(list)
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
            **figures.get(name, {"failed": failed.get(name, "it did not run")}),
            "computes": COMPUTES[name],
            "does_not_guarantee": DOES_NOT_GUARANTEE[name],
        }
        for name in COMPUTES
    }


def figures_of(bench: Bench, name: str, log: Mapping[str, int]) -> dict[str, Any]:
    """Run one peer once on the log as it is; return its figures."""
    goal = PeerGoal(sum(log[topic] for topic in TOPICS), asyncio.run(_our_counts(bench)))
    result = run_peer(bench, name, _PEERS[name](), goal)
    wrong = _differing(goal.counts, result.counts)
    return result.cost.figures(goal.records) | {"records": goal.records, "rows_wrong": wrong}


def _round(bench: Bench, log: Mapping[str, int], failed: dict[str, str]) -> Iterator[_PeerRun]:
    """Run every program once, ours first: its counts are those the others must compute."""
    with bench.fresh_database() as own:
        records, cost = cost_between(live_fold(own, sum(log.values())))
        ours = asyncio.run(_our_counts(own))
        yield _PeerRun("lmc_live", records, cost, ours)
        cost = measure_rebuild(own).cost
        yield _PeerRun("lmc_rebuild", sum(log.values()), cost, asyncio.run(_our_counts(own)))
    goal = PeerGoal(sum(log[topic] for topic in TOPICS), ours)
    for name, command in _PEERS.items():
        if name in failed:
            continue
        try:
            result: PeerResult = run_peer(bench, name, command(), goal)
        except (OSError, RuntimeError) as error:
            failed[name] = str(error)
        else:
            yield _PeerRun(name, goal.records, result.cost, result.counts)


async def _our_counts(bench: Bench) -> Counts:
    """Return the counts of our entries."""
    connection = await bench.database("reporting")
    try:
        rows = await connection.fetch(_OUR_COUNTS)
        return {(place, month, sex): persons for place, month, sex, persons in rows}
    finally:
        await connection.close()


def _differing(ours: Counts, theirs: Counts) -> int:
    return sum(ours.get(cell) != theirs.get(cell) for cell in ours.keys() | theirs.keys())


def _medians(runs: Sequence[_PeerRun]) -> dict[str, Any]:
    figures = [run.cost.figures(run.records) for run in runs]
    return {name: median(each[name] for each in figures) for name in figures[0]}


def _compared(wrong: Sequence[int], runs: Sequence[_PeerRun]) -> dict[str, Any]:
    return {
        "records": runs[0].records,
        "rounds": len(runs),
        "rows": len(runs[0].counts),
        "rows_wrong": max(wrong),
    }
