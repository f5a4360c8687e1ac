"""Create what services need before they start: database roles, schemas, passwords, topics."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from lmc.devstack.local_postgres import LocalPostgres
from runtime.messaging.admin import create_topics
from schemas.topics import DOMAIN_TOPICS

_ROLES_SQL = Path(__file__).parents[2] / "deploy" / "postgres" / "lmc.sql"
SERVICES = ("intake", "registration", "training", "matching", "reporting")
_ROLES = (*SERVICES, "grafana")
"""The database roles that log in, without `lmc_`; Grafana reads the published tables only."""
DATABASE = "lmc"
_SECRET_BYTES = 32
"""Impossible to guess, and the key length of AES-256."""


def provision_postgres(
    postgres: LocalPostgres, secrets_folder: Path, database: str = DATABASE
) -> None:
    """Create or update database, roles, passwords and schemas; repeating it changes nothing."""
    _make_passwords(secrets_folder)
    env = {"LMC_SECRETS": str(secrets_folder)}
    postgres.run_sql(_ROLES_SQL, variables={"database": database}, env=env)


async def provision_kafka(bootstrap: str) -> None:
    """Create the domain topics that are missing."""
    await create_topics(bootstrap, DOMAIN_TOPICS)


def _make_passwords(folder: Path) -> None:
    """Write a random password per role to a file only this user can read; keep existing ones."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for role in _ROLES:
        make_secret(password_file(folder, role))


def password_file(folder: Path, role: str) -> Path:
    """Return the password file of a database role, named without `lmc_`."""
    return folder / f"postgres-{role}"


def make_secret(file: Path) -> None:
    """Write a random secret unless the file exists; a rename leaves no half-written file."""
    if file.exists():
        return
    unfinished = file.with_name(f"{file.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_hex(_SECRET_BYTES))
    unfinished.rename(file)


def copy_database(postgres: LocalPostgres, template: str, name: str) -> None:
    """Create a database from `template`, and grant the privileges that a copy does not get."""
    postgres.run_sql(";".join(copy_statements(template, name)))


def copy_statements(template: str, name: str) -> Sequence[str]:
    """Return the statements that create a database from `template`, in order."""
    roles = ", ".join(f"lmc_{role}" for role in _ROLES)
    return (
        f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy',
        f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC',
        f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO {roles}',
    )
