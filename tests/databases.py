"""Databases of the tests: copies of two templates, made over one connection; nobody drops them."""

import asyncio
import uuid
from collections.abc import Coroutine
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import asyncpg

from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.provisioning import SERVICES, copy_statements, password_file
from runtime.process.settings import ServiceSettings
from runtime.storage.migrate import migrate

T = TypeVar("T")
EMPTY, MIGRATED = "template_lmc", "template_migrated"
"""Nothing but the schemas of the services; the same with all their tables."""
STATEMENT_S = 120


class Superuser:
    """One connection with every right, for tests with an event loop and for those without."""

    def __init__(self, postgres: LocalPostgres) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="superuser", daemon=True)
        self._thread.start()
        self._connection = self._do(asyncpg.connect(postgres.superuser_dsn))

    def execute(self, statement: str) -> None:
        """Run one statement."""
        self._do(self._connection.execute(statement))

    def set(self, value: str, *settings: str) -> None:
        """Change settings of the whole server; sessions follow with their next statement."""
        for setting in settings:
            self.execute(f"ALTER SYSTEM SET {setting} = {value}")
        self.execute("SELECT pg_reload_conf()")

    def copy(self, template: str, name: str = "") -> str:
        """A fresh database like a template; its name."""
        name = name or f"test_{uuid.uuid4().hex}"
        for statement in copy_statements(template, name):
            self.execute(statement)
        return name

    def close(self) -> None:
        """End the connection and its thread."""
        self._do(self._connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(STATEMENT_S)


async def migrate_all(postgres: LocalPostgres, secrets: Path, database: str) -> None:
    """Every service's schema, as its first start would make it."""
    for service in SERVICES:
        settings = ServiceSettings(
            port=1,
            postgres_port=postgres.port,
            postgres_database=database,
            postgres_role=f"lmc_{service}",
            postgres_password_file=password_file(secrets, service),
        )
        folder = Path(str(import_module(f"services.{service}").__file__)).parent
        await migrate(settings, folder / "migrations", service)
