"""Tests of the local Kafka and PostgreSQL: roles, schemas, durability, topics."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import pytest
from confluent_kafka import Producer

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.ports import free_ports
from runtime.messaging.admin import end_offsets
from runtime.process.settings import ServiceSettings
from schemas.topics import DOMAIN_TOPICS
from tests.conftest import MakeSettings, MakeTopic


async def connect(
    settings: ServiceSettings, database: str = "", user: str = "", password: str = ""
) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(
        host=settings.postgres_host,
        port=settings.postgres_port,
        database=database or settings.postgres_database,
        user=user or settings.postgres_role,
        password=password or settings.postgres_password_file.read_text(),
    )


async def test_a_service_owns_its_schema(
    service_settings: MakeSettings,
) -> None:
    connection = await connect(service_settings("matching", ServiceSettings))

    await connection.execute("CREATE TABLE vacancy (code text)")
    schema = await connection.fetchval(
        "SELECT schemaname FROM pg_tables WHERE tablename = 'vacancy'"
    )
    await connection.close()

    assert schema == "matching"


async def test_reporting_owns_the_schema_published(service_settings: MakeSettings) -> None:
    connection = await connect(service_settings("reporting", ServiceSettings))

    await connection.execute("CREATE TABLE published.number (value int)")
    await connection.close()


@pytest.mark.parametrize("schema", ["registration", "published", "public"])
async def test_a_service_cannot_use_another_schema(
    service_settings: MakeSettings, schema: str
) -> None:
    connection = await connect(service_settings("matching", ServiceSettings))

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(f"CREATE TABLE {schema}.foreign_thing (code text)")
    await connection.close()


@pytest.mark.parametrize("database", ["postgres", "template1"])
async def test_a_service_cannot_connect_to_another_database(
    service_settings: MakeSettings, database: str
) -> None:
    settings = service_settings("matching", ServiceSettings)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connect(settings, database=database)


@pytest.mark.parametrize("role", ["lmc_matching", "postgres"])
async def test_a_tcp_connection_needs_the_password(
    service_settings: MakeSettings, role: str
) -> None:
    settings = service_settings("matching", ServiceSettings)

    with pytest.raises(asyncpg.InvalidPasswordError):
        await connect(settings, user=role, password="guess")


def test_postgresql_writes_to_disk_before_it_acknowledges(stack_folder: Path) -> None:
    server = LocalPostgres(stack_folder / "durable", *free_ports(1))

    server.start()
    durable = server.run_sql("SHOW fsync; SHOW synchronous_commit; SHOW full_page_writes;")
    server.stop()

    assert durable.split() == ["on", "on", "on"]


async def test_the_domain_topics_are_empty_for_each_test_that_asks_for_them(
    kafka: LocalKafka, domain_topics: Sequence[str]
) -> None:
    partitions = {(topic.name, n) for topic in DOMAIN_TOPICS for n in range(topic.partitions)}

    assert sorted(domain_topics) == sorted(topic.name for topic in DOMAIN_TOPICS)
    assert await end_offsets(kafka.bootstrap, partitions) == dict.fromkeys(partitions, 0)


async def test_kafka_keeps_what_is_sent_to_a_fresh_topic(
    kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    topic = await make_topic("registration-events")
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "acks": "all"})

    producer.produce(topic, b"fact")
    unsent = await asyncio.to_thread(producer.flush, 30)

    assert unsent == 0


def test_the_engines_run_in_a_folder_with_spaces_and_cyrillic_letters(
    stack_folder: Path,
) -> None:
    port, controller_port, postgres_port = free_ports(3)
    broker = LocalKafka(stack_folder / "подаци од данас" / "kafka", port, controller_port)
    server = LocalPostgres(stack_folder / "подаци од данас" / "postgres", postgres_port)

    with ExitStack() as running:
        for engine in (broker, server):
            running.callback(engine.stop)
            engine.start()

        assert broker.is_ready()
        assert server.run_sql("SELECT 1") == "1\n"
