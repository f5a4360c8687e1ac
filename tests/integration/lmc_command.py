"""The command `lmc` as people run it, for the tests of the whole stack."""

import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from lmc.child import await_true
from lmc.folder import Folder
from lmc.ports import Ports, require_free
from lmc.stack import SERVICE_PORTS, Stack
from runtime.errors import Missing

ROOT = Path(__file__).parents[2]
READY_S = 150
GONE_S = 30
LMC = (sys.executable, "-m", "lmc")

OFFSETS = range(10_000, 22_000, 20)
"""The ports stay below those that the system hands out for outgoing connections."""


def run_lmc(
    *arguments: str, text: str = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command line to its end."""
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
    """A stack, not yet started, on a block of free ports."""
    for offset in random.sample(OFFSETS, len(OFFSETS)):
        stack = Stack(Folder(data), Ports(offset))
        ports = [stack.ports.kafka, stack.ports.controller, stack.ports.postgres]
        try:
            for port in [*ports, *(stack.port(service) for service in SERVICE_PORTS)]:
                require_free(port)
        except Missing:
            continue
        return stack
    raise AssertionError("no block of ports is free")


@dataclass
class Up:
    """A running `lmc up`, and everything that it ever started."""

    stack: Stack
    popen: subprocess.Popen[str]
    ready_line: str
    seen: set[psutil.Process] = field(default_factory=set)

    @classmethod
    def start(cls, stack: Stack, env: Mapping[str, str] | None = None) -> "Up":
        """Start it and wait for its ready line."""
        where = ["--data", str(stack.folder.root), "--port-offset", str(stack.ports.offset)]
        popen = subprocess.Popen(
            [*LMC, "up", *where], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=env
        )
        assert popen.stdout is not None
        line = popen.stdout.readline()
        if not line:
            raise AssertionError(f"lmc up ended with {popen.wait()}")
        return cls(stack, popen, line)

    def processes(self) -> set[psutil.Process]:
        """What runs below it now."""
        now = set(psutil.Process(self.popen.pid).children(recursive=True))
        self.seen |= now
        return now

    def process_of(self, name: str) -> psutil.Process:
        """The main process of a service (`matching`), `postgres` or `kafka`."""
        return next(child for child in self._children() if _mark(name) in child.cmdline())

    def runs(self, name: str) -> bool:
        """Whether there is such a process now."""
        return any(_mark(name) in child.cmdline() for child in self._children())

    def _children(self) -> list[psutil.Process]:
        children = psutil.Process(self.popen.pid).children()
        return [child for child in children if child.status() != psutil.STATUS_ZOMBIE]

    def end(self, signal_number: int) -> int:
        """Send it a signal and wait for its end; the exit code."""
        self.processes()
        self.popen.send_signal(signal_number)
        code = self.popen.wait(READY_S)
        assert self.popen.stdout is not None
        self.popen.stdout.close()
        return code

    def left(self) -> set[psutil.Process]:
        """What it had started and still runs after a while."""
        await_true(lambda: not any(each.is_running() for each in self.seen), GONE_S)
        return {each for each in self.seen if each.is_running()}


def _mark(name: str) -> str:
    """What stands in the command line of a part and of no other."""
    marks = {"kafka": "kafka.Kafka", "postgres": "-D"}
    return marks.get(name, f"services.{name}")
