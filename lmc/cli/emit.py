"""`lmc emit`: send a file of events to intake, each line as the source it names."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
import pydantic
from lmc_events import Fault, Note

from lmc.cli.options import StackOptions, stack_options
from lmc.cli.progress_bar import single_bar
from lmc.client.ingest import IngestClient, wait_until_projected, wait_until_published
from lmc.client.jsonl import JsonLine, batches, read_lines
from lmc.devstack.stack import find_stack
from runtime.process.errors import UsageError

_REFUSALS_SHOWN_MAX = 20
"""So many refused lines are explained on the terminal; the printed results explain all."""


class _LineResult(pydantic.BaseModel):
    """The printed result of one line; the fields are those of intake's result."""

    model_config = pydantic.ConfigDict(from_attributes=True)

    id: str | None = None
    status: str
    code: str | None = None
    path: str | None = None
    detail: str | None = None
    problems: tuple[Fault, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether intake has the event, from now or from before."""
        return self.status in ("accepted", "duplicate")

    def as_json(self) -> str:
        """Return one line; `id` is always there, null if the line had none."""
        empty = {name for name in type(self).model_fields if not getattr(self, name)} - {"id"}
        return self.model_dump_json(exclude=empty)


@click.command()
@stack_options
@click.argument("file", metavar="FILE.jsonl")
@click.option("--wait", is_flag=True, help="Return only when the tables count all events.")
def emit(chosen: StackOptions, file: str, *, wait: bool) -> None:
    """Send the events of FILE.jsonl, one JSON object a line; `-` reads stdin.

    Prints one result a line as JSON, in the order of the file, and returns when Kafka has all
    accepted events. Ends with 1 if one was refused.
    """
    with _opened(file) as (events, size):
        stack = find_stack(chosen.data, chosen.port_offset)
        with IngestClient(stack) as intake, single_bar("sending", size) as advance:
            refused = _send_all(intake, events, advance)
        wait_until_published(stack)
    if wait:
        wait_until_projected(stack)
    if refused:
        click.echo(f"lmc: lines refused: {refused}.", err=True)
        click.get_current_context().exit(1)


def _send_all(intake: IngestClient, events: BinaryIO, advance: Callable[[int], None]) -> int:
    """Send every line and print the results; return how many lines were refused."""
    refused = 0
    for batch in batches(read_lines(events)):
        for line, result in zip(batch, _results(intake, batch), strict=True):
            click.echo(result.as_json())
            refused += not result.is_accepted
            _explain_refusal(line, result, refused)
            advance(len(line.body) + 1)
    return refused


def _results(intake: IngestClient, batch: Sequence[JsonLine]) -> list[_LineResult]:
    """Return one result for each line; lines that are no events are not sent."""
    sent = iter(intake.send([line.body for line in batch if not line.fault]))
    return [
        _unreadable(line) if line.fault else _LineResult.model_validate(next(sent))
        for line in batch
    ]


def _unreadable(line: JsonLine) -> _LineResult:
    detail = f"Line {line.number}: {line.fault}. Write one JSON object a line."
    return _LineResult(status="refused", code=line.code, path="$", detail=detail)


def _explain_refusal(line: JsonLine, result: _LineResult, refused: int) -> None:
    if result.is_accepted or refused > _REFUSALS_SHOWN_MAX:
        return
    if line.fault:
        click.echo(f"lmc: line {line.number}: {line.fault}.", err=True)
        return
    reason = " ".join(part for part in (result.code, result.path, result.detail) if part)
    click.echo(f"lmc: line {line.number}: {result.status}: {reason}", err=True)
    for fault in result.problems[1:]:
        also = f"{fault.code} {fault.path} {fault.detail} {fault.remedy}"
        click.echo(f"lmc: line {line.number}: also: {also}", err=True)


@contextmanager
def _opened(file: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """Yield the file and its size in bytes, if known; raise UsageError if it cannot be read."""
    if file == "-":
        yield sys.stdin.buffer, None
        return
    try:
        opened = Path(file).open("rb")  # noqa: SIM115 - closed below, outside the except
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}.") from error
    with opened:
        yield opened, Path(file).stat().st_size
