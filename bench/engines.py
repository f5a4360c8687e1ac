"""Kafka and PostgreSQL for a measurement, configured as shipped, on a temporary folder."""

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from bench.cost import CostReader, cost_reader
from lmc.devstack.child_process import PidFileProcess
from lmc.devstack.data_dir import DataDir, prepare
from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.ports import HOST, Ports
from lmc.devstack.provisioning import (
    DATABASE,
    copy_database,
    make_secret,
    password_file,
    provision_kafka,
    provision_postgres,
)
from lmc.devstack.service_process import ServiceProcess
from lmc.devstack.stack import Service, Stack
from lmc.devstack.supervisor import Supervisor

_PORT_OFFSET = 3000
_START_S = 120.0
_TEMPLATE = "bench_template"


@dataclass(frozen=True, slots=True)
class Bench:
    """Running engines, one of their databases, and a way to run services on it."""

    stack: Stack
    postgres: LocalPostgres
    kafka: LocalKafka
    database_name: str = DATABASE

    @contextmanager
    def running(self, *services: Service) -> Iterator[Mapping[Service, ServiceProcess]]:
        """Run services; yield them when they are ready, and stop them at the end."""
        processes: dict[Service, ServiceProcess] = {
            name: ServiceProcess(name, self.stack, self.database_name) for name in services
        }
        supervisor = Supervisor(lambda _: None)
        try:
            supervisor.launch_services(processes.values())
            supervisor.wait_until_ready(_START_S)
            yield processes
        finally:
            supervisor.stop()

    @contextmanager
    def fresh_database(self) -> Iterator["Bench"]:
        """Yield the same engines with an empty database, which is dropped at the end."""
        name = f"bench_{uuid.uuid4().hex[:12]}"
        copy_database(self.postgres, _TEMPLATE, name)
        try:
            yield replace(self, database_name=name)
        finally:
            self.postgres.run_sql(f'DROP DATABASE "{name}" WITH (FORCE);')

    async def database(self, service: Service) -> asyncpg.Connection:
        """Connect with the rights of a service."""
        return await asyncpg.connect(self.address(service))

    def address(self, service: Service) -> str:
        """Return the connection string with the rights of a service."""
        password = password_file(self.stack.data_dir.secrets, service).read_text().strip()
        server = f"{HOST}:{self.stack.ports.postgres}"
        return f"postgresql://lmc_{service}:{password}@{server}/{self.database_name}"

    def cost_reader(self, client: PidFileProcess | None = None) -> CostReader:
        """Return a reader of the CPU that a process, the database and the broker have used."""
        pid = None if client is None else client.pid
        return cost_reader(pid, self.postgres.process.pid, self.kafka.process.pid)


@contextmanager
def engines() -> Iterator[Bench]:
    """Yield empty engines with topics and roles; remove everything afterwards."""
    parent = Path(tempfile.mkdtemp(prefix="lmc-bench-", dir="/var/tmp"))
    parent.chmod(0o711)
    data_dir, ports = DataDir(parent / "data"), Ports(_PORT_OFFSET)
    prepare(data_dir)
    stack, supervisor = Stack(data_dir, ports), Supervisor(lambda _: None)
    for secret in stack.secret_files:
        make_secret(secret)
    postgres = LocalPostgres(
        data_dir.postgres, ports.postgres, output=data_dir.log_file("postgres")
    )
    kafka = LocalKafka(
        data_dir.kafka, ports.kafka, ports.controller, output=data_dir.log_file("kafka")
    )
    try:
        supervisor.launch_engines([postgres, kafka])
        supervisor.wait_until_ready(_START_S)
        for database in (DATABASE, _TEMPLATE):
            provision_postgres(postgres, data_dir.secrets, database)
        asyncio.run(provision_kafka(kafka.bootstrap))
        yield Bench(stack, postgres, kafka)
    finally:
        supervisor.stop()
        shutil.rmtree(parent, ignore_errors=True)
