"""Both seed stories give the published figures: by the product's fold and by the reference."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from lmc.demo import roma_2016_story
from lmc.demo.figures import (
    FIGURES,
    SHARES,
    FigureTable,
    PublishedFigure,
    PublishedShare,
    figure_value,
    share_per_100,
    table_queries,
)
from lmc.demo.m4sd_story import chapters
from lmc.demo.playback import PARTNER, SOURCE
from lmc.demo.scripted_event import ScriptedEvent
from schemas import declared_codes
from schemas.envelope import encode_event, new_event
from schemas.validation import strict
from tests.properties import product_tables
from tests.reference import tables as reference
from tests.reference.fold import entries_of
from tests.reference.shapes import Entry, Event

TODAY = date(2026, 6, 1)
RECORDED = {"recordedtime": "2026-06-01T12:00:00Z"}


def bodies() -> Iterator[bytes]:
    """Yield the events of both stories as one log, encoded as partners send them."""
    first = [(scripted, SOURCE) for _, chapter in chapters() for scripted in chapter]
    second = [(scripted, PARTNER) for scripted in roma_2016_story.scripted_events()]
    for number, (scripted, source) in enumerate(first + second):
        yield encoded(scripted, f"e-{number}", source)


def encoded(scripted: ScriptedEvent, name: str, source: str) -> bytes:
    at = datetime.combine(TODAY, time(12), UTC)
    return encode_event(
        new_event(scripted.event, id=name, source=source, subject=scripted.subject, time=at)
    )


BODIES = list(bodies())
LOG: list[Event] = [json.loads(body) | RECORDED for body in BODIES]


@pytest.fixture(scope="module")
def product() -> dict[str, product_tables.SubjectEntries]:
    """The product's entries by measure."""
    found_entries: dict[str, product_tables.SubjectEntries] = defaultdict(list)
    for subject, entry in product_tables.entries(LOG):
        found_entries[entry.measure].append((subject, entry))
    return found_entries


@pytest.fixture(scope="module")
def reference_entries() -> dict[str, list[Entry]]:
    """The reference's entries by measure."""
    found_entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries_of(LOG):
        found_entries[entry.measure].append(entry)
    return found_entries


def reference_questions(figure: PublishedFigure) -> list[reference.Question]:
    measure = f"{figure.indicator}.{figure.measure}"
    return [
        reference.Question(measure, each.place, each.period, each.split)
        for each in table_queries(figure)
    ]


def figure_from_rows(
    figure: PublishedFigure, rows: Sequence[Mapping[Any, tuple[object, str]]]
) -> object:
    tables = [
        FigureTable.model_validate(
            {
                "values": [
                    {"measure": figure.measure, "bucket": bucket, "value": value}
                    for bucket, (value, _) in each.items()
                ]
            }
        )
        for each in rows
    ]
    return figure_value(figure, tables)


def test_every_event_of_the_stories_passes_validation() -> None:
    declared = declared_codes.shipped()
    for body in BODIES:
        strict.validate_event(body, today=TODAY, declared=declared, partner=True)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure.title} {figure.place}")
def test_the_products_fold_gives_the_published_figure(
    figure: PublishedFigure, product: dict[str, product_tables.SubjectEntries]
) -> None:
    rows = [
        product_tables.rows(product[each.measure], each, TODAY)
        for each in reference_questions(figure)
    ]

    assert figure_from_rows(figure, rows) == figure.expected


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure.title} {figure.place}")
def test_the_reference_gives_the_published_figure(
    figure: PublishedFigure, reference_entries: dict[str, list[Entry]]
) -> None:
    rows = [
        reference.table(reference_entries[each.measure], each, TODAY)
        for each in reference_questions(figure)
    ]

    assert figure_from_rows(figure, rows) == figure.expected


@pytest.mark.parametrize("each", SHARES, ids=lambda each: each.title)
def test_the_quotient_of_two_figures_is_the_published_share(each: PublishedShare) -> None:
    part, of = each.figure.expected, each.of.expected

    assert part is not None
    assert of is not None
    assert share_per_100(Decimal(part), Decimal(of)) == each.expected
