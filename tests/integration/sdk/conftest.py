"""A real intake, declared partners, and the SDK installed without the repository."""

import sys
import venv
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from lmc_events import Client, Partner, PublicKey, Spool, new_key

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.ports import free_ports
from lmc.devstack.provisioning import password_file
from runtime.messaging.admin import create_topics
from schemas.topics import DOMAIN_TOPICS
from services.intake.settings import IntakeSettings
from tests.databases import EMPTY, Superuser
from tests.integration.sdk.installing import build_wheel, install
from tests.integration.services.running import Running, running
from tests.names import fresh

OPERATOR_KEY = "an operator's key of a test"
EVERYTHING = (("matching.placement.made", "*"), ("matching.employment.confirmed", "*"))


@dataclass(frozen=True)
class RunningIntake:
    """A running intake and its PostgreSQL."""

    process: Running
    postgres: LocalPostgres

    @property
    def url(self) -> str:
        """Its base URL."""
        return self.process.url

    def declare(
        self, partner: Partner, *keys: PublicKey, grants: tuple[tuple[str, str], ...] = EVERYTHING
    ) -> None:
        """Declare a partner as the operator does; an earlier declaration is replaced."""
        form = {
            "title": "A partner",
            "keys": {key.kid: key.base64 for key in keys},
            "grants": [{"type": type_, "municipality": code} for type_, code in grants],
        }
        with httpx.Client(headers={"Authorization": f"Bearer {OPERATOR_KEY}"}) as http:
            http.put(f"{self.url}/partners/{partner.id}", json=form).raise_for_status()

    def accepted_ids(self, partner: Partner) -> list[str]:
        """The ids of a partner's accepted events, in the order of acceptance."""
        database = self.process.settings.postgres_database
        query = f"SELECT event_id FROM intake.outbox WHERE source = '{partner.source}' ORDER BY id"  # noqa: S608 - the partner's id is our own
        return self.postgres.run_sql(query, database=database).split()


@dataclass(frozen=True)
class DeclaredPartner:
    """A partner with a declared key, its spool, and its client."""

    intake: RunningIntake
    partner: Partner
    key: PublicKey
    spool: Spool
    spool_file: Path
    client: Client

    def arguments(self) -> tuple[str, ...]:
        """The arguments of `partner_program.py` for this partner."""
        files = (str(self.partner.key_file), str(self.spool_file))
        return (self.intake.url, self.partner.id, *files)


@pytest.fixture(scope="package")
async def intake(
    kafka: LocalKafka,
    postgres: LocalPostgres,
    superuser: Superuser,
    stack_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[RunningIntake]:
    """One intake process for all tests of the package; each test has its own partner."""
    folder = tmp_path_factory.mktemp("intake")
    (folder / "operator.key").write_text(OPERATOR_KEY)
    database = superuser.copy(EMPTY)
    await create_topics(kafka.bootstrap, DOMAIN_TOPICS)
    settings = IntakeSettings(
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
        yield RunningIntake(process, postgres)


@pytest.fixture
def new_partner(tmp_path: Path) -> Partner:
    """A partner of this test alone, not declared yet and without a key."""
    return Partner(fresh("office"), tmp_path / "key.pem")


@pytest.fixture
def declared(
    intake: RunningIntake, new_partner: Partner, tmp_path: Path
) -> Iterator[DeclaredPartner]:
    """A declared partner with an empty spool."""
    key = new_key(new_partner.key_file)
    intake.declare(new_partner, key)
    file = tmp_path / "spool.db"
    with closing(Client(intake.url, new_partner)) as client:
        yield DeclaredPartner(intake, new_partner, key, Spool(file), file, client)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as the README says."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the wheel and its dependencies, and nothing of the repository."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    assert python.resolve() == Path(sys.executable).resolve()
    install(wheel, python)
    return python
