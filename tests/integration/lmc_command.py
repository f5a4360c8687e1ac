"""Run the command `lmc` as a user does, for the tests of the full stack."""

import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from lmc.devstack.child_process import wait_until
from lmc.devstack.data_dir import DataDir
from lmc.devstack.ports import INTAKE, Ports, claim, require_free
from lmc.devstack.stack import SERVICE_PORTS, Stack
from runtime.process.errors import DependencyMissing

ROOT = Path(__file__).parents[2]
READY_S = 150
END_S = 30
LMC = (sys.executable, "-m", "lmc")

OFFSETS = range(10_000, 12_900, 20)
"""The ports of these stacks are below all that `free_ports` returns."""
HOLD = 19
"""The last port of a stack's block: no service listens there; holding it reserves the block."""


def run_lmc(
    *arguments: str, text: str = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command line to its end; `text` is its standard input."""
    return subprocess.run(
        [*LMC, *arguments],
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=env,
        timeout=READY_S,
        check=False,
    )


def free_stack(data: Path) -> Stack:
    """Return a stack, not yet started, on a block of free ports that no other test run uses."""
    for offset in random.sample(OFFSETS, len(OFFSETS)):
        if not claim(INTAKE + offset + HOLD):
            continue
        stack = Stack(DataDir(data), Ports(offset))
        ports = [stack.ports.kafka, stack.ports.controller, stack.ports.postgres]
        try:
            for port in [*ports, *(stack.port(service) for service in SERVICE_PORTS)]:
                require_free(port)
        except DependencyMissing:
            continue
        return stack
    raise AssertionError("no block of ports is free")


@dataclass
class RunningUp:
    """A running `lmc up`, and every process that it has started."""

    stack: Stack
    popen: subprocess.Popen[str]
    ready_line: str
    seen: set[psutil.Process] = field(default_factory=set)

    @classmethod
    def start(cls, stack: Stack, env: Mapping[str, str] | None = None) -> "RunningUp":
        """Start it and wait for its ready line."""
        options = ["--data", str(stack.data_dir.root), "--port-offset", str(stack.ports.offset)]
        popen = subprocess.Popen(
            [*LMC, "up", *options], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=env
        )
        assert popen.stdout is not None
        line = popen.stdout.readline()
        if not line:
            raise AssertionError(f"lmc up ended with {popen.wait()}")
        return cls(stack, popen, line)

    def processes(self) -> set[psutil.Process]:
        """Return the processes that run below it now."""
        now = set(psutil.Process(self.popen.pid).children(recursive=True))
        self.seen |= now
        return now

    def process_of(self, name: str) -> psutil.Process:
        """Return the main process of a service (`matching`), `postgres` or `kafka`."""
        return next(child for child in self._children() if _argument_of(name) in child.cmdline())

    def runs(self, name: str) -> bool:
        """Return whether there is such a process now."""
        return any(_argument_of(name) in child.cmdline() for child in self._children())

    def _children(self) -> list[psutil.Process]:
        children = psutil.Process(self.popen.pid).children()
        return [child for child in children if child.status() != psutil.STATUS_ZOMBIE]

    def end(self, signal_number: int) -> int:
        """Send it a signal and wait for its end; return the exit code."""
        self.processes()
        self.popen.send_signal(signal_number)
        code = self.popen.wait(READY_S)
        assert self.popen.stdout is not None
        self.popen.stdout.close()
        return code

    def still_running(self) -> set[psutil.Process]:
        """Wait for every process it has started to end; return those that still run."""
        wait_until(lambda: not any(each.is_running() for each in self.seen), END_S)
        return {each for each in self.seen if each.is_running()}


def _argument_of(name: str) -> str:
    """Return an argument of a process's command line that no other process has."""
    arguments = {"kafka": "kafka.Kafka", "postgres": "-D"}
    return arguments.get(name, f"services.{name}")
