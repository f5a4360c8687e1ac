"""Kafka and PostgreSQL of these tests alone, so that they may be killed."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.ports import free_ports
from lmc.devstack.provisioning import provision_postgres
from tests.chaos.environment import Environment, ServiceDatabase, empty_environment
from tests.databases import EMPTY


@pytest.fixture(scope="package")
def kafka(stack_folder: Path) -> Iterator[LocalKafka]:
    """A Kafka that a test may kill and must start again."""
    broker = LocalKafka(stack_folder / "chaos-kafka", *free_ports(2))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="package")
def postgres(stack_folder: Path) -> Iterator[LocalPostgres]:
    """A PostgreSQL that a test may kill and must start again."""
    server = LocalPostgres(stack_folder / "chaos-postgres", *free_ports(1))
    server.start()
    provision_postgres(server, stack_folder / "secrets", EMPTY)
    yield server
    server.stop()


@pytest.fixture
async def environment(
    kafka: LocalKafka, postgres: LocalPostgres, stack_folder: Path
) -> AsyncIterator[Environment]:
    """Kafka with empty domain topics, and PostgreSQL."""
    async with empty_environment(kafka, postgres, stack_folder) as made:
        yield made


@pytest.fixture
async def database(environment: Environment) -> AsyncIterator[ServiceDatabase]:
    """An empty database for services that read the log."""
    async with environment.database() as made:
        yield made
