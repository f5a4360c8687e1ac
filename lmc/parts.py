"""A part of a stack, engine or service: started, watched, stopped; and its last words."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pydantic

from lmc.child import Program, await_true
from runtime.errors import Missing

WORDS_MAX = 300
TAIL_BYTES = 20_000


class Part(Protocol):
    """What the stack is made of."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def output(self) -> Path:
        """Its log."""

    @property
    def program(self) -> Program:
        """Its process."""

    def launch(self) -> None:
        """Start it without waiting; raises Exit when that is impossible."""

    def is_ready(self) -> bool:
        """Whether it can do its work."""


def await_start(part: Part, seconds: float) -> None:
    """Return when a launched part is ready; raises Missing when it ended or takes too long."""
    await_true(lambda: part.is_ready() or part.program.exit_code() is not None, seconds)
    if part.program.exit_code() is not None or not part.is_ready():
        part.program.stop()
        raise Missing(f"{part.name} did not start: {last_words(part.output)}")


def last_words(log: Path) -> str:
    """The last thing a program said in its log, for an error message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        lines = []
    said = last_sentence(lines)
    return f"{said} (log: {log})" if said else f"it said nothing in {log}"


def last_sentence(lines: Sequence[str]) -> str:
    """The last line that begins a message; indented ones only continue one, as stack frames do."""
    said = [line.strip() for line in lines if line.strip() and not line[0].isspace()]
    return _plain(said[-1])[:WORDS_MAX] if said else ""


class _Trouble(pydantic.BaseModel):
    reason: str = ""


class _Line(pydantic.BaseModel):
    """What matters here of a line that a service logs."""

    event: str
    trouble: _Trouble = _Trouble()


def _plain(line: str) -> str:
    """The message of a line that may be a JSON object, as the services write them."""
    try:
        entry = _Line.model_validate_json(line)
    except pydantic.ValidationError:
        return line
    return entry.trouble.reason or entry.event
