"""`lmc demo`: the first story told at the services' doors, its table filling as facts arrive."""

import shutil
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table as Sheet

from lmc.client import Client
from lmc.figures import (
    FIGURES,
    PLACED,
    PLACED_IVANJICA,
    PLACED_KNJAZEVAC,
    PLACED_PROKUPLJE,
    TOOK_PART,
    UNTIL,
    Figure,
    Question,
    Table,
    found,
    question,
)
from lmc.folder import Folder, default_folder, given_folder, is_taken
from lmc.options import Where, where_options
from lmc.ports import Ports
from lmc.run import Plan, keep_running, running
from lmc.stack import SERVICE_PORTS, Stack
from lmc.story import LAST_DAY, PROKUPLJE, Deed, chapters
from lmc.supervisor import Supervisor
from lmc.up import ready_line, say
from runtime.errors import Missing
from schemas.envelope import say as envelope_say
from schemas.envelope import to_bytes

TELLERS = 8
"""So many people stand at the doors at once."""
LOOK_S = 0.5
SETTLE_S_MAX = 60.0
"""After the last fact was said the tables are right within a second; a busy machine takes more."""
SOURCE = "/partners/commissariat"
NOON = time_of_day(12)
JSON = "application/json"
CLOUDEVENT = "application/cloudevents+json"

Numbers = Mapping[Figure, Decimal]


@click.command()
@where_options
@click.option("--exit", "is_brief", is_flag=True, help="End after the check: 0 if all is right.")
def demo(where: Where, *, is_brief: bool) -> None:
    """Start a stack on an empty directory of its own and play the first story through its doors.

    Shows the table fill, ends with the story's figures, and stays up until Ctrl-C.
    """
    folder = _emptied(where.data)
    try:
        with running(Plan(folder, Ports(where.port_offset or 0)), say) as (stack, supervisor):
            click.echo(ready_line(stack))
            is_right = _play(stack, supervisor)
            click.echo(f"board: {stack.url('reporting')}/board/{PROKUPLJE}?period={UNTIL}")
            if not is_brief:
                say("everything stays up until Ctrl-C")
                keep_running(stack, supervisor)
    except KeyboardInterrupt:
        say("stopped")
        return
    click.get_current_context().exit(0 if is_right else 1)


def _emptied(data: str | None) -> Folder:
    """The demo's own directory, without what an earlier one left.

    Only what is plainly ours is removed: a directory somebody named must be empty or a stack's.
    """
    own = Path(f"{default_folder()}-demo")
    folder = Folder(own) if data is None else given_folder(data)
    if is_taken(folder):
        raise Missing(f"a stack runs on {folder.root}. Stop it, or name another with --data.")
    if folder.root.exists():
        is_ours = (folder.root / "layout").exists() or not any(folder.root.iterdir())
        if not is_ours:
            raise Missing(
                f"{folder.root} holds other things and would be emptied. Name a new directory."
            )
        shutil.rmtree(folder.root)
    return folder


def _play(stack: Stack, supervisor: Supervisor) -> bool:
    """Tell the story while the table is shown; whether every number is right at the end."""
    console = Console()
    with ExitStack() as open_doors, ThreadPoolExecutor(TELLERS + 1) as pool:
        doors: dict[str, Client] = {
            service: open_doors.enter_context(Client(stack, service, stack.operator_key_file))
            for service in SERVICE_PORTS
        }
        tables = open_doors.enter_context(Client(stack, "reporting", stack.steward_token_file))
        telling = pool.submit(_tell, doors, pool)
        numbers = _watch(tables, telling, supervisor, console)
        telling.result()
    console.print(_sheet(numbers, "the end"))
    wrong = [figure for figure in FIGURES if numbers[figure] != figure.expected]
    for figure in wrong:
        say(f"{figure.title}: {numbers[figure]}, but {figure.expected} was published")
    click.echo(_verdict(numbers, len(wrong)))
    return not wrong


def _watch(
    tables: Client, telling: "Future[None]", supervisor: Supervisor, console: Console
) -> Numbers:
    """Show the table until the story is told and every number is right, or time is up."""
    deadline: float | None = None
    begun = time.monotonic()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            supervisor.step()
            numbers = _numbers(tables)
            is_told = telling.done()
            live.update(_sheet(numbers, f"{time.monotonic() - begun:.0f} s"), refresh=True)
            if is_told and deadline is None:
                deadline = time.monotonic() + SETTLE_S_MAX
            is_right = all(numbers[figure] == figure.expected for figure in FIGURES)
            if is_told and (is_right or telling.exception() or time.monotonic() > (deadline or 0)):
                return numbers
            time.sleep(LOOK_S)


def _numbers(tables: Client) -> Numbers:
    """Every figure's number now; a table that several figures share is asked for once."""
    answers: dict[Question, Table] = {}
    for asked in dict.fromkeys(question(figure) for figure in FIGURES):
        params = {
            "place": asked.place,
            "period": asked.period,
            "split": asked.split,
            "layer": "exact",
        }
        body = tables.get(f"/indicators/{asked.indicator}/values", params)
        answers[asked] = Table.model_validate_json(body)
    return {figure: found(figure, answers[question(figure)]) for figure in FIGURES}


def _tell(doors: Mapping[str, Client], pool: ThreadPoolExecutor) -> None:
    """Say everything, chapter after chapter; the deeds of one chapter side by side."""
    for title, deeds in chapters():
        lots = [deeds[start::TELLERS] for start in range(TELLERS)]
        told = [pool.submit(_say_lot, doors, title, lot) for lot in lots]
        for each in told:
            each.result()


def _say_lot(doors: Mapping[str, Client], title: str, lot: Sequence[Deed]) -> None:
    for deed in lot:
        door = doors[deed.service]
        if deed.service == "intake":
            door.post(deed.path, _cloudevent(deed), CLOUDEVENT)
            continue
        body = deed.event.model_dump_json(by_alias=True, exclude_none=True).encode()
        path = deed.path if deed.subject in deed.path else f"{deed.path}?subject={deed.subject}"
        door.post(path, body, JSON, key=f"{title}/{deed.subject}".replace(" ", "-"))


def _cloudevent(deed: Deed) -> bytes:
    """The event as a partner would send it."""
    at = datetime.combine(LAST_DAY, NOON, UTC)
    return to_bytes(
        envelope_say(
            deed.event, id=f"story-{deed.subject}", source=SOURCE, subject=deed.subject, time=at
        )
    )


def _sheet(numbers: Numbers, caption: str) -> Sheet:
    """The story's table as it stands."""
    sheet = Sheet(title="Making Migration Work, until June 2023", caption=caption)
    sheet.add_column("figure")
    sheet.add_column("indicator")
    sheet.add_column("now", justify="right")
    sheet.add_column("published", justify="right")
    for figure in FIGURES:
        now, colour = numbers[figure], "green" if numbers[figure] == figure.expected else "yellow"
        where = f"{figure.indicator} {figure.measure}"
        sheet.add_row(figure.title, where, f"[{colour}]{now}[/]", str(figure.expected))
    return sheet


def _verdict(numbers: Numbers, wrong: int) -> str:
    placed, took_part = numbers[PLACED], numbers[TOOK_PART]
    towns = (PLACED_PROKUPLJE, PLACED_IVANJICA, PLACED_KNJAZEVAC)
    parts = " + ".join(str(numbers[town]) for town in towns)
    share = 100 * placed / (took_part or 1)
    ending = "every number is right" if wrong == 0 else f"wrong numbers: {wrong}"
    return f"{placed} = {parts}; {share:.1f} placed per 100 who took part; {ending}"
