"""Migrates a service's schema with Alembic when the service starts.

Separate from the pool, because Alembic is the largest import. Most starts find nothing to migrate
and never load it.
"""

import io
import re
from pathlib import Path

import asyncpg

from runtime.process.errors import DependencyMissing
from runtime.process.settings import ServiceSettings, read_secret
from runtime.storage.pool import CONNECT_SECONDS_MAX, LOCK_MIGRATE, Connection

_VERSION_TABLE = "alembic_version"
_BEFORE_RELEASES = re.compile(r"\d{4}")
"""The versions of programs before 0.1.0; later ones have a name after the number."""
_REVISION = re.compile(r"^(down_)?revision(?:: [^=]+)? = ['\"](.+)['\"]$", re.MULTILINE)


async def migrate(settings: ServiceSettings, migrations: Path, schema: str) -> None:
    """Upgrade `schema` to the newest version under `migrations`/versions, in one transaction.

    Replicas that start together wait for one another. Raises DependencyMissing if the database was
    made by a newer program or by one before 0.1.0, and one of DATABASE_UNAVAILABLE if there is
    none.
    """
    connection = await asyncpg.connect(
        host=settings.postgres_host,
        port=settings.postgres_port,
        database=settings.postgres_database,
        user=settings.postgres_role,
        password=read_secret(settings.postgres_password_file),
        timeout=CONNECT_SECONDS_MAX,
        server_settings={"application_name": f"{settings.postgres_role} migrate"},
    )
    try:
        async with connection.transaction():
            await connection.execute(
                "SELECT pg_advisory_xact_lock($1, hashtext($2))", LOCK_MIGRATE, schema
            )
            version = await _version(connection, schema)
            if version is None or version != newest(migrations):
                _require_named(schema, version)
                await connection.execute(migration_script(migrations, schema, version))
    finally:
        await connection.close(timeout=CONNECT_SECONDS_MAX)


def newest(migrations: Path) -> str | None:
    """Return the one version in `migrations`/versions on which none builds; None without one."""
    texts = [file.read_text(encoding="utf-8") for file in (migrations / "versions").glob("*.py")]
    stated = {match.groups() for text in texts for match in _REVISION.finditer(text)}
    ends = {name for _, name in stated if ("down_", name) not in stated}
    return ends.pop() if len(ends) == 1 else None


def migration_script(migrations: Path, schema: str, version: str | None) -> str:
    """Return the SQL from a version (None: an empty schema) to the newest one; may be empty.

    Alembic writes the script and asyncpg runs it: one driver is enough, and a migration may hold
    several statements in one `op.execute`.
    """
    from alembic import command  # noqa: PLC0415 - see the module's docstring
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    script = io.StringIO()
    config = Config(output_buffer=script, attributes={"schema": schema, "table": _VERSION_TABLE})
    here = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", here)
    config.set_main_option("path_separator", "newline")
    config.set_main_option(
        "version_locations", str(migrations.resolve() / "versions").replace("%", "%%")
    )
    try:
        command.upgrade(config, f"{version or 'base'}:head", sql=True)
    except CommandError as error:
        raise DependencyMissing(
            f"schema {schema} of the database is at version {version}, which this program cannot "
            f"upgrade ({error}): run the program that created it, or a newer one"
        ) from None
    return script.getvalue().strip()


def _require_named(schema: str, version: str | None) -> None:
    # Alembic would take 0001 for an abbreviation of 0001_baseline.
    if version is not None and _BEFORE_RELEASES.fullmatch(version):
        raise DependencyMissing(
            f"schema {schema} of the database was made by a program before 0.1.0 (version "
            f"{version}), whose tables have other names: it can be neither upgraded nor restored; "
            "start with an empty database (reporting fills its own again from the log in Kafka)"
        )


async def _version(connection: Connection, schema: str) -> str | None:
    table = f"{schema}.{_VERSION_TABLE}"
    if await connection.fetchval("SELECT to_regclass($1)", table) is None:
        return None
    version: str | None = await connection.fetchval(f"SELECT version_num FROM {table}")  # noqa: S608
    return version
