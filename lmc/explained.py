"""An explanation for a person at a terminal: tables in Serbian and English."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table as Sheet
from rich.text import Text

Answer = Mapping[str, Any]

REASONS = {
    "late": "касно јављено · late",
    "new": "ново · new",
    "correction": "исправка · correction",
    "retraction": "повлачење · retraction",
    "merge": "спајање лица · merge",
    "consent": "пристанак · consent",
    "calendar": "истекао рок · calendar",
    "definition": "друга дефиниција · definition",
}
MOVES = {"came": "+ ушло · came", "went": "− изашло · went"}
ERASED = {"erased person": "избрисано лице · erased person"}


def shown(answer: Answer) -> RenderableType:
    """The whole answer, from the number down to its facts."""
    return Group(*_rows(answer))


def _rows(answer: Answer) -> Iterator[RenderableType]:
    asked = [answer[name] for name in ("indicator", "place", "period", "split", "bucket")]
    yield Text(" · ".join(each for each in asked if each and each != "total"), style="bold")
    yield _numbers(answer["values"])
    if "change" in answer:
        yield from _change(answer["change"])
    if "parts" in answer:
        yield _parts(answer["parts"])
        yield Text(f"{answer['note']['sr']} · {answer['note']['en']}", style="dim")
    if "entries" in answer:
        yield _entries(answer["entries"]["items"])
        yield _how_many(answer["entries"])


def _numbers(values: Iterable[Answer]) -> Sheet:
    sheet = _sheet("мера · measure", "група · bucket", "вредност · value", "стање · state")
    for row in values:
        state = f"{row['state']} {row.get('code', '')}".strip()
        sheet.add_row(row["measure"], _word(row["bucket"]), _word(row["value"]), state)
    return sheet


def _parts(parts: Iterable[Answer]) -> Sheet:
    sheet = _sheet(
        *("мера · measure", "извор · source", "месец · month"),
        *("лица · persons", "уноси · entries", "стање · state"),
    )
    for row in parts:
        cells = (_word(row[name]) for name in ("source", "month", "persons", "entries"))
        sheet.add_row(row["measure"], *cells, f"{row['state']} {row.get('code', '')}".strip())
    return sheet


def _entries(entries: Iterable[Answer]) -> Sheet:
    sheet = _sheet(*ENTRY)
    for entry in entries:
        sheet.add_row(*_entry(entry))
    return sheet


def _change(change: Answer) -> Iterator[RenderableType]:
    sheet = _sheet("мера · measure", "тада · before", "разлог · reason", "сада · after")
    for number in change["numbers"]:
        sheet.add_row(number["measure"], _value(number["before"]), "", _value(number["after"]))
        for row in number["reasons"]:
            sheet.add_row("", "", f"{_net(row['net'])} {REASONS[row['reason']]}", "")
    yield sheet
    moved = _sheet("промена · change", "због · because of", *ENTRY)
    for entry in change["entries"]["items"]:
        why = f"{MOVES[entry['moved']]}\n{REASONS[entry['reason']]}"
        moved.add_row(why, _facts(entry["because"]), *_entry(entry))
    yield moved
    yield _how_many(change["entries"])


ENTRY = (
    *("мера · measure", "дан · on", "место · place", "лице · person"),
    *("износ · amount", "групе · buckets", "чињенице · facts"),
)


def _entry(entry: Answer) -> tuple[str, ...]:
    until = f"\n– {entry['until']}" if entry["until"] else ""
    return (
        _word(entry["measure"]),
        f"{_word(entry['on'])}{until}",
        _word(entry["municipality"] or "RS"),
        _word(ERASED.get(entry["subject"], entry["subject"])),
        _word(entry["amount"]),
        ", ".join(f"{split}={bucket}" for split, bucket in entry["buckets"]),
        _facts(entry["facts"]),
    )


def _facts(facts: Iterable[Answer]) -> str:
    return "\n".join(f"{fact['on']} {fact['type']}\n  {fact['link']}" for fact in facts)


def _how_many(page: Answer) -> Text:
    here, in_all = len(page["items"]), page["in_all"]
    told = f"{here:,} од · of {in_all:,}"
    go_on = f"; даље · go on: --after {page['next']}" if page["next"] else ""
    return Text(told + go_on, style="dim")


def _value(value: Answer) -> str:
    return f"{_word(value['value'])} ({value['state']})"


def _net(net: float | None) -> str:
    return "" if net is None else f"{net:+g}"


def _word(value: object) -> str:
    return "–" if value is None else str(value)


def _sheet(*columns: str) -> Sheet:
    sheet = Sheet(header_style="bold", expand=False)
    for column in columns:
        sheet.add_column(column, overflow="fold")
    return sheet
