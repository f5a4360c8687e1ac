"""An engine or service as the supervisor sees it, and the last message of its log."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pydantic

from lmc.devstack.child_process import PidFileProcess, wait_until
from runtime.process.errors import DependencyMissing

_MESSAGE_CHARS_MAX = 300
"""Fits a terminal; the message names the log file that holds the rest."""
_TAIL_BYTES = 20_000
"""The part of a log that is searched for its last message: longer than any stack trace."""


class ManagedProcess(Protocol):
    """Kafka, PostgreSQL or a service: launched, checked and stopped by the supervisor."""

    @property
    def name(self) -> str:
        """The name shown to people."""

    @property
    def output(self) -> Path:
        """The log file."""

    @property
    def process(self) -> PidFileProcess:
        """The child process."""

    def launch(self) -> None:
        """Start it without waiting; raise ProcessExit if that is impossible."""

    def is_ready(self) -> bool:
        """Return whether it can serve its clients."""


def wait_until_ready(managed: ManagedProcess, seconds: float) -> None:
    """Return when a launched process is ready.

    Raises DependencyMissing if it ends or is not ready within so many seconds.
    """
    wait_until(lambda: managed.is_ready() or managed.process.exit_code() is not None, seconds)
    if managed.process.exit_code() is not None or not managed.is_ready():
        managed.process.stop()
        raise DependencyMissing(f"{managed.name} did not start: {last_log_message(managed.output)}")


def last_log_message(log: Path) -> str:
    """Return the last message in a log file and the file's path, for an error text."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        lines = []
    message = last_message(lines)
    return f"{message} (log: {log})" if message else f"it logged nothing in {log}"


def last_message(lines: Sequence[str]) -> str:
    """Return the last line that begins a message; indented lines continue one (stack frames)."""
    messages = [line.strip() for line in lines if line.strip() and not line[0].isspace()]
    return _plain_text(messages[-1])[:_MESSAGE_CHARS_MAX] if messages else ""


class _LoggedError(pydantic.BaseModel):
    reason: str = ""


class _LogLine(pydantic.BaseModel):
    """The fields of a service's log line that are shown."""

    event: str
    failure: _LoggedError = _LoggedError()


def _plain_text(line: str) -> str:
    """Return the message of a line that may be a JSON object, as the services log them."""
    try:
        entry = _LogLine.model_validate_json(line)
    except pydantic.ValidationError:
        return line
    return entry.failure.reason or entry.event
