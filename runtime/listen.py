"""Faust agents, guarded: events come by Faust, what is true stands in the database."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import faust
from faust.types import TP, StreamT

from runtime import inbox, log
from runtime.batch import Record
from runtime.errors import BeginAgain
from runtime.hearing import Handler, Heard, Hearing, Hears, Says
from runtime.identity import check_id, extents, log_ids
from runtime.inbox import DDL
from runtime.metrics import Metrics
from runtime.postgres import Connection, Pool
from runtime.progress import STALL_S, Progress
from runtime.quarantine import Seal
from runtime.settings import ServiceSettings
from runtime.trouble import WORLD, Patience, give_way
from schemas.topics import topic_of

__all__ = ["DDL", "Handler", "Heard", "Hears", "Limits", "Listener", "Says"]

BUFFER_RECORDS_MAX = 512
"""Between Faust's reader and our agent; 32 MiB of the largest events."""
POLL_RECORDS_MAX = 500
NEVER_S = 24 * 60 * 60.0
"""Faust polls as its buffer empties: while we wait for PostgreSQL, our partitions stay ours."""
STOP_S_MAX = 10.0

_LOG = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long; the defaults are right outside tests."""

    session_s: float = 10.0  # after it a vanished copy's partitions go to the others
    write_s: float = 1.0  # offsets of what nobody here hears are saved so often
    look_s: float = 5.0  # between two looks at identity and progress
    stall_s: float = STALL_S


class Message(Protocol):
    """What we use of Faust's message: the record as Kafka holds it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: float | None


@dataclass(eq=False)
class Listener:
    """Hears the topics of a service's events as one copy of the group `lmc-<name>`.

    Nothing leaves the agent: an exception there would acknowledge the event, and lose it. What
    ends the process is raised by `watch`.
    """

    name: str
    hears: Hears
    store: Callable[[Connection], object] | None
    pool: Pool
    kafka: str
    settings: ServiceSettings
    metrics: Metrics
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        self.topics = sorted({topic_of(event.TYPE).name for event in self.hears})
        self._patience = Patience(lambda _: self.metrics.listen_retries.inc())
        self._hearing = Hearing(
            pool=self.pool,
            hears=self.hears,
            store=self.store,
            seal=Seal.read(self.settings.seal_key_file),
            metrics=self.metrics,
            patience=self._patience,
        )
        self._progress = Progress(self.limits.stall_s)
        self._looked_s = 0.0

    def trouble(self) -> str | None:
        """What is being waited for, or None; a reason not to be ready."""
        return self._patience.trouble()

    async def start(self) -> None:
        """Begin to hear. Kafka's answers are waited for in `watch`."""
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.settings.work_dir.mkdir(parents=True, exist_ok=True)  # Faust makes its own below it
        self._app = self._build()
        self._starting = asyncio.create_task(self._app.start())

    async def stop(self) -> None:
        """Stop hearing: what is in hand is rolled back, what is counted is saved."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S_MAX):
                await self._app.stop()
        self._starting.cancel()
        await asyncio.wait({self._starting})
        with contextlib.suppress(*WORLD, BeginAgain):
            await self._hearing.write()

    async def watch(self) -> None:
        """Watch until cancelled; raises the Exit that a fresh start, or a person, must cure."""
        while True:
            await asyncio.wait({self._failed}, timeout=self.limits.write_s)
            if self._failed.done():
                self._failed.result()
            self._check_faust()
            try:
                await self._save_and_look()
            except WORLD as error:
                give_way(error)
                _LOG.warning("cannot look", trouble=log.brief(error))
                self._progress.excuse(time.monotonic())

    def _check_faust(self) -> None:
        if self._starting.done() and (error := self._starting.exception()):
            raise BeginAgain("Faust did not start") from error
        if self._app.crashed:
            raise BeginAgain("Faust has stopped") from self._app.crash_reason

    async def _save_and_look(self) -> None:
        await self._hearing.write()
        now_s = time.monotonic()
        if now_s - self._looked_s >= self.limits.look_s:
            self._looked_s = now_s
            await self._look(now_s)

    async def _look(self, now_s: float) -> None:
        """Look whether the log is still the same one, and whether we go on."""
        following = dict(self._hearing.next)
        # Nothing is assigned to us: then the first partition of a topic stands for all.
        ours = set(following) or {(topic, 0) for topic in self.topics}
        known = await inbox.read(self.pool, ours)
        found = await extents(self.kafka, await log_ids(self.kafka, ours))
        for place, (offset, log_id) in known.items():
            check_id(place, log_id, found[place])
            following.setdefault(place, offset)
        if self.trouble():
            self._progress.excuse(now_s)
        ends = {place: extent.end for place, extent in found.items()}
        self._progress.look(now_s, following, ends)

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
            broker_max_poll_interval=NEVER_S,
            broker_max_poll_records=POLL_RECORDS_MAX,
            stream_buffer_maxsize=BUFFER_RECORDS_MAX,
            # A rebalance need not wait for the event in hand: the database decides whose it is.
            stream_wait_empty=False,
        )
        raw = {"key_serializer": "raw", "value_serializer": "raw"}
        topic = app.topic(*self.topics, key_type=bytes, value_type=bytes, **raw)
        app.agent(topic, name="hear")(self._hear_all)
        app.on_partitions_revoked.connect(self._on_revoked)
        app.on_rebalance_complete.connect(self._on_assigned)
        return app

    async def _hear_all(self, stream: StreamT) -> None:
        async for event in stream.events():
            try:
                await self._hearing.hear(_record(event.message))
            except Exception as error:  # noqa: BLE001 - `watch` raises it, whatever it is
                await self._fail(error)

    async def _on_revoked(self, _app: faust.App, *_: object, **__: object) -> None:
        await self._hearing.leave()

    async def _on_assigned(self, app: faust.App, *_: object, **__: object) -> None:
        """Faust now seeks to what Kafka says is committed: make that the database's word."""
        try:
            places = {(topic, partition) for topic, partition in app.consumer.assignment()}
            offsets = await self._hearing.take_up(self.kafka, places)
            taken = {TP(*place): offset for place, offset in offsets.items()}
            if taken:
                await app.consumer._commit(taken)  # noqa: SLF001 - commit() takes only what is acked
            for place, offset in taken.items():
                if offset == 0:  # to what is committed at 0 the client does not seek
                    await app.consumer.seek(place, 0)
        except Exception as error:  # noqa: BLE001 - `watch` raises it, whatever it is
            await self._fail(error)

    async def _fail(self, error: Exception) -> None:
        """Let `watch` raise the error; never return, so that nothing goes on after it."""
        if not self._failed.done():
            self._failed.set_exception(error)
        await asyncio.Event().wait()


def _record(message: Message) -> Record:
    at_ms = int((message.timestamp or 0) * 1000)
    where = (message.topic, message.partition, message.offset)
    return Record(*where, message.key, message.value, at_ms)
