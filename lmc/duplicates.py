"""`lmc duplicates`: jobs that two sources may have told twice, and what the steward decides."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import click
from rich.console import Console
from rich.table import Table as Sheet

from lmc.client import Client
from lmc.options import Where, where_options
from lmc.stack import find_stack
from runtime.errors import UsageError
from services.reporting.quality.pairs import Difference

JSON = "application/json"
NAME = ("source", "factid", "subject")
Pair = Mapping[str, Any]


@click.command()
@where_options
@click.option("--place", metavar="P", default="RS", help="Council, district, region, RS, RS-KM.")
@click.option("--closed", is_flag=True, help="List the pairs that are noted as different.")
@click.option("--different", metavar="PAIR", help="Note that the two are different jobs.")
@click.option(
    "--reason", type=click.Choice([each.value for each in Difference]), help="Why they are."
)
@click.option("--undo", metavar="PAIR", help="Take the note about a pair back.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON on a terminal too.")
def duplicates(
    where: Where, *, place: str, closed: bool, is_json: bool, **decided: str | None
) -> None:
    """List jobs that two sources may have told twice, or decide about one.

    Persons are counted once anyway. If it is one job, one of the sources retracts; if it is two,
    note it: lmc duplicates --different 9a4e… --reason two_employers
    """
    different, reason, undo = (decided[name] for name in ("different", "reason", "undo"))
    if (different is None) != (reason is None) or (different and undo):
        raise click.UsageError("Give --different with its --reason, or --undo.")
    stack = find_stack(where.data, where.port_offset)
    with Client(stack, "reporting", stack.steward_token_file) as reporting:
        if different:
            found = [_note(reporting, place, different, {"reason": reason})]
        elif undo:
            found = [_note(reporting, place, undo)]
        else:
            found = list(_pairs(reporting, place, "closed" if closed else "open"))
    if is_json or not sys.stdout.isatty():
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        Console(markup=False).print(_sheet(found))


def _pairs(reporting: Client, place: str, state: Literal["open", "closed"]) -> Iterator[Pair]:
    """All pairs, page by page."""
    after = 0
    while after is not None:
        asked = {"place": place, "state": state, "after": str(after)}
        answer = json.loads(reporting.get("/duplicates", asked))
        yield from answer["pairs"]
        after = answer["next"]


def _note(
    reporting: Client, place: str, pair: str, told: Mapping[str, str | None] | None = None
) -> Pair:
    """Decide about a pair, or, with nothing told, take the decision back."""
    state: Literal["open", "closed"] = "closed" if told is None else "open"
    found = [each for each in _pairs(reporting, place, state) if each["id"].startswith(pair)]
    if len(found) != 1:
        what = "No pair" if not found else "More than one pair"
        raise UsageError(f"{what} there is {state} that begins with {pair}. See lmc duplicates.")
    names = {each: {name: found[0][each][name] for name in NAME} for each in ("one", "other")}
    path = "/duplicates/different" + ("/taken-back" if told is None else "")
    body = json.dumps(names | dict(told or {})).encode()
    answer: Pair = json.loads(reporting.post(path, body, JSON))
    return answer


def _sheet(pairs: list[Pair]) -> Sheet:
    sheet = Sheet(title=f"могућа двострука јављања · possible duplicates: {len(pairs)}")
    for column in ("пар · pair", "место · place", "прво · first", "друго · other", "стање · state"):
        sheet.add_column(column, overflow="fold")
    for pair in pairs:
        note = f"{pair['state']}\n{pair['note']['reason']}" if pair["note"] else pair["state"]
        tellings = (_telling(pair[each]) for each in ("one", "other"))
        sheet.add_row(pair["id"], pair["municipality"], *tellings, note)
    return sheet


def _telling(told: Mapping[str, str]) -> str:
    return f"{told['on']} {told['source']}\n{told['subject']} {told['factid']}\n{told['link']}"
