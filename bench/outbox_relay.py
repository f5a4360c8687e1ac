"""Measure the outbox relay: rows of PostgreSQL, sent to Kafka and marked as sent."""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence

from bench.engines import Bench
from lmc.demo.population import simulated_events
from lmc.devstack.provisioning import DATABASE, password_file
from runtime.messaging import outbox
from runtime.messaging.outbox_relay import OutboxRelay
from runtime.process.metrics import Metrics
from runtime.storage.migrate import migrate
from runtime.storage.pool import Pool, open_pool
from schemas.envelope import Envelope
from schemas.events.event import Event
from services.training.__main__ import TRAINING
from services.training.settings import TrainingSettings

_EVENTS = 40_000
_BATCH_EVENTS = 2_000
_POLL_S = 0.02
_DEADLINE_S = 300.0

_UNSENT = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"


def relay_events_per_s(bench: Bench) -> float:
    """Return the events per second from the relay's start until all are marked as sent."""
    return asyncio.run(_rate(bench))


async def _rate(bench: Bench) -> float:
    settings = TrainingSettings(
        kafka=bench.stack.kafka,
        postgres_port=bench.stack.ports.postgres,
        postgres_database=DATABASE,
        postgres_password_file=password_file(bench.stack.data_dir.secrets, "training"),
    )
    await migrate(settings, TRAINING.migrations, "training")
    pool = await open_pool(settings)
    try:
        for batch in _batches(2, _EVENTS):
            async with pool.acquire() as connection, connection.transaction():
                await outbox.enqueue(connection, batch)
        return _EVENTS / await _seconds(pool, settings.kafka)
    finally:
        await pool.close()


async def _seconds(pool: Pool, kafka: str) -> float:
    relay = OutboxRelay(pool, kafka, Metrics())
    started = time.monotonic()
    sending = asyncio.create_task(relay.run())
    while await pool.fetchval(_UNSENT):
        if time.monotonic() - started > _DEADLINE_S:
            raise TimeoutError(f"the relay did not end within {_DEADLINE_S:.0f} s")
        await asyncio.sleep(_POLL_S)
    took = time.monotonic() - started
    relay.stop()
    await sending
    return took


def _batches(seed: int, count: int) -> Iterator[Sequence[Envelope[Event]]]:
    # A repeated event has the same id, which the outbox of one service never holds twice.
    events = iter(
        {envelope.id: envelope for envelope in simulated_events(seed, count * 2)}.values()
    )
    events = itertools.islice(events, count)
    while batch := list(itertools.islice(events, _BATCH_EVENTS)):
        yield batch
