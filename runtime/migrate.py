"""A service's schema brought up to date by Alembic, when it starts.

Apart from the pool: Alembic is the largest of our imports, and few programs migrate.
"""

import io
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from runtime.errors import Missing
from runtime.postgres import CONNECT_SECONDS_MAX, LOCK_MIGRATE, Connection
from runtime.settings import ServiceSettings, read_secret

VERSION_TABLE = "alembic_version"


async def migrate(settings: ServiceSettings, migrations: Path, schema: str) -> None:
    """Bring `schema` to the newest version under `migrations`/versions, in one transaction.

    Copies of a service that start together wait for one another. Raises Missing if the database
    is newer than this program, and one of TROUBLE if it is not there.
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
            script = migration_script(migrations, schema, await _version(connection, schema))
            if script:
                await connection.execute(script)
    finally:
        await connection.close(timeout=CONNECT_SECONDS_MAX)


def migration_script(migrations: Path, schema: str, version: str | None) -> str:
    """The SQL that leads from a version (None: an empty schema) to the newest; may be empty.

    Alembic writes the script and asyncpg runs it, so that one driver serves for everything and a
    migration may hold several statements in one `op.execute`.
    """
    script = io.StringIO()
    config = Config(output_buffer=script, attributes={"schema": schema, "table": VERSION_TABLE})
    here = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", here)
    config.set_main_option("path_separator", "newline")
    config.set_main_option(
        "version_locations", str(migrations.resolve() / "versions").replace("%", "%%")
    )
    try:
        command.upgrade(config, f"{version or 'base'}:head", sql=True)
    except CommandError as error:
        raise Missing(
            f"schema {schema} of the database is at version {version}, which this program cannot "
            f"lead on ({error}): run the program that made it, or a newer one"
        ) from None
    return script.getvalue().strip()


async def _version(connection: Connection, schema: str) -> str | None:
    table = f"{schema}.{VERSION_TABLE}"
    if await connection.fetchval("SELECT to_regclass($1)", table) is None:
        return None
    version: str | None = await connection.fetchval(f"SELECT version_num FROM {table}")  # noqa: S608
    return version
