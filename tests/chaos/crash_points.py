"""Starts a service with a crash point or a mutation; the product has no switch for them.

    python -m tests.chaos.crash_points SERVICE FAULT [AT]

SERVICE is `intake` or `reporting`. A fault sends a signal to the process group at its AT-th round,
batch or row; without AT never.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack

from runtime.messaging import positions
from runtime.messaging.batch_processor import BatchProcessor
from runtime.messaging.records import Batch, CountsByPartition, Partition, Record, RecordCounts
from runtime.service import run
from runtime.storage.pool import Connection, Pool
from services.intake.__main__ import INTAKE
from services.reporting.__main__ import reporting
from services.reporting.projection import batch_handler
from services.reporting.projection.decode import DecodedBatch, DecodedEvent
from services.reporting.projection.deduplicate import DeduplicatedBatch, insert_new_facts
from services.reporting.projection.repository import ProjectionRepository
from services.reporting.projection.rows import EntryRow
from services.reporting.reconciliation import log_check
from services.reporting.reconciliation.record_check import RecordsResult, compare_records
from tests.integration.relay_program import plant_kill
from tests.properties.mutations import MUTATIONS, mutated

NEVER = 0
advance = positions.advance


class Countdown:
    """Sends a signal to the process group after a number of steps."""

    def __init__(self, left: int, number: signal.Signals = signal.SIGKILL) -> None:
        self._left = left
        self._number = number

    def step(self) -> None:
        """Count a step; the last one sends the signal."""
        self._left -= 1
        if self._left == 0:
            os.killpg(0, self._number)


def kill_before_commit(kill_at: int) -> None:
    """Crash when a batch and its positions are written and not yet committed."""
    countdown = Countdown(kill_at)

    async def advance_and_die(
        connection: Connection, batch: Batch, counts: CountsByPartition
    ) -> None:
        await advance(connection, batch, counts)
        countdown.step()

    positions.advance = advance_and_die


def commit_positions_first(kill_at: int) -> None:
    """Commit the positions before the facts and entries; crash between the two."""
    countdown = Countdown(kill_at)

    async def commit(self: BatchProcessor[DecodedBatch], batch: Batch) -> None:
        prepared = await self._handler.prepare(batch.records)
        counts = {
            partition: RecordCounts(applied=len(each.records))
            for partition, each in batch.slices.items()
        }
        async with self._transaction(batch) as connection:
            await advance(connection, batch, counts)
        countdown.step()
        async with self._pool.acquire() as connection, connection.transaction():
            await self._handler.apply(connection, prepared)

    BatchProcessor._commit = commit  # type: ignore[assignment,method-assign] # noqa: SLF001


def keep_every_arrival(kill_at: int) -> None:
    """Skip deduplication: every record is a separate fact. Crash before the commit."""
    kill_before_commit(kill_at)

    async def insert_renamed(
        repository: ProjectionRepository, events: Sequence[DecodedEvent]
    ) -> DeduplicatedBatch:
        return await insert_new_facts(repository, [_renamed(event) for event in events])

    batch_handler.insert_new_facts = insert_renamed  # type: ignore[attr-defined]


def _renamed(event: DecodedEvent) -> DecodedEvent:
    """Return the event under a unique id, and with a factid that depended on the id."""
    envelope, record = event.envelope, event.record
    name = f"{envelope.id}@{record.topic}-{record.partition}-{record.offset}"
    factid = name if envelope.factid == envelope.id else envelope.factid
    return event._replace(envelope=envelope._replace(id=name, factid=factid))


def ignore_revisions(kill_at: int) -> None:
    """Ignore revisions: any state of a fact counts. Crash before the commit."""
    kill_before_commit(kill_at)
    _UNTIL_EXIT.enter_context(mutated(MUTATIONS["revision ignored"]))


def freeze_amid_copy(freeze_at: int) -> None:
    """Stop the process when PostgreSQL has received a part of the rows of a COPY."""
    countdown = Countdown(freeze_at, signal.SIGSTOP)
    insert_entries = ProjectionRepository.insert_entries

    def freezing(rows: Iterable[EntryRow]) -> Iterator[EntryRow]:
        for row in rows:
            yield row
            countdown.step()

    async def insert(self: ProjectionRepository, rows: Iterable[EntryRow]) -> None:
        await insert_entries(self, freezing(rows))

    ProjectionRepository.insert_entries = insert  # type: ignore[method-assign]


def lose_entries(every: int) -> None:
    """Write all entries except for one of `every`."""
    insert_entries = ProjectionRepository.insert_entries
    count = itertools.count(1)

    async def insert(self: ProjectionRepository, rows: Iterable[EntryRow]) -> None:
        await insert_entries(self, [row for row in rows if next(count) % every])

    ProjectionRepository.insert_entries = insert  # type: ignore[method-assign]


def kill_amid_reconciliation(kill_at: int) -> None:
    """Crash when a reconciliation compares records of the log."""
    countdown = Countdown(kill_at)

    async def compare_and_die(
        pool: Pool, partition: Partition, records: Sequence[Record]
    ) -> RecordsResult:
        countdown.step()
        return await compare_records(pool, partition, records)

    log_check.compare_records = compare_and_die  # type: ignore[attr-defined]


_UNTIL_EXIT = ExitStack()
SERVICES = {"intake": lambda: INTAKE, "reporting": reporting}
FAULTS: Mapping[str, Callable[[int], None]] = {
    "killed between send and mark": plant_kill,
    "killed before commit": kill_before_commit,
    "positions committed first": commit_positions_first,
    "no deduplication": keep_every_arrival,
    "revision ignored": ignore_revisions,
    "frozen amid a COPY": freeze_amid_copy,
    "entries lost": lose_entries,
    "killed amid a reconciliation": kill_amid_reconciliation,
}

if __name__ == "__main__":
    service, fault, *at = sys.argv[1:]
    FAULTS[fault](int(at[0]) if at else NEVER)
    run(SERVICES[service]())
