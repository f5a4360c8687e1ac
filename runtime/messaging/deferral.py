"""Defers events of types or versions that this program does not know, and handles them later.

A publisher may be deployed before its consumers: its events are stored until a program that knows
their types starts. The order of handling does not matter, because each fact's newest state counts.
"""

import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final

from runtime.messaging.records import FAILURES_MAX, Record
from runtime.process import log
from runtime.process.errors import InternalError, ProcessExit, Unavailable
from runtime.process.metrics import Metrics
from runtime.process.retry import RetryPolicy, reraise_if_cancelled
from runtime.storage import deferred_events, quarantine
from runtime.storage.pool import Connection, Pool
from runtime.storage.quarantine import PayloadCipher
from schemas.envelope import Envelope, fact_type_of
from schemas.events.event import Event
from schemas.validation import personal_data
from schemas.validation.decode import decode_event
from schemas.validation.problems import Problem, Refusal

_DEFERRED_EVENTS_MAX = 20_000
"""At the limit the consumer waits: usual events take 10 MB, the largest possible 2.6 GB."""
INTERNAL_ERROR: Final = Problem(
    "E1901", "$", "Processing failed with an internal error.", "Replay the message after the fix."
)

_LOG = log.get(__name__)


def _awaited_type(event: Envelope[Event], known_types: Collection[str]) -> str | None:
    """Return the type that a program must know to handle the event; None if this one knows it.

    A retraction waits with its fact: were it ignored, the fact would be handled later as if it had
    never been retracted.
    """
    if event.data is None or event.type not in known_types:
        return event.type
    if event.is_retraction and event.stated_type not in map(fact_type_of, known_types):
        return event.stated_type
    return None


@dataclass(eq=False)
class Deferral:
    """The deferred events of one service; `handle` is what it does with an event that it knows."""

    pool: Pool
    handle: Callable[[Connection, Envelope[Event]], Awaitable[str]]
    cipher: PayloadCipher | None
    metrics: Metrics
    known_types: Collection[str]
    events_max: int = _DEFERRED_EVENTS_MAX

    def __post_init__(self) -> None:
        self._retries = RetryPolicy(lambda _: None)
        self._awaitable = {*self.known_types, *map(fact_type_of, self.known_types)}

    def awaited(self, event: Envelope[Event]) -> str | None:
        """Return the type that this program would have to know, or None."""
        return _awaited_type(event, self.known_types)

    async def defer(self, connection: Connection, record: Record, event: Envelope[Event]) -> str:
        """Store the event until a program knows its type; return the outcome.

        Raises Refusal if it holds personal data, Unavailable while too many events are deferred.
        """
        value = record.value or b""
        if (problem := personal_data.search_event(json.loads(value))) is not None:
            raise Refusal(problem)
        if await deferred_events.count(connection) >= self.events_max:
            raise Unavailable(
                f"{self.events_max} events of unknown types are deferred: "
                "deploy a version of this service that knows them"
            )
        awaited = self.awaited(event) or event.type
        await deferred_events.insert(connection, record, awaited, event.subject)
        return "deferred"

    async def handle_known(self) -> None:
        """Handle the deferred events that this program knows, and measure how many remain."""
        event_id = await self._oldest(0)
        while event_id is not None:
            await self._handle_or_quarantine(event_id)
            event_id = await self._oldest(event_id)
        remaining = await self._retries.retry_forever(self._count)
        self.metrics.consumer_deferred.set(remaining)

    async def _oldest(self, after: int) -> int | None:
        return await self._retries.retry_forever(
            lambda: deferred_events.oldest(self.pool, self._awaitable, after)
        )

    async def _count(self) -> int:
        async with self.pool.acquire() as connection:
            return await deferred_events.count(connection)

    async def _handle_or_quarantine(self, event_id: int) -> None:
        try:
            await self._retries.retry_forever(lambda: self._handle(event_id))
        except Refusal as refusal:
            problem = refusal.problem
            await self._retries.retry_forever(lambda: self._quarantine(event_id, problem))
        except ProcessExit:
            raise
        except Exception as error:  # noqa: BLE001 - any other exception is a defect of ours
            reraise_if_cancelled(error)
            await self._count_failure(event_id, error)

    async def _handle(self, event_id: int) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            record = await deferred_events.lock(connection, event_id)
            if record is None:  # another replica handles it
                return
            event = decode_event(record.value)
            if (awaited := self.awaited(event)) is not None:
                await deferred_events.await_type(connection, event_id, awaited)
                return
            outcome = await self.handle(connection, event)
            await deferred_events.delete(connection, event_id)
        self.metrics.consumer_events.labels(record.topic, outcome).inc()

    async def _quarantine(self, event_id: int, problem: Problem) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            record = await deferred_events.lock(connection, event_id)
            if record is None:
                return
            await quarantine.insert(connection, record, problem, self.cipher)
            await deferred_events.delete(connection, event_id)
        self.metrics.consumer_events.labels(record.topic, "quarantined").inc()
        self.metrics.quarantine_records.labels(record.topic, problem.code).inc()

    async def _count_failure(self, event_id: int, error: Exception) -> None:
        failures = await self._retries.retry_forever(
            lambda: deferred_events.count_failure(self.pool, event_id)
        )
        if failures < FAILURES_MAX:
            raise InternalError(
                f"deferred event {event_id} has crashed the process {failures} times"
            ) from error
        _LOG.error("quarantined after crashes", deferred=event_id, failure=log.describe(error))
        await self._retries.retry_forever(lambda: self._quarantine(event_id, INTERNAL_ERROR))
