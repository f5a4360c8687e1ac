"""`lmc explain`: list the entries and facts that a number counts, and why it has changed."""

import json
import sys
from collections.abc import Mapping

import click
from rich.console import Console

from lmc.cli.explanation_text import explanation
from lmc.cli.options import StackOptions, stack_options
from lmc.client.service_client import ServiceClient
from lmc.devstack.stack import find_stack

_PUBLISHED_ONLY = 1
"""The exit code of an answer without entries, which need the steward's token."""


@click.command()
@stack_options
@click.argument("indicator", metavar="ID")
@click.option("--place", metavar="P", required=True, help="Council, district, region, RS, RS-KM.")
@click.option("--period", metavar="X", required=True, help="2023-06, 2023-Q2, 2023, to-2023-06.")
@click.option("--measure", metavar="M", help="One measure of the indicator; default all.")
@click.option("--split", metavar="S", help="The split; default total.")
@click.option("--bucket", metavar="B", help="One bucket of the split.")
@click.option("--since", metavar="T", help="Explain the change since the number as of T.")
@click.option("--until", metavar="T2", help="The later instant; default now.")
@click.option("--limit", metavar="N", help="The number of entries, 1,000 at most.")
@click.option("--after", metavar="A", help="Continue after an answer: its `next`.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON on a terminal too.")
def explain(chosen: StackOptions, *, is_json: bool, **given: str | None) -> None:
    """Print what the numbers of indicator ID count: parts, entries, facts.

    With --since, why they have changed. Ends with 1 if the steward's token is missing: then only
    the published layer is shown.

    Example: lmc explain MI-13 --place 70998 --period 2023-Q2 --measure placed
    """
    stack = find_stack(chosen.data, chosen.port_offset)
    token = stack.steward_token_file
    params = {name: value for name, value in given.items() if value is not None}
    with ServiceClient(stack, "reporting", token if token.is_file() else None) as reporting:
        body = reporting.get("/explain", params)
    answer: Mapping[str, object] = json.loads(body)
    if is_json or not sys.stdout.isatty():
        click.echo(body.decode())
    else:
        Console(markup=False).print(explanation(answer))
    if answer["layer"] != "exact":
        click.get_current_context().exit(_PUBLISHED_ONLY)
