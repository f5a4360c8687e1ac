"""Consumes events with Faust, guarded: Faust delivers, the positions in the database decide."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

import faust
from faust.types import TP, StreamT

from runtime.messaging import inbox
from runtime.messaging.record_processor import EventHandlers, RecordProcessor
from runtime.messaging.records import Record
from runtime.messaging.stall_detection import STALL_S, StallDetector
from runtime.messaging.topic_identity import check_topic_id, topic_ids_of, watermarks
from runtime.process import log
from runtime.process.errors import RestartRequired
from runtime.process.failures import TRANSIENT_ERRORS
from runtime.process.metrics import Metrics
from runtime.process.retry import RetryPolicy, reraise_if_cancelled
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Connection, Pool
from runtime.storage.quarantine import PayloadCipher
from schemas.catalogue import BY_TYPE
from schemas.topics import topic_of

_BUFFER_RECORDS_MAX = 512
"""Between Faust's reader and our agent; 32 MiB of the largest events."""
_POLL_RECORDS_MAX = 500
_NEVER_S = 24 * 60 * 60.0
"""Faust polls as its buffer empties: while this replica waits for PostgreSQL, it keeps its
partitions."""
_STOP_S_MAX = 10.0

_LOG = log.get(__name__)


@dataclass(frozen=True, slots=True)
class EventConsumerLimits:
    """Times; the defaults are right outside tests."""

    session_s: float = 10.0  # after it a lost replica's partitions go to the others
    save_interval_s: float = 1.0  # between two savings of offsets of ignored events
    check_interval_s: float = 5.0  # between two checks of topic identity and stalls
    stall_s: float = STALL_S
    metadata_s: float = 30.0  # after it partitions that were added to a topic are taken up


class _Message(Protocol):
    """The attributes of Faust's message that are used: the record as Kafka holds it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: float | None


@dataclass(eq=False)
class EventConsumer:
    """One replica of the consumer group `lmc-<name>` on the topics of a service's events.

    No exception leaves the agent: Faust would acknowledge the event and lose it. What ends the
    process is raised by `watch`.
    """

    name: str
    handlers: EventHandlers
    repository: Callable[[Connection], object] | None
    pool: Pool
    kafka: str
    settings: ServiceSettings
    metrics: Metrics
    limits: EventConsumerLimits = EventConsumerLimits()
    known_types: Collection[str] = frozenset(BY_TYPE)
    """Events of other types are deferred; a test stands for an older program with fewer."""

    def __post_init__(self) -> None:
        self.topics = sorted({topic_of(event.TYPE).name for event in self.handlers})
        self._retries = RetryPolicy(lambda _: self.metrics.consumer_retries.inc())
        self._processor = RecordProcessor(
            pool=self.pool,
            handlers=self.handlers,
            repository=self.repository,
            cipher=PayloadCipher.read(self.settings.quarantine_key_file),
            metrics=self.metrics,
            retries=self._retries,
            known_types=self.known_types,
        )
        self._stalls = StallDetector(self.limits.stall_s)
        self._checked_s = 0.0

    def unready_reason(self) -> str | None:
        """Return what is being waited for, or None; a reason not to be ready."""
        return self._retries.unready_reason()

    async def start(self) -> None:
        """Start to consume; `watch` raises what fails later."""
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.settings.work_dir.mkdir(parents=True, exist_ok=True)  # Faust creates its own in it
        self._app = self._build()
        self._starting = asyncio.create_task(self._app.start())
        self._deferring = asyncio.create_task(self._handle_deferred())

    async def stop(self) -> None:
        """Stop: roll back the event in progress and save the offsets."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S_MAX):
                await self._app.stop()
        for task in (self._starting, self._deferring):
            task.cancel()
        await asyncio.wait({self._starting, self._deferring})
        with contextlib.suppress(*TRANSIENT_ERRORS, RestartRequired):
            await self._processor.save_offsets()

    async def watch(self) -> None:
        """Watch until cancelled; raises the ProcessExit that ends the process."""
        while True:
            await asyncio.wait({self._failed}, timeout=self.limits.save_interval_s)
            if self._failed.done():
                self._failed.result()
            self._check_faust()
            try:
                await self._save_and_check()
            except TRANSIENT_ERRORS as error:
                reraise_if_cancelled(error)
                _LOG.warning("cannot check the log", failure=log.brief(error))
                self._stalls.reset(time.monotonic())

    async def _handle_deferred(self) -> None:
        """Handle deferred events at the start, and later those of replicas of an older version."""
        while True:
            try:
                await self._processor.handle_deferred()
            except Exception as error:  # noqa: BLE001 - `watch` raises it, whatever it is
                await self._fail(error)
            await asyncio.sleep(self.limits.check_interval_s)

    def _check_faust(self) -> None:
        if self._starting.done() and (error := self._starting.exception()):
            raise RestartRequired("Faust did not start") from error
        if self._app.crashed:
            raise RestartRequired("Faust has stopped") from self._app.crash_reason

    async def _save_and_check(self) -> None:
        await self._processor.save_offsets()
        now_s = time.monotonic()
        if now_s - self._checked_s >= self.limits.check_interval_s:
            self._checked_s = now_s
            await self._check(now_s)

    async def _check(self, now_s: float) -> None:
        """Check the topics' identity and detect stalls."""
        next_offsets = dict(self._processor.next_offsets)
        # If nothing is assigned to this replica, check the first partition of each topic.
        ours = set(next_offsets) or {(topic, 0) for topic in self.topics}
        known = await inbox.read(self.pool, ours)
        found = await watermarks(self.kafka, await topic_ids_of(self.kafka, ours))
        for partition, (offset, topic_id) in known.items():
            check_topic_id(partition, topic_id, found[partition])
            next_offsets.setdefault(partition, offset)
        if self.unready_reason():
            self._stalls.reset(now_s)
        ends = {partition: marks.end for partition, marks in found.items()}
        self._stalls.observe(now_s, next_offsets, ends)

    def _build(self) -> faust.App:
        app = faust.App(
            f"lmc-{self.name}",
            broker=";".join(f"kafka://{address}" for address in self.kafka.split(",")),
            datadir=self.settings.work_dir / f"faust-{self.name}",
            web_enabled=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            consumer_group_instance_id=f"lmc-{self.name}-{self.settings.instance}",
            broker_session_timeout=self.limits.session_s,
            broker_rebalance_timeout=self.limits.session_s,
            broker_heartbeat_interval=self.limits.session_s / 3,
            consumer_metadata_max_age_ms=int(self.limits.metadata_s * 1000),
            broker_max_poll_interval=_NEVER_S,
            broker_max_poll_records=_POLL_RECORDS_MAX,
            stream_buffer_maxsize=_BUFFER_RECORDS_MAX,
            # A rebalance need not wait for the event in progress: the database decides whose it is.
            stream_wait_empty=False,
        )
        raw = {"key_serializer": "raw", "value_serializer": "raw"}
        topic = app.topic(*self.topics, key_type=bytes, value_type=bytes, **raw)
        app.agent(topic, name="process")(self._process_all)
        app.on_partitions_revoked.connect(self._on_revoked)
        app.on_rebalance_complete.connect(self._on_assigned)
        return app

    async def _process_all(self, stream: StreamT) -> None:
        async for event in stream.events():
            try:
                await self._processor.process(_record(event.message))
            except Exception as error:  # noqa: BLE001 - `watch` raises it, whatever it is
                await self._fail(error)

    async def _on_revoked(self, _app: faust.App, *_: object, **__: object) -> None:
        await self._processor.revoke()

    async def _on_assigned(self, app: faust.App, *_: object, **__: object) -> None:
        """Commit the database's offsets to Kafka, because Faust now seeks to the committed ones."""
        try:
            partitions = {(topic, number) for topic, number in app.consumer.assignment()}
            offsets = await self._processor.assign(self.kafka, partitions)
            assigned = {TP(*partition): offset for partition, offset in offsets.items()}
            if assigned:
                # commit() would accept only acknowledged offsets
                await app.consumer._commit(assigned)  # noqa: SLF001 - there is no public way
            for partition, offset in assigned.items():
                if offset == 0:  # the client does not seek to a committed offset of 0
                    await app.consumer.seek(partition, 0)
        except Exception as error:  # noqa: BLE001 - `watch` raises it, whatever it is
            await self._fail(error)

    async def _fail(self, error: Exception) -> None:
        """Let `watch` raise the error; never return, so that nothing continues after it."""
        if not self._failed.done():
            self._failed.set_exception(error)
        await asyncio.Event().wait()


def _record(message: _Message) -> Record:
    at_ms = int((message.timestamp or 0) * 1000)
    coordinates = (message.topic, message.partition, message.offset)
    return Record(*coordinates, message.key, message.value, at_ms)
