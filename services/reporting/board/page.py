"""What the board of a council shows: pure, from published values to words, shapes and numbers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from schemas.periods import Period
from schemas.territory import Place
from services.reporting.board.definition import About, about
from services.reporting.board.expected import Expected, Report
from services.reporting.board.periods import Chooser, chooser, period_state
from services.reporting.board.tongue import Tongue
from services.reporting.board.words import FOLDS, MEANINGS, STATES, TILE_TITLES
from services.reporting.counting.indicator import (
    Category,
    Form,
    Indicator,
    Measure,
    Reading,
    Status,
)
from services.reporting.expecting.completeness import Completeness
from services.reporting.tables.table import TOTAL, State, Table, Value

LATE: Final = timedelta(seconds=60)
"""A fold that is older is no longer called fresh; the alert has the same limit."""
TILES: Final = ("MI-05.registered", "PI-03.persons", "MI-13.placed", "MI-13.retained")
BESIDE: Final = {"MI-13.placed": "MI-13.durable"}
"""Placed is never shown without durable."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader asks for, and when."""

    council: Place
    period: Period
    tongue: Tongue
    now: datetime
    today: date

    def tables(self, catalogue: Iterable[Indicator]) -> list[Table]:
        """The totals of all measures."""
        return [
            Table(indicator, measure, self.council.code, self.period)
            for indicator in catalogue
            for measure in indicator.measures
        ]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: `key` names it on the page, `code` is its state, which is also its shape.

    `revised` tells what it was when the period was closed, if it is another number now.
    """

    key: str
    title: str
    number: str | None
    unit: str
    code: State
    state: str
    revised: str | None = None
    goal: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One indicator with all its figures."""

    id: str
    title: str
    is_proposed: bool
    about: About
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The indicators of one category."""

    code: str
    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A number of the first screen, and one that must stand beside it."""

    title: str
    figure: Figure
    beside: Figure | None
    is_proposed: bool
    about: About


@dataclass(frozen=True, slots=True)
class Banner:
    """Up to when facts are shown, and who is silent; `code` is fresh, late or unknown."""

    code: str
    fold: str
    period: str
    silent: str | None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a state tells, for the legend."""

    code: State
    state: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that the templates need; every word of it is in the reader's language."""

    code: str
    period: str
    title: str
    chooser: Chooser
    banner: Banner
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    reports: tuple[Report, ...]
    meanings: tuple[Meaning, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What was read for a page: the published totals by their measures' names, and the rest."""

    asked: Question
    values: Mapping[str, Value]
    expected: Expected

    def figure(self, indicator: Indicator, measure: Measure) -> Figure:
        """One published number with its state and its target."""
        tongue = self.asked.tongue
        table = Table(indicator, measure, self.asked.council.code, self.asked.period)
        value = self.values[table.name]
        is_silent = value.state is State.SILENT
        return Figure(
            key=table.name,
            title=tongue.say(measure.title),
            number=None if value.value is None else tongue.number(value.value),
            unit=tongue.say(measure.unit),
            code=value.state,
            state=self.expected.state(table, tongue)
            if is_silent
            else tongue.say(STATES[value.state]),
            goal=self.expected.goal(table, value, tongue),
        )


def page(
    asked: Question,
    catalogue: Sequence[Indicator],
    values: Mapping[str, Value],
    folded_to: datetime | None,
    expected: Expected | None = None,
) -> Page:
    """The page; `values` has the published total of every measure by its name."""
    tongue, expected = asked.tongue, expected or Expected(Completeness(asked.today))
    told = Told(asked, values, expected)
    name, period = tongue.place(asked.council), tongue.period(asked.period)
    return Page(
        code=asked.council.code,
        period=str(asked.period),
        title=f"{name} · {period}",
        chooser=chooser(asked.period, asked.today, tongue),
        banner=_banner(asked, folded_to, expected),
        tiles=tuple(_tiles(catalogue, told)),
        sections=tuple(_sections(catalogue, told)),
        reports=expected.reports(asked.council, asked.period, tongue),
        meanings=tuple(_meanings(tongue)),
    )


def _banner(asked: Question, folded_to: datetime | None, expected: Expected) -> Banner:
    period = period_state(asked.period, asked.today, asked.tongue)
    silent = expected.silent_names(asked.council, asked.period, asked.tongue)
    if folded_to is None:
        return Banner("unknown", asked.tongue.say(FOLDS["unknown"]), period, silent)
    code = "late" if asked.now - folded_to > LATE else "fresh"
    at = asked.tongue.moment(folded_to)
    return Banner(code, asked.tongue.say(FOLDS[code], at=at), period, silent)


def _tiles(catalogue: Iterable[Indicator], told: Told) -> Iterator[Tile]:
    tongue = told.asked.tongue
    known = {
        name: (indicator, measure)
        for indicator in catalogue
        for name, measure in indicator.named_measures
    }
    for name in TILES:
        indicator, measure = known[name]
        beside = BESIDE.get(name)
        yield Tile(
            title=tongue.say(TILE_TITLES[name]),
            figure=told.figure(indicator, measure),
            beside=told.figure(*known[beside]) if beside else None,
            is_proposed=indicator.definition_status is Status.PROPOSED,
            about=about(indicator, tongue),
        )


def _sections(catalogue: Iterable[Indicator], told: Told) -> Iterator[Section]:
    for category, indicators in groupby(catalogue, key=_category):
        cards = tuple(_card(indicator, told) for indicator in indicators)
        yield Section(category.code, told.asked.tongue.say(category.title), cards)


def _category(indicator: Indicator) -> Category:
    return indicator.category


def _card(indicator: Indicator, told: Told) -> Card:
    values, tongue = told.values, told.asked.tongue
    figures = [told.figure(indicator, measure) for measure in indicator.measures]
    ratios = [each for each in indicator.readings if each.form is Form.RATIO]
    return Card(
        id=indicator.id,
        title=tongue.say(indicator.title),
        is_proposed=indicator.definition_status is Status.PROPOSED,
        about=about(indicator, tongue),
        figures=(*figures, *(_ratio(indicator, each, values, tongue) for each in ratios)),
    )


def _ratio(
    indicator: Indicator, reading: Reading, values: Mapping[str, Value], tongue: Tongue
) -> Figure:
    """Two published numbers divided; where the divisor is nothing, words that say so."""
    parts = [indicator.measure(reading.measure), indicator.measure(reading.base)]
    value, base = (values[f"{indicator.id}.{name}"] for name in (reading.measure, reading.base))
    quotient = _quotient(value, base)
    state = STATES[quotient.state]
    return Figure(
        key=f"{indicator.id}.{reading.measure}:{reading.base}",
        title=" : ".join(tongue.say(part.title) for part in parts if part is not None),
        number=None if quotient.value is None else tongue.ratio(float(quotient.value)),
        unit="",
        code=quotient.state,
        state=tongue.say(reading.without_base if quotient.state is State.NONE else state),
    )


def _quotient(value: Value, base: Value) -> Value:
    if State.WITHHELD in {value.state, base.state}:
        return Value(TOTAL, None, State.WITHHELD)
    if State.SILENT in {value.state, base.state}:
        return Value(TOTAL, None, State.SILENT)
    if value.value is None or base.value is None:
        return Value(TOTAL, None, State.DENIED)
    if not base.value:
        return Value(TOTAL, None, State.NONE)
    quotient = float(value.value) / float(base.value)
    is_pending = State.PENDING in {value.state, base.state}
    whole = State.VALUE if value.value else State.ZERO
    return Value(TOTAL, quotient, State.PENDING if is_pending else whole)


def _meanings(tongue: Tongue) -> Iterator[Meaning]:
    for state, meaning in MEANINGS.items():
        yield Meaning(state, tongue.say(STATES[state]), tongue.say(meaning))
