"""A replica of a service as a separate process, to be killed and frozen."""

import asyncio
import os
import signal

import httpx
import psutil

from runtime.process.settings import ServiceSettings
from tests.integration.forked import Forked
from tests.integration.processes import NO_TLS

DEADLINE_S = 120
LOG_END = 3000


class Replica:
    """One replica of a service, which may be started several times."""

    def __init__(self, service: str, settings: ServiceSettings) -> None:
        self.service = service
        self.settings = settings
        self._log = settings.work_dir.with_suffix(".log")
        self._process: Forked | None = None

    @property
    def url(self) -> str:
        """The base URL of its API."""
        return f"http://{self.settings.host}:{self.settings.port}"

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while it runs."""
        return self._started.poll()

    @property
    def log(self) -> str:
        """The text of its log."""
        return self._log.read_text()

    def start(self, *launcher: str) -> "Replica":
        """Start it, or its launcher, in a new process group, without waiting until it is ready."""
        fields = self.settings.model_dump(mode="json", exclude_none=True)
        env = {f"LMC_{self.service}_{field}".upper(): str(each) for field, each in fields.items()}
        self.settings.work_dir.mkdir(parents=True, exist_ok=True)
        command = launcher or (f"services.{self.service}",)
        self._process = Forked(command, {**os.environ, **env}, self._log)
        return self

    def send(self, number: signal.Signals) -> None:
        """Send a signal to its process group."""
        os.killpg(self._started.pid, number)

    def kill(self) -> None:
        """Send SIGKILL to its process group."""
        self.send(signal.SIGKILL)
        self._started.wait(DEADLINE_S)

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        if self.exit_code is None:
            self.send(signal.SIGTERM)
        return self._started.wait(DEADLINE_S)

    def kill_if_running(self) -> None:
        """Kill it if it still runs, also if it is frozen."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    async def is_ready(self) -> bool:
        """Whether it is ready; fails if it has exited."""
        assert self.exit_code is None, f"{self.service} exited: {self.log[-LOG_END:]}"
        try:
            async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
                return (await client.get(f"{self.url}/health/ready")).is_success
        except httpx.HTTPError:
            return False

    async def is_frozen(self) -> bool:
        """Whether SIGSTOP has stopped it."""
        return psutil.Process(self._started.pid).status() == psutil.STATUS_STOPPED

    async def wait_for_exit(self) -> int:
        """Wait until it exits by itself, and return the exit code."""
        return await asyncio.to_thread(self._started.wait, DEADLINE_S)

    @property
    def _started(self) -> Forked:
        assert self._process is not None, f"{self.service} was not started"
        return self._process
