"""What the engines must hold before a service starts: roles, schemas, topics."""

import os
import secrets
from pathlib import Path

from lmc.postgres import LocalPostgres
from runtime.kafka import create_topics
from schemas.topics import DOMAIN_TOPICS

SQL = Path(__file__).parents[1] / "deploy" / "postgres" / "lmc.sql"
SERVICES = ("intake", "registration", "training", "matching", "reporting")
ROLES = (*SERVICES, "grafana")
"""Who logs in to the database; Grafana only reads what is published."""
DATABASE = "lmc"
SECRET_BYTES = 32
"""Out of reach of guessing, and what AES-256 wants of a key."""


def provision_postgres(
    postgres: LocalPostgres, secrets_folder: Path, database: str = DATABASE
) -> None:
    """Bring database, roles, passwords and schemas up to date; as often as one likes."""
    make_passwords(secrets_folder)
    env = {"LMC_SECRETS": str(secrets_folder)}
    postgres.run_sql(SQL, variables={"database": database}, env=env)


async def provision_kafka(bootstrap: str) -> None:
    """Make the topics that are missing."""
    await create_topics(bootstrap, DOMAIN_TOPICS)


def make_passwords(folder: Path) -> None:
    """A random password per role, in a file only this user can read; old ones stay."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for role in ROLES:
        make_secret(password_file(folder, role))


def password_file(folder: Path, role: str) -> Path:
    """Where the password of a database role is kept, named without its `lmc_`."""
    return folder / f"postgres-{role}"


def make_secret(file: Path) -> None:
    """Write a random secret, whole or not at all, unless the file is there."""
    if file.exists():
        return
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_hex(SECRET_BYTES))
    fresh.rename(file)


def copy_database(postgres: LocalPostgres, template: str, name: str) -> None:
    """A fresh database like `template`, with the same doors (a copy does not take them along)."""
    roles = ", ".join(f"lmc_{role}" for role in ROLES)
    postgres.run_sql(
        f'CREATE DATABASE "{name}" TEMPLATE "{template}";'
        f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC;'
        f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO {roles};'
    )
