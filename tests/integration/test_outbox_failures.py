"""The outbox when the database, Kafka or its own process fails: nothing is lost or reordered."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.ports import free_ports
from lmc.devstack.provisioning import password_file, provision_postgres
from runtime.messaging import outbox
from runtime.messaging.admin import create_topics
from runtime.process.failures import DATABASE_UNAVAILABLE
from runtime.storage.pool import Pool, open_pool
from schemas.topics import Topic
from tests.conftest import MakeSettings, MakeTopic
from tests.integration.outbox_kit import (
    Settings,
    TopicRecord,
    all_sent,
    enqueue_on,
    first_arrivals,
    moved,
    read_topic,
    relaying,
)
from tests.waiting import eventually

PERSONS = 7
TOPIC = "story"
END_RELAY = """
SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND datname = current_database();
"""

pytestmark = pytest.mark.usefixtures("durable")


@pytest.fixture
def settings(service_settings: MakeSettings) -> Settings:
    """Settings of a service in this test's database."""
    return service_settings("training", Settings)


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[Pool]:
    """A service's database with an outbox."""
    async with opened(settings) as pool:
        yield pool


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Pool]:
    """The pool of a service whose schema holds an outbox."""
    pool = await open_pool(settings)
    await pool.execute(outbox.DDL)
    try:
        yield pool
    finally:
        await close(pool)


async def close(pool: Pool) -> None:
    """Close the pool; a connection that is still in use fails the test instead of hanging it."""
    try:
        await asyncio.wait_for(pool.close(), 20)
    finally:
        pool.terminate()


@pytest.fixture
def own_kafka(stack_folder: Path, request: pytest.FixtureRequest) -> Iterator[LocalKafka]:
    """A Kafka of this test alone, not yet started."""
    broker = LocalKafka(stack_folder / request.node.name[:60], *free_ports(2))
    yield broker
    broker.stop()


async def enqueue_events(pool: Pool, topic: str, numbers: range) -> None:
    """Enqueue so many events about a few persons, in several transactions."""
    async with pool.acquire() as connection:
        for start in numbers[::50]:
            some = range(start, min(start + 50, numbers.stop))
            await enqueue_on(connection, topic, [moved(n, person=n % PERSONS) for n in some])


def assert_published_once_and_in_order(found: list[TopicRecord], count: int) -> None:
    """Assert that every event arrived, and that first arrivals of a subject are in order."""
    events = first_arrivals(found)
    for person in range(PERSONS):
        expected = [f"e-{n}" for n in range(person, count, PERSONS)]
        assert events[f"p-{person:026d}"] == expected


async def create_test_topic(kafka: LocalKafka) -> None:
    """Create a topic on a broker of the test's own."""
    topic = Topic(TOPIC, key="person", producers=(), consumers=(), partitions=4)
    await create_topics(kafka.bootstrap, [topic])


async def test_a_lost_connection_is_replaced_and_nothing_is_lost(
    pool: Pool, kafka: LocalKafka, postgres: LocalPostgres, database: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    async with relaying(pool, kafka.bootstrap):
        for start in range(0, 1000, 200):
            await enqueue_events(pool, topic, range(start, start + 200))
            postgres.run_sql(END_RELAY, database=database)
        await eventually(lambda: all_sent(pool))

    assert_published_once_and_in_order(await read_topic(kafka.bootstrap, topic), 1000)


async def test_a_restart_of_postgresql_is_waited_for(
    kafka: LocalKafka, stack_folder: Path, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    server = LocalPostgres(stack_folder / "restarted", *free_ports(1))
    await asyncio.to_thread(server.start)
    secrets = stack_folder / "restarted-secrets"
    await asyncio.to_thread(provision_postgres, server, secrets)
    settings = Settings(
        port=1,
        postgres_port=server.port,
        postgres_role="lmc_training",
        postgres_password_file=password_file(secrets, "training"),
    )
    async with opened(settings) as pool, relaying(pool, kafka.bootstrap) as relay:
        await enqueue_events(pool, topic, range(300))
        await asyncio.to_thread(server.stop)
        await eventually(lambda: asyncio.sleep(0, relay.unready_reason() is not None))
        await asyncio.to_thread(server.start)
        await eventually(lambda: answers(pool))
        await enqueue_events(pool, topic, range(300, 600))
        await eventually(lambda: all_sent(pool))
    await asyncio.to_thread(server.stop)

    assert_published_once_and_in_order(await read_topic(kafka.bootstrap, topic), 600)


async def answers(pool: Pool) -> bool:
    """Return whether the database executes a statement."""
    try:
        return await pool.fetchval("SELECT true") is True
    except DATABASE_UNAVAILABLE:
        return False


async def test_facts_are_accepted_while_kafka_is_unavailable_and_all_arrive_later(
    pool: Pool, own_kafka: LocalKafka
) -> None:
    async with relaying(pool, own_kafka.bootstrap) as relay:
        await enqueue_events(pool, TOPIC, range(500))
        reason = relay.unready_reason()
        await asyncio.to_thread(own_kafka.start)
        await create_test_topic(own_kafka)
        await eventually(lambda: all_sent(pool))
        await eventually(lambda: asyncio.sleep(0, relay.unready_reason() is None))
    found = await read_topic(own_kafka.bootstrap, TOPIC)

    assert reason is not None
    assert_published_once_and_in_order(found, 500)
    assert max(Counter(record.event.id for record in found).values()) == 1


async def test_a_broker_killed_in_mid_stream_loses_and_reorders_nothing(
    pool: Pool, own_kafka: LocalKafka
) -> None:
    await asyncio.to_thread(own_kafka.start)
    await create_test_topic(own_kafka)
    async with relaying(pool, own_kafka.bootstrap) as relay:
        for start in (0, 2000):
            await enqueue_events(pool, TOPIC, range(start, start + 1000))
            own_kafka.kill()
            await enqueue_events(pool, TOPIC, range(start + 1000, start + 2000))
            await asyncio.to_thread(own_kafka.start)
        await eventually(lambda: all_sent(pool), seconds=120)
        await eventually(lambda: asyncio.sleep(0, relay.unready_reason() is None))

    assert_published_once_and_in_order(await read_topic(own_kafka.bootstrap, TOPIC), 4000)


async def test_a_relay_killed_between_send_and_mark_repeats_events_and_loses_none(
    pool: Pool, settings: Settings, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    for start in range(0, 500, 100):
        await enqueue_events(pool, topic, range(start, start + 100))
        with program(settings, kill_at_round=1) as process:
            code = await asyncio.to_thread(process.wait, 60)

            assert code == -signal.SIGKILL
    with program(settings, kill_at_round=0):
        await eventually(lambda: all_sent(pool))
    found = await read_topic(settings.kafka, topic)

    assert_published_once_and_in_order(found, 500)
    assert len(found) > 500


async def test_a_suspended_relay_loses_the_lock_to_another_replica(
    pool: Pool, settings: Settings, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    await enqueue_events(pool, topic, range(100))
    with program(settings, kill_at_round=0) as frozen:
        await eventually(lambda: all_sent(pool))
        frozen.send_signal(signal.SIGSTOP)
        await enqueue_events(pool, topic, range(100, 200))
        async with relaying(pool, settings.kafka):
            await eventually(lambda: all_sent(pool))
            frozen.send_signal(signal.SIGCONT)
            await enqueue_events(pool, topic, range(200, 300))
            await eventually(lambda: all_sent(pool))

    assert_published_once_and_in_order(await read_topic(settings.kafka, topic), 300)


@contextmanager
def program(settings: Settings, kill_at_round: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the relay as a process in its own group, and kill it at the end."""
    command = [sys.executable, "-m", "tests.integration.relay_program"]
    process = subprocess.Popen(
        [*command, settings.model_dump_json(), str(kill_at_round)], start_new_session=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
