"""A service with a crash point or a bug that is not its own; the product has no switch for them.

    python -m tests.integration.chaos.planted SERVICE PLANT [AT]

SERVICE is `intake` or `reporting`. What a plant sends a signal to is the process group, at its
AT-th round, batch or row; without AT never.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack

from runtime import positions
from runtime.batch import Batch, Record, Tallies, Tally
from runtime.folding import Folding
from runtime.kafka import Partition
from runtime.postgres import Connection, Pool
from runtime.service import run
from services.intake.__main__ import INTAKE
from services.reporting.__main__ import reporting
from services.reporting.folding import worker
from services.reporting.folding.heard import Heard, Hearing
from services.reporting.folding.judge import Judged, keep_facts
from services.reporting.folding.rows import Row
from services.reporting.folding.store import Book
from services.reporting.proof import log
from services.reporting.proof.records import Judged as Judgement
from services.reporting.proof.records import judge
from tests.integration.relay_program import plant_kill
from tests.laws.planting import BUGS, planted

NEVER = 0
move = positions.move


class Countdown:
    """Sends a signal to the process group when it has been called so often."""

    def __init__(self, left: int, number: signal.Signals = signal.SIGKILL) -> None:
        self._left = left
        self._number = number

    def step(self) -> None:
        """Count, and perhaps never return."""
        self._left -= 1
        if self._left == 0:
            os.killpg(0, self._number)


def kill_before_commit(kill_at: int) -> None:
    """Die when a batch is written and its positions are moved, and nothing is committed."""
    countdown = Countdown(kill_at)

    async def move_and_die(connection: Connection, batch: Batch, tallies: Tallies) -> None:
        await move(connection, batch, tallies)
        countdown.step()

    positions.move = move_and_die


def commit_positions_first(kill_at: int) -> None:
    """Move the positions in a transaction before the fold's; die between the two."""
    countdown = Countdown(kill_at)

    async def commit(self: Folding[Hearing], batch: Batch) -> None:
        prepared = await self._fold.prepare(batch.records)
        passed = {place: Tally(folded=len(each.records)) for place, each in batch.steps.items()}
        async with self._moving(batch) as connection:
            await move(connection, batch, passed)
        countdown.step()
        async with self._pool.acquire() as connection, connection.transaction():
            await self._fold.apply(connection, prepared)

    Folding._commit = commit  # type: ignore[assignment,method-assign] # noqa: SLF001


def keep_every_arrival(kill_at: int) -> None:
    """No deduplication: whatever arrives is a fact of its own. Die as the right one does."""
    kill_before_commit(kill_at)

    async def keep(book: Book, heard: Sequence[Heard]) -> Judged:
        return await keep_facts(book, [_renamed(event) for event in heard])

    worker.keep_facts = keep  # type: ignore[attr-defined]


def _renamed(event: Heard) -> Heard:
    """The event under an id that nothing else has, with the record that it states."""
    said, record = event.envelope, event.record
    name = f"{said.id}@{record.topic}-{record.partition}-{record.offset}"
    factid = name if said.factid == said.id else said.factid
    return event._replace(envelope=said._replace(id=name, factid=factid))


def ignore_revisions(kill_at: int) -> None:
    """Of the states of a fact any counts. Die as the right one does."""
    kill_before_commit(kill_at)
    _UNTIL_THE_END.enter_context(planted(BUGS["revision ignored"]))


def freeze_amid_copy(freeze_at: int) -> None:
    """Stop, until somebody lets us go on, when PostgreSQL has half of the rows of a COPY."""
    countdown = Countdown(freeze_at, signal.SIGSTOP)
    add_entries = Book.add_entries

    def halting(rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            yield row
            countdown.step()

    async def add(self: Book, rows: Iterable[Row]) -> None:
        await add_entries(self, halting(rows))

    Book.add_entries = add  # type: ignore[method-assign]


def lose_entries(every: int) -> None:
    """Of the entries that are to be written each so-manieth is not."""
    add_entries = Book.add_entries
    count = itertools.count(1)

    async def add(self: Book, rows: Iterable[Row]) -> None:
        await add_entries(self, [row for row in rows if next(count) % every])

    Book.add_entries = add  # type: ignore[method-assign]


def kill_amid_a_proof(kill_at: int) -> None:
    """Die when the proof looks at records of the log."""
    countdown = Countdown(kill_at)

    async def judge_and_die(pool: Pool, place: Partition, records: Sequence[Record]) -> Judgement:
        countdown.step()
        return await judge(pool, place, records)

    log.judge = judge_and_die  # type: ignore[attr-defined]


_UNTIL_THE_END = ExitStack()
SERVICES = {"intake": lambda: INTAKE, "reporting": reporting}
PLANTS: Mapping[str, Callable[[int], None]] = {
    "killed between send and mark": plant_kill,
    "killed before commit": kill_before_commit,
    "positions committed first": commit_positions_first,
    "no deduplication": keep_every_arrival,
    "revision ignored": ignore_revisions,
    "frozen amid a copy": freeze_amid_copy,
    "entries lost": lose_entries,
    "killed amid a proof": kill_amid_a_proof,
}

if __name__ == "__main__":
    service, plant, *at = sys.argv[1:]
    PLANTS[plant](int(at[0]) if at else NEVER)
    run(SERVICES[service]())
