"""A copy of a service as a process of its own, to be killed and frozen."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil

from runtime.settings import ServiceSettings

ROOT = Path(__file__).parents[3]
DEADLINE_S = 120
LOG_END = 3000


class Copy:
    """One copy of a service, over as many starts as one likes."""

    def __init__(self, service: str, settings: ServiceSettings) -> None:
        self.service = service
        self.settings = settings
        self._log = settings.work_dir.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its doors are."""
        return f"http://{self.settings.host}:{self.settings.port}"

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._started.poll()

    @property
    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text()

    def start(self, *launcher: str) -> "Copy":
        """Start it, or a launcher of it, in a process group of its own; it is not ready yet."""
        given = self.settings.model_dump(mode="json", exclude_none=True)
        env = {f"LMC_{self.service}_{field}".upper(): str(each) for field, each in given.items()}
        self.settings.work_dir.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *(launcher or (f"services.{self.service}",))],
                cwd=ROOT,
                env={**os.environ, **env},
                stderr=log,
                start_new_session=True,
            )
        return self

    def send(self, number: signal.Signals) -> None:
        """Send a signal to its process group."""
        os.killpg(self._started.pid, number)

    def kill(self) -> None:
        """SIGKILL to its process group, whatever it does."""
        self.send(signal.SIGKILL)
        self._started.wait(DEADLINE_S)

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        if self.exit_code is None:
            self.send(signal.SIGTERM)
        return self._started.wait(DEADLINE_S)

    def leave_nothing(self) -> None:
        """End it if it still runs, also if it is frozen."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    async def is_ready(self) -> bool:
        """Whether it can do its work; fails if it has ended."""
        assert self.exit_code is None, f"{self.service} ended: {self.log[-LOG_END:]}"
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{self.url}/health/ready")).is_success
        except httpx.HTTPError:
            return False

    async def is_frozen(self) -> bool:
        """Whether it was stopped, and may go on some day."""
        return psutil.Process(self._started.pid).status() == psutil.STATUS_STOPPED

    async def end(self) -> int:
        """The exit code, as soon as it has ended by itself."""
        return await asyncio.to_thread(self._started.wait, DEADLINE_S)

    @property
    def _started(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, f"{self.service} was not started"
        return self._process
