"""A database older than an erasure shows nobody again: the log or the file holds the erasure."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from lmc.devstack.local_postgres import LocalPostgres
from runtime.storage.pool import LOCK_RELAY
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.events.registration import PersonErased
from services.matching.__main__ import MATCHING
from services.registration.settings import RegistrationSettings
from services.reporting.settings import ReportingSettings
from services.training.__main__ import TRAINING
from tests.conftest import MakeSettings
from tests.integration.services.backup import Backup
from tests.integration.services.builders import (
    PARTNER,
    PERSON,
    completed,
    needing,
    opened,
    placed,
    published,
    returned,
    seeking,
)
from tests.integration.services.conftest import OPERATOR_KEY
from tests.integration.services.running import Running, events_in, produce, running
from tests.waiting import eventually

REASON = {"reason": "consent_withdrawn"}
ENDPOINTS: Mapping[str, Sequence[str]] = {
    "registration": ("/followups?until=2030-01-01", f"/persons/{PERSON}"),
    "training": ("/waiting",),
    "matching": (
        "/jobseekers",
        "/proposals",
        f"/proposals?person={PERSON}",
        "/checks?until=2030-01-01",
    ),
    "reporting": (f"/facts?source={PARTNER}&id=the-return", f"/facts?source={PARTNER}&id=the-job"),
}
"""Every endpoint that shows something of the person."""

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("durable")]


def history() -> list[Envelope[Event]]:
    """Return the events of a person who is in every list."""
    return [
        published(returned("2022-12-10"), id="the-return"),
        published(needing("2023-02-01")),
        published(seeking("2023-03-02")),
        published(completed("2023-03-05")),
        published(opened("2023-03-01")),
        published(placed("2023-03-20"), id="the-job", factid="pl-1"),
    ]


@dataclass
class FourServices:
    """The four services that show persons, with one database and one log."""

    processes: Sequence[Running]
    bootstrap: str
    backup: Callable[[], Backup]
    dsn: str

    async def get(self, service: Running, path: str) -> httpx.Response:
        """Return the response to a request with the key."""
        async with httpx.AsyncClient(trust_env=False, headers=bearer()) as client:
            return await client.get(f"{service.url}{path}")

    async def shown(self) -> list[str]:
        """Return the endpoints that show something of the person."""
        found = []
        for service in self.processes:
            for path in ENDPOINTS[service.name]:
                answer = await self.get(service, path)
                assert answer.status_code in {200, 404, 410}, (path, answer.text)
                if answer.status_code == 200 and _shows(answer):
                    found.append(path)
        return found

    async def erase(self) -> dict[str, Any]:
        """Erase the person at registration and return the response."""
        url = f"{self.processes[0].url}/persons/{PERSON}/erasure"
        async with httpx.AsyncClient(trust_env=False, headers=bearer()) as client:
            reported: dict[str, Any] = (
                (await client.post(url, json=REASON)).raise_for_status().json()
            )
            return reported

    def erasures(self) -> list[str]:
        """Return the ids of the erasure's events in the log."""
        published_events = events_in(self.bootstrap, "registration-events")
        return [each.id for each in published_events if isinstance(each.data, PersonErased)]


def _shows(answer: httpx.Response) -> bool:
    if answer.url.path == "/facts":
        return bool(answer.json()["state"] != "erased")
    return f'"{PERSON}"' in answer.text


def bearer() -> dict[str, str]:
    return {"authorization": f"Bearer {OPERATOR_KEY}"}


@pytest.fixture
def services(
    bootstrap: str,
    service_settings: MakeSettings,
    postgres: LocalPostgres,
    database: str,
    tmp_path: Path,
) -> FourServices:
    key = tmp_path / "key"
    key.write_text(OPERATOR_KEY)
    fields: dict[str, Any] = {"kafka": bootstrap, "operator_key_file": key}
    erasures = tmp_path / "erasures.jsonl"
    services = (
        Running(
            "registration",
            service_settings(
                "registration", RegistrationSettings, erasures_file=erasures, **fields
            ),
        ),
        Running("training", service_settings("training", TRAINING.settings, **fields)),
        Running("matching", service_settings("matching", MATCHING.settings, **fields)),
        Running(
            "reporting",
            service_settings("reporting", ReportingSettings, steward_token_file=key, **fields),
        ),
    )
    return FourServices(
        services,
        bootstrap,
        lambda: Backup(postgres, database, tmp_path / "backup"),
        postgres.superuser_dsn.replace("/postgres?", f"/{database}?"),
    )


@asynccontextmanager
async def held(dsn: str, statement: str) -> AsyncIterator[None]:
    """Hold a lock in a session of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(statement)
            yield
    finally:
        await connection.close()


def relay_stopped(services: FourServices) -> Any:
    """Keep registration's relay from sending, by its leader lock."""
    lock = f"SELECT pg_advisory_xact_lock({LOCK_RELAY}, hashtext('registration'))"
    return held(services.dsn, lock)


async def test_a_restored_backup_is_erased_again_before_any_endpoint_shows_it(
    services: FourServices,
) -> None:
    everything = [path for each in services.processes for path in ENDPOINTS[each.name]]

    async def is_shown() -> bool:
        return await services.shown() == everything

    async def is_hidden() -> bool:
        return await services.shown() == []

    async with running(*services.processes):
        produce(services.bootstrap, history())
        await eventually(is_shown, "every endpoint shows the person")
        backup = services.backup()
        reported = await services.erase()
        await eventually(is_hidden, "no endpoint shows the person")
    backup.restore()
    tables = ", ".join(f"{service.name}.erased_subject" for service in services.processes)
    locks = f"LOCK {tables} IN EXCLUSIVE MODE"
    async with held(services.dsn, locks):
        for service in services.processes:
            service.start()
        for service in services.processes:
            await eventually(partial(is_reading, services, service), f"{service.name} reads")
            for path in ENDPOINTS[service.name]:
                answer = await services.get(service, path)
                assert (answer.status_code, answer.json()["code"]) == (503, "E1507"), path
    try:
        for service in services.processes:
            await eventually(service.is_ready, f"{service.name} is ready")

        assert await services.shown() == []
        assert services.erasures() == [reported["id"]]
    finally:
        for service in services.processes:
            service.stop()


async def is_reading(services: FourServices, service: Running) -> bool:
    """Return whether it answers that it is not ready because of the start-up replay."""
    try:
        answer = await services.get(service, "/health/ready")
    except httpx.HTTPError:
        return False
    return answer.status_code == 503 and bool(answer.json()["checks"].get("startup_replay"))


async def test_an_erasure_that_has_not_reached_kafka_is_published_after_a_kill(
    services: FourServices,
) -> None:
    registration = services.processes[0]

    async def is_published() -> bool:
        return services.erasures() != []

    async with running(registration):
        await known(services)
        registration.kill()
        async with relay_stopped(services):
            registration.start()
            await eventually(registration.is_ready, "registration is ready")
            reported = await services.erase()
            registration.kill()
            assert services.erasures() == []
        registration.start()
        await eventually(is_published, "the erasure is published")

        assert services.erasures() == [reported["id"]]


async def test_an_erasure_lost_by_database_and_log_is_published_again_from_the_file(
    services: FourServices,
) -> None:
    registration = services.processes[0]

    async def is_published() -> bool:
        return services.erasures() != []

    async with running(registration):
        await known(services)
        backup = services.backup()
        registration.kill()
        async with relay_stopped(services):
            registration.start()
            await eventually(registration.is_ready, "registration is ready")
            reported = await services.erase()
            registration.kill()
        backup.restore()
        registration.start()
        await eventually(registration.is_ready, "registration is ready")
        erased = await services.get(registration, f"/persons/{PERSON}")
        await eventually(is_published, "the erasure is published")

        assert erased.status_code == 410
        assert services.erasures() == [reported["id"]]


async def known(services: FourServices) -> None:
    """Produce the person's events, and wait until registration has them."""

    async def is_known() -> bool:
        return (await services.get(services.processes[0], f"/persons/{PERSON}")).status_code == 200

    produce(services.bootstrap, history())
    await eventually(is_known, "registration knows the person")
