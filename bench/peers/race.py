"""One peer at work: from the first record it reads to the last count it commits."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient

from bench.engines import Bench
from bench.peers.ground import BEGUN, TABLE, Ground
from bench.peers.placed import TOPICS
from bench.used import Look, Used
from lmc.child import Launch, Program
from lmc.parts import last_words
from schemas.lists import rows
from schemas.territory import council_of

ROOT = Path(__file__).parents[2]
LOOK_S = 0.2
OUTPUT = "output"
QUIET_S, QUIET_S_MAX = 1.0, 20.0
"""So long nothing is written before we compare; so long before we take it for the end as it is."""
DEADLINE_S = 900.0
STOP_S = 30

WRITTEN = "SELECT coalesce(extract(epoch FROM max(written_at)), 0)::float8 FROM placed"
COUNTS = "SELECT municipality, month, sex, persons FROM placed WHERE persons <> 0"

Counts = Mapping[tuple[str, str, str], int]
"""Persons by municipality, month and sex; no zeros."""


@dataclass(frozen=True, slots=True)
class Finish:
    """What a peer used, and the counts that it has arrived at."""

    used: Used
    counts: Counts


@dataclass(frozen=True, slots=True)
class Goal:
    """The records there are to read, and the counts at which all of them must arrive."""

    records: int
    counts: Counts


def raced(bench: Bench, name: str, command: Sequence[str], goal: Goal) -> Finish:
    """Let a peer work through the log, on a database of its own, and stop it.

    It is done when it has read everything and its counts are right, or have not changed for long.
    """
    with bench.fresh_database() as own:
        ground = _ground(own, name)
        asyncio.run(_make_table(own))
        with _running(ground, command) as program:
            return asyncio.run(_finish(own, ground, program, goal))


def _ground(bench: Bench, name: str) -> Ground:
    folder = bench.stack.folder.work / bench.database_name
    folder.mkdir(parents=True)
    codes = [row["code"] for row in rows("municipalities")]
    (folder / "councils").write_text("".join(f"{code} {council_of(code)}\n" for code in codes))
    return Ground(
        bench.stack.kafka, bench.address("reporting"), f"{name}-{bench.database_name}", folder
    )


async def _make_table(bench: Bench) -> None:
    connection = await bench.database("reporting")
    try:
        await connection.execute(TABLE)
    finally:
        await connection.close()


@contextmanager
def _running(ground: Ground, command: Sequence[str]) -> Iterator[Program]:
    program = Program(ground.folder / "pid", signal.SIGTERM, STOP_S)
    env = {**os.environ, **ground.environment()}
    program.launch(Launch(command, ground.folder / OUTPUT, signal.SIGKILL, env=env, cwd=ROOT))
    try:
        yield program
    finally:
        program.stop()


async def _finish(bench: Bench, ground: Ground, program: Program, goal: Goal) -> Finish:
    look = bench.look(program)
    connection = await bench.database("reporting")
    try:
        begin = await _begin(ground, program, look)
        runner = _Runner(connection, ground, program, look)
        end = await runner.end(goal)
        return Finish(end - begin, await runner.counts())
    finally:
        await connection.close()


async def _begin(ground: Ground, program: Program, look: Look) -> Used:
    """The moment of the first record, by the peer's own word."""
    begun, deadline = ground.folder / BEGUN, time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        _require_alive(ground, program)
        seen = look()
        if begun.exists() and (word := begun.read_text().strip()):
            return replace(seen, at_s=float(word))
        await asyncio.sleep(LOOK_S / 10)
    raise TimeoutError(f"{ground.name} read nothing: {last_words(ground.folder / OUTPUT)}")


class _Runner:
    """A peer on its way."""

    def __init__(
        self, connection: asyncpg.Connection, ground: Ground, program: Program, look: Look
    ) -> None:
        self._connection = connection
        self._ground = ground
        self._program = program
        self._look = look
        self._admin = AdminClient({"bootstrap.servers": ground.kafka})

    async def end(self, goal: Goal) -> Used:
        """The moment of the last count."""
        last, deadline = self._look(), time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            _require_alive(self._ground, self._program)
            written_at, seen = float(await self._connection.fetchval(WRITTEN)), self._look()
            if written_at > last.at_s or not written_at:
                last = replace(seen, at_s=written_at)
            elif seen.at_s - last.at_s > QUIET_S_MAX or await self._is_there(goal, seen, last):
                return last
            await asyncio.sleep(LOOK_S)
        raise TimeoutError(f"{self._ground.name} did not end within {DEADLINE_S:.0f} s")

    async def counts(self) -> Counts:
        """What it has counted so far."""
        rows = await self._connection.fetch(COUNTS)
        return {(place, month, sex): persons for place, month, sex, persons in rows}

    async def _is_there(self, goal: Goal, seen: Used, last: Used) -> bool:
        if seen.at_s - last.at_s < QUIET_S or await self._read() < goal.records:
            return False
        return await self.counts() == goal.counts

    async def _read(self) -> int:
        """How many records of the log it has committed."""
        group = self._ground.name
        asked = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        found = await asyncio.wrap_future(asked[group])
        return sum(
            at.offset for at in found.topic_partitions if at.topic in TOPICS and at.offset > 0
        )


def _require_alive(ground: Ground, program: Program) -> None:
    if program.exit_code() is not None:
        raise RuntimeError(f"{ground.name} ended: {last_words(ground.folder / OUTPUT)}")
