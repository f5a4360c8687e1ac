"""The outbox's relay: rows that wait in PostgreSQL, sent and marked."""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence

from bench.engines import Bench
from lmc.population import said
from lmc.provision import DATABASE, password_file
from runtime import outbox
from runtime.metrics import Metrics
from runtime.migrate import migrate
from runtime.outbox import Relay
from runtime.postgres import Pool, open_pool
from schemas.envelope import Envelope
from schemas.event import Event
from services.training.__main__ import TRAINING
from services.training.settings import Settings

EVENTS = 40_000
LOT = 2_000
LOOK_S = 0.02
DEADLINE_S = 300.0

UNSENT = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"


def relay_events_per_s(bench: Bench) -> float:
    """Events per second from the relay's start until all are acknowledged and marked."""
    return asyncio.run(_rate(bench))


async def _rate(bench: Bench) -> float:
    settings = Settings(
        kafka=bench.stack.kafka,
        postgres_port=bench.stack.ports.postgres,
        postgres_database=DATABASE,
        postgres_password_file=password_file(bench.stack.folder.secrets, "training"),
    )
    await migrate(settings, TRAINING.migrations, "training")
    pool = await open_pool(settings)
    try:
        for lot in _lots(2, EVENTS):
            async with pool.acquire() as connection, connection.transaction():
                await outbox.say(connection, lot)
        return EVENTS / await _seconds(pool, settings.kafka)
    finally:
        await pool.close()


async def _seconds(pool: Pool, kafka: str) -> float:
    relay = Relay(pool, kafka, "training", Metrics())
    begun = time.monotonic()
    sending = asyncio.create_task(relay.run())
    while await pool.fetchval(UNSENT):
        if time.monotonic() - begun > DEADLINE_S:
            raise TimeoutError(f"the relay did not end within {DEADLINE_S:.0f} s")
        await asyncio.sleep(LOOK_S)
    took = time.monotonic() - begun
    relay.stop()
    await sending
    return took


def _lots(seed: int, count: int) -> Iterator[Sequence[Envelope[Event]]]:
    # What is told twice is told under one name, which the outbox of one service never does.
    events = iter({envelope.id: envelope for envelope in said(seed, count * 2)}.values())
    events = itertools.islice(events, count)
    while lot := list(itertools.islice(events, LOT)):
        yield lot
