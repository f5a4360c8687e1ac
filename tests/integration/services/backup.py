"""Backups as operators make them: pg_dump, and pg_restore over a database that is dropped first."""

import os
import subprocess
from pathlib import Path

import psutil

from lmc.postgres import LocalPostgres

DUMP_S = 120


class Backup:
    """One database as it was when this was made."""

    def __init__(self, server: LocalPostgres, database: str, file: Path) -> None:
        self._server = server
        self._database = database
        self._file = file
        self._run("pg_dump", "--format=custom", f"--file={file}", database)

    def restore(self) -> None:
        """Set the database back, whatever became of it; whoever is connected is thrown out."""
        self._server.run_sql(f'DROP DATABASE "{self._database}" WITH (FORCE);')
        self._run("pg_restore", "--create", "--exit-on-error", "--dbname=postgres", str(self._file))

    def _run(self, program: str, *arguments: str) -> None:
        pid = self._server.program.pid
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
