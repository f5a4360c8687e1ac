"""Declare a service and run it: the order of start and stop, signals, exit codes."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import asyncpg
import uvicorn

from runtime import http, kafka, log
from runtime.backoff import Backoff
from runtime.clock import utc_now
from runtime.context import Context
from runtime.errors import Bug, Exit, Missing, Unavailable, UsageError
from runtime.first_read import FirstRead, Reading, trouble_of
from runtime.frozen import end_frozen
from runtime.health import FIRST_READ
from runtime.ids import RandomIds
from runtime.metrics import Metrics
from runtime.migrate import migrate
from runtime.outbox import Relay
from runtime.parts import Parts
from runtime.postgres import TROUBLE, Connection, Pool, open_pool
from runtime.settings import ServiceSettings, read_declarations, read_settings
from schemas.topics import DOMAIN_TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from fastapi import APIRouter, FastAPI

    from runtime.listen import Hears, Listener
    from schemas.declarations import Declarations

__all__ = ["Context", "Service", "Task", "run"]

DATABASE_SECONDS_MAX = 60.0
"""A stack that starts as a whole has its database within seconds; later somebody must look."""
CLOSE_SECONDS_MAX = 5.0
REQUESTS_MAX = 500
"""At once; beyond it uvicorn answers 503."""
REQUEST_SECONDS_MAX = 5
"""For what is being answered when the service stops."""

Task = Callable[[Context], Awaitable[None]]
"""Runs beside the others until it is done or cancelled; what it raises ends the process."""

_LOG = log.get(__name__)
_REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidSchemaNameError,
)


@dataclass(frozen=True)
class Service:
    """What one service is made of; `run` does the rest."""

    name: str
    settings: type[ServiceSettings]
    migrations: Path
    routes: APIRouter
    hears: Hears = field(default_factory=dict)
    store: Callable[[Connection], object] | None = None
    tasks: tuple[Task, ...] = ()
    first_reads: tuple[FirstRead, ...] = ()
    """What the log must tell before a door shows it, each of another topic: see there."""
    check: Callable[[ServiceSettings, Declarations], None] | None = None
    """Looks at what is set before anything starts; raises UsageError."""
    body_bytes_max: int = http.BODY_BYTES_MAX


def run(service: Service) -> NoReturn:
    """Run until SIGTERM or SIGINT, then stop in good order; ends the process with a code.

    0 stopped, 2 settings, 69 something needed is missing, 70 our bug, 75 begin again, 76 another
    log.
    """
    try:
        settings = read_settings(service.settings)
        declared = read_declarations(settings.catalogue)
        if service.check is not None:
            service.check(settings, declared)
    except UsageError as error:
        sys.stderr.write(f"{service.name}: {error}\n")
        sys.exit(error.code)
    log.set_up(service.name, settings.log_level)
    sys.exit(_code(service, settings, declared))


def _code(service: Service, settings: ServiceSettings, declared: Declarations) -> int:
    try:
        asyncio.run(_live(service, settings, declared))
    except Exit as error:
        _LOG.error("ends", code=error.code, trouble=log.brief(error))
        return error.code
    except Exception as error:  # noqa: BLE001 - whatever it is, it is our bug
        _LOG.error("ends by a bug", code=Bug.code, trouble=log.describe(error))
        return Bug.code
    _LOG.info("stopped")
    return 0


async def _live(service: Service, settings: ServiceSettings, declared: Declarations) -> None:
    """Start, run until told to stop or until a part fails, stop; raises what failed."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    with closing(_door(settings)) as door:
        pool = await _unless(stopping, _database(service, settings))
        if pool is None:
            return
        parts = Parts()
        context = Context(
            *(settings, pool, utc_now, RandomIds(), Metrics(), declared), stopping=stopping
        )
        try:
            _start(service, context, parts, door)
            await parts.watch(stopping)
        finally:
            stopping.set()
            await parts.stop()
            await _close(pool)


def _start(service: Service, context: Context, parts: Parts, door: socket.socket) -> None:
    settings = context.settings
    relay = Relay(context.pool, settings.kafka, service.name, context.metrics)
    context.health.add("outbox", relay.trouble)
    parts.start("relay", relay.run(), relay.stop)
    parts.start("frozen", end_frozen(context.pool), None)
    readings = [Reading(wanted, context) for wanted in service.first_reads]
    if readings:
        context.health.add(FIRST_READ, lambda: trouble_of(readings))
    parts.start("listener", _listen(service, context, readings), None)
    for task in service.tasks:
        parts.start(getattr(task, "__name__", "task"), _work(task, context), None)
    server = _Server(
        _http(http.build_app(service.name, context, service.routes, service.body_bytes_max))
    )
    parts.start("http", server.serve([door]), server.leave)
    _LOG.info("started", host=settings.host, port=settings.port)


async def _work(task: Task, context: Context) -> None:
    await task(context)


async def _unless(stopping: asyncio.Event, work: Awaitable[Pool]) -> Pool | None:
    """What `work` gives, or None if the process is told to stop before."""
    working = asyncio.ensure_future(work)
    told = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for future in (working, told):
            future.cancel()
        await asyncio.gather(working, told, return_exceptions=True)


async def _database(service: Service, settings: ServiceSettings) -> Pool:
    """The pool over a schema that is up to date; Missing if there is no database for a minute."""
    where = f"PostgreSQL at {settings.postgres_host}:{settings.postgres_port}"
    backoff = Backoff(first_s=0.2)
    try:
        async with asyncio.timeout(DATABASE_SECONDS_MAX):
            while True:
                try:
                    await migrate(settings, service.migrations, service.name)
                    return await open_pool(settings)
                except TROUBLE as error:
                    _LOG.warning("waiting for the database", trouble=log.brief(error))
                    await asyncio.sleep(backoff.next_s())
    except TimeoutError:
        raise Missing(f"{where} did not answer for {DATABASE_SECONDS_MAX:.0f} s") from None
    except _REFUSED as error:
        raise Missing(
            f"{where} does not let role {settings.postgres_role} into database "
            f"{settings.postgres_database} ({type(error).__name__}): was it provisioned?"
        ) from None


async def _listen(service: Service, context: Context, readings: Iterable[Reading]) -> None:
    """Wait for Kafka and its topics, read what must be known first, then hear.

    What was accepted meanwhile is in the outbox.
    """
    trouble: str | None = "Kafka was not yet reached"
    context.health.add("kafka", lambda: trouble)
    await _topics(service.name, context.settings.kafka)
    trouble = None
    for reading in readings:
        await reading.run()
    if service.hears:
        # Faust costs tens of megabytes, which a service that hears nothing is spared.
        from runtime.listen import Listener  # noqa: PLC0415

        listener = Listener(
            name=service.name,
            hears=service.hears,
            store=service.store,
            pool=context.pool,
            kafka=context.settings.kafka,
            settings=context.settings,
            metrics=context.metrics,
        )
        context.health.add("listener", listener.trouble)
        await _hear(listener)


async def _hear(listener: Listener) -> None:
    await listener.start()
    try:
        await listener.watch()
    finally:
        await listener.stop()


async def _topics(name: str, bootstrap: str) -> None:
    """Return when Kafka is there with all topics of this service; Missing if it lacks one."""
    wanted = {topic.name for topic in DOMAIN_TOPICS if name in topic.said_by + topic.heard_by}
    backoff = Backoff(first_s=0.2)
    while True:
        try:
            lacking = wanted - set(await kafka.topic_ids(bootstrap, wanted))
        except Unavailable as error:
            _LOG.warning("waiting for Kafka", trouble=log.brief(error))
            await asyncio.sleep(backoff.next_s())
            continue
        if lacking:
            raise Missing(f"Kafka at {bootstrap} has no topic {', '.join(sorted(lacking))}")
        return


def _door(settings: ServiceSettings) -> socket.socket:
    """The bound port, taken before anything else; nobody is let in before uvicorn listens."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends small answers at once (TCP_NODELAY) only on sockets that name their protocol;
    # elsewhere each waits 40 ms for the acknowledgement of its own first half.
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((settings.host, settings.port))
    except OSError as error:
        door.close()
        raise Missing(f"cannot use {settings.host}:{settings.port}: {error.strerror}") from None
    return door


def _http(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        limit_concurrency=REQUESTS_MAX,
        timeout_graceful_shutdown=REQUEST_SECONDS_MAX,
    )


class _Server(uvicorn.Server):
    """uvicorn as a part among others: the signals are not its own to take."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def leave(self) -> None:
        """Take no more requests, and end when those that run are answered."""
        self.should_exit = True


async def _close(pool: Pool) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS_MAX):
            await pool.close()
    except TROUBLE:
        pool.terminate()
