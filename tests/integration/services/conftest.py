"""Registration, training and matching on a real database: their apps, handlers and outbox."""

import uuid
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.ports import free_ports
from lmc.devstack.provisioning import provision_kafka
from runtime.context import Context
from runtime.messaging.outbox import enqueue
from runtime.process.clock import Clock
from runtime.process.ids import RandomIds
from runtime.process.metrics import Metrics
from runtime.service import Service
from runtime.storage.pool import Connection, open_pool
from runtime.web.app import build_app
from schemas import declared_codes
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.validation.decode import decode_event
from services.matching.__main__ import MATCHING
from services.registration.__main__ import REGISTRATION
from services.training.__main__ import TRAINING
from tests.conftest import MakeSettings
from tests.databases import Superuser

OPERATOR_KEY = "an operator's key of a test"
NOW = datetime(2023, 6, 15, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Opened:
    """A service with its HTTP API; no relay and no event consumer run."""

    service: Service
    context: Context
    client: httpx.AsyncClient
    """Sends the operator's key."""

    async def outbox(self) -> list[Envelope[Event]]:
        """Return the events that the service has published, in order."""
        rows = await self.context.pool.fetch("SELECT value FROM outbox ORDER BY id")
        return [decode_event(row["value"]) for row in rows]

    async def consume(self, *states: Envelope[Event]) -> list[Envelope[Event]]:
        """Let the service handle each event in its own transaction; return the published events."""
        published: list[Envelope[Event]] = []
        for state in states:
            async with self.context.pool.acquire() as connection, connection.transaction():
                published += await react(self.service, state, connection)
        return published

    async def get(self, path: str) -> list[dict[str, object]]:
        """Return the rows of a list."""
        rows: list[dict[str, object]] = (await self.client.get(path)).raise_for_status().json()
        return rows


async def react(
    service: Service, state: Envelope[Event], connection: Connection
) -> list[Envelope[Event]]:
    """Do what `record_processor` does with one event, without its guards: handle, enqueue."""
    assert state.data is not None
    assert service.repository is not None
    handler = service.handlers[type(state.data)]
    return await enqueue(connection, list(await handler(state, service.repository(connection))))


class Open(Protocol):
    """Opens a service, by default on a day in June 2023."""

    def __call__(self, service: Service, clock: Clock = lambda: NOW) -> Awaitable[Opened]:
        """Open it over the tables of this test's database."""
        ...


@pytest.fixture
def database(superuser: Superuser, migrated: str) -> str:
    """One fresh database for this test, with the services' tables."""
    return superuser.copy(migrated)


@pytest.fixture
async def open_service(service_settings: MakeSettings, tmp_path: Path) -> AsyncIterator[Open]:
    """Open services in this test's database."""
    key_file = tmp_path / "operator.key"
    key_file.write_text(OPERATOR_KEY)
    async with AsyncExitStack() as stack:

        async def make(service: Service, clock: Clock = lambda: NOW) -> Opened:
            settings = service_settings(service.name, service.settings, operator_key_file=key_file)
            pool = await stack.enter_async_context(await open_pool(settings))
            context = Context(
                *(settings, pool, clock, RandomIds(), Metrics()), declared_codes.shipped()
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
async def bootstrap(stack_folder: Path) -> AsyncIterator[str]:
    """The address of a new Kafka broker with empty topics."""
    folder = stack_folder / f"kafka-{uuid.uuid4().hex}"
    broker = LocalKafka(folder, *free_ports(2))
    broker.start()  # in this thread: the broker ends with the thread that started it
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
