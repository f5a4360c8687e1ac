"""The published figures of the first story, each with where it stands in the tables."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pydantic

from lmc.story import IVANJICA, KNJAZEVAC, PROKUPLJE

UNTIL = "to-2023-06"
MONTH = "2023-06"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the story: how people say it, where to look it up, and what it must be."""

    title: str
    indicator: str
    measure: str
    place: str
    expected: int
    split: str = "total"
    bucket: str = "total"
    period: str = UNTIL


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


TOOK_PART: Final = Figure("took part", "PI-02", "persons", "RS", 550)
PLACED: Final = Figure("PLACED, all three towns", "MI-13", "placed", "RS", 104)
PLACED_PROKUPLJE: Final = Figure("placed in Prokuplje", "MI-13", "placed", PROKUPLJE, 59)
PLACED_IVANJICA: Final = Figure("placed in Ivanjica", "MI-13", "placed", IVANJICA, 40)
PLACED_KNJAZEVAC: Final = Figure("placed in Knjaževac", "MI-13", "placed", KNJAZEVAC, 5)

FIGURES: Final = (
    TOOK_PART,
    Figure("helped to register as jobseekers, Prokuplje", "PI-08", "persons", PROKUPLJE, 102),
    Figure("first sewing course completed, Prokuplje", "PI-03", "persons", PROKUPLJE, 6),
    Figure("… all of them women", "PI-03", "persons", PROKUPLJE, 6, "sex", "female"),
    PLACED,
    Figure("DURABLE beside them", "MI-13", "durable", "RS", 66),
    Figure("placed under the programme", "MI-13", "placed", "RS", 104, "programme", "M4SD"),
    PLACED_PROKUPLJE,
    Figure("… durable", "MI-13", "durable", PROKUPLJE, 21),
    Figure("… public works", "MI-13", "placed", PROKUPLJE, 38, "kind", "public_works"),
    Figure("… companies", "MI-13", "placed", PROKUPLJE, 19, "employer_kind", "company"),
    Figure("… of them metal industry", "MI-13", "placed", PROKUPLJE, 2, "sector", "C"),
    Figure("… health centre", "MI-13", "placed", PROKUPLJE, 2, "employer_kind", "health"),
    PLACED_IVANJICA,
    Figure("… durable", "MI-13", "durable", IVANJICA, 40),
    Figure("… machine operators", "MI-13", "placed", IVANJICA, 20, "occupation", "81"),
    Figure("… after work practice", "PI-10", "persons", IVANJICA, 20),
    PLACED_KNJAZEVAC,
    Figure("… durable", "MI-13", "durable", KNJAZEVAC, 5),
    Figure("… machine operators", "MI-13", "placed", KNJAZEVAC, 2, "occupation", "81"),
    Figure("… tailors", "MI-13", "placed", KNJAZEVAC, 3, "occupation", "75"),
    Figure("of the 104: youth", "MI-13", "placed", "RS", 86, "youth", "yes"),
    Figure("of the 104: women", "MI-13", "placed", "RS", 38, "sex", "female"),
    Figure("of the 104: returnees", "MI-13", "placed", "RS", 59, "returnee", "yes"),
    Figure("firms surveyed", "PI-12", "employers_surveyed", "RS", 646, period=MONTH),
    Figure("… interested", "PI-12", "employers_interested", "RS", 320, period=MONTH),
    Figure(
        "machines donated, Knjaževac", "PI-13", "equipment_donated", KNJAZEVAC, 10, period=MONTH
    ),
    Figure("interested in workshops, %", "PI-11", "survey_workshops", PROKUPLJE, 68, period=MONTH),
    Figure("… in retraining, %", "PI-11", "survey_retraining", PROKUPLJE, 85, period=MONTH),
    Figure("… in mini grants, %", "PI-11", "survey_mini_grants", PROKUPLJE, 76, period=MONTH),
)


def question(figure: Figure) -> Question:
    """The table in which a figure stands."""
    return Question(figure.indicator, figure.place, figure.period, figure.split)


def found(figure: Figure, table: Table) -> Decimal:
    """The figure's number in its table; a bucket without entries counts nobody."""
    wanted = (figure.measure, figure.bucket)
    values = [cell.value for cell in table.values if (cell.measure, cell.bucket) == wanted]
    return next((value for value in values if value is not None), Decimal(0))
