"""Measure the full stack: the latency until a fact is visible, memory, and CPU when idle."""

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
from bench.visibility import observe_positions, visible_at
from lmc.demo.population import simulated_events
from lmc.devstack.stack import SERVICE_PORTS
from schemas.envelope import encode_event

_RATE_PER_S = 200
_SECONDS = 30
_POSTS_PER_S = 20
_SETTLE_S = 10.0
_IDLE_S = 20.0
_DEADLINE_S = 60.0
_BATCH = "application/cloudevents-batch+json"

_ACCEPTED = """
SELECT topic, partition, kafka_offset, recorded_at FROM intake.outbox WHERE sent_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class EndToEndFigures:
    """The figures of the full stack."""

    visible_ms: Mapping[str, float]
    resident_mb: float
    idle_cpu_percent: float


def end_to_end(bench: Bench) -> EndToEndFigures:
    """Start all services, send events to intake, then leave everything idle."""
    with bench.running(*SERVICE_PORTS):
        latencies_ms = asyncio.run(_latencies_ms(bench))
        cuts = quantiles(latencies_ms, n=100)
        time.sleep(_SETTLE_S)
        processes = _processes()
        return EndToEndFigures(
            visible_ms={"p50": cuts[49], "p95": cuts[94], "p99": cuts[98]},
            resident_mb=sum(_pss_mb(process) for process in processes),
            idle_cpu_percent=_cpu_percent(processes),
        )


async def _latencies_ms(bench: Bench) -> Sequence[float]:
    """Return the milliseconds from each recordedtime to the first poll that sees the commit."""
    observing = asyncio.create_task(observe_positions(bench))
    await _post_events(bench)
    intake = await bench.database("intake")
    try:
        deadline = time.monotonic() + _DEADLINE_S
        while len(rows := await intake.fetch(_ACCEPTED)) < _RATE_PER_S * _SECONDS:
            if time.monotonic() > deadline:
                raise TimeoutError("not everything was published in time")
            await asyncio.sleep(0.2)
    finally:
        await intake.close()
    await asyncio.sleep(2)
    observing.cancel()
    positions = await observing
    return [
        1000
        * (
            visible_at(positions, (row["topic"], row["partition"]), row["kafka_offset"])
            - row["recorded_at"]
        ).total_seconds()
        for row in rows
    ]


async def _post_events(bench: Bench) -> None:
    """Post batches at an even pace."""
    events = list({e.id: e for e in simulated_events(3, 2 * _RATE_PER_S * _SECONDS)}.values())
    size = _RATE_PER_S // _POSTS_PER_S
    key = bench.stack.operator_key_file.read_text().strip()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": _BATCH}
    started = time.monotonic()
    async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as client:
        for number in range(_POSTS_PER_S * _SECONDS):
            batch = events[number * size : (number + 1) * size]
            body = b"[" + b",".join(encode_event(event) for event in batch) + b"]"
            response = await client.post(f"{bench.stack.url('intake')}/events", content=body)
            response.raise_for_status()
            await asyncio.sleep(max(0, started + (number + 1) / _POSTS_PER_S - time.monotonic()))


def _processes() -> Sequence[psutil.Process]:
    """Return every process of the stack: our children and their descendants."""
    return psutil.Process().children(recursive=True)


def _pss_mb(process: psutil.Process) -> float:
    """Return the memory in MB, with shared pages divided among their users."""
    rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _cpu_percent(processes: Sequence[psutil.Process]) -> float:
    """Return the percent of one core used in some seconds without events."""

    def used_s() -> float:
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    before, started = used_s(), time.monotonic()
    time.sleep(_IDLE_S)
    return 100 * (used_s() - before) / (time.monotonic() - started)
