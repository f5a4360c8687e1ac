"""`lmc simulate`: send the events of a simulated population to intake, or print them."""

import itertools
import sys
from collections.abc import Iterator

import click

from lmc.cli.options import StackOptions, stack_options
from lmc.cli.progress_bar import single_bar
from lmc.client.ingest import IngestClient, wait_until_projected, wait_until_published
from lmc.client.jsonl import BATCH_EVENTS_MAX
from lmc.demo.population import simulated_events
from lmc.devstack.stack import find_stack
from schemas.envelope import encode_event

_EVENTS_MAX = 100_000_000


@click.command()
@stack_options
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other people.")
@click.option(
    "--events",
    type=click.IntRange(1, _EVENTS_MAX),
    default=10_000,
    show_default=True,
    help="How many events.",
)
@click.option("--print", "is_printed", is_flag=True, help="Print them, one a line; send nothing.")
def simulate(chosen: StackOptions, seed: int, events: int, *, is_printed: bool) -> None:
    """Send the events of a simulated population: the same for the same seed.

    Ten percent of the events are repeated, four percent corrected, three percent retracted.
    """
    if is_printed:
        for envelope in simulated_events(seed, events):
            sys.stdout.buffer.write(encode_event(envelope) + b"\n")
        return
    stack = find_stack(chosen.data, chosen.port_offset)
    refused = 0
    with IngestClient(stack) as intake, single_bar("events", events) as advance:
        for batch in _batches(seed, events):
            refused += sum(result.status == "refused" for result in intake.send(batch))
            advance(len(batch))
    wait_until_published(stack)
    wait_until_projected(stack)
    click.echo(f"{events} events sent and counted, {refused} refused")
    if refused:
        click.get_current_context().exit(1)


def _batches(seed: int, events: int) -> Iterator[list[bytes]]:
    bodies = (encode_event(envelope) for envelope in simulated_events(seed, events))
    while batch := list(itertools.islice(bodies, BATCH_EVENTS_MAX)):
        yield batch
