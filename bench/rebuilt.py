"""A rebuild of the whole log: all definitions, beside the live tables, compared, changed over."""

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

from bench.engines import Bench
from bench.rebuild_program import DONE
from bench.used import Used
from lmc.child import Launch, Program
from lmc.parts import last_words
from lmc.programs import environment
from runtime import kafka
from schemas.topics import PARTITIONS

ROOT = Path(__file__).parents[1]
LOOK_S = 0.02
DEADLINE_S = 1800.0
STOP_S = 10

MOVE_TO_END = """
UPDATE reporting.position
SET next_offset = told.next_offset, ignored = ignored + told.next_offset - position.next_offset,
    last_record = NULL
FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS told (topic, partition, next_offset)
WHERE (position.topic, position.partition) = (told.topic, told.partition)
"""


FORGET_CHANGES = "DELETE FROM reporting.dirty; DELETE FROM reporting.stale"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild used, and how many seconds each of its steps took."""

    used: Used
    steps_s: Mapping[str, float]


def rebuilt(bench: Bench) -> Rebuilt:
    """Rebuild up to where the live fold is."""
    folder = bench.stack.folder.work / f"rebuild-{uuid.uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    notes, output = folder / "notes", folder / "output"
    program = Program(folder / "pid", signal.SIGTERM, STOP_S)
    env = {**os.environ, **environment("reporting", bench.stack, bench.database_name)}
    command = [sys.executable, "-m", "bench.rebuild_program", str(notes)]
    look = bench.look()
    begin = look()
    program.launch(Launch(command, output, signal.SIGKILL, env=env, cwd=ROOT))
    try:
        lines = _lines(program, notes, output)
    finally:
        program.stop()
    end = look()
    first, last = lines[0], lines[-1]
    used = Used(
        last["at_s"] - first["at_s"],
        last["cpu_s"] - first["cpu_s"],
        end.postgres_s - begin.postgres_s,
        end.kafka_s - begin.kafka_s,
    )
    return Rebuilt(used, _steps_s(lines))


async def pass_over(bench: Bench, topics: Mapping[str, int]) -> None:
    """Say that the live fold is at the log's end, although it has folded nothing of the rest.

    So a rebuild makes a large database in a small part of the time that a live fold needs.
    """
    ends = await kafka.ends(bench.stack.kafka, [(t, n) for t in topics for n in range(PARTITIONS)])
    rows = [(*place, end) for place, end in ends.items()]
    connection = await bench.database("reporting")
    try:
        await connection.execute(MOVE_TO_END, *zip(*rows, strict=True))
    finally:
        await connection.close()


async def forget_changes(bench: Bench) -> None:
    """Say that what a rebuild has changed is published, which after a whole log takes minutes."""
    connection = await bench.database("reporting")
    try:
        await connection.execute(FORGET_CHANGES)
    finally:
        await connection.close()


class Line(TypedDict):
    """A step's name, when it began, and the CPU used until then."""

    step: str
    at_s: float
    cpu_s: float


def _steps_s(lines: Sequence[Line]) -> dict[str, float]:
    """From each step's beginning to that of the next; a step may come again."""
    took: dict[str, float] = {}
    for line, following in pairwise(lines):
        name = line["step"]
        took[name] = round(took.get(name, 0) + following["at_s"] - line["at_s"], 2)
    return took


def _lines(program: Program, notes: Path, output: Path) -> list[Line]:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        ended = program.exit_code()
        text = notes.read_text() if notes.exists() else ""
        lines: list[Line] = [json.loads(each) for each in text.splitlines() if each.endswith("}")]
        if lines and lines[-1]["step"] == DONE:
            return lines
        if ended is not None:
            raise RuntimeError(f"the rebuild ended: {last_words(output)}")
        time.sleep(LOOK_S)
    raise TimeoutError(f"the rebuild did not end within {DEADLINE_S:.0f} s")
