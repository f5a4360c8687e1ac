"""`lmc value`: print one indicator's numbers for a place and a period."""

import json
import sys
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

import click

from lmc.cli.options import StackOptions, stack_options
from lmc.cli.progress_bar import updated_bar
from lmc.client.service_client import ServiceClient
from lmc.devstack.stack import find_stack

Layer = Literal["exact", "published"]


@click.command()
@stack_options
@click.argument("indicator", metavar="ID")
@click.option("--place", metavar="P", required=True, help="Council, district, region, RS, RS-KM.")
@click.option("--period", metavar="X", required=True, help="2023-06, 2023-Q2, 2023, to-2023-06.")
@click.option("--split", metavar="S", help="The split; default total.")
@click.option("--measure", metavar="M", help="One measure of the indicator; default all.")
@click.option(
    "--layer",
    type=click.Choice(["published", "exact"]),
    default="published",
    show_default=True,
    help="The numbers everybody may see, or those only the steward may.",
)
@click.option(
    "--as-of",
    metavar="T",
    help="The numbers as of an instant, 2023-06-30T22:00:00Z; with --layer exact.",
)
def value(chosen: StackOptions, indicator: str, layer: Layer, **given: str | None) -> None:
    """Print the values of indicator ID as a JSON object.

    Example: lmc value MI-13 --place 70998 --period 2023-Q2 --split sex
    """
    stack = find_stack(chosen.data, chosen.port_offset)
    params = {name: value for name, value in given.items() if value is not None}
    token = stack.steward_token_file if layer == "exact" else None
    path, params = f"/indicators/{quote(indicator, safe='')}/values", params | {"layer": layer}
    with ServiceClient(stack, "reporting", token) as reporting:
        body = (
            _with_bar(reporting, path, params) if "as_of" in params else reporting.get(path, params)
        )
    click.echo(_readable(body) if sys.stdout.isatty() else body.decode())


def _with_bar(reporting: ServiceClient, path: str, params: Mapping[str, str]) -> bytes:
    """Return numbers that are folded for this request; a bar shows the progress."""
    with updated_bar("folding") as show:
        return reporting.get_with_progress(path, params, lambda at: show(at.done, at.total))


def _readable(body: bytes) -> str:
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
