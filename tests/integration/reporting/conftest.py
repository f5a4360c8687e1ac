"""A database with reporting's tables, a worker and open doors, for each test its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

import services.reporting
from lmc.kafka import LocalKafka
from runtime.clock import Clock
from runtime.context import Context
from runtime.http import build_app
from runtime.ids import RandomIds
from runtime.metrics import Metrics
from runtime.migrate import migrate
from runtime.postgres import open_pool
from runtime.quarantine import Seal
from schemas import declarations
from services.reporting.api import routes
from services.reporting.folding.freshness import Freshness
from services.reporting.folding.names import Names
from services.reporting.folding.projection import claim
from services.reporting.folding.worker import Definitions, Worker
from services.reporting.settings import Settings
from tests.conftest import MakeSettings, MakeTopic
from tests.integration.follow.story import become
from tests.integration.reporting.closing import APPROVER, BACK, Office
from tests.integration.reporting.desk import TOKEN, Desk
from tests.integration.reporting.log import Log, following
from tests.integration.reporting.proving import events, now
from tests.reference.tell import ANA, BOBAN, say

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
SEAL = Seal("a secret of a test, and long enough")

OpenDesk = Callable[..., Awaitable[Desk]]
"""`await open_desk(clock=…, freshness=…)` → a further desk over the same database."""


@pytest.fixture
async def open_desk(service_settings: MakeSettings, tmp_path: Path) -> AsyncIterator[OpenDesk]:
    """Opens desks over this test's database, in June 2025."""
    token_file = tmp_path / "steward"
    token_file.write_text(TOKEN)
    settings = service_settings("reporting", Settings, steward_token_file=token_file)
    await migrate(settings, Path(services.reporting.__file__).parent / "migrations", "reporting")
    async with AsyncExitStack() as stack:

        async def make(
            clock: Clock = lambda: NOW, freshness: Freshness | None = None, **changed: object
        ) -> Desk:
            mine = settings.model_copy(update=changed)
            pool = await open_pool(mine)
            stack.callback(pool.terminate)
            context = Context(*(mine, pool, clock, RandomIds(), Metrics()), declarations.shipped())
            names = Names(pool)
            worker = Worker(Definitions.of(context.declared), names, SEAL)
            await names.learn_catalogue(worker.definitions.catalogue)
            assert await claim(pool, worker)
            app = build_app("reporting", context, routes(freshness or Freshness(())))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://reporting"
            )
            await stack.enter_async_context(client)
            return Desk(context, worker, client)

        yield make


@pytest.fixture
async def desk(open_desk: OpenDesk) -> Desk:
    """Reporting over an empty database."""
    return await open_desk()


@pytest.fixture
async def office(open_desk: OpenDesk, tmp_path: Path) -> Office:
    """The people who close periods of Prokuplje, with two returnees of May 2023."""
    file = tmp_path / "approver"
    file.write_text(APPROVER)
    desk = await open_desk(approver_token_file=file)
    await desk.fold(say(BACK, "2023-05-02", ANA), say(BACK, "2023-05-03", BOBAN))
    return Office(desk)


@pytest.fixture
async def log(kafka: LocalKafka, make_topic: MakeTopic) -> Log:
    """One topic of three partitions with everything that may become of a record."""
    made = Log(kafka.bootstrap, (await make_topic("proof"),), 3)
    made.tell([*events(), b"poison"])
    return made


@pytest.fixture
async def folded(open_desk: OpenDesk, log: Log) -> Desk:
    """Reporting that has folded the log."""
    desk = await open_desk(clock=now)
    freshness = Freshness(log.places)

    async def is_done() -> bool:
        fresh = await freshness.look(desk.context)
        return fresh.lag == 0 and fresh.folded_to is not None

    async with following(desk, log):
        await become(is_done)
    return desk
