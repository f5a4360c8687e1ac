"""What a person at a terminal sees of an explanation."""

from typing import Any

from rich.console import Console

from lmc.explained import REASONS, shown
from services.reporting.explaining.changes import Reason

FACT = {"on": "2023-03-02", "type": "matching.placement.made", "link": "/facts?source=s&id=e-1"}
ENTRY: dict[str, Any] = {
    "measure": "placed",
    "subject": "p-1",
    "on": "2023-03-02",
    "until": None,
    "municipality": "70998",
    "buckets": [["sex", "female"]],
    "amount": 1,
    "facts": [FACT],
}
ERASED = ENTRY | {
    "subject": "erased person",
    "on": None,
    "buckets": [],
    "amount": None,
    "facts": [],
}
VALUE = {"measure": "placed", "bucket": "total", "value": 2, "state": "value"}
ANSWER: dict[str, Any] = {
    "indicator": "MI-13",
    "place": "70998",
    "period": "2023",
    "split": "total",
    "bucket": None,
    "values": [VALUE],
}
NOTE = {"sr": "делови могу дати више", "en": "parts may add up to more"}


def seen(answer: dict[str, Any]) -> str:
    console = Console(width=240, markup=False)
    with console.capture() as captured:
        console.print(shown(answer))
    return captured.get()


def test_a_number_stands_above_its_parts_its_entries_and_their_facts() -> None:
    part = {"measure": "placed", "source": "/partners/nes", "month": "2023-03"}
    text = seen(
        ANSWER
        | {
            "parts": [part | {"persons": 1, "entries": 1, "state": "value"}],
            "note": NOTE,
            "entries": {"in_all": 1234, "next": "placed:2023-03-02:2", "items": [ENTRY, ERASED]},
        }
    )

    for told in (
        *("MI-13 · 70998 · 2023", "/partners/nes", "делови могу", "sex=female"),
        *("/facts?source=s&id=e-1", "избрисано лице · erased person"),
        *("2 од · of 1,234", "--after placed:2023-03-02:2"),
    ):
        assert told in text


def test_a_change_is_told_with_its_reasons() -> None:
    number = {
        "measure": "placed",
        "before": VALUE,
        "after": VALUE | {"value": 1},
        "reasons": [{"reason": "retraction", "net": -1, "came": 0, "went": 1}],
    }
    moved = ENTRY | {"moved": "went", "reason": "retraction", "because": [FACT]}
    text = seen(
        ANSWER
        | {
            "change": {
                "numbers": [number],
                "entries": {"in_all": 1, "next": None, "items": [moved]},
            }
        }
    )

    assert "-1 повлачење · retraction" in text
    assert "− изашло · went" in text


def test_every_reason_has_its_words() -> None:
    assert set(REASONS) == {str(reason) for reason in Reason}
