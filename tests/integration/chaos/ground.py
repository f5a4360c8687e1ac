"""Engines that a test may kill, a fresh log on them, and fresh databases beside it."""

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

from lmc.kafka import LocalKafka
from lmc.ports import free_ports
from lmc.postgres import LocalPostgres
from lmc.provision import copy_database, make_secret, password_file, provision_kafka
from runtime.kafka import ends
from runtime.postgres import Pool, open_pool
from runtime.settings import ServiceSettings
from runtime.trouble import WORLD
from schemas.topics import DOMAIN_TOPICS
from tests.integration.chaos.copies import Copy

TEMPLATE = "template_lmc"
ADMIN_S = 60
DEADLINE_S = 120.0
LOOK_S = 0.02
PLACES = [(topic.name, n) for topic in DOMAIN_TOPICS for n in range(topic.partitions)]
PASSED = "SELECT coalesce(sum(next_offset), 0) FROM position"

Condition = Callable[[], Coroutine[Any, Any, bool]]


@dataclass(frozen=True)
class Base:
    """A database on the engines, the copies of services that use it, and looks into it."""

    ground: "Ground"
    name: str
    pools: AsyncExitStack
    _opened: dict[str, Pool] = field(default_factory=dict)

    def copy(self, service: str, instance: str = "1") -> Copy:
        """A copy of a service, not yet started; it is ended with the ground."""
        made = Copy(service, self._settings(service, instance))
        self.ground.copies.append(made)
        return made

    async def pool(self, service: str) -> Pool:
        """The database with a service's rights."""
        if service not in self._opened:
            settings = self._settings(service, "1")
            self._opened[service] = await self.pools.enter_async_context(await open_pool(settings))
        return self._opened[service]

    async def passed(self) -> int:
        """How many records reporting has passed."""
        try:
            return int(await (await self.pool("reporting")).fetchval(PASSED))
        except asyncpg.UndefinedTableError:
            return 0

    async def is_folded(self) -> bool:
        """Whether reporting has passed all that is in the log now."""
        return await self.passed() == await self.ground.length()

    def _settings(self, service: str, instance: str) -> ServiceSettings:
        ground = self.ground
        folder = ground.folder / self.name
        return ServiceSettings(
            port=free_ports(1)[0],
            kafka=ground.kafka.bootstrap,
            postgres_port=ground.postgres.port,
            postgres_database=self.name,
            postgres_role=f"lmc_{service}",
            postgres_password_file=password_file(ground.secrets, service),
            operator_key_file=ground.operator_key,
            seal_key_file=ground.operator_key,
            work_dir=folder / f"{service}-{instance}-{next(ground.numbers)}",
            instance=instance,
        )


@dataclass
class Ground:
    """Running engines, and what was started on them."""

    kafka: LocalKafka
    postgres: LocalPostgres
    secrets: Path
    folder: Path
    copies: list[Copy] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def operator_key(self) -> Path:
        """The key of the services' doors."""
        return self.folder / "operator-key"

    async def length(self) -> int:
        """How many records the domain topics hold."""
        return sum((await ends(self.kafka.bootstrap, PLACES)).values())

    @asynccontextmanager
    async def base(self) -> AsyncIterator[Base]:
        """A database with nothing but the empty schemas of the services."""
        name = f"chaos_{uuid.uuid4().hex}"
        await asyncio.to_thread(copy_database, self.postgres, TEMPLATE, name)
        try:
            async with AsyncExitStack() as pools:
                yield Base(self, name, pools)
        finally:
            self.end_all()
            drop = f'DROP DATABASE "{name}" WITH (FORCE);'
            await asyncio.to_thread(self.postgres.run_sql, drop)

    def end_all(self) -> None:
        """End what still runs."""
        for copy in self.copies:
            copy.leave_nothing()


@asynccontextmanager
async def laid(kafka: LocalKafka, postgres: LocalPostgres, folders: Path) -> AsyncIterator[Ground]:
    """The engines with an empty log; what was started on them is ended."""
    folder = folders / f"chaos-{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    ground = Ground(kafka, postgres, folders / "secrets", folder)
    make_secret(ground.operator_key)
    await asyncio.to_thread(_delete_topics, kafka.bootstrap)
    await provision_kafka(kafka.bootstrap)
    try:
        yield ground
    finally:
        ground.end_all()


async def eventually(condition: Condition, what: str) -> None:
    """Return as soon as the condition holds; what is away at the moment does not hold."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not await _holds(condition):  # noqa: ASYNC110 - other processes' state
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise AssertionError(f"not true after {DEADLINE_S:.0f} s: {what}") from None


async def _holds(condition: Condition) -> bool:
    try:
        return await condition()
    except WORLD:
        return False


def _delete_topics(bootstrap: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    there = admin.list_topics(timeout=ADMIN_S).topics
    left = [topic.name for topic in DOMAIN_TOPICS if topic.name in there]
    for deleted in admin.delete_topics(left).values() if left else ():
        deleted.result(ADMIN_S)
