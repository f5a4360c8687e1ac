"""The page of a council's board: turns published values into texts, icons and numbers (pure)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from schemas.periods import Period
from schemas.territory import Place
from services.reporting.board.definitions import DefinitionText, definition_text
from services.reporting.board.expectations import Expectations, ReporterRow
from services.reporting.board.locale import Locale
from services.reporting.board.periods import Chooser, chooser, period_state
from services.reporting.board.translations import FRESHNESS, MEANINGS, STATES, TILE_TITLES
from services.reporting.completeness.model import Completeness
from services.reporting.domain.indicator import (
    Category,
    DefinitionStatus,
    Indicator,
    Measure,
    MeasureReading,
    ReadingForm,
)
from services.reporting.tables.table import TOTAL, Table, Value, ValueState

_LATE: Final = timedelta(seconds=60)
"""An older projection is shown as late; the alert has the same limit."""
_TILES: Final = ("MI-05.registered", "PI-03.persons", "MI-13.placed", "MI-13.retained")
_COMPANIONS: Final = {"MI-13.placed": "MI-13.durable"}
"""Placed is never shown without durable."""


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """Which page a reader requests, and when."""

    council: Place
    period: Period
    locale: Locale
    now: datetime
    today: date

    def tables(self, catalogue: Iterable[Indicator]) -> list[Table]:
        """Return the totals of all measures."""
        return [
            Table(indicator, measure, self.council.code, self.period)
            for indicator in catalogue
            for measure in indicator.measures
        ]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: `key` identifies it on the page, `code` is its state and selects its icon.

    `revised` has the number in the release of the closed period, if it differs now.
    """

    key: str
    title: str
    number: str | None
    unit: str
    code: ValueState
    state: str
    revised: str | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One indicator with all its figures."""

    id: str
    title: str
    is_proposed: bool
    definition: DefinitionText
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The indicators of one category."""

    code: str
    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure, and one that must always accompany it."""

    title: str
    figure: Figure
    companion: Figure | None
    is_proposed: bool
    definition: DefinitionText


@dataclass(frozen=True, slots=True)
class Banner:
    """Through when facts are shown, and who is silent; `code` is fresh, late or unknown."""

    code: str
    freshness: str
    period: str
    silent: str | None


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a state, for the legend."""

    code: ValueState
    state: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that the templates need; every text is in the reader's language."""

    code: str
    period: str
    title: str
    chooser: Chooser
    banner: Banner
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    reports: tuple[ReporterRow, ...]
    meanings: tuple[Meaning, ...]


@dataclass(frozen=True, slots=True)
class _PageData:
    """What was read for a page: the published totals by their measures' names, and the rest."""

    query: BoardQuery
    values: Mapping[str, Value]
    expectations: Expectations

    def figure(self, indicator: Indicator, measure: Measure) -> Figure:
        """Return one published number with its state and its target."""
        locale = self.query.locale
        table = Table(indicator, measure, self.query.council.code, self.query.period)
        value = self.values[table.name]
        if value.state is ValueState.SILENT:
            state = self.expectations.silent_since(table, locale)
        else:
            state = locale.translate(STATES[value.state])
        return Figure(
            key=table.name,
            title=locale.translate(measure.title),
            number=None if value.value is None else locale.format_number(value.value),
            unit=locale.translate(measure.unit.words),
            code=value.state,
            state=state,
            target=self.expectations.target(table, value, locale),
        )


def build_page(
    query: BoardQuery,
    catalogue: Sequence[Indicator],
    values: Mapping[str, Value],
    projected_through: datetime | None,
    expectations: Expectations | None = None,
) -> Page:
    """Return the page; `values` has the published total of every measure by its name."""
    locale = query.locale
    expectations = expectations or Expectations(Completeness(query.today))
    data = _PageData(query, values, expectations)
    name, period = locale.place_name(query.council), locale.format_period(query.period)
    return Page(
        code=query.council.code,
        period=str(query.period),
        title=f"{name} · {period}",
        chooser=chooser(query.period, query.today, locale),
        banner=_banner(query, projected_through, expectations),
        tiles=tuple(_tiles(catalogue, data)),
        sections=tuple(_sections(catalogue, data)),
        reports=expectations.reporter_rows(query.council, query.period, locale),
        meanings=tuple(_meanings(locale)),
    )


def _banner(
    query: BoardQuery, projected_through: datetime | None, expectations: Expectations
) -> Banner:
    locale = query.locale
    period = period_state(query.period, query.today, locale)
    silent = expectations.silent_partners(query.council, query.period, locale)
    if projected_through is None:
        return Banner("unknown", locale.translate(FRESHNESS["unknown"]), period, silent)
    code = "late" if query.now - projected_through > _LATE else "fresh"
    at = locale.format_instant(projected_through)
    return Banner(code, locale.translate(FRESHNESS[code], at=at), period, silent)


def _tiles(catalogue: Iterable[Indicator], data: _PageData) -> Iterator[Tile]:
    locale = data.query.locale
    known = {
        name: (indicator, measure)
        for indicator in catalogue
        for name, measure in indicator.named_measures
    }
    for name in _TILES:
        indicator, measure = known[name]
        companion = _COMPANIONS.get(name)
        yield Tile(
            title=locale.translate(TILE_TITLES[name]),
            figure=data.figure(indicator, measure),
            companion=data.figure(*known[companion]) if companion else None,
            is_proposed=indicator.definition_status is DefinitionStatus.PROPOSED,
            definition=definition_text(indicator, locale),
        )


def _sections(catalogue: Iterable[Indicator], data: _PageData) -> Iterator[Section]:
    for category, indicators in groupby(catalogue, key=_category):
        cards = tuple(_card(indicator, data) for indicator in indicators)
        yield Section(category.code, data.query.locale.translate(category.title), cards)


def _category(indicator: Indicator) -> Category:
    return indicator.category


def _card(indicator: Indicator, data: _PageData) -> Card:
    locale = data.query.locale
    figures = [data.figure(indicator, measure) for measure in indicator.measures]
    ratios = [each for each in indicator.readings if each.form is ReadingForm.RATIO]
    return Card(
        id=indicator.id,
        title=locale.translate(indicator.title),
        is_proposed=indicator.definition_status is DefinitionStatus.PROPOSED,
        definition=definition_text(indicator, locale),
        figures=(*figures, *(_ratio(indicator, each, data.values, locale) for each in ratios)),
    )


def _ratio(
    indicator: Indicator, reading: MeasureReading, values: Mapping[str, Value], locale: Locale
) -> Figure:
    """Return one published number divided by another; a text if there is nothing to divide by."""
    parts = [indicator.measure(reading.measure), indicator.measure(reading.base)]
    value, base = (values[f"{indicator.id}.{name}"] for name in (reading.measure, reading.base))
    quotient = _quotient(value, base)
    has_base = quotient.state is not ValueState.NONE
    return Figure(
        key=f"{indicator.id}.{reading.measure}:{reading.base}",
        title=" : ".join(locale.translate(part.title) for part in parts if part is not None),
        number=None if quotient.value is None else locale.format_ratio(float(quotient.value)),
        unit="",
        code=quotient.state,
        state=locale.translate(STATES[quotient.state] if has_base else reading.without_base),
    )


def _quotient(value: Value, base: Value) -> Value:
    states = {value.state, base.state}
    if ValueState.WITHHELD in states:
        return Value(TOTAL, None, ValueState.WITHHELD)
    if ValueState.SILENT in states:
        return Value(TOTAL, None, ValueState.SILENT)
    if value.value is None or base.value is None:
        return Value(TOTAL, None, ValueState.DENIED)
    if not base.value:
        return Value(TOTAL, None, ValueState.NONE)
    quotient = float(value.value) / float(base.value)
    if ValueState.PENDING in states:
        return Value(TOTAL, quotient, ValueState.PENDING)
    return Value(TOTAL, quotient, ValueState.VALUE if value.value else ValueState.ZERO)


def _meanings(locale: Locale) -> Iterator[Meaning]:
    for state, meaning in MEANINGS.items():
        yield Meaning(state, locale.translate(STATES[state]), locale.translate(meaning))
