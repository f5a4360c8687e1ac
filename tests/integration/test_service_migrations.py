"""Migrations of a service's schema on a real PostgreSQL: forwards and only once."""

import asyncio
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import asyncpg
import pytest

from lmc.devstack.provisioning import SERVICES
from runtime.process.errors import DependencyMissing
from runtime.storage.migrate import migrate, migration_script, newest
from runtime.storage.pool import open_pool
from tests.conftest import MakeSettings
from tests.integration.outbox_kit import Settings

FIRST = """
CREATE TABLE course (id bigint PRIMARY KEY, name text NOT NULL);
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2 -- 100% :sure';
"""
SECOND = "ALTER TABLE course ADD COLUMN hours int NOT NULL DEFAULT 5"

Write = Callable[[str, str], None]


@pytest.fixture
def settings(service_settings: MakeSettings) -> Settings:
    """Settings of a service in this test's database."""
    return service_settings("training", Settings)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the n-th migration of a service from its number and its SQL."""
    (tmp_path / "versions").mkdir()

    def write(number: str, sql: str) -> None:
        down = None if number == "1" else str(int(number) - 1)
        text = f'''
            """Upgrade one step."""

            from alembic import op

            revision = {number!r}
            down_revision = {down!r}


            def upgrade() -> None:
                op.execute({sql!r})
        '''
        (tmp_path / "versions" / f"{number}_step.py").write_text(dedent(text))

    return write


async def test_a_filled_schema_is_upgraded_with_its_rows(
    settings: Settings, write: Write, tmp_path: Path
) -> None:
    write("1", FIRST)
    await migrate(settings, tmp_path, "training")
    pool = await open_pool(settings)
    await pool.execute("INSERT INTO course VALUES (1, 'tailoring')")
    write("2", SECOND)
    await migrate(settings, tmp_path, "training")
    row = await pool.fetchrow("SELECT id, name, hours, twice(hours) FROM course")
    tables = await pool.fetch(
        "SELECT schemaname, tablename FROM pg_tables WHERE tableowner = 'lmc_training' ORDER BY 2"
    )
    await pool.close()

    assert row is not None
    assert tuple(row) == (1, "tailoring", 5, 10)
    assert [tuple(table) for table in tables] == [
        ("training", "alembic_version"),
        ("training", "course"),
    ]


async def test_replicas_that_start_together_migrate_once(
    settings: Settings, write: Write, tmp_path: Path
) -> None:
    write("1", FIRST)
    write("2", SECOND)

    await asyncio.gather(*(migrate(settings, tmp_path, "training") for _ in range(4)))


async def test_a_migration_that_fails_changes_nothing(
    settings: Settings, write: Write, tmp_path: Path
) -> None:
    write("1", FIRST + "SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(settings, tmp_path, "training")
    write("1", FIRST)

    await migrate(settings, tmp_path, "training")


async def test_an_older_program_refuses_a_newer_database(
    settings: Settings, write: Write, tmp_path: Path
) -> None:
    write("1", FIRST)
    write("2", SECOND)
    await migrate(settings, tmp_path, "training")
    (tmp_path / "versions" / "2_step.py").unlink()

    with pytest.raises(DependencyMissing, match="at version 2"):
        await migrate(settings, tmp_path, "training")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("version", ["0001", "0016"])
async def test_a_database_made_before_releases_is_refused_in_one_line(
    service_settings: MakeSettings, write: Write, tmp_path: Path, service: str, version: str
) -> None:
    settings = service_settings(service, Settings)
    write("1", FIRST)
    await migrate(settings, tmp_path, service)
    async with await open_pool(settings) as pool:
        await pool.execute("UPDATE alembic_version SET version_num = $1", version)

    with pytest.raises(DependencyMissing) as refused:
        await migrate(settings, migrations_of(service), service)

    message = str(refused.value)
    assert f"schema {service} of the database was made by a program before 0.1.0" in message
    assert f"(version {version})" in message
    assert "start with an empty database" in message
    assert "\n" not in message
    assert refused.value.code == 69


async def test_a_service_sees_no_other_services_schema(
    service_settings: MakeSettings, write: Write, tmp_path: Path
) -> None:
    write("1", FIRST)
    await migrate(service_settings("training", Settings), tmp_path, "training")
    other_service = await open_pool(service_settings("matching", Settings))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await other_service.fetch("SELECT * FROM training.course")
    finally:
        await other_service.close()


@pytest.mark.parametrize("service", SERVICES)
def test_from_the_version_that_is_taken_for_the_newest_nothing_leads_on(service: str) -> None:
    version = newest(migrations_of(service))

    assert version is not None
    assert migration_script(migrations_of(service), service, version) == ""


def migrations_of(service: str) -> Path:
    return Path(str(import_module(f"services.{service}").__file__)).parent / "migrations"
