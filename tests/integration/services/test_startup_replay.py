"""The start-up replay: from its stored position to the end, before endpoints show anything."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from lmc.devstack.ports import free_ports
from runtime.context import Context
from runtime.messaging.admin import end_offsets
from runtime.messaging.startup_replay import FoundEvents, StartupReplay, StartupReplayRun
from runtime.process.errors import LogMismatch
from runtime.storage.pool import Connection
from schemas.envelope import encode_event
from schemas.events.registration import PersonErased
from schemas.topics import topic_of
from services.registration.__main__ import REGISTRATION
from services.training.__main__ import TRAINING
from tests.conftest import MakeSettings
from tests.growth import grow, write
from tests.integration.services.builders import (
    body_of,
    erasure,
    needing,
    person,
    published,
    retracted,
    returned,
)
from tests.integration.services.conftest import OPERATOR_KEY, Open
from tests.integration.services.running import Running, produce
from tests.waiting import eventually

TOPIC = topic_of(PersonErased.TYPE)
PARTITIONS = [(TOPIC.name, number) for number in range(TOPIC.partitions)]

Read = Callable[[], Awaitable[list[str]]]
"""`await read()` → the persons that a replay has found."""


@pytest.fixture
async def context(open_service: Open, domain_topics: Sequence[str]) -> Context:
    """The context of training with empty topics."""
    assert TOPIC.name in domain_topics
    return (await open_service(TRAINING)).context


@pytest.fixture
def bootstrap(context: Context) -> str:
    return context.settings.kafka


@pytest.fixture
def read(context: Context) -> Read:
    async def run() -> list[str]:
        found: list[str] = []

        async def collect(_connection: Connection, events: FoundEvents) -> None:
            found.extend(event.subject for event in events)

        await StartupReplayRun(
            StartupReplay(PersonErased, "consumer_position", collect), context
        ).run()
        return sorted(found)

    return run


async def test_matching_events_are_found_in_every_partition_and_only_once(
    bootstrap: str, context: Context, read: Read
) -> None:
    produce(bootstrap, [published(returned("2022-12-10"), person(n)) for n in range(40)])
    produce(bootstrap, [published(erasure("2023-04-01"), person(n)) for n in range(20)])
    first, second = await read(), await read()
    positions = await context.pool.fetch("SELECT topic, partition, next_offset FROM startup_replay")

    assert (first, second) == ([person(n) for n in range(20)], [])
    assert {(row[0], row[1]): row[2] for row in positions} == await end_offsets(
        bootstrap, PARTITIONS
    )


async def test_matching_events_are_found_in_partitions_that_were_added(
    bootstrap: str, read: Read
) -> None:
    """The next test deletes the topics and makes them anew."""
    await read()
    grow(bootstrap, TOPIC.name, TOPIC.partitions + 1)
    event = published(erasure("2023-04-01"))
    write(bootstrap, (TOPIC.name, TOPIC.partitions), encode_event(event))

    async def is_found() -> bool:
        return await read() == [event.subject]

    await eventually(is_found)


async def test_a_retraction_alone_is_found_too(bootstrap: str, read: Read) -> None:
    produce(
        bootstrap,
        [retracted(published(erasure("2023-04-01"))), published(needing("2023-02-01"), person(2))],
    )

    assert await read() == [published(erasure("2023-04-01")).subject]


async def test_from_an_older_position_the_log_is_read_again(
    bootstrap: str, context: Context, read: Read
) -> None:
    produce(bootstrap, [published(erasure("2023-04-01"))])
    before = await read()
    await context.pool.execute("UPDATE startup_replay SET next_offset = 0")

    assert await read() == before != []


async def test_events_that_the_service_has_consumed_since_are_not_read_again(
    bootstrap: str, context: Context, read: Read
) -> None:
    await read()
    produce(bootstrap, [published(erasure("2023-04-01"))])
    consumed = [
        (*partition, end) for partition, end in (await end_offsets(bootstrap, PARTITIONS)).items()
    ]
    await context.pool.executemany(
        """
        INSERT INTO consumer_position (topic, partition, next_offset, topic_id)
        SELECT $1, $2, $3, topic_id FROM startup_replay WHERE (topic, partition) = ($1, $2)
        """,
        consumed,
    )

    assert await read() == []


@pytest.mark.parametrize("change", ["topic_id = 'another'", "next_offset = 1000"])
async def test_another_or_a_shorter_log_is_refused(
    change: str, context: Context, read: Read
) -> None:
    await read()
    await context.pool.execute(f"UPDATE startup_replay SET {change}")  # noqa: S608 - ours

    with pytest.raises(LogMismatch):
        await read()


async def test_without_kafka_facts_can_be_recorded_and_persons_are_not_shown(
    service_settings: MakeSettings, tmp_path: Path
) -> None:
    key, [nowhere] = tmp_path / "key", free_ports(1)
    key.write_text(OPERATOR_KEY)
    fields = {"kafka": f"127.0.0.1:{nowhere}", "operator_key_file": key}
    registration = Running(
        "registration", service_settings("registration", REGISTRATION.settings, **fields)
    )
    headers = {"authorization": f"Bearer {OPERATOR_KEY}"}
    async with httpx.AsyncClient(
        base_url=registration.url, headers=headers, trust_env=False
    ) as client:

        async def is_alive() -> bool:
            try:
                return (await client.get("/health/live")).is_success
            except httpx.TransportError:
                return False

        try:
            registration.start()
            await eventually(is_alive, "registration answers")
            reported = await client.post(
                "/returnees",
                json=body_of(returned("2022-12-10")),
                headers={"Idempotency-Key": "form-1"},
            )
            shown = [
                await client.get("/followups"),
                await client.get(f"/persons/{reported.json()['subject']}"),
                await client.delete(f"/facts/{reported.json()['factid']}"),
            ]

            assert reported.status_code == HTTPStatus.CREATED
            assert [each.status_code for each in shown] == [HTTPStatus.SERVICE_UNAVAILABLE] * 3
            assert {each.json()["code"] for each in shown} == {"E1507"}
        finally:
            registration.stop()
