"""Modules of the product as processes, forked from one that has imported them all.

`python -m services.reporting` takes two seconds of a processor before its first statement, and
the tests start services more than a hundred times. What runs is the same: the module as `__main__`,
in a session and an environment of its own. The tests of `lmc` start services as people do.
"""

import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from pathlib import Path
from threading import Lock

from lmc.devstack.provisioning import SERVICES

ROOT = Path(__file__).parents[2]
IMPORTED = [f"services.{service}.__main__" for service in SERVICES]


class Forked:
    """A running module, with as much of `subprocess.Popen` as the tests need."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        begun, begins = _server().Pipe(duplex=False)
        self._lock = Lock()
        self._process = _server().Process(target=_run, args=(command, dict(env), log, begins))
        self._process.start()
        begins.close()
        begun.recv()
        begun.close()

    @property
    def pid(self) -> int:
        """The process, which leads its own group."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """None while it runs, else its exit code, or minus the signal that ended it."""
        with self._lock:
            return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Its exit code, when it has ended; fails if it has not in time."""
        wait([self._process.sentinel], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout)
        return code


@cache
def _server() -> ForkServerContext:
    """Imports everything once, with the first process that is asked for."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context


def _run(command: Sequence[str], env: Mapping[str, str], log: Path, begins: Connection) -> None:
    """In the new process: be what `python -m` with this command would be."""
    os.setsid()
    begins.send(None)
    begins.close()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.argv[:] = command
    for name in (command[0], f"{command[0]}.__main__"):
        if not hasattr(sys.modules.get(name), "__path__"):
            sys.modules.pop(name, None)
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
