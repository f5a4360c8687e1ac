"""Run one peer from the first record it reads to the last count it commits."""

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

from bench.cost import Cost, CostReader
from bench.engines import Bench
from bench.peers.environment import STARTED, TABLE, PeerEnvironment
from bench.peers.placed_counts import TOPICS
from lmc.devstack.child_process import LaunchSpec, PidFileProcess
from lmc.devstack.managed_process import last_log_message
from schemas.code_lists import code_list
from schemas.territory import council_of

_ROOT = Path(__file__).parents[2]
_POLL_S = 0.2
_OUTPUT = "output"
_QUIET_S, _QUIET_S_MAX = 1.0, 20.0
"""The time without a write before counts are compared, and before the peer counts as finished."""
_DEADLINE_S = 900.0
_STOP_S = 30

_WRITTEN = "SELECT coalesce(extract(epoch FROM max(written_at)), 0)::float8 FROM placed"
_COUNTS = "SELECT municipality, month, sex, persons FROM placed WHERE persons <> 0"

Counts = Mapping[tuple[str, str, str], int]
"""Persons by municipality, month and sex; no zeros."""


@dataclass(frozen=True, slots=True)
class PeerResult:
    """The cost of a peer's run, and its counts at the end."""

    cost: Cost
    counts: Counts


@dataclass(frozen=True, slots=True)
class PeerGoal:
    """The records a peer must read, and the counts it must compute."""

    records: int
    counts: Counts


def run_peer(bench: Bench, name: str, command: Sequence[str], goal: PeerGoal) -> PeerResult:
    """Run a peer over the log, on its own database, and stop it.

    It has finished when it has read every record and its counts are right, or have not changed for
    long.
    """
    with bench.fresh_database() as own:
        environment = _prepare_environment(own, name)
        asyncio.run(_make_table(own))
        with _running(environment, command) as process:
            return asyncio.run(_result(own, environment, process, goal))


def _prepare_environment(bench: Bench, name: str) -> PeerEnvironment:
    folder = bench.stack.data_dir.work / bench.database_name
    folder.mkdir(parents=True)
    codes = [row["code"] for row in code_list("municipalities")]
    (folder / "councils").write_text("".join(f"{code} {council_of(code)}\n" for code in codes))
    return PeerEnvironment(
        bench.stack.kafka, bench.address("reporting"), f"{name}-{bench.database_name}", folder
    )


async def _make_table(bench: Bench) -> None:
    connection = await bench.database("reporting")
    try:
        await connection.execute(TABLE)
    finally:
        await connection.close()


@contextmanager
def _running(environment: PeerEnvironment, command: Sequence[str]) -> Iterator[PidFileProcess]:
    process = PidFileProcess(environment.folder / "pid", signal.SIGTERM, _STOP_S)
    env = {**os.environ, **environment.variables()}
    process.launch(
        LaunchSpec(command, environment.folder / _OUTPUT, signal.SIGKILL, env=env, cwd=_ROOT)
    )
    try:
        yield process
    finally:
        process.stop()


async def _result(
    bench: Bench, environment: PeerEnvironment, process: PidFileProcess, goal: PeerGoal
) -> PeerResult:
    read_cost = bench.cost_reader(process)
    connection = await bench.database("reporting")
    try:
        start = await _cost_at_start(environment, process, read_cost)
        observer = _Observer(connection, environment, process, read_cost)
        end = await observer.end(goal)
        return PeerResult(end - start, await observer.counts())
    finally:
        await connection.close()


async def _cost_at_start(
    environment: PeerEnvironment, process: PidFileProcess, read_cost: CostReader
) -> Cost:
    """Return the cost at the first record, whose instant the peer writes to a file."""
    started, deadline = environment.folder / STARTED, time.monotonic() + _DEADLINE_S
    while time.monotonic() < deadline:
        _require_running(environment, process)
        now = read_cost()
        if started.exists() and (instant := started.read_text().strip()):
            return replace(now, at_s=float(instant))
        await asyncio.sleep(_POLL_S / 10)
    raise TimeoutError(f"{environment.name} read no record: {_last_message(environment)}")


class _Observer:
    """An observer of a running peer."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        environment: PeerEnvironment,
        process: PidFileProcess,
        read_cost: CostReader,
    ) -> None:
        self._connection = connection
        self._environment = environment
        self._process = process
        self._read_cost = read_cost
        self._admin = AdminClient({"bootstrap.servers": environment.kafka})

    async def end(self, goal: PeerGoal) -> Cost:
        """Return the cost at the last write of a count."""
        last, deadline = self._read_cost(), time.monotonic() + _DEADLINE_S
        while time.monotonic() < deadline:
            _require_running(self._environment, self._process)
            written_at, now = float(await self._connection.fetchval(_WRITTEN)), self._read_cost()
            if written_at > last.at_s or not written_at:
                last = replace(now, at_s=written_at)
            elif now.at_s - last.at_s > _QUIET_S_MAX or await self._has_finished(goal, now, last):
                return last
            await asyncio.sleep(_POLL_S)
        raise TimeoutError(f"{self._environment.name} did not end within {_DEADLINE_S:.0f} s")

    async def counts(self) -> Counts:
        """Return the counts written so far."""
        rows = await self._connection.fetch(_COUNTS)
        return {(place, month, sex): persons for place, month, sex, persons in rows}

    async def _has_finished(self, goal: PeerGoal, now: Cost, last: Cost) -> bool:
        if now.at_s - last.at_s < _QUIET_S or await self._records_read() < goal.records:
            return False
        return await self.counts() == goal.counts

    async def _records_read(self) -> int:
        """Return how many records of the log the peer has committed."""
        group = self._environment.name
        asked = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        found = await asyncio.wrap_future(asked[group])
        return sum(
            at.offset for at in found.topic_partitions if at.topic in TOPICS and at.offset > 0
        )


def _require_running(environment: PeerEnvironment, process: PidFileProcess) -> None:
    if process.exit_code() is not None:
        raise RuntimeError(f"{environment.name} ended: {_last_message(environment)}")


def _last_message(environment: PeerEnvironment) -> str:
    return last_log_message(environment.folder / _OUTPUT)
