"""`lmc simulate`: a made-up population through intake's door, or into a file."""

import itertools
import sys
from collections.abc import Iterator

import click

from lmc.client import Client
from lmc.lines import Line
from lmc.options import Where, where_options
from lmc.population import said
from lmc.saying import await_folded, await_said, progress_bar, send
from lmc.stack import find_stack
from schemas.envelope import to_bytes

EVENTS_MAX = 100_000_000
BATCH_EVENTS = 200


@click.command()
@where_options
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other people.")
@click.option(
    "--events",
    type=click.IntRange(1, EVENTS_MAX),
    default=10_000,
    show_default=True,
    help="How many events.",
)
@click.option("--print", "is_printed", is_flag=True, help="Print them, one a line; send nothing.")
def simulate(where: Where, seed: int, events: int, *, is_printed: bool) -> None:
    """Say what happens in a made-up population: the same for the same seed.

    Ten in a hundred events are told twice, four are corrected, three are taken back.
    """
    if is_printed:
        for envelope in said(seed, events):
            sys.stdout.buffer.write(to_bytes(envelope) + b"\n")
        return
    stack = find_stack(where.data, where.port_offset)
    refused = 0
    with Client(stack, "intake", stack.operator_key_file) as door:
        with progress_bar("events", events) as advance:
            for batch in _batches(seed, events):
                refused += sum(not receipt.is_taken for receipt in send(door, batch))
                advance(len(batch))
        await_said(door)
    await_folded(stack)
    click.echo(f"{events} events said and folded, {refused} refused")
    if refused:
        click.get_current_context().exit(1)


def _batches(seed: int, events: int) -> Iterator[list[Line]]:
    numbered = enumerate(said(seed, events), start=1)
    lines = (Line(number, to_bytes(envelope)) for number, envelope in numbered)
    while batch := list(itertools.islice(lines, BATCH_EVENTS)):
        yield batch
