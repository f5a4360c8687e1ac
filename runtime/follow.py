"""Follows topics into PostgreSQL, exactly once: plain aiokafka, positions in the database."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import aiokafka
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from runtime import log, positions
from runtime.batch import Batch, Place, Record, Step, Tallies, Tally
from runtime.folding import Fold, Folding
from runtime.identity import check_id, extents, log_ids
from runtime.kafka import Partition
from runtime.lag import Lag, lags
from runtime.metrics import Metrics
from runtime.positions import DDL, Moved, Position
from runtime.postgres import Pool
from runtime.progress import STALL_S, Progress
from runtime.trouble import WORLD, Again, Patience, give_way

__all__ = [
    "DDL",
    "Again",
    "Fold",
    "Follower",
    "Lag",
    "Limits",
    "Record",
    "Tallies",
    "Tally",
    "lags",
]

P = TypeVar("P")

POLL_MS = 200
"""So long a poll waits for records before it looks at the assignment again."""
FETCH_BYTES_MAX = 16 * 1024 * 1024
"""Of all partitions together; of each one aiokafka fetches 1 MiB, sixteen of the largest events."""
NEVER_MS = 24 * 60 * 60 * 1000
"""While a batch waits for PostgreSQL its partitions stay ours, though aiokafka is not polled: it
keeps the group's heartbeat by itself. A worker that is stuck ends by the progress watchdog."""
HINT_S_MAX = 2.0
STOP_S_MAX = 10.0

_LOG = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long; the defaults are right outside tests."""

    batch_records: int = 1000
    session_s: float = 10.0  # after it a vanished worker's partitions go to the others
    look_s: float = 5.0  # between two looks at lag, identity and progress
    stall_s: float = STALL_S


@dataclass(eq=False)
class Follower(Generic[P]):
    """One copy (`instance`) of the workers (`group`) that fold the records of `topics`.

    Where records expire, those that are gone before they were folded are counted as lost;
    elsewhere such a gap is another log.
    """

    pool: Pool
    kafka: str
    group: str
    instance: str
    topics: Sequence[str]
    fold: Fold[P]
    metrics: Metrics
    limits: Limits = Limits()
    expires: bool = False

    def __post_init__(self) -> None:
        self._patience = Patience(lambda why: self.metrics.follow_again.labels(why).inc())
        self._folding = Folding(self.pool, self.fold, self._patience, self.metrics)
        self._progress = Progress(self.limits.stall_s)
        self._reader: _Reader | None = None

    def trouble(self) -> str | None:
        """What is being waited for, or None; a reason not to be ready."""
        return self._patience.trouble()

    async def run(self) -> None:
        """Follow until cancelled; raises the Exit that a fresh start, or a person, must cure."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow())
                tasks.create_task(self._watch())
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _follow(self) -> None:
        while True:
            try:
                async with self._reading() as reader:
                    while True:
                        await self._step(reader)
            except KafkaError as error:
                await self._patience.wait(error)

    async def _step(self, reader: "_Reader") -> None:
        """Take up what was assigned, read a batch, fold it."""
        while assigned := reader.take_assigned():
            taken = await self._patience.insist(lambda: self._take_up(assigned))
            reader.place(taken.values())
        batch = await reader.read(self.limits.batch_records)
        if not batch.steps:
            return
        try:
            await self._folding.fold(batch)
        except Moved as moved:
            _LOG.warning("a batch was dropped", reason=str(moved))
            reader.give_back(batch.steps)
        else:
            reader.done(batch)

    async def _take_up(self, assigned: Collection[Partition]) -> dict[Partition, Position]:
        return await positions.take_up(self.pool, self.kafka, assigned, expires=self.expires)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.limits.look_s)
            try:
                await self._look()
            except WORLD as error:
                give_way(error)
                _LOG.warning("cannot look", trouble=log.brief(error))
                self._progress.excuse(time.monotonic())

    async def _look(self) -> None:
        """Look whether the log is still the same one, how much waits, and whether we go on."""
        known = await positions.read(self.pool, self.topics)
        ours = (self._reader.places() if self._reader else set()) or set(known)
        # Nobody has followed anything yet: then the first partition stands for all.
        ours = ours or {(topic, 0) for topic in self.topics}
        found = await extents(self.kafka, await log_ids(self.kafka, ours))
        following = {place: known[place].next_offset for place in ours if place in known}
        self.metrics.follow_lag.clear()
        for place, extent in found.items():
            if place in known:
                check_id(place, known[place].log_id, extent)
            self.metrics.follow_lag.labels(*place).set(extent.end - following.get(place, 0))
        if self.trouble():
            self._progress.excuse(time.monotonic())
        ends = {place: extent.end for place, extent in found.items()}
        self._progress.look(time.monotonic(), following, ends)
        if self._reader:
            await self._reader.hint()

    @contextlib.asynccontextmanager
    async def _reading(self) -> AsyncIterator["_Reader"]:
        consumer = aiokafka.AIOKafkaConsumer(
            bootstrap_servers=self.kafka,
            group_id=self.group,
            group_instance_id=f"{self.group}-{self.instance}",
            enable_auto_commit=False,
            auto_offset_reset="none",
            partition_assignment_strategy=[RangePartitionAssignor],
            session_timeout_ms=int(self.limits.session_s * 1000),
            heartbeat_interval_ms=int(self.limits.session_s * 1000 / 3),
            max_poll_interval_ms=NEVER_MS,
            fetch_max_bytes=FETCH_BYTES_MAX,
        )
        self._reader = _Reader(consumer)
        try:
            await consumer.start()
            consumer.subscribe(list(self.topics), listener=self._reader)
            yield self._reader
        finally:
            self._reader = None
            with contextlib.suppress(TimeoutError, KafkaError):
                async with asyncio.timeout(STOP_S_MAX):
                    await consumer.stop()


class _Reader(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is not typed
    """The records of the partitions that the group gives us, each from its place on."""

    def __init__(self, consumer: aiokafka.AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._assigned: set[Partition] = set()
        self._places: dict[Partition, Place] = {}
        self._done: dict[Partition, int] = {}

    # aiokafka calls these two in its own task, and swallows what they raise: they only take notes.

    def on_partitions_revoked(self, revoked: object) -> None:
        """Forget all: the next assignment names everything anew."""
        del revoked
        self._assigned, self._places, self._done = set(), {}, {}

    def on_partitions_assigned(self, assigned: Collection[aiokafka.TopicPartition]) -> None:
        """Fetch nothing before the positions are known."""
        self.on_partitions_revoked(())
        self.give_back(assigned)

    def take_assigned(self) -> set[Partition]:
        """The partitions whose positions must be read; they are not named a second time."""
        assigned, self._assigned = self._assigned, set()
        return assigned

    def places(self) -> set[Partition]:
        """The partitions that are being read."""
        return set(self._places)

    def place(self, taken: Iterable[Position]) -> None:
        """Read these partitions from here on, unless they went to somebody else meanwhile."""
        for position in taken:
            if position.place in self._consumer.assignment():
                place = Place(position.next_offset, position.last_record)
                self._places[position.place] = place
                self._seek(position.place, place)
                self._consumer.resume(aiokafka.TopicPartition(*position.place))

    def give_back(self, places: Iterable[Partition]) -> None:
        """Read these no further before their positions are known again."""
        for place in self._consumer.assignment() & set(places):
            self._consumer.pause(aiokafka.TopicPartition(*place))
            self._places.pop(place, None)
            self._assigned.add(place)

    async def read(self, records_max: int) -> Batch:
        """The next records, perhaps none; what does not follow on is dropped and sought again."""
        try:
            fetched = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=records_max)
        except (NoOffsetForPartitionError, OffsetOutOfRangeError):
            self.give_back(self._consumer.assignment())
            return Batch({})
        steps: dict[Partition, Step] = {}
        for partition, raw in fetched.items():
            place = self._places.get(partition)
            step = place.go_on([_record(each) for each in raw]) if place else None
            if step and step.records:
                steps[partition] = step
            elif place and not step:
                self._seek(partition, place)
        return Batch(steps)

    def done(self, batch: Batch) -> None:
        """Note what is committed in the database."""
        self._done |= {place: step.end for place, step in batch.steps.items()}

    async def hint(self) -> None:
        """Tell Kafka how far we are, for the eyes of its tools; nobody ever reads from there."""
        done, self._done = self._done, {}
        assigned = self._consumer.assignment()
        offsets = {
            aiokafka.TopicPartition(*place): end for place, end in done.items() if place in assigned
        }
        if offsets:
            with contextlib.suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(HINT_S_MAX):
                    await self._consumer.commit(offsets)

    def _seek(self, partition: Partition, place: Place) -> None:
        self._consumer.seek(aiokafka.TopicPartition(*partition), place.seek_offset)


def _record(raw: aiokafka.ConsumerRecord) -> Record:
    return Record(raw.topic, raw.partition, raw.offset, raw.key, raw.value, raw.timestamp)
