"""A real intake, the partners it knows, and the package installed where the repository is not."""

import sys
import uuid
import venv
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from lmc_events import Client, Partner, PublicKey, Spool, new_key

from lmc.kafka import LocalKafka
from lmc.ports import free_ports
from lmc.postgres import LocalPostgres
from lmc.provision import copy_database, password_file
from runtime.kafka import create_topics
from schemas.topics import DOMAIN_TOPICS
from services.intake.settings import Settings
from tests.conftest import TEMPLATE
from tests.integration.sdk.installing import build_wheel, install
from tests.integration.services.running import Running, running
from tests.names import fresh

OPERATOR_KEY = "an operator's key of a test"
EVERYTHING = (("matching.placement.made", "*"), ("matching.employment.confirmed", "*"))


@dataclass(frozen=True)
class Door:
    """A running intake and what stands behind it."""

    process: Running
    postgres: LocalPostgres

    @property
    def url(self) -> str:
        """Where it is."""
        return self.process.url

    def declare(
        self, partner: Partner, *keys: PublicKey, grants: tuple[tuple[str, str], ...] = EVERYTHING
    ) -> None:
        """Declare a partner as the operator does; what was declared before is replaced."""
        form = {
            "title": "A partner",
            "keys": {key.kid: key.base64 for key in keys},
            "grants": [{"type": type_, "municipality": place} for type_, place in grants],
        }
        with httpx.Client(headers={"Authorization": f"Bearer {OPERATOR_KEY}"}) as http:
            http.put(f"{self.url}/partners/{partner.id}", json=form).raise_for_status()

    def said_by(self, partner: Partner) -> list[str]:
        """The ids of what a partner has said, in the order in which it was accepted."""
        database = self.process.settings.postgres_database
        query = f"SELECT event_id FROM intake.outbox WHERE source = '{partner.source}' ORDER BY id"  # noqa: S608 - the partner's id is our own
        return self.postgres.run_sql(query, database=database).split()


@dataclass(frozen=True)
class Office:
    """A partner with a declared key, its spool, and a client of the door."""

    door: Door
    partner: Partner
    key: PublicKey
    spool: Spool
    spool_file: Path
    client: Client

    def arguments(self) -> tuple[str, ...]:
        """What `program.py` must be told to work for this partner."""
        files = (str(self.partner.key_file), str(self.spool_file))
        return (self.door.url, self.partner.id, *files)


@pytest.fixture(scope="package")
async def door(
    kafka: LocalKafka,
    postgres: LocalPostgres,
    stack_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Door]:
    """One intake as a process for all tests of the package; each has a partner of its own."""
    folder = tmp_path_factory.mktemp("intake")
    (folder / "operator.key").write_text(OPERATOR_KEY)
    database = f"test_{uuid.uuid4().hex}"
    copy_database(postgres, TEMPLATE, database)
    await create_topics(kafka.bootstrap, DOMAIN_TOPICS)
    settings = Settings(
        port=free_ports(1)[0],
        kafka=kafka.bootstrap,
        postgres_port=postgres.port,
        postgres_database=database,
        postgres_password_file=password_file(stack_folder / "secrets", "intake"),
        operator_key_file=folder / "operator.key",
        work_dir=folder / "work",
    )
    process = Running("intake", settings)
    async with running(process):
        yield Door(process, postgres)
    postgres.run_sql(f'DROP DATABASE "{database}" WITH (FORCE);')


@pytest.fixture
def new_partner(tmp_path: Path) -> Partner:
    """A partner of this test alone, that no door knows yet and that has no key."""
    return Partner(fresh("office"), tmp_path / "key.pem")


@pytest.fixture
def office(door: Door, new_partner: Partner, tmp_path: Path) -> Iterator[Office]:
    """A partner that the door knows, with an empty spool."""
    key = new_key(new_partner.key_file)
    door.declare(new_partner, key)
    file = tmp_path / "spool.db"
    with closing(Client(door.url, new_partner)) as client:
        yield Office(door, new_partner, key, Spool(file), file, client)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as the README builds it."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that holds the wheel and what it asks for, and nothing of the repository."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    assert python.resolve() == Path(sys.executable).resolve()
    install(wheel, python)
    return python
