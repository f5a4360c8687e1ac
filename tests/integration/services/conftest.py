"""The three alike services on a real database: their apps, their stores, and what they said."""

import uuid
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from lmc.kafka import LocalKafka
from lmc.ports import free_ports
from lmc.provision import provision_kafka
from runtime.clock import Clock
from runtime.context import Context
from runtime.http import build_app
from runtime.ids import RandomIds
from runtime.metrics import Metrics
from runtime.migrate import migrate
from runtime.outbox import say
from runtime.postgres import Connection, open_pool
from runtime.service import Service
from schemas import declarations
from schemas.envelope import Envelope, hear
from schemas.event import Event
from services.matching.__main__ import MATCHING
from services.registration.__main__ import REGISTRATION
from services.training.__main__ import TRAINING
from tests.conftest import MakeSettings

OPERATOR_KEY = "an operator's key of a test"
NOW = datetime(2023, 6, 15, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Opened:
    """A service whose doors are open; nothing relays and nothing listens."""

    service: Service
    context: Context
    client: httpx.AsyncClient
    """With the operator's key."""

    async def outbox(self) -> list[Envelope[Event]]:
        """What the service has said, in order."""
        rows = await self.context.pool.fetch("SELECT value FROM outbox ORDER BY id")
        return [hear(row["value"]) for row in rows]

    async def hear(self, *states: Envelope[Event]) -> list[Envelope[Event]]:
        """Let the service hear, each event in a transaction of its own; gives what it says."""
        said: list[Envelope[Event]] = []
        for state in states:
            async with self.context.pool.acquire() as connection, connection.transaction():
                said += await react(self.service, state, connection)
        return said

    async def get(self, path: str) -> list[dict[str, object]]:
        """The rows of a list."""
        rows: list[dict[str, object]] = (await self.client.get(path)).raise_for_status().json()
        return rows


async def react(
    service: Service, state: Envelope[Event], connection: Connection
) -> list[Envelope[Event]]:
    """What `runtime.listen` does with one event, without its guards: handle it, say the answer."""
    assert state.data is not None
    assert service.store is not None
    handler = service.hears[type(state.data)]
    return await say(connection, list(await handler(state, service.store(connection))))


class Open(Protocol):
    """Opens a service; by default on a day in June 2023."""

    def __call__(self, service: Service, clock: Clock = lambda: NOW) -> Awaitable[Opened]:
        """Give it a database schema that is up to date."""
        ...


@pytest.fixture
async def open_service(service_settings: MakeSettings, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens services in this test's database."""
    key_file = tmp_path / "operator.key"
    key_file.write_text(OPERATOR_KEY)
    async with AsyncExitStack() as stack:

        async def make(service: Service, clock: Clock = lambda: NOW) -> Opened:
            settings = service_settings(service.name, service.settings, operator_key_file=key_file)
            await migrate(settings, service.migrations, service.name)
            pool = await stack.enter_async_context(await open_pool(settings))
            context = Context(
                *(settings, pool, clock, RandomIds(), Metrics()), declarations.shipped()
            )
            app = build_app(service.name, context, service.routes)
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url=f"http://{service.name}",
                headers={"authorization": f"Bearer {OPERATOR_KEY}"},
            )
            return Opened(service, context, await stack.enter_async_context(client))

        yield make


@pytest.fixture
async def bus(stack_folder: Path) -> AsyncIterator[str]:
    """The address of a Kafka with a new log: what a service with a new database would find."""
    folder = stack_folder / f"bus-{uuid.uuid4().hex}"
    broker = LocalKafka(folder, *free_ports(2))
    broker.start()  # in this thread: the broker dies with the thread that started it
    try:
        await provision_kafka(broker.bootstrap)
        yield broker.bootstrap
    finally:
        broker.stop()


@pytest.fixture
async def registration(open_service: Open) -> Opened:
    return await open_service(REGISTRATION)


@pytest.fixture
async def training(open_service: Open) -> Opened:
    return await open_service(TRAINING)


@pytest.fixture
async def matching(open_service: Open) -> Opened:
    return await open_service(MATCHING)
