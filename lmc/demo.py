"""`lmc demo`: two stories told at the services' doors, their tables filling as facts arrive."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from datetime import time as time_of_day
from functools import partial
from pathlib import Path

import click
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table as Sheet

from lmc.client import Client
from lmc.figures import (
    FIGURES,
    FIRST_STORY,
    PLACED,
    PLACED_IVANJICA,
    PLACED_KNJAZEVAC,
    PLACED_PROKUPLJE,
    SECOND_STORY,
    SHARES,
    TOOK_PART,
    UNTIL,
    Figure,
    Number,
    Question,
    Table,
    found,
    questions,
    share,
)
from lmc.folder import Folder, default_folder, given_folder, is_taken
from lmc.lines import Line
from lmc.options import Where, where_options
from lmc.ports import Ports
from lmc.run import Plan, keep_running, running
from lmc.saying import send
from lmc.second_story import deeds
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
PARTNER = "/partners/ngo-novi-sad"
"""Who tells the second story; its source names nobody either."""
BATCH = 100
TITLES = (
    ("Making Migration Work, until June 2023", FIRST_STORY),
    (
        "ROMA-2016, 2016–2024 (the source names no place: Novi Sad stands for it)",
        SECOND_STORY,
    ),
)
NOON = time_of_day(12)
JSON = "application/json"
CLOUDEVENT = "application/cloudevents+json"

Numbers = Mapping[Figure, Number]


@click.command()
@where_options
@click.option("--exit", "is_brief", is_flag=True, help="End after the check: 0 if all is right.")
def demo(where: Where, *, is_brief: bool) -> None:
    """Start a stack on an empty directory of its own and play two stories through its doors.

    Shows the tables fill, ends with the stories' figures, and stays up until Ctrl-C.
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
    """Tell both stories while the tables are shown; whether every number is right at the end."""
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
    console.print(_sheets(numbers, "the end"))
    wrong = _wrong(numbers)
    for complaint in wrong:
        say(complaint)
    click.echo(_verdict(numbers, len(wrong)))
    return not wrong


def _wrong(numbers: Numbers) -> Sequence[str]:
    """What is not as it was published, in words."""
    figures = [
        f"{figure.title}: {_shown(numbers[figure])}, but {_shown(figure.expected)} was published"
        for figure in FIGURES
        if numbers[figure] != figure.expected
    ]
    shares = ((each, share(numbers[each.figure], numbers[each.of])) for each in SHARES)
    return figures + [
        f"{each.title}: {now}, but {each.expected} was published"
        for each, now in shares
        if now != each.expected
    ]


def _watch(
    tables: Client, telling: "Future[None]", supervisor: Supervisor, console: Console
) -> Numbers:
    """Show the tables until the stories are told and every number is right, or time is up."""
    deadline: float | None = None
    begun = time.monotonic()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            supervisor.step()
            is_told = telling.done()
            numbers = _numbers(tables)
            live.update(_sheets(numbers, f"{time.monotonic() - begun:.0f} s"), refresh=True)
            if is_told and deadline is None:
                deadline = time.monotonic() + SETTLE_S_MAX
            is_right = not _wrong(numbers)
            if is_told and (is_right or telling.exception() or time.monotonic() > (deadline or 0)):
                return numbers
            time.sleep(LOOK_S)


def _numbers(tables: Client) -> Numbers:
    """Every figure's number now; a table that several figures share is asked for once."""
    answers: dict[Question, Table] = {}
    for asked in dict.fromkeys(each for figure in FIGURES for each in questions(figure)):
        params = {
            "place": asked.place,
            "period": asked.period,
            "split": asked.split,
            "layer": "exact",
        }
        body = tables.get(f"/indicators/{asked.indicator}/values", params)
        answers[asked] = Table.model_validate_json(body)
    return {
        figure: found(figure, [answers[each] for each in questions(figure)]) for figure in FIGURES
    }


def _tell(doors: Mapping[str, Client], pool: ThreadPoolExecutor) -> None:
    """Say everything: the first story chapter after chapter, the second as a partner's batches."""
    for title, chapter in chapters():
        _tell_at_once(pool, chapter, partial(_say_lot, doors, title))
    _tell_at_once(pool, deeds(), partial(_say_batches, doors["intake"]))


def _tell_at_once(
    pool: ThreadPoolExecutor, told: Sequence[Deed], say_lot: Callable[[Sequence[Deed]], None]
) -> None:
    """The deeds in lots, side by side; returns when all are said."""
    lots = [pool.submit(say_lot, told[start::TELLERS]) for start in range(TELLERS)]
    for lot in lots:
        lot.result()


def _say_batches(door: Client, lot: Sequence[Deed]) -> None:
    """Say a lot as a partner does; what the door does not take shows in the figures."""
    lines = [Line(number, _cloudevent(deed, PARTNER)) for number, deed in enumerate(lot)]
    for start in range(0, len(lines), BATCH):
        send(door, lines[start : start + BATCH])


def _say_lot(doors: Mapping[str, Client], title: str, lot: Sequence[Deed]) -> None:
    for deed in lot:
        door = doors[deed.service]
        if deed.service == "intake":
            door.post(deed.path, _cloudevent(deed), CLOUDEVENT)
            continue
        body = deed.event.model_dump_json(by_alias=True, exclude_none=True).encode()
        path = deed.path if deed.subject in deed.path else f"{deed.path}?subject={deed.subject}"
        door.post(path, body, JSON, key=f"{title}/{deed.subject}".replace(" ", "-"))


def _cloudevent(deed: Deed, source: str = SOURCE) -> bytes:
    """The event as a partner would send it: nothing happens twice to one subject in a story."""
    return to_bytes(
        envelope_say(
            deed.event,
            id=f"{deed.subject}.{deed.event.TYPE.removesuffix('.v1')}",
            source=source,
            subject=deed.subject,
            time=datetime.combine(max(deed.event.on, LAST_DAY), NOON, UTC),
        )
    )


def _sheets(numbers: Numbers, caption: str) -> Group:
    """The tables of both stories as they stand."""
    return Group(*(_sheet(title, figures, numbers, caption) for title, figures in TITLES))


def _sheet(title: str, figures: Sequence[Figure], numbers: Numbers, caption: str) -> Sheet:
    sheet = Sheet(title=title, caption=caption)
    sheet.add_column("figure")
    sheet.add_column("indicator")
    sheet.add_column("now", justify="right")
    sheet.add_column("published", justify="right")
    for figure in figures:
        now, colour = numbers[figure], "green" if numbers[figure] == figure.expected else "yellow"
        where = f"{figure.indicator} {figure.measure}"
        sheet.add_row(figure.title, where, f"[{colour}]{_shown(now)}[/]", _shown(figure.expected))
    for each in SHARES:
        if each.figure in figures:
            now_share = share(numbers[each.figure], numbers[each.of])
            sheet.add_row(each.title, each.figure.indicator, now_share, each.expected)
    return sheet


def _shown(number: Number | int) -> str:
    return "none" if number is None else str(number)


def _verdict(numbers: Numbers, wrong: int) -> str:
    towns = (PLACED_PROKUPLJE, PLACED_IVANJICA, PLACED_KNJAZEVAC)
    parts = " + ".join(_shown(numbers[town]) for town in towns)
    placed, took_part = numbers[PLACED], numbers[TOOK_PART]
    ending = "every number is right" if wrong == 0 else f"wrong numbers: {wrong}"
    per_100 = share(placed, took_part)
    return f"{_shown(placed)} = {parts}; {per_100} placed per 100 who took part; {ending}"
