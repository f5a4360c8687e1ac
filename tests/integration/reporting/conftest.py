"""Fixtures of reporting: a migrated database, a batch handler and the API, one per test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from lmc.devstack.local_kafka import LocalKafka
from runtime.context import Context
from runtime.process.clock import Clock
from runtime.process.ids import RandomIds
from runtime.process.metrics import Metrics
from runtime.storage.pool import open_pool
from runtime.storage.quarantine import PayloadCipher
from runtime.web.app import build_app
from schemas import declared_codes
from services.reporting.api.routes import routes
from services.reporting.projection.batch_handler import Definitions, ProjectionHandler
from services.reporting.projection.definition_gate import claim_projection
from services.reporting.projection.freshness import ProgressTracker
from services.reporting.projection.id_dictionary import IdDictionary
from services.reporting.settings import ReportingSettings
from tests.conftest import MakeSettings, MakeTopic
from tests.databases import Superuser
from tests.integration.reporting.closing_users import APPROVER, BACK, ClosingUsers
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.integration.reporting.mixed_log import events, now
from tests.integration.reporting.topic_log import TopicLog, consuming
from tests.reference.builders import ANA, BOBAN, make_event
from tests.waiting import eventually

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
CIPHER = PayloadCipher("a secret of a test, and long enough")

OpenReporting = Callable[..., Awaitable[ReportingHarness]]
"""`await open_reporting(clock=…, freshness=…)` → another replica over the same database."""


@pytest.fixture
def database(superuser: Superuser, migrated: str) -> str:
    """One fresh database for this test, with the tables of all services."""
    return superuser.copy(migrated)


@pytest.fixture
async def open_reporting(
    service_settings: MakeSettings, tmp_path: Path
) -> AsyncIterator[OpenReporting]:
    """Open replicas of reporting over this test's database, in June 2025."""
    token_file = tmp_path / "steward"
    token_file.write_text(TOKEN)
    settings = service_settings("reporting", ReportingSettings, steward_token_file=token_file)
    async with AsyncExitStack() as stack:

        async def make(
            clock: Clock = lambda: NOW, freshness: ProgressTracker | None = None, **changed: object
        ) -> ReportingHarness:
            mine = settings.model_copy(update=changed)
            pool = await open_pool(mine)
            stack.callback(pool.terminate)
            context = Context(
                *(mine, pool, clock, RandomIds(), Metrics()), declared_codes.shipped()
            )
            ids = IdDictionary(pool)
            handler = ProjectionHandler(Definitions.of(context.declared), ids, CIPHER)
            await ids.register_catalogue(handler.definitions.catalogue)
            assert await claim_projection(pool, handler)
            app = build_app("reporting", context, routes(freshness or ProgressTracker(())))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://reporting"
            )
            await stack.enter_async_context(client)
            return ReportingHarness(context, handler, client)

        yield make


@pytest.fixture
async def reporting(open_reporting: OpenReporting) -> ReportingHarness:
    """Reporting over an empty database."""
    return await open_reporting()


@pytest.fixture
async def closing_users(open_reporting: OpenReporting, tmp_path: Path) -> ClosingUsers:
    """The people who close periods of Prokuplje, with two returnees of May 2023."""
    file = tmp_path / "approver"
    file.write_text(APPROVER)
    reporting = await open_reporting(approver_token_file=file)
    await reporting.process(
        make_event(BACK, "2023-05-02", ANA), make_event(BACK, "2023-05-03", BOBAN)
    )
    return ClosingUsers(reporting)


@pytest.fixture
async def log(kafka: LocalKafka, make_topic: MakeTopic) -> TopicLog:
    """One topic of three partitions with records of every possible outcome."""
    made = TopicLog(kafka.bootstrap, (await make_topic("mixed", 3),), 3)
    made.publish([*events(), b"poison"])
    return made


@pytest.fixture
async def projected(open_reporting: OpenReporting, log: TopicLog) -> ReportingHarness:
    """Reporting that has projected the log."""
    reporting = await open_reporting(clock=now)
    freshness = ProgressTracker(log.topic_partitions)

    async def is_done() -> bool:
        fresh = await freshness.check(reporting.context)
        return fresh.lag == 0 and fresh.projected_through is not None

    async with consuming(reporting, log):
        await eventually(is_done)
    return reporting
