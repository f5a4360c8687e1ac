"""Read the figures of both stories from reporting, compare them and format them for people."""

from collections.abc import Mapping, Sequence

from rich.console import Group
from rich.table import Table

from lmc.client.service_client import ServiceClient
from lmc.demo.figures import (
    FIGURES,
    M4SD_FIGURES,
    PLACED,
    PLACED_IVANJICA,
    PLACED_KNJAZEVAC,
    PLACED_PROKUPLJE,
    ROMA_2016_FIGURES,
    SHARES,
    TOOK_PART,
    FigureTable,
    Number,
    PublishedFigure,
    TableQuery,
    figure_value,
    share_per_100,
    table_queries,
)

_TITLES = (
    ("Making Migration Work, until June 2023", M4SD_FIGURES),
    (
        "ROMA-2016, 2016–2024 (the source names no place; the demo uses Novi Sad)",
        ROMA_2016_FIGURES,
    ),
)

FigureValues = Mapping[PublishedFigure, Number]


def read_figures(tables: ServiceClient) -> FigureValues:
    """Return every figure's current value; a table of several figures is read once."""
    answers: dict[TableQuery, FigureTable] = {}
    for query in dict.fromkeys(each for figure in FIGURES for each in table_queries(figure)):
        params = {
            "place": query.place,
            "period": query.period,
            "split": query.split,
            "layer": "exact",
        }
        body = tables.get(f"/indicators/{query.indicator}/values", params)
        answers[query] = FigureTable.model_validate_json(body)
    return {
        figure: figure_value(figure, [answers[each] for each in table_queries(figure)])
        for figure in FIGURES
    }


def wrong_figures(values: FigureValues) -> Sequence[str]:
    """Return a sentence for each figure and share that differs from the published one."""
    figures = [
        f"{figure.title}: {_text(values[figure])}, but {_text(figure.expected)} was published"
        for figure in FIGURES
        if values[figure] != figure.expected
    ]
    shares = ((each, share_per_100(values[each.figure], values[each.of])) for each in SHARES)
    return figures + [
        f"{each.title}: {share}, but {each.expected} was published"
        for each, share in shares
        if share != each.expected
    ]


def figure_tables(values: FigureValues, caption: str) -> Group:
    """Return the tables of both stories with the current and the published figures."""
    return Group(*(_table(title, figures, values, caption) for title, figures in _TITLES))


def summary(values: FigureValues, wrong: int) -> str:
    """Return the placements by town, the share and the number of wrong figures in one line."""
    towns = (PLACED_PROKUPLJE, PLACED_IVANJICA, PLACED_KNJAZEVAC)
    terms = " + ".join(_text(values[town]) for town in towns)
    ending = "every number is right" if wrong == 0 else f"wrong numbers: {wrong}"
    share = share_per_100(values[PLACED], values[TOOK_PART])
    return f"{_text(values[PLACED])} = {terms}; {share} placed per 100 who took part; {ending}"


def _table(
    title: str, figures: Sequence[PublishedFigure], values: FigureValues, caption: str
) -> Table:
    table = Table(title=title, caption=caption)
    table.add_column("figure")
    table.add_column("indicator")
    table.add_column("now", justify="right")
    table.add_column("published", justify="right")
    for figure in figures:
        now = values[figure]
        colour = "green" if now == figure.expected else "yellow"
        measure = f"{figure.indicator} {figure.measure}"
        table.add_row(figure.title, measure, f"[{colour}]{_text(now)}[/]", _text(figure.expected))
    for each in SHARES:
        if each.figure in figures:
            share = share_per_100(values[each.figure], values[each.of])
            table.add_row(each.title, each.figure.indicator, share, each.expected)
    return table


def _text(number: Number | int) -> str:
    return "none" if number is None else str(number)
