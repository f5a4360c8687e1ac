"""Kafka and PostgreSQL for a measurement: real ones, as shipped, on a folder of their own."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from lmc.folder import Folder, prepare
from lmc.kafka import LocalKafka
from lmc.ports import Ports
from lmc.postgres import LocalPostgres
from lmc.programs import ServiceProgram
from lmc.provision import DATABASE, make_secret, password_file, provision_kafka, provision_postgres
from lmc.stack import Service, Stack
from lmc.supervisor import Supervisor

PORT_OFFSET = 3000
START_S = 120.0


@dataclass(frozen=True, slots=True)
class Bench:
    """Running engines, and what starts services beside them."""

    stack: Stack
    supervisor: Supervisor

    def start(self, *services: Service) -> Mapping[Service, ServiceProgram]:
        """Start services and return when they are ready."""
        programs: dict[Service, ServiceProgram] = {
            name: ServiceProgram(name, self.stack) for name in services
        }
        self.supervisor.launch_services(programs.values())
        self.supervisor.await_ready(START_S)
        return programs

    async def database(self, service: Service) -> asyncpg.Connection:
        """A connection with the rights of a service."""
        folder = self.stack.folder
        return await asyncpg.connect(
            host="127.0.0.1",
            port=self.stack.ports.postgres,
            database=DATABASE,
            user=f"lmc_{service}",
            password=password_file(folder.secrets, service).read_text().strip(),
        )


@contextmanager
def engines() -> Iterator[Bench]:
    """Kafka and PostgreSQL, empty, with topics and roles; everything is gone afterwards."""
    parent = Path(tempfile.mkdtemp(prefix="lmc-bench-", dir="/var/tmp"))
    parent.chmod(0o711)
    folder, ports = Folder(parent / "data"), Ports(PORT_OFFSET)
    prepare(folder)
    stack, supervisor = Stack(folder, ports), Supervisor(lambda _: None)
    for secret in (stack.operator_key_file, stack.steward_token_file, stack.seal_key_file):
        make_secret(secret)
    postgres = LocalPostgres(folder.postgres, ports.postgres, output=folder.log("postgres"))
    kafka = LocalKafka(folder.kafka, ports.kafka, ports.controller, output=folder.log("kafka"))
    try:
        supervisor.launch_engines([postgres, kafka])
        supervisor.await_ready(START_S)
        provision_postgres(postgres, folder.secrets)
        asyncio.run(provision_kafka(kafka.bootstrap))
        yield Bench(stack, supervisor)
    finally:
        supervisor.stop()
        shutil.rmtree(parent, ignore_errors=True)
