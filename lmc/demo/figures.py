"""The published figures of both stories, each with the table cell that must show it.

Both stories are in one log. At the country's level, where both count, figures are read by split
`programme`. What no table splits by programme (who of those placed is young, a woman, a returnee)
is read in the first story's three towns, in which nobody else was placed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pydantic

from lmc.demo import roma_2016_story
from lmc.demo.m4sd_story import IVANJICA, KNJAZEVAC, PROGRAMMES, PROKUPLJE
from lmc.demo.roma_2016_story import NOVI_SAD

UNTIL = "to-2023-06"
_MONTH = "2023-06"
_TOWNS: Final = (PROKUPLJE, IVANJICA, KNJAZEVAC)
_ANY_BUCKET = "*"
"""The figure is the number of buckets, not the value of one."""

Number = Decimal | None


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """A number of a story: its title, its cell in the tables, and the published value.

    The values of several places are added: each person counted lives in one of these towns.
    `expected` is None if the number was not published.
    """

    title: str
    indicator: str
    measure: str
    place: str | tuple[str, ...]
    expected: int | None
    split: str = "total"
    bucket: str = "total"
    period: str = UNTIL


@dataclass(frozen=True, slots=True)
class PublishedShare:
    """Two figures that the reports divide: so many of `figure` per 100 of `of`."""

    title: str
    figure: PublishedFigure
    of: PublishedFigure
    expected: str


@dataclass(frozen=True, slots=True)
class TableQuery:
    """A table of reporting; several figures may be in it."""

    indicator: str
    place: str
    period: str
    split: str


class FigureCell(pydantic.BaseModel):
    """A row of reporting's answer."""

    measure: str
    bucket: str
    value: Decimal | None


class FigureTable(pydantic.BaseModel):
    """Reporting's answer to a query."""

    values: list[FigureCell]


def _m4sd_figure(title: str, indicator: str, measure: str, expected: int) -> PublishedFigure:
    """Return a figure of the first story at the country's level."""
    return PublishedFigure(title, indicator, measure, "RS", expected, "programme", PROGRAMMES[0])


def _roma_2016_figure(title: str, indicator: str, expected: int) -> PublishedFigure:
    """Return a figure of the second story: persons in the country until the end of 2024."""
    by = ("programme", roma_2016_story.PROGRAMME)
    return PublishedFigure(title, indicator, "persons", "RS", expected, *by, period="to-2024-12")


TOOK_PART: Final = _m4sd_figure("took part", "PI-02", "persons", 550)
PLACED: Final = _m4sd_figure("PLACED, all three towns", "MI-13", "placed", 104)
PLACED_PROKUPLJE: Final = PublishedFigure("placed in Prokuplje", "MI-13", "placed", PROKUPLJE, 59)
PLACED_IVANJICA: Final = PublishedFigure("placed in Ivanjica", "MI-13", "placed", IVANJICA, 40)
PLACED_KNJAZEVAC: Final = PublishedFigure("placed in Knjaževac", "MI-13", "placed", KNJAZEVAC, 5)
_SURVEYED: Final = PublishedFigure(
    "firms surveyed", "PI-12", "employers_surveyed", "RS", 646, period=_MONTH
)
_INTERESTED: Final = PublishedFigure(
    "… interested", "PI-12", "employers_interested", "RS", 320, period=_MONTH
)

M4SD_FIGURES: Final = (
    TOOK_PART,
    PublishedFigure(
        "helped to register as jobseekers, Prokuplje", "PI-08", "persons", PROKUPLJE, 102
    ),
    PublishedFigure(
        "… all of them returnees", "PI-08", "persons", PROKUPLJE, 102, "returnee", "yes"
    ),
    PublishedFigure("first sewing course completed, Prokuplje", "PI-03", "persons", PROKUPLJE, 6),
    PublishedFigure("… all of them women", "PI-03", "persons", PROKUPLJE, 6, "sex", "female"),
    PLACED,
    _m4sd_figure("… DURABLE", "MI-13", "durable", 66),
    _m4sd_figure("… the others are in public works", "PI-09", "persons", 38),
    PLACED_PROKUPLJE,
    PublishedFigure("… durable", "MI-13", "durable", PROKUPLJE, 21),
    PublishedFigure("… public works", "MI-13", "placed", PROKUPLJE, 38, "kind", "public_works"),
    PublishedFigure("… companies", "MI-13", "placed", PROKUPLJE, 19, "employer_kind", "company"),
    PublishedFigure("… of them metal industry", "MI-13", "placed", PROKUPLJE, 2, "sector", "C"),
    PublishedFigure("… health centre", "MI-13", "placed", PROKUPLJE, 2, "employer_kind", "health"),
    PLACED_IVANJICA,
    PublishedFigure("… durable", "MI-13", "durable", IVANJICA, 40),
    PublishedFigure("… in companies", "MI-13", "placed", IVANJICA, 40, "employer_kind", "company"),
    PublishedFigure("… machine operators", "MI-13", "placed", IVANJICA, 20, "occupation", "81"),
    PublishedFigure("… after work practice", "PI-10", "persons", IVANJICA, 20),
    PLACED_KNJAZEVAC,
    PublishedFigure("… durable", "MI-13", "durable", KNJAZEVAC, 5),
    PublishedFigure("… machine operators", "MI-13", "placed", KNJAZEVAC, 2, "occupation", "81"),
    PublishedFigure("… tailors", "MI-13", "placed", KNJAZEVAC, 3, "occupation", "75"),
    PublishedFigure("of the 104: youth", "MI-13", "placed", _TOWNS, 86, "youth", "yes"),
    PublishedFigure("of the 104: women", "MI-13", "placed", _TOWNS, 38, "sex", "female"),
    PublishedFigure("of the 104: returnees", "MI-13", "placed", _TOWNS, 59, "returnee", "yes"),
    _SURVEYED,
    _INTERESTED,
    PublishedFigure(
        "machines donated, Knjaževac", "PI-13", "equipment_donated", KNJAZEVAC, 10, period=_MONTH
    ),
    *(
        figure
        for answer, series, percent in (
            ("interested in workshops", "survey_workshops", 68),
            ("… in retraining", "survey_retraining", 85),
            ("… in mini grants", "survey_mini_grants", 76),
        )
        for figure in (
            PublishedFigure(f"{answer}, %", "PI-11", series, PROKUPLJE, percent, period=_MONTH),
            PublishedFigure(
                "… of how many: n not published",
                "PI-11",
                f"{series}_base",
                PROKUPLJE,
                None,
                period=_MONTH,
            ),
        )
    ),
)
SHARES: Final = (
    PublishedShare("placed per 100 who took part", PLACED, TOOK_PART, "18.9"),
    PublishedShare("firms interested per 100 surveyed", _INTERESTED, _SURVEYED, "49.5"),
)

ROMA_2016_FIGURES: Final = (
    _roma_2016_figure("covered", "PI-01", 1340),
    _roma_2016_figure("employed through mediation", "PI-07", 117),
    _roma_2016_figure("vocational training completed", "PI-03", 385),
    PublishedFigure(
        "… in so many trades", "PI-03", "persons", NOVI_SAD, 8, "trade", _ANY_BUCKET, "to-2024-12"
    ),
    _roma_2016_figure("elementary education completed", "PI-04", 127),
    _roma_2016_figure("own businesses", "PI-06", 37),
    _roma_2016_figure("back in school", "PI-05", 7),
)

FIGURES: Final = (*M4SD_FIGURES, *ROMA_2016_FIGURES)


def table_queries(figure: PublishedFigure) -> Sequence[TableQuery]:
    """Return the tables that hold a figure: one for each place."""
    places = (figure.place,) if isinstance(figure.place, str) else figure.place
    return [TableQuery(figure.indicator, place, figure.period, figure.split) for place in places]


def figure_value(figure: PublishedFigure, tables: Sequence[FigureTable]) -> Number:
    """Return the figure's value in its tables; a missing bucket has value 0."""
    cells = [cell for table in tables for cell in table.values if cell.measure == figure.measure]
    if figure.bucket == _ANY_BUCKET:
        return Decimal(len({cell.bucket for cell in cells}))
    values = [cell.value for cell in cells if cell.bucket == figure.bucket]
    if values == [None]:
        return None
    return sum((value for value in values if value is not None), Decimal(0))


def share_per_100(part: Number, of: Number) -> str:
    """Return `part` per 100 of `of` with one decimal, or `no base` if `of` is missing or zero."""
    return f"{100 * part / of:.1f}" if part is not None and of else "no base"
