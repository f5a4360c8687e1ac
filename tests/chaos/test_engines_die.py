"""Kafka or PostgreSQL are killed: the services recover, and all accepted events count."""

import asyncio
import functools
from collections.abc import Sequence

import httpx
import pytest

from lmc.devstack.stack import SERVICE_PORTS
from runtime.messaging.admin import end_offsets
from tests.chaos.comparison import NO_DIFFERENCES, compare_with_log, expected_from_log
from tests.chaos.domain_log import TODAY
from tests.chaos.environment import ServiceDatabase
from tests.chaos.publishing import all_sent, partner_client
from tests.chaos.replicas import Replica
from tests.e2e.mixed_logs import mixed_logs
from tests.reference.endpoint import accepted_in_order
from tests.reference.shapes import Event
from tests.waiting import eventually

SEEDS = range(100, 200)
KILLS = 2
CONSUMERS = ("registration", "training", "matching")
CONSUMER_POSITIONS = "SELECT topic, partition, next_offset FROM consumer_position"

pytestmark = pytest.mark.timeout(900)


def fact_keys(events: Sequence[Event]) -> set[tuple[str, str]]:
    """Return source and id of the events."""
    return {(event["source"], event["id"]) for event in events}


async def wait_until_ready(*replicas: Replica) -> None:
    """Wait until all replicas are ready."""
    for replica in replicas:
        await eventually(replica.is_ready, f"{replica.service} is ready")


async def test_events_are_accepted_while_kafka_is_down_and_all_arrive_after_its_restart(
    database: ServiceDatabase,
) -> None:
    kafka, events = database.environment.kafka, accepted_in_order(mixed_logs(SEEDS, TODAY))
    before, during_outage = events[: len(events) // 2], events[len(events) // 2 :]
    intake, reporting = (database.replica(name).start() for name in ("intake", "reporting"))
    await wait_until_ready(intake, reporting)
    partner = partner_client(database, intake)
    await partner.publish(before)

    await asyncio.to_thread(kafka.kill)
    await partner.publish(during_outage)
    is_waiting = not await all_sent(database)
    await asyncio.to_thread(kafka.start)
    await eventually(lambda: all_sent(database), "all events are sent")
    await eventually(database.is_projected, "all records are processed")
    await wait_until_ready(intake, reporting)
    expected = await expected_from_log(kafka.bootstrap)

    assert not partner.refused_statuses
    assert is_waiting
    assert expected.facts.keys() == fact_keys(events)
    assert await compare_with_log(database) == NO_DIFFERENCES
    assert (intake.stop(), reporting.stop()) == (0, 0)


async def test_all_services_recover_from_a_kill_of_postgresql_and_lose_no_accepted_event(
    database: ServiceDatabase,
) -> None:
    environment, events = database.environment, accepted_in_order(mixed_logs(SEEDS, TODAY))
    replicas = {name: database.replica(name).start() for name in SERVICE_PORTS}
    await wait_until_ready(*replicas.values())
    partner = partner_client(database, replicas["intake"])
    producing = asyncio.create_task(partner.publish(events))
    for kill in range(1, KILLS + 1):

        async def is_far_enough(far: int = len(events) * kill // (KILLS + 2)) -> bool:
            return partner.statuses.total() > far

        await eventually(is_far_enough, "intake accepts events")
        await asyncio.to_thread(environment.postgres.kill)
        await asyncio.to_thread(environment.postgres.start)
    await producing
    await eventually(lambda: all_sent(database), "all events are sent")
    await eventually(database.is_projected, "all records are processed")
    for name in CONSUMERS:
        await eventually(
            functools.partial(has_consumed_all, database, name), f"{name} has consumed all records"
        )
    await wait_until_ready(*replicas.values())
    expected = await expected_from_log(environment.kafka.bootstrap)

    assert fact_keys(events) <= expected.facts.keys()
    assert await compare_with_log(database) == NO_DIFFERENCES
    assert set(partner.refused_statuses) <= {httpx.codes.SERVICE_UNAVAILABLE}
    assert {name: replica.exit_code for name, replica in replicas.items()} == dict.fromkeys(
        replicas
    )
    assert {name: replica.stop() for name, replica in replicas.items()} == dict.fromkeys(
        replicas, 0
    )


async def has_consumed_all(database: ServiceDatabase, service: str) -> bool:
    """Whether a service has consumed all records of its topics."""
    rows = await (await database.pool(service)).fetch(CONSUMER_POSITIONS)
    positions = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    return positions == await end_offsets(
        database.environment.kafka.bootstrap, set(positions)
    ) and bool(positions)
