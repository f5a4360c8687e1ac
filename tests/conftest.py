"""Fixtures for every test: a real Kafka, a real PostgreSQL, and no sockets in unit tests."""

import asyncio
import itertools
import os
import shutil
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import psutil
import pytest
import pytest_socket
from confluent_kafka.admin import AdminClient

from lmc.kafka import LocalKafka
from lmc.ports import free_ports
from lmc.postgres import LocalPostgres
from lmc.provision import copy_database, password_file, provision_postgres
from runtime.kafka import create_topics
from runtime.settings import ServiceSettings
from schemas.topics import DOMAIN_TOPICS, Topic
from tests.names import fresh

S = TypeVar("S", bound=ServiceSettings)
ADMIN_S = 30
TEMPLATE = "template_lmc"

MakeTopic = Callable[..., Awaitable[str]]
"""`await make_topic("registration-events", partitions=4)` → the unique name of a fresh topic."""


class MakeSettings(Protocol):
    """`service_settings("matching", Settings, port=…)` → settings of a service in a fresh stack."""

    def __call__(self, service: str, kind: type[S], **fields: Any) -> S:
        """Fields that are not named come from the test's Kafka, database and secrets."""
        ...


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
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def kafka(stack_folder: Path) -> Iterator[LocalKafka]:
    """A real Kafka on free ports, shared by the whole run."""
    port, controller_port = free_ports(2)
    broker = LocalKafka(stack_folder / "kafka", port, controller_port)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def postgres(stack_folder: Path) -> Iterator[LocalPostgres]:
    """A real PostgreSQL on a free port, shared by the whole run, with all roles."""
    server = LocalPostgres(stack_folder / "postgres", *free_ports(1))
    server.start()
    provision_postgres(server, stack_folder / "secrets", TEMPLATE)
    yield server
    server.stop()


@pytest.fixture
def make_database(postgres: LocalPostgres) -> Iterator[Callable[[], str]]:
    """Makes databases that hold only the empty schemas of the services; dropped after the test."""
    made: list[str] = []

    def make() -> str:
        name = f"test_{uuid.uuid4().hex}"
        copy_database(postgres, TEMPLATE, name)
        made.append(name)
        return name

    yield make
    for name in made:
        postgres.run_sql(f'DROP DATABASE "{name}" WITH (FORCE);')


@pytest.fixture
def database(make_database: Callable[[], str]) -> str:
    """One fresh database for this test."""
    return make_database()


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
