"""Kafka with empty domain topics, PostgreSQL with empty databases, and replicas of services."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from confluent_kafka.admin import AdminClient

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.ports import free_ports
from lmc.devstack.provisioning import copy_database, make_secret, password_file, provision_kafka
from runtime.messaging.admin import end_offsets
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Pool, open_pool
from schemas.topics import DOMAIN_TOPICS
from tests.chaos.replicas import Replica
from tests.databases import EMPTY

ADMIN_S = 60
DEADLINE_S = 120.0
POLL_INTERVAL_S = 0.02
PARTITIONS = [(topic.name, n) for topic in DOMAIN_TOPICS for n in range(topic.partitions)]
PROCESSED = "SELECT coalesce(sum(next_offset), 0) FROM position"

Condition = Callable[[], Coroutine[Any, Any, bool]]


@dataclass(frozen=True)
class ServiceDatabase:
    """A database, the replicas of services that use it, and queries of it."""

    environment: "Environment"
    name: str
    pools: AsyncExitStack
    _opened: dict[str, Pool] = field(default_factory=dict)

    def replica(self, service: str, instance: str = "1") -> Replica:
        """Return a replica of a service, not yet started; the environment kills it at the end."""
        made = Replica(service, self._settings(service, instance))
        self.environment.replicas.append(made)
        return made

    async def pool(self, service: str) -> Pool:
        """Return a connection pool with the privileges of a service."""
        if service not in self._opened:
            settings = self._settings(service, "1")
            self._opened[service] = await self.pools.enter_async_context(await open_pool(settings))
        return self._opened[service]

    async def processed(self) -> int:
        """Return how many records reporting has processed."""
        try:
            return int(await (await self.pool("reporting")).fetchval(PROCESSED))
        except asyncpg.UndefinedTableError:
            return 0

    async def is_projected(self) -> bool:
        """Whether reporting has processed all records that are in the log now."""
        return await self.processed() == await self.environment.record_count()

    def _settings(self, service: str, instance: str) -> ServiceSettings:
        environment = self.environment
        folder = environment.folder / self.name
        return ServiceSettings(
            port=free_ports(1)[0],
            kafka=environment.kafka.bootstrap,
            postgres_port=environment.postgres.port,
            postgres_database=self.name,
            postgres_role=f"lmc_{service}",
            postgres_password_file=password_file(environment.secrets, service),
            operator_key_file=environment.operator_key,
            quarantine_key_file=environment.operator_key,
            work_dir=folder / f"{service}-{instance}-{next(environment.numbers)}",
            instance=instance,
        )


@dataclass
class Environment:
    """A running Kafka and PostgreSQL, and the replicas that use them."""

    kafka: LocalKafka
    postgres: LocalPostgres
    secrets: Path
    folder: Path
    replicas: list[Replica] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def operator_key(self) -> Path:
        """The file with the operator's key."""
        return self.folder / "operator-key"

    async def record_count(self) -> int:
        """Return how many records the domain topics contain."""
        return sum((await end_offsets(self.kafka.bootstrap, PARTITIONS)).values())

    @asynccontextmanager
    async def database(self) -> AsyncIterator[ServiceDatabase]:
        """Open a database with the empty schemas of the services."""
        name = f"chaos_{uuid.uuid4().hex}"
        await asyncio.to_thread(copy_database, self.postgres, EMPTY, name)
        try:
            async with AsyncExitStack() as pools:
                yield ServiceDatabase(self, name, pools)
        finally:
            self.kill_all()

    def kill_all(self) -> None:
        """Kill all replicas that still run."""
        for replica in self.replicas:
            replica.kill_if_running()


@asynccontextmanager
async def empty_environment(
    kafka: LocalKafka, postgres: LocalPostgres, folders: Path
) -> AsyncIterator[Environment]:
    """Open an environment with empty topics; all its replicas are killed at the end."""
    folder = folders / f"chaos-{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    environment = Environment(kafka, postgres, folders / "secrets", folder)
    make_secret(environment.operator_key)
    await asyncio.to_thread(_delete_topics, kafka.bootstrap)
    await provision_kafka(kafka.bootstrap)
    try:
        yield environment
    finally:
        environment.kill_all()


def _delete_topics(bootstrap: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    existing = admin.list_topics(timeout=ADMIN_S).topics
    left = [topic.name for topic in DOMAIN_TOPICS if topic.name in existing]
    for deleted in admin.delete_topics(left).values() if left else ():
        deleted.result(ADMIN_S)
