"""Start a stack, yield it while it runs, and stop it in reverse order."""

import asyncio
import contextlib
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lmc.devstack import jars
from lmc.devstack.data_dir import DataDir, acquire_lock, prepare
from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.managed_process import ManagedProcess
from lmc.devstack.ports import Ports, require_free
from lmc.devstack.provisioning import make_secret, provision_kafka, provision_postgres
from lmc.devstack.service_process import ServiceProcess
from lmc.devstack.stack import SERVICE_PORTS, Stack
from lmc.devstack.supervisor import Supervisor

_START_S = 120
"""All is ready in 10 s on two free cores; a machine busy with tests needs more."""
_STEP_S = 0.1
_LOG_CHECK_S = 60
_LOG_BYTES_MAX = 50_000_000
"""Days of a busy service; one older part is kept as `<name>.1`."""

Notify = Callable[[str], None]
"""A function that takes a line for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class StackPlan:
    """What to start: data directory, ports, and lists of codes beyond the shipped ones."""

    data_dir: DataDir
    ports: Ports
    catalogue: Path | None = None
    reporters: Path | None = None


@contextmanager
def running_stack(plan: StackPlan, notify: Notify) -> Iterator[tuple[Stack, Supervisor]]:
    """Start a stack and yield it when it is ready; raise ProcessExit if it cannot start.

    Call the supervisor's `step` often. On leaving everything is stopped in reverse order; a second
    interrupt kills it.
    """
    prepare(plan.data_dir)
    stack = Stack(plan.data_dir, plan.ports, plan.catalogue, plan.reporters)
    supervisor = Supervisor(notify)
    with acquire_lock(plan.data_dir), _interrupt_on_signals():
        try:
            _start(plan, stack, supervisor, notify)
            stack.register()
            yield stack, supervisor
        finally:
            _stop(stack, supervisor, notify)


def supervise_forever(stack: Stack, supervisor: Supervisor) -> None:
    """Supervise until an interrupt (KeyboardInterrupt) or a halt (StackHalted)."""
    checked_at = time.monotonic()
    while True:
        supervisor.step()
        if time.monotonic() - checked_at > _LOG_CHECK_S:
            checked_at = time.monotonic()
            _rotate_large_logs(stack.data_dir.logs)
        time.sleep(_STEP_S)


def _rotate_large_logs(folder: Path) -> None:
    """Copy each large log to `<name>.1` and truncate it.

    The processes append, so truncating is safe; lines written in between may be lost.
    """
    for log in folder.glob("*.log"):
        if log.stat().st_size > _LOG_BYTES_MAX:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            with log.open("r+b") as file:
                file.truncate(0)


def _start(plan: StackPlan, stack: Stack, supervisor: Supervisor, notify: Notify) -> None:
    data_dir, ports = plan.data_dir, plan.ports
    postgres = LocalPostgres(
        data_dir.postgres, ports.postgres, output=data_dir.log_file("postgres")
    )
    kafka = LocalKafka(
        data_dir.kafka, ports.kafka, ports.controller, output=data_dir.log_file("kafka")
    )
    services = [ServiceProcess(service, stack) for service in SERVICE_PORTS]
    _rotate_large_logs(data_dir.logs)
    _stop_orphans([*services, kafka, postgres], stack)
    for secret in stack.secret_files:
        make_secret(secret)
    if not jars.are_cached():
        notify("downloading Kafka, 44 MB; this happens once")
    notify(f"starting on {data_dir.root}")
    supervisor.launch_engines([postgres, kafka])
    supervisor.wait_until_ready(_START_S)
    provision_postgres(postgres, data_dir.secrets)
    asyncio.run(provision_kafka(kafka.bootstrap))
    supervisor.launch_services(services)
    supervisor.wait_until_ready(_START_S)
    for service in services:
        if (reason := service.blocked_reason()) is not None:
            notify(f"{service.name} is blocked: {reason}")


def _stop_orphans(processes: Sequence[ManagedProcess], stack: Stack) -> None:
    """Stop what a killed run left running, then check that every port is free."""
    for each in processes:
        each.process.stop_orphan()
    ports = [stack.ports.kafka, stack.ports.controller, stack.ports.postgres]
    for port in [*ports, *(stack.port(service) for service in SERVICE_PORTS)]:
        require_free(port)


def _stop(stack: Stack, supervisor: Supervisor, notify: Notify) -> None:
    try:
        stack.unregister()
        if supervisor.has_processes:
            notify("stopping")
        supervisor.stop()
    except KeyboardInterrupt:
        notify("killing everything")
        with contextlib.suppress(KeyboardInterrupt):
            supervisor.kill()


@contextmanager
def _interrupt_on_signals() -> Iterator[None]:
    """Handle SIGTERM and a closed terminal as Ctrl-C, also in the background."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
