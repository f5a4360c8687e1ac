"""The whole stack at work and at rest: how soon a fact is visible, how much it needs."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import httpx
import psutil

from bench.engines import Bench
from bench.watch import visible_at, watch
from lmc.population import said
from lmc.stack import SERVICE_PORTS
from schemas.envelope import to_bytes

RATE_PER_S = 200
SECONDS = 30
POSTS_PER_S = 20
SETTLE_S = 10.0
IDLE_S = 20.0
DEADLINE_S = 60.0
BATCH = "application/cloudevents-batch+json"

ACCEPTED = """
SELECT topic, partition, kafka_offset, recorded_at FROM intake.outbox WHERE sent_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Whole:
    """What the whole stack showed."""

    visible_ms: Mapping[str, float]
    resident_mb: float
    idle_cpu_percent: float


def whole(bench: Bench) -> Whole:
    """Start all services, say facts through intake's door, then let everything rest."""
    with bench.running(*SERVICE_PORTS):
        latencies_ms = asyncio.run(_latencies_ms(bench))
        cuts = quantiles(latencies_ms, n=100)
        time.sleep(SETTLE_S)
        programs = _programs()
        return Whole(
            visible_ms={"p50": cuts[49], "p95": cuts[94], "p99": cuts[98]},
            resident_mb=sum(_pss_mb(program) for program in programs),
            idle_cpu_percent=_cpu_percent(programs),
        )


async def _latencies_ms(bench: Bench) -> Sequence[float]:
    """From the instant the door stamps to the first look that finds the entry committed."""
    watching = asyncio.create_task(watch(bench))
    await _say(bench)
    intake = await bench.database("intake")
    try:
        deadline = time.monotonic() + DEADLINE_S
        while len(rows := await intake.fetch(ACCEPTED)) < RATE_PER_S * SECONDS:
            if time.monotonic() > deadline:
                raise TimeoutError("not everything was said in time")
            await asyncio.sleep(0.2)
    finally:
        await intake.close()
    await asyncio.sleep(2)
    watching.cancel()
    looks = await watching
    return [
        1000
        * (
            visible_at(looks, (row["topic"], row["partition"]), row["kafka_offset"])
            - row["recorded_at"]
        ).total_seconds()
        for row in rows
    ]


async def _say(bench: Bench) -> None:
    """Post batches at an even pace."""
    events = list({e.id: e for e in said(3, 2 * RATE_PER_S * SECONDS)}.values())
    size = RATE_PER_S // POSTS_PER_S
    key = bench.stack.operator_key_file.read_text().strip()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": BATCH}
    begun = time.monotonic()
    async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as client:
        for number in range(POSTS_PER_S * SECONDS):
            lot = events[number * size : (number + 1) * size]
            body = b"[" + b",".join(to_bytes(event) for event in lot) + b"]"
            answer = await client.post(f"{bench.stack.url('intake')}/events", content=body)
            answer.raise_for_status()
            await asyncio.sleep(max(0, begun + (number + 1) / POSTS_PER_S - time.monotonic()))


def _programs() -> Sequence[psutil.Process]:
    """Every process of the stack: all that we have started, and what they started."""
    return psutil.Process().children(recursive=True)


def _pss_mb(program: psutil.Process) -> float:
    """Memory with shared pages counted by share: what the stack really adds."""
    rollup = Path(f"/proc/{program.pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _cpu_percent(programs: Sequence[psutil.Process]) -> float:
    """Of one core, over some seconds in which nothing is said."""

    def used_s() -> float:
        return sum(sum(program.cpu_times()[:2]) for program in programs)

    before, begun = used_s(), time.monotonic()
    time.sleep(IDLE_S)
    return 100 * (used_s() - before) / (time.monotonic() - begun)
