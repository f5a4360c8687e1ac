"""Engines of these tests alone: they are killed, and nobody else shall notice."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from lmc.kafka import LocalKafka
from lmc.ports import free_ports
from lmc.postgres import LocalPostgres
from lmc.provision import provision_postgres
from tests.integration.chaos.ground import TEMPLATE, Base, Ground, laid


@pytest.fixture(scope="package")
def kafka(stack_folder: Path) -> Iterator[LocalKafka]:
    """A Kafka that may be killed, if it is started again."""
    broker = LocalKafka(stack_folder / "chaos-kafka", *free_ports(2))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="package")
def postgres(stack_folder: Path) -> Iterator[LocalPostgres]:
    """A PostgreSQL that may be killed, if it is started again."""
    server = LocalPostgres(stack_folder / "chaos-postgres", *free_ports(1))
    server.start()
    provision_postgres(server, stack_folder / "secrets", TEMPLATE)
    yield server
    server.stop()


@pytest.fixture
async def ground(
    kafka: LocalKafka, postgres: LocalPostgres, stack_folder: Path
) -> AsyncIterator[Ground]:
    """The engines with an empty log."""
    async with laid(kafka, postgres, stack_folder) as found:
        yield found


@pytest.fixture
async def base(ground: Ground) -> AsyncIterator[Base]:
    """One empty database beside the log."""
    async with ground.base() as made:
        yield made
