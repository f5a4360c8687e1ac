"""A database older than an erasure brings nobody back: the log, or the file, knows better."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from lmc.postgres import LocalPostgres
from runtime.postgres import LOCK_RELAY
from schemas.envelope import Envelope
from schemas.event import Event
from schemas.registration import PersonErased
from services.matching.__main__ import MATCHING
from services.registration.settings import Settings as RegistrationSettings
from services.reporting.settings import Settings as ReportingSettings
from services.training.__main__ import TRAINING
from tests.conftest import MakeSettings
from tests.integration.services.backup import Backup
from tests.integration.services.conftest import OPERATOR_KEY
from tests.integration.services.running import Running, eventually, heard_on, running, tell
from tests.integration.services.stories import (
    PARTNER,
    PERSON,
    completed,
    needing,
    opened,
    placed,
    returned,
    said,
    seeking,
)

REASON = {"reason": "consent_withdrawn"}
DOORS: Mapping[str, Sequence[str]] = {
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
"""Every door that shows something of the person of the story."""

pytestmark = pytest.mark.timeout(600)


def story() -> list[Envelope[Event]]:
    """Somebody who stands in every list."""
    return [
        said(returned("2022-12-10"), id="the-return"),
        said(needing("2023-02-01")),
        said(seeking("2023-03-02")),
        said(completed("2023-03-05")),
        said(opened("2023-03-01")),
        said(placed("2023-03-20"), id="the-job", factid="pl-1"),
    ]


@dataclass
class Town:
    """The four services that show persons, over one database and one log."""

    services: Sequence[Running]
    bus: str
    backup: Callable[[], Backup]
    dsn: str

    async def get(self, service: Running, path: str) -> httpx.Response:
        """A door's answer to who has its key."""
        async with httpx.AsyncClient(trust_env=False, headers=bearer()) as client:
            return await client.get(f"{service.url}{path}")

    async def shown(self) -> list[str]:
        """The doors that show something of the person."""
        found = []
        for service in self.services:
            for path in DOORS[service.name]:
                answer = await self.get(service, path)
                assert answer.status_code in {200, 404, 410}, (path, answer.text)
                if answer.status_code == 200 and _shows(answer):
                    found.append(path)
        return found

    async def erase(self) -> dict[str, Any]:
        """Ask registration to erase the person; its answer."""
        url = f"{self.services[0].url}/persons/{PERSON}/erasure"
        async with httpx.AsyncClient(trust_env=False, headers=bearer()) as client:
            told: dict[str, Any] = (await client.post(url, json=REASON)).raise_for_status().json()
            return told

    def erasures(self) -> list[str]:
        """The ids under which the erasure stands in the log."""
        told = heard_on(self.bus, "registration-events")
        return [each.id for each in told if isinstance(each.data, PersonErased)]


def _shows(answer: httpx.Response) -> bool:
    if answer.url.path == "/facts":
        return bool(answer.json()["state"] != "erased")
    return f'"{PERSON}"' in answer.text


def bearer() -> dict[str, str]:
    return {"authorization": f"Bearer {OPERATOR_KEY}"}


@pytest.fixture
def town(
    bus: str, service_settings: MakeSettings, postgres: LocalPostgres, database: str, tmp_path: Path
) -> Town:
    key = tmp_path / "key"
    key.write_text(OPERATOR_KEY)
    given: dict[str, Any] = {"kafka": bus, "operator_key_file": key}
    erasures = tmp_path / "erasures.jsonl"
    services = (
        Running(
            "registration",
            service_settings("registration", RegistrationSettings, erasures_file=erasures, **given),
        ),
        Running("training", service_settings("training", TRAINING.settings, **given)),
        Running("matching", service_settings("matching", MATCHING.settings, **given)),
        Running(
            "reporting",
            service_settings("reporting", ReportingSettings, steward_token_file=key, **given),
        ),
    )
    return Town(
        services,
        bus,
        lambda: Backup(postgres, database, tmp_path / "backup"),
        postgres.superuser_dsn.replace("/postgres?", f"/{database}?"),
    )


@asynccontextmanager
async def held(dsn: str, statement: str) -> AsyncIterator[None]:
    """A lock that is held meanwhile by a session of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(statement)
            yield
    finally:
        await connection.close()


def no_relay(town: Town) -> Any:
    """Nothing that registration says is sent meanwhile."""
    lock = f"SELECT pg_advisory_xact_lock({LOCK_RELAY}, hashtext('registration'))"
    return held(town.dsn, lock)


async def test_a_restored_backup_is_erased_again_before_any_door_shows_it(town: Town) -> None:
    everything = [path for each in town.services for path in DOORS[each.name]]

    async def is_shown() -> bool:
        return await town.shown() == everything

    async def is_hidden() -> bool:
        return await town.shown() == []

    async with running(*town.services):
        tell(town.bus, story())
        await eventually(is_shown, "every door shows the person")
        backup = town.backup()
        told = await town.erase()
        await eventually(is_hidden, "no door shows the person")
    backup.restore()
    locks = (
        "LOCK registration.gone, training.gone, matching.gone, reporting.erased IN EXCLUSIVE MODE"
    )
    async with held(town.dsn, locks):
        for service in town.services:
            service.start()
        for service in town.services:
            await eventually(partial(is_reading, town, service), f"{service.name} reads")
            for path in DOORS[service.name]:
                answer = await town.get(service, path)
                assert (answer.status_code, answer.json()["code"]) == (503, "E1507"), path
    try:
        for service in town.services:
            await eventually(service.is_ready, f"{service.name} is ready")

        assert await town.shown() == []
        assert town.erasures() == [told["id"]]
    finally:
        for service in town.services:
            service.stop()


async def is_reading(town: Town, service: Running) -> bool:
    """Whether it answers, and says that it is not ready since it reads the log first."""
    try:
        answer = await town.get(service, "/health/ready")
    except httpx.HTTPError:
        return False
    return answer.status_code == 503 and bool(answer.json()["checks"].get("first_read"))


async def test_an_erasure_that_kafka_has_not_got_is_said_after_a_kill(town: Town) -> None:
    registration = town.services[0]

    async def is_said() -> bool:
        return town.erasures() != []

    async with running(registration):
        await known(town)
        registration.kill()
        async with no_relay(town):
            registration.start()
            await eventually(registration.is_ready, "registration is ready")
            told = await town.erase()
            registration.kill()
            assert town.erasures() == []
        registration.start()
        await eventually(is_said, "the erasure is said")

        assert town.erasures() == [told["id"]]


async def test_an_erasure_that_database_and_log_have_lost_is_said_again_from_the_file(
    town: Town,
) -> None:
    registration = town.services[0]

    async def is_said() -> bool:
        return town.erasures() != []

    async with running(registration):
        await known(town)
        backup = town.backup()
        registration.kill()
        async with no_relay(town):
            registration.start()
            await eventually(registration.is_ready, "registration is ready")
            told = await town.erase()
            registration.kill()
        backup.restore()
        registration.start()
        await eventually(registration.is_ready, "registration is ready")
        gone = await town.get(registration, f"/persons/{PERSON}")
        await eventually(is_said, "the erasure is said")

        assert gone.status_code == 410
        assert town.erasures() == [told["id"]]


async def known(town: Town) -> None:
    """Registration knows the person."""

    async def is_known() -> bool:
        return (await town.get(town.services[0], f"/persons/{PERSON}")).status_code == 200

    tell(town.bus, story())
    await eventually(is_known, "registration knows the person")
