"""SIGKILL to reporting in mid-stream, several times: every fact is folded once, and proved so."""

import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from lmc.kafka import LocalKafka
from lmc.ports import free_ports
from lmc.provision import provision_kafka
from runtime.postgres import Pool, open_pool
from schemas.declarations import shipped
from schemas.envelope import hear
from services.reporting.proof.prove import domain_log, prove
from services.reporting.settings import Settings
from tests.conftest import MakeSettings
from tests.integration.reporting.desk import ENTRIES, counted_by_reference, stored_entries
from tests.integration.services.running import Running, eventually, running, tell
from tests.reference.logs import random_log
from tests.reference.plain import Event
from tests.reference.tell import say

KILLS = 5
LOGS = 60

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def bus(stack_folder: Path) -> AsyncIterator[str]:
    """The address of a Kafka of this test's own, with empty domain topics."""
    broker = LocalKafka(stack_folder / f"bus-{uuid.uuid4().hex}", *free_ports(2))
    broker.start()
    try:
        await provision_kafka(broker.bootstrap)
        yield broker.bootstrap
    finally:
        broker.stop()


def events() -> list[Event]:
    """Many random stories about the same few people: all of them are merged sooner or later."""
    return [
        event | {"id": f"{seed}-{event['id']}", "factid": f"{seed}-{event.get('factid')}"}
        for seed in range(LOGS)
        for event in random_log(seed)
    ]


async def passed(pool: Pool) -> int:
    return int(await pool.fetchval("SELECT coalesce(sum(next_offset), 0) FROM position"))


async def test_reporting_killed_in_mid_stream_folds_everything_once(
    bus: str, service_settings: MakeSettings
) -> None:
    settings = service_settings("reporting", Settings, kafka=bus)
    reporting, said = Running("reporting", settings), events()
    killed_at: list[int] = []
    async with running(reporting), await open_pool(settings) as pool:

        async def is_far_enough() -> bool:
            return await passed(pool) > len(said) * (len(killed_at) + 1) / (KILLS + 2)

        async def is_done() -> bool:
            return await passed(pool) == len(said)

        share = len(said) // (KILLS + 1)
        for kill in range(KILLS):
            tell(bus, [hear(as_bytes(each)) for each in said[kill * share : (kill + 1) * share]])
            await eventually(is_far_enough, "reporting is in the midst of the stream")
            reporting.kill()
            killed_at.append(await passed(pool))
            reporting.start()
        tell(bus, [hear(as_bytes(each)) for each in said[KILLS * share :]])
        await eventually(is_done, "all is folded")
        certificate = await prove(pool, domain_log(bus), shipped(), lambda: datetime.now(UTC))
        found = stored_entries(await pool.fetch(ENTRIES))

    assert max(killed_at) < len(said)
    assert found == counted_by_reference(said)
    assert certificate.agrees, certificate.to_json()


async def test_reporting_starts_alone_answers_and_exports(
    bus: str, service_settings: MakeSettings
) -> None:
    reporting = Running("reporting", service_settings("reporting", Settings, kafka=bus))
    async with running(reporting), httpx.AsyncClient(base_url=reporting.url) as client:

        async def is_published() -> bool:
            return _gauge("MI-13", "placed", "to") in (await client.get("/metrics")).text

        tell(bus, [hear(as_bytes(say("matching.placement.made", "2023-03-02")))])
        await eventually(is_published, "the publisher has shown its gauges")
        indicators = (await client.get("/indicators")).json()["indicators"]
        freshness = (await client.get("/freshness")).json()
        metrics = (await client.get("/metrics")).text

        assert len(indicators) == 27
        assert (freshness["lag"], len(freshness["topics"])) == (0, 48)
        assert _gauge("MI-13", "placed", "to") in metrics
        assert _gauge("MI-13", "placed", "month").replace("1.0", "0.0") in metrics
        assert "lmc_reporting_accounting_difference_records{" in metrics
        assert reporting.stop() == 0


def _gauge(indicator: str, measure: str, period: str) -> str:
    labels = f'indicator="{indicator}",measure="{measure}",municipality="70998"'
    return f'lmc_indicator_value{{{labels},period_type="{period}"}} 1.0'


def as_bytes(event: Event) -> bytes:
    """The event as it lies in Kafka."""
    return json.dumps(event).encode()
