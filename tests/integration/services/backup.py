"""Backups by pg_dump, and pg_restore into a database that was dropped and created again."""

import os
import subprocess
from pathlib import Path

import psutil

from lmc.devstack.local_postgres import LocalPostgres

DUMP_S = 120


class Backup:
    """A backup of one database."""

    def __init__(self, server: LocalPostgres, database: str, file: Path) -> None:
        self._server = server
        self._database = database
        self._file = file
        self._run("pg_dump", "--format=custom", f"--file={file}", database)

    def restore(self) -> None:
        """Restore the database and terminate all its sessions."""
        self._server.run_sql(f'DROP DATABASE "{self._database}" WITH (FORCE);')
        self._run("pg_restore", "--create", "--exit-on-error", "--dbname=postgres", str(self._file))

    def _run(self, program: str, *arguments: str) -> None:
        pid = self._server.process.pid
        assert pid is not None
        programs = Path(psutil.Process(pid).exe()).parent
        socket = self._server.superuser_dsn.partition("host=")[2].partition("&")[0]
        where = {"PGHOST": socket, "PGPORT": str(self._server.port), "PGUSER": "postgres"}
        subprocess.run(
            [str(programs / program), *arguments],
            env={**os.environ, **where},
            check=True,
            timeout=DUMP_S,
        )
