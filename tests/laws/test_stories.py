"""Both seed stories give the published figures: by the product's fold and by the reference."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from lmc import second_story
from lmc.demo import PARTNER, SOURCE
from lmc.figures import FIGURES, SHARES, Figure, Share, Table, found, questions, share
from lmc.story import Deed, chapters
from schemas import declarations, door
from schemas.envelope import say, to_bytes
from tests.laws import shown
from tests.reference import tables as reference
from tests.reference.fold import entries_of
from tests.reference.plain import Entry, Event

TODAY = date(2026, 6, 1)
RECORDED = {"recordedtime": "2026-06-01T12:00:00Z"}


def told() -> Iterator[bytes]:
    """Both stories as one log, as they come to the door."""
    first = [(deed, SOURCE) for _, chapter in chapters() for deed in chapter]
    second = [(deed, PARTNER) for deed in second_story.deeds()]
    for number, (deed, source) in enumerate(first + second):
        yield said(deed, f"e-{number}", source)


def said(deed: Deed, name: str, source: str) -> bytes:
    at = datetime.combine(TODAY, time(12), UTC)
    return to_bytes(say(deed.event, id=name, source=source, subject=deed.subject, time=at))


BODIES = list(told())
LOG: list[Event] = [json.loads(body) | RECORDED for body in BODIES]


@pytest.fixture(scope="module")
def product() -> dict[str, shown.Subjects]:
    """The product's entries by measure."""
    found_entries: dict[str, shown.Subjects] = defaultdict(list)
    for subject, entry in shown.entries(LOG):
        found_entries[entry.measure].append((subject, entry))
    return found_entries


@pytest.fixture(scope="module")
def right() -> dict[str, list[Entry]]:
    """The reference's entries by measure."""
    found_entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries_of(LOG):
        found_entries[entry.measure].append(entry)
    return found_entries


def asked(figure: Figure) -> list[reference.Question]:
    measure = f"{figure.indicator}.{figure.measure}"
    return [
        reference.Question(measure, each.place, each.period, each.split)
        for each in questions(figure)
    ]


def answered(figure: Figure, rows: Sequence[Mapping[Any, tuple[object, str]]]) -> object:
    tables = [
        Table.model_validate(
            {
                "values": [
                    {"measure": figure.measure, "bucket": bucket, "value": value}
                    for bucket, (value, _) in each.items()
                ]
            }
        )
        for each in rows
    ]
    return found(figure, tables)


def test_every_event_of_the_stories_passes_the_door() -> None:
    declared = declarations.shipped()
    for body in BODIES:
        door.check(body, today=TODAY, declared=declared, partner=True)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure.title} {figure.place}")
def test_the_products_fold_gives_the_published_figure(
    figure: Figure, product: dict[str, shown.Subjects]
) -> None:
    rows = [shown.rows(product[each.measure], each, TODAY) for each in asked(figure)]

    assert answered(figure, rows) == figure.expected


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure.title} {figure.place}")
def test_the_reference_gives_the_published_figure(
    figure: Figure, right: dict[str, list[Entry]]
) -> None:
    rows = [reference.table(right[each.measure], each, TODAY) for each in asked(figure)]

    assert answered(figure, rows) == figure.expected


@pytest.mark.parametrize("each", SHARES, ids=lambda each: each.title)
def test_what_the_reports_divide_gives_the_published_share(each: Share) -> None:
    part, of = each.figure.expected, each.of.expected

    assert part is not None
    assert of is not None
    assert share(Decimal(part), Decimal(of)) == each.expected
