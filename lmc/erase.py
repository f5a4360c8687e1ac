"""`lmc erase`: everything that is known of a person is destroyed, for good."""

import json
from typing import get_args
from urllib.parse import quote

import click

from lmc.client import Client
from lmc.options import Where, where_options
from lmc.stack import find_stack
from services.registration.model import ErasureReason

MEDIA = "application/json"


@click.command()
@where_options
@click.argument("code", metavar="CODE")
@click.option(
    "--reason",
    type=click.Choice(get_args(ErasureReason)),
    required=True,
    help="Why the person may demand it.",
)
@click.option("--on", metavar="DAY", help="The day of the decision, 2023-06-30; today if not said.")
@click.option(
    "--unheard", is_flag=True, help="Erase a code that only others use, and registration does not."
)
def erase(where: Where, code: str, reason: str, on: str | None, *, unheard: bool) -> None:
    """Erase the person CODE: no door shows a fact of this code again. It cannot be taken back.

    Prints what was said as JSON. No number changes: the facts stay counted under a code that
    nobody can resolve any more.
    """
    form = {"reason": reason, "is_unheard": unheard} | ({} if on is None else {"on": on})
    stack = find_stack(where.data, where.port_offset)
    with Client(stack, "registration", stack.operator_key_file) as registration:
        told = registration.post(
            f"/persons/{quote(code, safe='')}/erasure", json.dumps(form).encode(), MEDIA
        )
    click.echo(told.decode())
