"""`lmc explain`: the entries and facts behind a number, and why it is another than it was."""

import json
import sys
from collections.abc import Mapping

import click
from rich.console import Console

from lmc.client import Client
from lmc.explained import shown
from lmc.options import Where, where_options
from lmc.stack import find_stack

NO_KEY = 1
"""The exit code of an answer without entries: only the steward's key opens them."""


@click.command()
@where_options
@click.argument("indicator", metavar="ID")
@click.option("--place", metavar="P", required=True, help="Council, district, region, RS, RS-KM.")
@click.option("--period", metavar="X", required=True, help="2023-06, 2023-Q2, 2023, to-2023-06.")
@click.option("--measure", metavar="M", help="One measure of the indicator; all if not given.")
@click.option("--split", metavar="S", help="By what the number is split; total if not given.")
@click.option("--bucket", metavar="B", help="One bucket of the split.")
@click.option("--since", metavar="T", help="Why it is another number than it was known at T.")
@click.option("--until", metavar="T2", help="The later moment; now if not given.")
@click.option("--limit", metavar="N", help="So many entries, 1,000 at most.")
@click.option("--after", metavar="A", help="Go on where an answer has ended: its `next`.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON on a terminal too.")
def explain(where: Where, *, is_json: bool, **asked: str | None) -> None:
    """Print what is behind the numbers of indicator ID: parts, entries, facts.

    With --since, why they have changed. Ends with 1 where the steward's key is missing and only
    what is published is shown.

    Example: lmc explain MI-13 --place 70998 --period 2023-Q2 --measure placed
    """
    stack = find_stack(where.data, where.port_offset)
    token = stack.steward_token_file
    params = {name: given for name, given in asked.items() if given is not None}
    with Client(stack, "reporting", token if token.is_file() else None) as reporting:
        body = reporting.get("/explain", params)
    answer: Mapping[str, object] = json.loads(body)
    if is_json or not sys.stdout.isatty():
        click.echo(body.decode())
    else:
        Console(markup=False).print(shown(answer))
    if answer["layer"] != "exact":
        click.get_current_context().exit(NO_KEY)
