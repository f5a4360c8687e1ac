"""Hears records one after the other, each event once, in a transaction with all that follows."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from runtime import inbox, log, outbox, quarantine
from runtime.batch import Record
from runtime.errors import BeginAgain, Bug, Exit
from runtime.identity import check_id, check_offset, extents, log_ids
from runtime.kafka import Partition
from runtime.metrics import Metrics
from runtime.postgres import Connection, Pool
from runtime.quarantine import Seal
from runtime.trouble import BUGS_MAX, WORLD, Patience, give_way
from schemas.catalogue import BY_TYPE
from schemas.envelope import Envelope, hear
from schemas.event import Event
from schemas.problem import Problem, Refusal

Heard = Envelope[Event]
Says = Sequence[Envelope[Event]]
Handler = Callable[[Heard, Any], Awaitable[Says]]
"""What a service does when it hears: reads and writes through its store, the second argument, and
returns what is to be said. It may run again, and is rolled back as a whole."""
Hears = Mapping[type[Event], Handler]

WRITE_S_MAX = 1.0
OUR_BUG: Final = Problem("E1901", "$", "bug", "Replay the message when the bug is mended.")
KNOWN: Final = frozenset(name.rpartition(".v")[0] for name in BY_TYPE)

_LOG = log.get(__name__)


@dataclass(eq=False)
class Hearing:
    """One service's ears: what it makes of records, and how far it is in each partition.

    Offsets of records that nobody here hears are counted in memory only; `write` saves them.
    """

    pool: Pool
    hears: Hears
    store: Callable[[Connection], object] | None
    seal: Seal | None
    metrics: Metrics
    patience: Patience
    next: dict[Partition, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._written: dict[Partition, int] = {}
        self._turn = asyncio.Lock()
        self._stated = {kind.TYPE.rpartition(".v")[0] for kind in self.hears}

    async def take_up(self, bootstrap: str, places: Collection[Partition]) -> dict[Partition, int]:
        """The next offsets of the partitions that are ours now; AnotherLog if Kafka holds one."""
        async with self._turn:
            self._written = await self.patience.insist(lambda: self._offsets(bootstrap, places))
            self.next = dict(self._written)
            return dict(self._written)

    async def leave(self) -> None:
        """Our partitions go to others, or come back: save what is counted, and forget them."""
        with contextlib.suppress(*WORLD):
            await self.write(within_s=0.0)
        self.next = {}

    async def hear(self, record: Record) -> None:
        """Hear the next record of a partition; BeginAgain if it is a later one.

        One that was heard already, and one of a partition that is not ours any more, is passed.
        """
        async with self._turn:
            expected = self.next.get(record.place, record.offset + 1)
            if record.offset > expected:
                raise BeginAgain(
                    f"a gap: {record.place} goes on at {record.offset}, not {expected}"
                )
            if record.offset < expected:
                return
            begun = time.monotonic()
            outcome = await self._judge(record)
            self.metrics.listen_events.labels(record.topic, outcome).inc()
            self.metrics.listen_handler.observe(time.monotonic() - begun)

    async def write(self, within_s: float = WRITE_S_MAX) -> None:
        """Save the offsets that are counted in memory, unless an event is in hand for so long.

        Raises BeginAgain if another copy moved one.
        """
        try:
            async with asyncio.timeout(within_s):
                await self._turn.acquire()
        except TimeoutError:
            return
        try:
            for place, offset in self.next.items():
                await self._save(place, offset)
        finally:
            self._turn.release()

    async def _save(self, place: Partition, offset: int) -> None:
        written = self._written[place]
        if offset == written:
            return
        if not await inbox.move_from(self.pool, place, written, offset):
            raise BeginAgain(f"another copy has moved the position of {place}")
        self._written[place] = offset

    async def _offsets(self, bootstrap: str, places: Collection[Partition]) -> dict[Partition, int]:
        if not places:  # more copies than partitions
            return {}
        ids = await log_ids(bootstrap, places)
        await inbox.begin(self.pool, ids)
        known = await inbox.read(self.pool, places)
        for place, extent in (await extents(bootstrap, ids)).items():
            offset, log_id = known[place]
            check_id(place, log_id, extent)
            check_offset(place, offset, extent)
        return {place: offset for place, (offset, _) in known.items()}

    async def _judge(self, record: Record) -> str:
        """Decide what the record is to us, and do it; gives what became of it."""
        try:
            heard = hear(record.value or b"")
        except Refusal as refusal:
            return await self._put_aside(record, refusal.problem)
        if heard.data is None:
            return await self._put_aside(record, _unknown(heard))
        if not self._concerns_us(heard):
            self.next[record.place] = record.offset + 1
            return "unheard"
        try:
            return await self._once(record, lambda connection: self._handle(connection, heard))
        except Refusal as refusal:
            return await self._put_aside(record, refusal.problem)
        except Exit:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is our bug
            give_way(error)
            return await self._blame(record, error)

    def _concerns_us(self, heard: Heard) -> bool:
        """A retraction concerns whoever hears its fact: that may still be on its way."""
        return type(heard.data) in self.hears or heard.stated_type in self._stated

    async def _handle(self, connection: Connection, heard: Heard) -> str:
        if not await inbox.enter(connection, heard):
            return "duplicate"
        if not await inbox.renew(connection, heard):
            return "superseded"
        handler = self.hears.get(type(heard.data)) if heard.data else None
        if handler is not None:
            store = self.store(connection) if self.store else connection
            await outbox.say(connection, await handler(heard, store))
        return "handled"

    async def _put_aside(self, record: Record, problem: Problem) -> str:
        async def keep(connection: Connection) -> str:
            await quarantine.keep(connection, record, problem, self.seal)
            return "quarantined"

        outcome = await self._once(record, keep)
        self.metrics.quarantine_records.labels(record.topic, problem.code).inc()
        return outcome

    async def _blame(self, record: Record, error: Exception) -> str:
        bugs = await self.patience.insist(lambda: inbox.blame(self.pool, record))
        where = f"offset {record.offset} in partition {record.partition} of {record.topic}"
        if bugs < BUGS_MAX:
            raise Bug(f"{where} has brought us down {bugs} times") from error
        _LOG.error("refused for our bug", where=where, trouble=log.describe(error))
        return await self._put_aside(record, OUR_BUG)

    async def _once(self, record: Record, act: Callable[[Connection], Awaitable[str]]) -> str:
        """Act on a record and move behind it in one transaction; the world is waited for."""
        outcome = await self.patience.insist(lambda: self._transact(record, act))
        if record.place in self.next:
            self.next[record.place] = self._written[record.place] = record.offset + 1
        return outcome

    async def _transact(self, record: Record, act: Callable[[Connection], Awaitable[str]]) -> str:
        async with self.pool.acquire() as connection, connection.transaction():
            found = await inbox.lock(connection, record.place)
            if found == record.offset + 1:  # our commit, whose answer was lost
                return "duplicate"
            if found != self._written[record.place]:
                raise BeginAgain(f"another copy has moved the position of {record.place}")
            outcome = await act(connection)
            await inbox.move(connection, record.place, record.offset + 1)
            return outcome


def _unknown(heard: Heard) -> Problem:
    code = "E1117" if heard.fact_type in KNOWN else "E1116"
    detail, remedy = "This listener does not know it yet.", "Replay the message when it does."
    return Problem(code, "$.type", detail, remedy)
