"""What the commands share that say events: send through intake, wait for Kafka and the fold."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import pydantic
from rich.console import Console
from rich.progress import Progress

from lmc.client import Client, Denied
from lmc.lines import Line
from lmc.stack import Stack
from runtime.errors import UsageError

BATCH = "application/cloudevents-batch+json"
POLL_S = 0.1
AUTHORITY = ("E1401", "E1402", "E1403")
"""The codes that refuse the sender, not the message."""


class Receipt(pydantic.BaseModel):
    """What became of one line."""

    id: str | None = None
    status: str
    code: str | None = None
    path: str | None = None
    detail: str | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the fact is in, now or since before."""
        return self.status in ("accepted", "duplicate")

    def as_json(self) -> str:
        """One line; `id` always stands there, null if the line named none."""
        silent = {name for name in ("code", "path", "detail") if getattr(self, name) is None}
        return self.model_dump_json(exclude=silent)


class _Results(pydantic.BaseModel):
    results: list[Receipt]


class _Backlog(pydantic.BaseModel):
    unsent: int


class _Freshness(pydantic.BaseModel):
    folded_to: datetime | None


def send(door: Client, lines: Sequence[Line]) -> list[Receipt]:
    """Send lines as one batch; if the door cannot read it as a whole, in halves."""
    if not lines:
        return []
    body = b"[" + b",".join(line.body for line in lines) + b"]"
    try:
        return _Results.model_validate_json(door.post("/events", body, BATCH)).results
    except Denied as denied:
        problem = denied.problem
        if denied.code != UsageError.code or problem.code in AUTHORITY:
            raise
        if len(lines) == 1:
            detail = f"{problem.detail} {problem.remedy}"
            return [Receipt(status="refused", code=problem.code, path=problem.path, detail=detail)]
    middle = len(lines) // 2
    return send(door, lines[:middle]) + send(door, lines[middle:])


def await_said(door: Client) -> None:
    """Return when intake has said to Kafka all that it had accepted."""
    while _Backlog.model_validate_json(door.get("/outbox")).unsent > 0:
        time.sleep(POLL_S)


def await_folded(stack: Stack) -> None:
    """Return when reporting has folded everything that is in Kafka now."""
    said_at = datetime.now(UTC)
    with Client(stack, "reporting") as reporting:
        while True:
            told = _Freshness.model_validate_json(reporting.get("/freshness"))
            if told.folded_to is not None and told.folded_to >= said_at:
                return
            time.sleep(POLL_S)


@contextmanager
def progress_bar(of: str, size: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, else nothing."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(of, total=size)
        yield lambda count: progress.update(task, advance=count)
