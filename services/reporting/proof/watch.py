"""Proves by itself, one copy for all: it holds a lock, and does and exports what is due."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NoReturn

from runtime import log
from runtime.context import Context
from runtime.postgres import Connection, own_session
from runtime.trouble import WORLD, Patience, give_way
from services.reporting.folding.freshness import Freshness
from services.reporting.folding.projection import Standing
from services.reporting.indicators import catalogue
from services.reporting.proof.due import due
from services.reporting.proof.entries import Below
from services.reporting.proof.exporter import VerifyGauges
from services.reporting.proof.log import Log
from services.reporting.proof.prove import TOPICS
from services.reporting.proof.verifier import Proved, Verifier
from services.reporting.settings import Settings

LOCK_VERIFY = 5
"""First half of the advisory lock's key; 1 and 2 are the runtime's, 3 is the publisher's."""
TICK_SECONDS = 1.0
"""Between two looks what is due, and between two attempts to get the lock."""
BACKLOG_RECORDS = 2_000
"""When more wait to be folded, proofs wait too; the age of the last one tells if that is long."""

_LOG = log.get(__name__)


def verifying(
    freshness: Freshness, standing: Standing, below: Below
) -> Callable[[Context], Awaitable[None]]:
    """The task that proves whenever this copy has the lock and the entries are ours.

    `below` gives a number by chance: where a sample begins.
    """

    async def verify(context: Context) -> None:
        gauges = VerifyGauges()
        context.metrics.registry.register(gauges)
        await standing.ours()
        patience = Patience(lambda _: None)  # the fold counts how often the world is away
        watch = Watch(context, freshness, gauges, below)
        while True:
            await patience.insist(watch.lead)

    return verify


class Watch:
    """What one copy does while it has the lock."""

    def __init__(
        self, context: Context, freshness: Freshness, gauges: VerifyGauges, below: Below
    ) -> None:
        assert isinstance(context.settings, Settings)  # noqa: S101 - the service declares them
        declared = context.declared
        kafka = Log(context.settings.kafka, TOPICS)
        proved = Proved(kafka, catalogue(declared), frozenset(declared.series))
        self._context = context
        self._settings = context.settings
        self._freshness = freshness
        self._gauges = gauges
        self._verifier = Verifier(context.pool, proved, context.clock, below)
        self._again_s = 0.0
        self._not_before_s = 0.0

    async def lead(self) -> None:
        """Prove what is due until the connection that holds the lock is lost."""
        async with own_session(self._context.pool) as connection, _lock(connection):
            _LOG.info("verifies")
            try:
                await self._verifier.register.break_off(self._context.clock())
                await self._watch(connection)
            except WORLD as error:
                _LOG.warning("verifies no more", trouble=log.describe(error))
            finally:
                self._gauges.show({}, None)

    async def _watch(self, connection: Connection) -> NoReturn:
        while True:
            await connection.execute("SELECT 1")  # without the connection the lock is another's
            register = self._verifier.register
            self._gauges.show(await register.last(), await register.standing())
            if time.monotonic() >= self._not_before_s:
                await self._attempt()
            await asyncio.sleep(TICK_SECONDS)

    async def _attempt(self) -> None:
        """Do what is due. A proof that fails must not end the fold beside it: it is begun again."""
        try:
            await self._do_what_is_due()
        except Exception as error:  # noqa: BLE001 - also our own bug; the age of the last proof tells
            give_way(error)
            _LOG.warning("a proof was broken off", trouble=log.describe(error))
            self._not_before_s = time.monotonic() + self._settings.verify_again_s
            await self._verifier.register.break_off(self._context.clock())

    async def _do_what_is_due(self) -> None:
        if time.monotonic() >= self._again_s:
            await self._verifier.look_again()
            self._again_s = time.monotonic() + self._settings.verify_again_s
        if self._freshness.lag > BACKLOG_RECORDS or not await self._verifier.is_ours():
            return
        last = await self._verifier.register.last()
        kind = due(self._context.clock(), last, self._settings.verify_sample_s)
        if kind is not None:
            await self._verifier.run(kind)


@contextlib.asynccontextmanager
async def _lock(connection: Connection) -> AsyncIterator[None]:
    """Wait for the lock, polling: a lock waited for would meet lock_timeout."""
    while not await connection.fetchval(  # noqa: ASYNC110 - another process holds it
        "SELECT pg_try_advisory_lock($1, hashtext(current_schema()))", LOCK_VERIFY
    ):
        await asyncio.sleep(TICK_SECONDS)
    yield
