"""The published figures of both stories, each with where it stands in the tables.

Both stories stand in one log: where they meet, at the country's level, they are read by split
`programme`. What no table splits by programme (who of those placed is young, a woman, a returnee)
is read in the first story's three towns, in which nobody else was placed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pydantic

from lmc import second_story
from lmc.second_story import NOVI_SAD
from lmc.story import IVANJICA, KNJAZEVAC, PROGRAMMES, PROKUPLJE

UNTIL = "to-2023-06"
MONTH = "2023-06"
TOWNS: Final = (PROKUPLJE, IVANJICA, KNJAZEVAC)
ANY_BUCKET = "*"
"""Not what stands in a bucket, but how many buckets there are."""

Number = Decimal | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a story: how people say it, where to look it up, and what it must be.

    Several places are towns of which everybody counted lives in one: their numbers are added.
    None is expected of what was not published.
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
class Share:
    """Two figures that the reports divide: so many of one for 100 of the other."""

    title: str
    figure: Figure
    of: Figure
    expected: str


@dataclass(frozen=True, slots=True)
class Question:
    """One table to ask reporting for; several figures may stand in it."""

    indicator: str
    place: str
    period: str
    split: str


class Cell(pydantic.BaseModel):
    """One row of a table as reporting answers it."""

    measure: str
    bucket: str
    value: Decimal | None


class Table(pydantic.BaseModel):
    """What reporting answers to a question."""

    values: list[Cell]


def _of_m4sd(title: str, indicator: str, measure: str, expected: int) -> Figure:
    """A figure of the first story at the country's level."""
    return Figure(title, indicator, measure, "RS", expected, "programme", PROGRAMMES[0])


def _of_roma_2016(title: str, indicator: str, expected: int) -> Figure:
    """A figure of the second story: persons at the country's level, until the end of 2024."""
    by = ("programme", second_story.PROGRAMME)
    return Figure(title, indicator, "persons", "RS", expected, *by, period="to-2024-12")


TOOK_PART: Final = _of_m4sd("took part", "PI-02", "persons", 550)
PLACED: Final = _of_m4sd("PLACED, all three towns", "MI-13", "placed", 104)
PLACED_PROKUPLJE: Final = Figure("placed in Prokuplje", "MI-13", "placed", PROKUPLJE, 59)
PLACED_IVANJICA: Final = Figure("placed in Ivanjica", "MI-13", "placed", IVANJICA, 40)
PLACED_KNJAZEVAC: Final = Figure("placed in Knjaževac", "MI-13", "placed", KNJAZEVAC, 5)
SURVEYED: Final = Figure("firms surveyed", "PI-12", "employers_surveyed", "RS", 646, period=MONTH)
INTERESTED: Final = Figure("… interested", "PI-12", "employers_interested", "RS", 320, period=MONTH)

FIRST_STORY: Final = (
    TOOK_PART,
    Figure("helped to register as jobseekers, Prokuplje", "PI-08", "persons", PROKUPLJE, 102),
    Figure("… all of them returnees", "PI-08", "persons", PROKUPLJE, 102, "returnee", "yes"),
    Figure("first sewing course completed, Prokuplje", "PI-03", "persons", PROKUPLJE, 6),
    Figure("… all of them women", "PI-03", "persons", PROKUPLJE, 6, "sex", "female"),
    PLACED,
    _of_m4sd("DURABLE beside them", "MI-13", "durable", 66),
    _of_m4sd("… the others are in public works", "PI-09", "persons", 38),
    PLACED_PROKUPLJE,
    Figure("… durable", "MI-13", "durable", PROKUPLJE, 21),
    Figure("… public works", "MI-13", "placed", PROKUPLJE, 38, "kind", "public_works"),
    Figure("… companies", "MI-13", "placed", PROKUPLJE, 19, "employer_kind", "company"),
    Figure("… of them metal industry", "MI-13", "placed", PROKUPLJE, 2, "sector", "C"),
    Figure("… health centre", "MI-13", "placed", PROKUPLJE, 2, "employer_kind", "health"),
    PLACED_IVANJICA,
    Figure("… durable", "MI-13", "durable", IVANJICA, 40),
    Figure("… in companies", "MI-13", "placed", IVANJICA, 40, "employer_kind", "company"),
    Figure("… machine operators", "MI-13", "placed", IVANJICA, 20, "occupation", "81"),
    Figure("… after work practice", "PI-10", "persons", IVANJICA, 20),
    PLACED_KNJAZEVAC,
    Figure("… durable", "MI-13", "durable", KNJAZEVAC, 5),
    Figure("… machine operators", "MI-13", "placed", KNJAZEVAC, 2, "occupation", "81"),
    Figure("… tailors", "MI-13", "placed", KNJAZEVAC, 3, "occupation", "75"),
    Figure("of the 104: youth", "MI-13", "placed", TOWNS, 86, "youth", "yes"),
    Figure("of the 104: women", "MI-13", "placed", TOWNS, 38, "sex", "female"),
    Figure("of the 104: returnees", "MI-13", "placed", TOWNS, 59, "returnee", "yes"),
    SURVEYED,
    INTERESTED,
    Figure(
        "machines donated, Knjaževac", "PI-13", "equipment_donated", KNJAZEVAC, 10, period=MONTH
    ),
    *(
        figure
        for answer, series, percent in (
            ("interested in workshops", "survey_workshops", 68),
            ("… in retraining", "survey_retraining", 85),
            ("… in mini grants", "survey_mini_grants", 76),
        )
        for figure in (
            Figure(f"{answer}, %", "PI-11", series, PROKUPLJE, percent, period=MONTH),
            Figure(
                "… of how many: n not published",
                "PI-11",
                f"{series}_base",
                PROKUPLJE,
                None,
                period=MONTH,
            ),
        )
    ),
)
SHARES: Final = (
    Share("placed per 100 who took part", PLACED, TOOK_PART, "18.9"),
    Share("firms interested per 100 surveyed", INTERESTED, SURVEYED, "49.5"),
)

SECOND_STORY: Final = (
    _of_roma_2016("covered", "PI-01", 1340),
    _of_roma_2016("employed through mediation", "PI-07", 117),
    _of_roma_2016("vocational training completed", "PI-03", 385),
    Figure(
        "… in so many trades", "PI-03", "persons", NOVI_SAD, 8, "trade", ANY_BUCKET, "to-2024-12"
    ),
    _of_roma_2016("elementary education completed", "PI-04", 127),
    _of_roma_2016("own businesses", "PI-06", 37),
    _of_roma_2016("back in school", "PI-05", 7),
)

FIGURES: Final = (*FIRST_STORY, *SECOND_STORY)


def questions(figure: Figure) -> Sequence[Question]:
    """The tables in which a figure stands: one for each place."""
    places = (figure.place,) if isinstance(figure.place, str) else figure.place
    return [Question(figure.indicator, place, figure.period, figure.split) for place in places]


def found(figure: Figure, tables: Sequence[Table]) -> Number:
    """The figure's number in its tables; a bucket without entries counts nobody."""
    cells = [cell for table in tables for cell in table.values if cell.measure == figure.measure]
    if figure.bucket == ANY_BUCKET:
        return Decimal(len({cell.bucket for cell in cells}))
    values = [cell.value for cell in cells if cell.bucket == figure.bucket]
    if values == [None]:
        return None
    return sum((value for value in values if value is not None), Decimal(0))


def share(part: Number, of: Number) -> str:
    """So many for 100, with one decimal; without a base there is none."""
    return f"{100 * part / of:.1f}" if part is not None and of else "no base"
