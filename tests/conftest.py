"""Fixtures for every test: a real Kafka, a real PostgreSQL, and no sockets in unit tests."""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import psutil
import pytest
import pytest_socket
from confluent_kafka.admin import AdminClient
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.ports import free_ports
from lmc.devstack.provisioning import password_file, provision_postgres
from runtime.messaging.admin import create_topics
from runtime.process.settings import ServiceSettings
from schemas.topics import DOMAIN_TOPICS, Topic
from tests.databases import EMPTY, MIGRATED, Superuser, migrate_all
from tests.java_cache import use_java_cache
from tests.names import fresh

S = TypeVar("S", bound=ServiceSettings)
ADMIN_S = 30
DURABILITY = ("fsync", "full_page_writes")
TOGETHER = (
    "tests/e2e/",
    "tests/chaos/",
    "tests/integration/sdk/",
    "tests/devstack/test_up.py",
    "tests/properties/test_mutations.py",
    "tests/properties/test_demo_stories.py",
)
"""Folders and modules whose tests share what is costly to make: one process runs all of each."""

MakeTopic = Callable[..., Awaitable[str]]
"""`await make_topic("registration-events", partitions=4)` → the unique name of a fresh topic."""


class MakeSettings(Protocol):
    """`service_settings("matching", Settings, port=…)` → settings of a service in a fresh stack."""

    def __call__(self, service: str, kind: type[S], **fields: Any) -> S:
        """Fields that are not named come from the test's Kafka, database and secrets."""
        ...


class SharedFixturesTogether(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """What several processes run: every test by itself, but for those that share much."""

    def _split_scope(self, nodeid: str) -> str:
        return next((each for each in TOGETHER if nodeid.startswith(each)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedFixturesTogether:
    """Not by marks of xdist, which its release 3.8 loses with pytest 9.2."""
    return SharedFixturesTogether(config, log)


@pytest.fixture(autouse=True)
def no_sockets_in_unit_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """A unit test that opens a connection fails; asyncio's own socket pair is a Unix one."""
    is_unit = "unit" in request.path.relative_to(Path(__file__).parent).parts
    if is_unit:
        pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    if is_unit:
        pytest_socket.enable_socket()


@pytest.fixture(scope="session")
def stack_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own account can reach; what a killed run left is removed."""
    parent = Path(os.environ.get("TMPDIR", "/var/tmp"))  # noqa: S108 - must be open to `nobody`
    for left in parent.glob("lmc-test-*"):
        if not psutil.pid_exists(int(left.name.split("-")[2])):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"lmc-test-{os.getpid()}-", dir=parent))
    folder.chmod(0o711)
    use_java_cache(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def kafka(stack_folder: Path) -> Iterator[LocalKafka]:
    """A real Kafka on free ports, shared by the whole run; closing its many topics takes long."""
    port, controller_port = free_ports(2)
    broker = LocalKafka(stack_folder / "kafka", port, controller_port)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(scope="session")
def postgres(stack_folder: Path) -> Iterator[LocalPostgres]:
    """A real PostgreSQL on a free port, shared by the whole run, with all roles."""
    server = LocalPostgres(stack_folder / "postgres", *free_ports(1))
    server.start()
    provision_postgres(server, stack_folder / "secrets", EMPTY)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def superuser(postgres: LocalPostgres) -> Iterator[Superuser]:
    """Its superuser. The server does without what only a loss of power would show."""
    connection = Superuser(postgres)
    connection.set("off", *DURABILITY, "autovacuum")
    yield connection
    connection.close()


@pytest.fixture
def durable(superuser: Superuser) -> Iterator[None]:
    """PostgreSQL as in production: a kill meets commits that take as long as they do there."""
    superuser.set("on", *DURABILITY)
    yield
    superuser.set("off", *DURABILITY)


@pytest.fixture(scope="session")
async def migrated(superuser: Superuser, postgres: LocalPostgres, stack_folder: Path) -> str:
    """The template of databases that have the tables of all services, migrated once."""
    superuser.copy(EMPTY, MIGRATED)
    await migrate_all(postgres, stack_folder / "secrets", MIGRATED)
    return MIGRATED


@pytest.fixture
def database(superuser: Superuser) -> str:
    """One fresh database for this test, with the empty schemas of the services."""
    return superuser.copy(EMPTY)


@pytest.fixture
def service_settings(
    kafka: LocalKafka, postgres: LocalPostgres, database: str, stack_folder: Path, tmp_path: Path
) -> MakeSettings:
    """Makes the settings of services that share this test's database and the run's Kafka."""
    (tmp_path / "work").mkdir()
    copy = itertools.count(1)

    def make(service: str, kind: type[S], **fields: Any) -> S:
        defaults: dict[str, Any] = {
            "port": free_ports(1)[0],
            "kafka": kafka.bootstrap,
            "postgres_port": postgres.port,
            "postgres_database": database,
            "postgres_role": f"lmc_{service}",
            "postgres_password_file": password_file(stack_folder / "secrets", service),
            "work_dir": tmp_path / "work" / f"{service}-{next(copy)}",
        }
        return kind(**(defaults | fields))

    return make


@pytest.fixture
def make_topic(kafka: LocalKafka) -> MakeTopic:
    """Makes topics with unique names; nothing removes them, the log goes with the run."""

    async def make(like: str = "events", partitions: int = 4) -> str:
        name = fresh(like)
        await create_topics(kafka.bootstrap, [Topic(name, "subject", (), (), partitions)])
        return name

    return make


@pytest.fixture
async def domain_topics(kafka: LocalKafka) -> Sequence[str]:
    """The domain topics under their own names, empty: those of an earlier test are deleted."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    names = [topic.name for topic in DOMAIN_TOPICS]
    left = [name for name in names if name in admin.list_topics(timeout=ADMIN_S).topics]
    for deleted in admin.delete_topics(left).values() if left else ():
        await asyncio.to_thread(deleted.result, ADMIN_S)
    await create_topics(kafka.bootstrap, DOMAIN_TOPICS)
    return names
