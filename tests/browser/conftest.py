"""Chromium before the board of a running reporting service, on the real Kafka and PostgreSQL.

The service is shared by all tests of a run; every test uses a council of its own.
"""

import shutil
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.ports import free_ports
from lmc.devstack.provisioning import password_file
from runtime.messaging.admin import create_topics
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.topics import DOMAIN_TOPICS
from services.reporting.settings import ReportingSettings
from tests.databases import EMPTY, Superuser
from tests.integration.services.running import Running, produce, running

DATABASE = "browser"
SILENT_COUNCIL = "70025"
"""Aleksinac: the only council with an expected reporter."""


@dataclass(frozen=True)
class Board:
    """The running service, and the Kafka cluster from which it consumes facts."""

    service: Running
    kafka: str

    def produce(self, events: Iterable[Envelope[Event]]) -> None:
        """Publish facts, as the relays of the services would."""
        produce(self.kafka, events)

    def url(self, council: str, **query: str) -> str:
        """The address of a council's page."""
        parameters = "&".join(f"{name}={value}" for name, value in query.items())
        return f"{self.service.url}/board/{council}?{parameters}"


class Open(Protocol):
    """Opens a page in a browser of its own."""

    async def __call__(
        self, url: str, *, size: tuple[int, int] = (1366, 768), is_scripted: bool = True
    ) -> Page:
        """Go there and wait until it is loaded."""
        ...


@pytest.fixture(scope="session")
async def board(
    kafka: LocalKafka, postgres: LocalPostgres, superuser: Superuser, stack_folder: Path
) -> AsyncIterator[Board]:
    """Reporting as a process, following empty topics into an empty database."""
    superuser.copy(EMPTY, DATABASE)
    await create_topics(kafka.bootstrap, DOMAIN_TOPICS)
    settings = ReportingSettings(
        port=free_ports(1)[0],
        kafka=kafka.bootstrap,
        postgres_port=postgres.port,
        postgres_database=DATABASE,
        postgres_password_file=password_file(stack_folder / "secrets", "reporting"),
        work_dir=stack_folder / "reporting",
        steward_token_file=_key(stack_folder, "steward"),
        approver_token_file=_key(stack_folder, "approver"),
        reporters_file=_reporters(stack_folder),
    )
    service = Running("reporting", settings)
    async with running(service):
        yield Board(service, kafka.bootstrap)


def _reporters(folder: Path) -> Path:
    """A list of who should report: the employment service, on one council."""
    file = folder / "reporters.csv"
    row = f"o-nes,matching,{SILENT_COUNCIL},2023-01-01"
    file.write_text(f"organisation,domain,municipality,from\n{row}\n")
    return file


def _key(folder: Path, name: str) -> Path:
    """The file of a key, whose content is its name."""
    file = folder / f"{name}-key"
    file.write_text(name)
    return file


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The machine's own Chromium; as root it runs only without its sandbox."""
    program = shutil.which("chromium")
    assert program is not None, "the program chromium is not installed"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(chromium: Browser) -> AsyncIterator[Open]:
    """Opens pages; whatever the browser reports as an error fails the test."""
    opened: list[BrowserContext] = []
    errors: list[str] = []

    def is_error(message: ConsoleMessage, page_url: str) -> bool:
        """An error of the page or of a browser policy, but not the status of the page itself.

        A service that cannot be reached is no error: a test may stop it.
        """
        is_page = message.location["url"] == page_url
        return message.type == "error" and not is_page and "ERR_CONNECTION" not in message.text

    def collect(message: ConsoleMessage, page_url: str) -> None:
        if is_error(message, page_url):
            errors.append(message.text)

    async def open_(
        url: str, *, size: tuple[int, int] = (1366, 768), is_scripted: bool = True
    ) -> Page:
        browsing = await chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=is_scripted,
            timezone_id="America/New_York",
        )
        opened.append(browsing)
        page = await browsing.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: collect(message, url))
        await page.goto(url)
        return page

    yield open_
    found = list(errors)
    for browsing in opened:
        await browsing.close()
    assert found == []
