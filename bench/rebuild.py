"""Measure a rebuild: all definitions, from the start of the log to the cutover."""

import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypedDict

from bench.cost import Cost
from bench.engines import Bench
from bench.rebuild_program import DONE
from lmc.devstack.child_process import LaunchSpec, PidFileProcess
from lmc.devstack.managed_process import last_log_message
from lmc.devstack.service_process import service_environment
from runtime.messaging import admin
from schemas.topics import PARTITIONS

_ROOT = Path(__file__).parents[1]
_POLL_S = 0.02
_DEADLINE_S = 1800.0
_STOP_S = 10

_MOVE_TO_END = """
UPDATE reporting.position
SET next_offset = target.next_offset, ignored = ignored + target.next_offset - position.next_offset,
    last_record = NULL
FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS target (topic, partition, next_offset)
WHERE (position.topic, position.partition) = (target.topic, target.partition)
"""


_DISCARD_CHANGES = "DELETE FROM reporting.changed_cell; DELETE FROM reporting.changed_area"


@dataclass(frozen=True, slots=True)
class MeasuredRebuild:
    """The cost of a rebuild, and the seconds of each of its steps."""

    cost: Cost
    steps_s: Mapping[str, float]


def measure_rebuild(bench: Bench) -> MeasuredRebuild:
    """Rebuild up to the live fold's positions; return the cost."""
    folder = bench.stack.data_dir.work / f"rebuild-{uuid.uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    steps, output = folder / "steps", folder / "output"
    program = PidFileProcess(folder / "pid", signal.SIGTERM, _STOP_S)
    env = {**os.environ, **service_environment("reporting", bench.stack, bench.database_name)}
    command = [sys.executable, "-m", "bench.rebuild_program", str(steps)]
    read_cost = bench.cost_reader()
    begin = read_cost()
    program.launch(LaunchSpec(command, output, signal.SIGKILL, env=env, cwd=_ROOT))
    try:
        lines = _lines(program, steps, output)
    finally:
        program.stop()
    end = read_cost()
    first, last = lines[0], lines[-1]
    cost = Cost(
        last["at_s"] - first["at_s"],
        last["cpu_s"] - first["cpu_s"],
        end.postgres_s - begin.postgres_s,
        end.kafka_s - begin.kafka_s,
    )
    return MeasuredRebuild(cost, _steps_s(lines))


async def skip_to_end(bench: Bench, topics: Mapping[str, int]) -> None:
    """Set the live fold's positions to the end of the log without folding.

    A rebuild then fills a large database much faster than the live fold would.
    """
    ends = await admin.end_offsets(
        bench.stack.kafka, [(t, n) for t in topics for n in range(PARTITIONS)]
    )
    rows = [(*partition, end) for partition, end in ends.items()]
    connection = await bench.database("reporting")
    try:
        await connection.execute(_MOVE_TO_END, *zip(*rows, strict=True))
    finally:
        await connection.close()


async def discard_changes(bench: Bench) -> None:
    """Mark what a rebuild changed as published; publishing it would take minutes."""
    connection = await bench.database("reporting")
    try:
        await connection.execute(_DISCARD_CHANGES)
    finally:
        await connection.close()


class _StepLine(TypedDict):
    """A step's name, the instant of its start, and the CPU used until then."""

    step: str
    at_s: float
    cpu_s: float


def _steps_s(lines: Sequence[_StepLine]) -> dict[str, float]:
    """Return the seconds from each step's start to the next one's; a step may be repeated."""
    took: dict[str, float] = {}
    for line, following in pairwise(lines):
        name = line["step"]
        took[name] = round(took.get(name, 0) + following["at_s"] - line["at_s"], 2)
    return took


def _lines(program: PidFileProcess, steps: Path, output: Path) -> list[_StepLine]:
    deadline = time.monotonic() + _DEADLINE_S
    while time.monotonic() < deadline:
        ended = program.exit_code()
        text = steps.read_text() if steps.exists() else ""
        lines: list[_StepLine] = [
            json.loads(each) for each in text.splitlines() if each.endswith("}")
        ]
        if lines and lines[-1]["step"] == DONE:
            return lines
        if ended is not None:
            raise RuntimeError(f"the rebuild ended: {last_log_message(output)}")
        time.sleep(_POLL_S)
    raise TimeoutError(f"the rebuild did not end within {_DEADLINE_S:.0f} s")
