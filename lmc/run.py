"""Start a whole stack, hand it over while it runs, stop it in reverse order."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lmc import jars
from lmc.folder import Folder, prepare, take
from lmc.kafka import LocalKafka
from lmc.logs import cut_long_logs
from lmc.parts import Part
from lmc.ports import Ports, require_free
from lmc.postgres import LocalPostgres
from lmc.programs import ServiceProgram
from lmc.provision import make_secret, provision_kafka, provision_postgres
from lmc.stack import SERVICE_PORTS, Stack
from lmc.supervisor import Supervisor

START_S = 120
"""Everything is up in 10 s on two free cores; a machine that is busy with tests needs more."""
STEP_S = 0.1
LOGS_S = 60

Say = Callable[[str], None]
"""Takes a line for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to start: where, on which ports, with which declarations beside the shipped ones."""

    folder: Folder
    ports: Ports
    catalogue: Path | None = None
    reporters: Path | None = None


@contextmanager
def running(plan: Plan, say: Say) -> Iterator[tuple[Stack, Supervisor]]:
    """A stack that is ready; raises Exit when it cannot be. Call `step` of the supervisor often.

    On leaving everything is stopped in reverse order; a second interrupt ends it at once.
    """
    prepare(plan.folder)
    stack = Stack(plan.folder, plan.ports, plan.catalogue, plan.reporters)
    supervisor = Supervisor(say)
    with take(plan.folder), _interrupts():
        try:
            _start(plan, stack, supervisor, say)
            stack.announce()
            yield stack, supervisor
        finally:
            _stop(stack, supervisor, say)


def keep_running(stack: Stack, supervisor: Supervisor) -> None:
    """Watch for ever; raises Exit when the stack cannot go on, KeyboardInterrupt when told."""
    looked_at = time.monotonic()
    while True:
        supervisor.step()
        if time.monotonic() - looked_at > LOGS_S:
            looked_at = time.monotonic()
            cut_long_logs(stack.folder.logs)
        time.sleep(STEP_S)


def _start(plan: Plan, stack: Stack, supervisor: Supervisor, say: Say) -> None:
    folder, ports = plan.folder, plan.ports
    postgres = LocalPostgres(folder.postgres, ports.postgres, output=folder.log("postgres"))
    kafka = LocalKafka(folder.kafka, ports.kafka, ports.controller, output=folder.log("kafka"))
    services = [ServiceProgram(service, stack) for service in SERVICE_PORTS]
    cut_long_logs(folder.logs)
    _clear([*services, kafka, postgres], stack)
    for secret in stack.secret_files:
        make_secret(secret)
    if not jars.are_cached():
        say("fetching Kafka, 44 MB; this happens once")
    say(f"starting on {folder.root}")
    supervisor.launch_engines([postgres, kafka])
    supervisor.await_ready(START_S)
    provision_postgres(postgres, folder.secrets)
    asyncio.run(provision_kafka(kafka.bootstrap))
    supervisor.launch_services(services)
    supervisor.await_ready(START_S)
    for service in services:
        if (reason := service.stands_back()) is not None:
            say(f"{service.name} stands back: {reason}")


def _clear(parts: list[Part], stack: Stack) -> None:
    """End what a killed run left behind, then see that every port is free."""
    for part in parts:
        part.program.end_orphan()
    ports = [stack.ports.kafka, stack.ports.controller, stack.ports.postgres]
    for port in [*ports, *(stack.port(service) for service in SERVICE_PORTS)]:
        require_free(port)


def _stop(stack: Stack, supervisor: Supervisor, say: Say) -> None:
    try:
        stack.withdraw()
        if supervisor.has_parts:
            say("stopping")
        supervisor.stop()
    except KeyboardInterrupt:
        say("stopping at once")
        with contextlib.suppress(KeyboardInterrupt):
            supervisor.kill()


@contextmanager
def _interrupts() -> Iterator[None]:
    """SIGTERM, and a terminal that closes, stop us as Ctrl-C does, even in the background."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
