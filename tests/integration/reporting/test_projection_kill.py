"""SIGKILL to reporting in mid-stream, several times: every fact counts once, and reconciles."""

import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.ports import free_ports
from lmc.devstack.provisioning import provision_kafka
from runtime.storage.pool import Pool, open_pool
from schemas.declared_codes import shipped
from schemas.validation.decode import decode_event
from services.reporting.reconciliation.report import reconcile, source_log
from services.reporting.settings import ReportingSettings
from tests.conftest import MakeSettings
from tests.integration.reporting.harness import ENTRIES, counted_by_reference, stored_entries
from tests.integration.services.running import Running, produce, running
from tests.reference.builders import make_event
from tests.reference.logs import random_log
from tests.reference.shapes import Event
from tests.waiting import eventually

KILLS = 5
LOGS = 60

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("durable")]


@pytest.fixture
async def bootstrap(stack_folder: Path) -> AsyncIterator[str]:
    """Return the address of a Kafka for this test only, with empty domain topics."""
    broker = LocalKafka(stack_folder / f"bootstrap-{uuid.uuid4().hex}", *free_ports(2))
    broker.start()
    try:
        await provision_kafka(broker.bootstrap)
        yield broker.bootstrap
    finally:
        broker.stop()


def events() -> list[Event]:
    """Return random events about the same few people, all of whom are merged at some time."""
    return [
        event | {"id": f"{seed}-{event['id']}", "factid": f"{seed}-{event.get('factid')}"}
        for seed in range(LOGS)
        for event in random_log(seed)
    ]


async def next_offsets(pool: Pool) -> int:
    return int(await pool.fetchval("SELECT coalesce(sum(next_offset), 0) FROM position"))


async def test_reporting_killed_in_mid_stream_counts_everything_once(
    bootstrap: str, service_settings: MakeSettings
) -> None:
    settings = service_settings("reporting", ReportingSettings, kafka=bootstrap)
    reporting, published = Running("reporting", settings), events()
    killed_at: list[int] = []
    async with running(reporting), await open_pool(settings) as pool:

        async def is_far_enough() -> bool:
            return await next_offsets(pool) > len(published) * (len(killed_at) + 1) / (KILLS + 2)

        async def is_done() -> bool:
            return await next_offsets(pool) == len(published)

        share = len(published) // (KILLS + 1)
        for kill in range(KILLS):
            produce(
                bootstrap,
                [
                    decode_event(as_bytes(each))
                    for each in published[kill * share : (kill + 1) * share]
                ],
            )
            await eventually(is_far_enough, "reporting is in mid-stream")
            reporting.kill()
            killed_at.append(await next_offsets(pool))
            reporting.start()
        produce(bootstrap, [decode_event(as_bytes(each)) for each in published[KILLS * share :]])
        await eventually(is_done, "everything is projected")
        report = await reconcile(pool, source_log(bootstrap), shipped(), lambda: datetime.now(UTC))
        found = stored_entries(await pool.fetch(ENTRIES))

    assert max(killed_at) < len(published)
    assert found == counted_by_reference(published)
    assert report.agrees, report.to_json()


async def test_reporting_starts_without_other_services(
    bootstrap: str, service_settings: MakeSettings
) -> None:
    reporting = Running(
        "reporting", service_settings("reporting", ReportingSettings, kafka=bootstrap)
    )
    async with running(reporting), httpx.AsyncClient(base_url=reporting.url) as client:

        async def is_published() -> bool:
            return _gauge("MI-13", "placed", "to") in (await client.get("/metrics")).text

        produce(
            bootstrap, [decode_event(as_bytes(make_event("matching.placement.made", "2023-03-02")))]
        )
        await eventually(is_published, "the publisher has set its gauges")
        indicators = (await client.get("/indicators")).json()["indicators"]
        freshness = (await client.get("/freshness")).json()
        metrics = (await client.get("/metrics")).text

        assert len(indicators) == 28
        assert (freshness["lag"], len(freshness["topics"])) == (0, 48)
        assert _gauge("MI-13", "placed", "to") in metrics
        assert _gauge("MI-13", "placed", "month").replace("1.0", "0.0") in metrics
        assert "lmc_reporting_accounting_difference_records{" in metrics
        assert reporting.stop() == 0


def _gauge(indicator: str, measure: str, period: str) -> str:
    labels = f'indicator="{indicator}",measure="{measure}",municipality="70998"'
    return f'lmc_indicator_value{{{labels},period_type="{period}"}} 1.0'


def as_bytes(event: Event) -> bytes:
    """Return the event as the bytes of its record."""
    return json.dumps(event).encode()
