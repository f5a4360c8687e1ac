"""Tests of an explanation on a terminal."""

from typing import Any

from rich.console import Console

from lmc.cli.explanation_text import REASONS, explanation
from services.reporting.lineage.attribution import ChangeReason

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


def rendered(answer: dict[str, Any]) -> str:
    console = Console(width=240, markup=False)
    with console.capture() as captured:
        console.print(explanation(answer))
    return captured.get()


def test_an_explanation_shows_number_parts_entries_and_facts() -> None:
    part = {"measure": "placed", "source": "/partners/nes", "month": "2023-03"}
    text = rendered(
        ANSWER
        | {
            "parts": [part | {"persons": 1, "entries": 1, "state": "value"}],
            "note": NOTE,
            "entries": {
                "total_count": 1234,
                "next": "placed:2023-03-02:2",
                "items": [ENTRY, ERASED],
            },
        }
    )

    for expected in (
        *("MI-13 · 70998 · 2023", "/partners/nes", "делови могу", "sex=female"),
        *("/facts?source=s&id=e-1", "избрисано лице · erased person"),
        *("2 од · of 1,234", "--after placed:2023-03-02:2"),
    ):
        assert expected in text


def test_a_change_is_shown_with_its_reasons() -> None:
    number = {
        "measure": "placed",
        "before": VALUE,
        "after": VALUE | {"value": 1},
        "reasons": [{"reason": "retraction", "net": -1, "added": 0, "removed": 1}],
    }
    moved = ENTRY | {"change": "removed", "reason": "retraction", "caused_by": [FACT]}
    text = rendered(
        ANSWER
        | {
            "change": {
                "numbers": [number],
                "entries": {"total_count": 1, "next": None, "items": [moved]},
            }
        }
    )

    assert "-1 повлачење · retraction" in text
    assert "− изашло · removed" in text


def test_every_reason_has_a_text() -> None:
    assert set(REASONS) == {str(reason) for reason in ChangeReason}
