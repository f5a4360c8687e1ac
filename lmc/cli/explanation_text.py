"""Format an explanation for a terminal: tables in Serbian and English."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
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
_CHANGES = {"added": "+ ушло · added", "removed": "− изашло · removed"}
_ERASED = {"erased person": "избрисано лице · erased person"}


def explanation(answer: Answer) -> RenderableType:
    """Return the answer as tables, from the number down to its facts."""
    return Group(*_rows(answer))


def _rows(answer: Answer) -> Iterator[RenderableType]:
    question = [answer[name] for name in ("indicator", "place", "period", "split", "bucket")]
    yield Text(" · ".join(each for each in question if each and each != "total"), style="bold")
    yield _numbers(answer["values"])
    if "change" in answer:
        yield from _change(answer["change"])
    if "parts" in answer:
        yield _parts(answer["parts"])
        yield Text(f"{answer['note']['sr']} · {answer['note']['en']}", style="dim")
    if "entries" in answer:
        yield _entries(answer["entries"]["items"])
        yield _page_note(answer["entries"])


def _numbers(values: Iterable[Answer]) -> Table:
    table = _table("мера · measure", "група · bucket", "вредност · value", "стање · state")
    for row in values:
        state = f"{row['state']} {row.get('code', '')}".strip()
        table.add_row(row["measure"], _text(row["bucket"]), _text(row["value"]), state)
    return table


def _parts(parts: Iterable[Answer]) -> Table:
    table = _table(
        *("мера · measure", "извор · source", "месец · month"),
        *("лица · persons", "уноси · entries", "стање · state"),
    )
    for row in parts:
        cells = (_text(row[name]) for name in ("source", "month", "persons", "entries"))
        table.add_row(row["measure"], *cells, f"{row['state']} {row.get('code', '')}".strip())
    return table


def _entries(entries: Iterable[Answer]) -> Table:
    table = _table(*_ENTRY)
    for entry in entries:
        table.add_row(*_entry(entry))
    return table


def _change(change: Answer) -> Iterator[RenderableType]:
    table = _table("мера · measure", "тада · before", "разлог · reason", "сада · after")
    for number in change["numbers"]:
        table.add_row(number["measure"], _value(number["before"]), "", _value(number["after"]))
        for row in number["reasons"]:
            table.add_row("", "", f"{_net(row['net'])} {REASONS[row['reason']]}", "")
    yield table
    moved = _table("промена · change", "због · because of", *_ENTRY)
    for entry in change["entries"]["items"]:
        why = f"{_CHANGES[entry['change']]}\n{REASONS[entry['reason']]}"
        moved.add_row(why, _facts(entry["caused_by"]), *_entry(entry))
    yield moved
    yield _page_note(change["entries"])


_ENTRY = (
    *("мера · measure", "дан · on", "место · place", "лице · person"),
    *("износ · amount", "групе · buckets", "чињенице · facts"),
)


def _entry(entry: Answer) -> tuple[str, ...]:
    until = f"\n– {entry['until']}" if entry["until"] else ""
    return (
        _text(entry["measure"]),
        f"{_text(entry['on'])}{until}",
        _text(entry["municipality"] or "RS"),
        _text(_ERASED.get(entry["subject"], entry["subject"])),
        _text(entry["amount"]),
        ", ".join(f"{split}={bucket}" for split, bucket in entry["buckets"]),
        _facts(entry["facts"]),
    )


def _facts(facts: Iterable[Answer]) -> str:
    return "\n".join(f"{fact['on']} {fact['type']}\n  {fact['link']}" for fact in facts)


def _page_note(page: Answer) -> Text:
    shown, total_count = len(page["items"]), page["total_count"]
    count = f"{shown:,} од · of {total_count:,}"
    more = f"; даље · continue: --after {page['next']}" if page["next"] else ""
    return Text(count + more, style="dim")


def _value(value: Answer) -> str:
    return f"{_text(value['value'])} ({value['state']})"


def _net(net: float | None) -> str:
    return "" if net is None else f"{net:+g}"


def _text(value: object) -> str:
    return "–" if value is None else str(value)


def _table(*columns: str) -> Table:
    table = Table(header_style="bold", expand=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
