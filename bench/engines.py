"""Kafka and PostgreSQL for a measurement: real ones, as shipped, on a folder of their own."""

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from bench.used import Look, looking
from lmc.child import Program
from lmc.folder import Folder, prepare
from lmc.kafka import LocalKafka
from lmc.ports import HOST, Ports
from lmc.postgres import LocalPostgres
from lmc.programs import ServiceProgram
from lmc.provision import (
    DATABASE,
    copy_database,
    make_secret,
    password_file,
    provision_kafka,
    provision_postgres,
)
from lmc.stack import Service, Stack
from lmc.supervisor import Supervisor

PORT_OFFSET = 3000
START_S = 120.0
TEMPLATE = "bench_template"


@dataclass(frozen=True, slots=True)
class Bench:
    """Running engines, and what starts services beside them, on one of their databases."""

    stack: Stack
    postgres: LocalPostgres
    kafka: LocalKafka
    database_name: str = DATABASE

    @contextmanager
    def running(self, *services: Service) -> Iterator[Mapping[Service, ServiceProgram]]:
        """Services that are ready, and stopped in the end."""
        programs: dict[Service, ServiceProgram] = {
            name: ServiceProgram(name, self.stack, self.database_name) for name in services
        }
        supervisor = Supervisor(lambda _: None)
        try:
            supervisor.launch_services(programs.values())
            supervisor.await_ready(START_S)
            yield programs
        finally:
            supervisor.stop()

    @contextmanager
    def fresh_database(self) -> Iterator["Bench"]:
        """The same engines with an empty database, dropped in the end."""
        name = f"bench_{uuid.uuid4().hex[:12]}"
        copy_database(self.postgres, TEMPLATE, name)
        try:
            yield replace(self, database_name=name)
        finally:
            self.postgres.run_sql(f'DROP DATABASE "{name}" WITH (FORCE);')

    async def database(self, service: Service) -> asyncpg.Connection:
        """A connection with the rights of a service."""
        return await asyncpg.connect(self.address(service))

    def address(self, service: Service) -> str:
        """How a driver reaches the database with the rights of a service."""
        password = password_file(self.stack.folder.secrets, service).read_text().strip()
        at = f"{HOST}:{self.stack.ports.postgres}"
        return f"postgresql://lmc_{service}:{password}@{at}/{self.database_name}"

    def look(self, client: Program | None = None) -> Look:
        """Looks at what a program, the database and the broker use."""
        pid = None if client is None else client.pid
        return looking(pid, self.postgres.program.pid, self.kafka.program.pid)


@contextmanager
def engines() -> Iterator[Bench]:
    """Kafka and PostgreSQL, empty, with topics and roles; everything is gone afterwards."""
    parent = Path(tempfile.mkdtemp(prefix="lmc-bench-", dir="/var/tmp"))
    parent.chmod(0o711)
    folder, ports = Folder(parent / "data"), Ports(PORT_OFFSET)
    prepare(folder)
    stack, supervisor = Stack(folder, ports), Supervisor(lambda _: None)
    for secret in stack.secret_files:
        make_secret(secret)
    postgres = LocalPostgres(folder.postgres, ports.postgres, output=folder.log("postgres"))
    kafka = LocalKafka(folder.kafka, ports.kafka, ports.controller, output=folder.log("kafka"))
    try:
        supervisor.launch_engines([postgres, kafka])
        supervisor.await_ready(START_S)
        for database in (DATABASE, TEMPLATE):
            provision_postgres(postgres, folder.secrets, database)
        asyncio.run(provision_kafka(kafka.bootstrap))
        yield Bench(stack, postgres, kafka)
    finally:
        supervisor.stop()
        shutil.rmtree(parent, ignore_errors=True)
