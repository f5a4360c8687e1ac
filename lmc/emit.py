"""`lmc emit`: a file of events through intake's checks, each line as the source it names."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from lmc.client import Client
from lmc.lines import Line, batches, read_lines
from lmc.options import Where, where_options
from lmc.saying import Receipt, await_folded, await_said, progress_bar, send
from lmc.stack import find_stack
from runtime.errors import UsageError

COMPLAINTS_MAX = 20
"""So many refused lines are explained on the terminal; the receipts explain all."""


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
            with progress_bar("saying", size) as advance:
                refused = _say_all(door, events, advance)
            await_said(door)
    if wait:
        await_folded(stack)
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
    answers = iter(send(door, whole))
    return [_unreadable(line) if line.fault else next(answers) for line in batch]


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
