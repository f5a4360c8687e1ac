"""Declares a service and runs it: the order of start and stop, signals, exit codes."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import asyncpg

from runtime.context import Context
from runtime.messaging import admin, startup_replay
from runtime.messaging.outbox_relay import OutboxRelay
from runtime.messaging.startup_replay import StartupReplay, StartupReplayRun
from runtime.process import log
from runtime.process.clock import utc_now
from runtime.process.errors import (
    DependencyMissing,
    InternalError,
    ProcessExit,
    Unavailable,
    UsageError,
)
from runtime.process.failures import DATABASE_UNAVAILABLE
from runtime.process.health import STARTUP_REPLAY
from runtime.process.ids import RandomIds
from runtime.process.metrics import Metrics
from runtime.process.retry import Backoff
from runtime.process.settings import ServiceSettings, read_declared_codes, read_settings
from runtime.process.task_supervisor import TaskSupervisor
from runtime.storage.migrate import migrate
from runtime.storage.pool import Connection, Pool, open_pool
from runtime.storage.stuck_sessions import terminate_stuck_sessions
from runtime.web.app import BODY_BYTES_MAX, HttpServer, bind, build_app
from schemas.topics import DOMAIN_TOPICS

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable
    from pathlib import Path

    from fastapi import APIRouter

    from runtime.messaging.event_consumer import EventConsumer
    from runtime.messaging.record_processor import EventHandlers
    from schemas.declared_codes import DeclaredCodes

DATABASE_SECONDS_MAX = 60.0
"""In a stack that starts together the database answers within seconds; later a person must act."""
_CLOSE_SECONDS_MAX = 5.0

Task = Callable[[Context], Awaitable[None]]
"""Runs until it is done or cancelled; an exception that it raises ends the process."""

_LOG = log.get(__name__)
_REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidSchemaNameError,
)


@dataclass(frozen=True)
class Service:
    """The declaration of one service; `run` does the rest."""

    name: str
    settings: type[ServiceSettings]
    migrations: Path
    routes: APIRouter
    handlers: EventHandlers = field(default_factory=dict)
    repository: Callable[[Connection], object] | None = None
    tasks: tuple[Task, ...] = ()
    startup_replays: tuple[StartupReplay, ...] = ()
    """What must be read from the log before an endpoint is ready, each of another topic."""
    validate_settings: Callable[[ServiceSettings, DeclaredCodes], None] | None = None
    """Checks the settings before anything starts; raises UsageError."""
    body_bytes_max: int = BODY_BYTES_MAX


def run(service: Service) -> NoReturn:
    """Run until SIGTERM or SIGINT, then stop in order; ends the process with an exit code.

    0 stopped, 2 settings, 69 a dependency is missing, 70 internal error, 75 restart required,
    76 another log.
    """
    try:
        settings = read_settings(service.settings)
        declared = read_declared_codes(settings.catalogue)
        if service.validate_settings is not None:
            service.validate_settings(settings, declared)
    except UsageError as error:
        sys.stderr.write(f"{service.name}: {error}\n")
        sys.exit(error.code)
    log.set_up(service.name, settings.log_level)
    sys.exit(_exit_code(service, settings, declared))


def _exit_code(service: Service, settings: ServiceSettings, declared: DeclaredCodes) -> int:
    try:
        asyncio.run(_run(service, settings, declared))
    except ProcessExit as error:
        _LOG.error("ends", code=error.code, failure=log.brief(error))
        return error.code
    except Exception as error:  # noqa: BLE001 - any other exception is a defect of ours
        _LOG.error(
            "ends with an internal error", code=InternalError.code, failure=log.describe(error)
        )
        return InternalError.code
    _LOG.info("stopped")
    return 0


async def _run(service: Service, settings: ServiceSettings, declared: DeclaredCodes) -> None:
    """Start, run until a signal or the failure of a task, stop; raises the failure."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    with closing(bind(settings.host, settings.port)) as bound:
        pool = await _unless(stopping, _open_database(service, settings))
        if pool is None:
            return
        tasks = TaskSupervisor()
        context = Context(
            *(settings, pool, utc_now, RandomIds(), Metrics(), declared), stopping=stopping
        )
        try:
            _start(service, context, tasks, bound)
            await tasks.watch(stopping)
        finally:
            stopping.set()
            await tasks.stop()
            await _close(pool)


def _start(service: Service, context: Context, tasks: TaskSupervisor, bound: socket.socket) -> None:
    settings = context.settings
    relay = OutboxRelay(context.pool, settings.kafka, context.metrics)
    context.health.add("outbox", relay.unready_reason)
    tasks.start("outbox relay", relay.run(), relay.stop)
    tasks.start("stuck sessions", terminate_stuck_sessions(context.pool), None)
    replays = [StartupReplayRun(replay, context) for replay in service.startup_replays]
    if replays:
        context.health.add(STARTUP_REPLAY, lambda: startup_replay.unready_reason(replays))
    tasks.start("event consumer", _consume(service, context, replays), None)
    for task in service.tasks:
        tasks.start(getattr(task, "__name__", "task"), _work(task, context), None)
    app = build_app(service.name, context, service.routes, service.body_bytes_max)
    server = HttpServer(app)
    tasks.start("http", server.serve([bound]), server.request_stop)
    _LOG.info("started", host=settings.host, port=settings.port)


async def _work(task: Task, context: Context) -> None:
    await task(context)


async def _unless(stopping: asyncio.Event, work: Awaitable[Pool]) -> Pool | None:
    """Return the result of `work`, or None if the process is stopped before."""
    working = asyncio.ensure_future(work)
    stop = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for future in (working, stop):
            future.cancel()
        await asyncio.gather(working, stop, return_exceptions=True)


async def _open_database(service: Service, settings: ServiceSettings) -> Pool:
    """Migrate and open the pool; DependencyMissing if no database answers for a minute."""
    where = f"PostgreSQL at {settings.postgres_host}:{settings.postgres_port}"
    backoff = Backoff(initial_s=0.2)
    try:
        async with asyncio.timeout(DATABASE_SECONDS_MAX):
            while True:
                try:
                    await migrate(settings, service.migrations, service.name)
                    return await open_pool(settings)
                except DATABASE_UNAVAILABLE as error:
                    _LOG.warning("waiting for the database", failure=log.brief(error))
                    await asyncio.sleep(backoff.next_s())
    except TimeoutError:
        raise DependencyMissing(
            f"{where} did not answer for {DATABASE_SECONDS_MAX:.0f} s"
        ) from None
    except _REFUSED as error:
        raise DependencyMissing(
            f"{where} does not let role {settings.postgres_role} into database "
            f"{settings.postgres_database} ({type(error).__name__}): was it provisioned?"
        ) from None


async def _consume(service: Service, context: Context, replays: Iterable[StartupReplayRun]) -> None:
    """Wait for Kafka and its topics, run the start-up replays, then consume events.

    Facts recorded meanwhile are in the outbox.
    """
    unready_reason: str | None = "Kafka was not yet reached"
    context.health.add("kafka", lambda: unready_reason)
    await _wait_for_topics(service.name, context.settings.kafka)
    unready_reason = None
    for replay in replays:
        await replay.run()
    if service.handlers:
        # Faust takes tens of megabytes, which a service without handlers does not need.
        from runtime.messaging.event_consumer import EventConsumer  # noqa: PLC0415

        consumer = EventConsumer(
            name=service.name,
            handlers=service.handlers,
            repository=service.repository,
            pool=context.pool,
            kafka=context.settings.kafka,
            settings=context.settings,
            metrics=context.metrics,
        )
        context.health.add("event_consumer", consumer.unready_reason)
        await _watch(consumer)


async def _watch(consumer: EventConsumer) -> None:
    await consumer.start()
    try:
        await consumer.watch()
    finally:
        await consumer.stop()


async def _wait_for_topics(name: str, bootstrap: str) -> None:
    """Wait for Kafka; DependencyMissing if it lacks a topic of this service."""
    wanted = {topic.name for topic in DOMAIN_TOPICS if name in topic.producers + topic.consumers}
    backoff = Backoff(initial_s=0.2)
    while True:
        try:
            missing = wanted - set(await admin.topic_ids(bootstrap, wanted))
        except Unavailable as error:
            _LOG.warning("waiting for Kafka", failure=log.brief(error))
            await asyncio.sleep(backoff.next_s())
            continue
        if missing:
            raise DependencyMissing(
                f"Kafka at {bootstrap} has no topic {', '.join(sorted(missing))}"
            )
        return


async def _close(pool: Pool) -> None:
    try:
        async with asyncio.timeout(_CLOSE_SECONDS_MAX):
            await pool.close()
    except DATABASE_UNAVAILABLE:
        pool.terminate()
