"""`lmc emit`: a file of events through intake's checks, each line as the source it names."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click
import pydantic
from rich.console import Console
from rich.progress import Progress

from lmc.client import Client, Denied
from lmc.lines import Line, batches, read_lines
from lmc.options import Where, where_options
from lmc.stack import Stack, find_stack
from runtime.errors import UsageError

BATCH = "application/cloudevents-batch+json"
POLL_S = 0.1
COMPLAINTS_MAX = 20
"""So many refused lines are explained on the terminal; the receipts explain all."""
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


@click.command()
@where_options
@click.argument("file", metavar="FILE.jsonl")
@click.option("--wait", is_flag=True, help="Return only when all are folded into the tables.")
def emit(where: Where, file: str, *, wait: bool) -> None:
    """Say the events of FILE.jsonl, one JSON object a line; `-` reads stdin.

    Prints one receipt a line as JSON, in the order of the file, and returns when Kafka has them
    all. Ends with 1 if one was refused.
    """
    with _opened(file) as (events, size):
        stack = find_stack(where.data, where.port_offset)
        with Client(stack, "intake", stack.operator_key_file) as door:
            with _bar(size) as advance:
                refused = _say_all(door, events, advance)
            _await_said(door)
    if wait:
        _await_folded(stack)
    if refused:
        click.echo(f"lmc: lines refused: {refused}.", err=True)
        click.get_current_context().exit(1)


def _say_all(door: Client, events: BinaryIO, advance: Callable[[int], None]) -> int:
    """Send everything and print the receipts; how many lines were refused."""
    refused = 0
    for batch in batches(read_lines(events)):
        for line, receipt in zip(batch, _said(door, batch), strict=True):
            click.echo(receipt.as_json())
            refused += not receipt.is_taken
            _complain(line, receipt, refused)
            advance(len(line.body) + 1)
    return refused


def _said(door: Client, batch: Sequence[Line]) -> list[Receipt]:
    """One receipt for each line; those that are no event are not sent."""
    whole = [line for line in batch if not line.fault]
    answers = iter(_sent(door, whole))
    return [_unreadable(line) if line.fault else next(answers) for line in batch]


def _sent(door: Client, lines: Sequence[Line]) -> list[Receipt]:
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
    return _sent(door, lines[:middle]) + _sent(door, lines[middle:])


def _unreadable(line: Line) -> Receipt:
    detail = f"Line {line.number}: {line.fault}. Write one JSON object a line."
    return Receipt(status="refused", code=line.code, path="$", detail=detail)


def _complain(line: Line, receipt: Receipt, refused: int) -> None:
    if receipt.is_taken or refused > COMPLAINTS_MAX:
        return
    if line.fault:
        click.echo(f"lmc: line {line.number}: {line.fault}.", err=True)
        return
    told = " ".join(part for part in (receipt.code, receipt.path, receipt.detail) if part)
    click.echo(f"lmc: line {line.number}: {receipt.status}: {told}", err=True)


def _await_said(door: Client) -> None:
    """Return when intake has said to Kafka all that it had accepted."""
    while _Backlog.model_validate_json(door.get("/outbox")).unsent > 0:
        time.sleep(POLL_S)


def _await_folded(stack: Stack) -> None:
    """Return when reporting has folded everything that is in Kafka now."""
    said_at = datetime.now(UTC)
    with Client(stack, "reporting") as reporting:
        while True:
            told = _Freshness.model_validate_json(reporting.get("/freshness"))
            if told.folded_to is not None and told.folded_to >= said_at:
                return
            time.sleep(POLL_S)


@contextmanager
def _opened(file: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """The file and its size in bytes, if it is known; raises UsageError if it cannot be read."""
    if file == "-":
        yield sys.stdin.buffer, None
        return
    try:
        opened = Path(file).open("rb")  # noqa: SIM115 - closed below, outside the except
    except OSError as problem:
        raise UsageError(f"cannot read {file}: {problem.strerror}.") from problem
    with opened:
        yield opened, Path(file).stat().st_size


@contextmanager
def _bar(size: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, else nothing; counts bytes."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("saying", total=size)
        yield lambda count: progress.update(task, advance=count)
