"""Render the council's Grafana dashboard from the indicator definitions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import dashboard, stat, table, text, timeseries
from grafana_foundation_sdk.builders.common import ReduceDataOptions
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import BigValueColorMode, BigValueGraphMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardSpecialValueMapOptions,
    DataSourceRef,
    GridPos,
    SpecialValueMap,
    SpecialValueMatch,
    ValueMappingResult,
    VariableRefresh,
)

from schemas.declared_codes import shipped
from services.reporting.domain.indicator import Indicator
from services.reporting.indicators import catalogue

_PATH: Final = "deploy/grafana/dashboards/council.sr-cyrl.json"
_SOURCE: Final = DataSourceRef(type_val="postgres", uid="published")
_NO_VALUE_TEXT: Final = "нема броја: стање је у табели"
"""Shown where a query returns no row; the table says why a number is not shown."""

_TILES: Final = (("MI-05", "registered"), ("PI-03", "persons"), ("MI-13", "placed"))
"""The numbers of the first screen; the table below has all indicators."""

_COUNCILS_SQL = """
SELECT name_sr AS __text, place AS __value
FROM published.place WHERE level = 'municipality' ORDER BY sort_sr, name_sr
"""
_PERIODS_SQL = """
SELECT period FROM (
    SELECT to_char(day, 'YYYY-"Q"Q') AS period, 1 AS rank, day
    FROM generate_series(date_trunc('quarter', now() AT TIME ZONE 'Europe/Belgrade'),
                         '2015-01-01', '-3 months') AS day
    UNION ALL
    SELECT to_char(day, 'YYYY'), 2, day
    FROM generate_series(date_trunc('year', now() AT TIME ZONE 'Europe/Belgrade'),
                         '2015-01-01', '-1 year') AS day
) AS periods ORDER BY rank, day DESC
"""
# A count that was never published is zero by rule, so a tile always has exactly one row. It has no
# number only while a reconciliation withholds it, or while the zero may be due to a partner that
# does not report.
_TILE_SQL = """
SELECT CASE WHEN published.is_withheld('{indicator}', '{measure}', '$council', '$period') THEN NULL
            WHEN n.number = 0 AND published.silent_since('{indicator}', '{measure}', '$council',
                                                         '$period') IS NOT NULL THEN NULL
            ELSE n.number END AS "лица"
FROM (SELECT coalesce((
    SELECT value FROM published.value
    WHERE (indicator, measure) = ('{indicator}', '{measure}')
      AND place = '$council' AND period = '$period' AND split = 'total' AND bucket = 'total'
), 0) AS number) AS n
"""
_TABLE_SQL = """
SELECT i.indicator AS "Показатељ", i.title_sr AS "Назив", i.measure AS "Мера",
       CASE WHEN i.class <> 'A' OR w.is_withheld THEN NULL WHEN i.kind = 'observed' THEN v.value
            WHEN s.since IS NOT NULL AND coalesce(v.state, 'zero') IN ('zero', 'silent') THEN NULL
            ELSE coalesce(v.value, 0) END AS "Вредност",
       CASE WHEN i.class <> 'A' THEN 'не објављује се' WHEN w.is_withheld THEN 'у провери'
            WHEN v.state = 'pending' THEN 'у току'
            WHEN i.kind = 'observed' AND v.value IS NULL THEN 'нема основа'
            WHEN s.since IS NOT NULL AND coalesce(v.state, 'zero') IN ('zero', 'silent')
            THEN 'партнер не јавља од ' || to_char(s.since, 'FMDD.FMMM.YYYY.')
            WHEN coalesce(v.value, 0) = 0 THEN '0 (потврђено)' ELSE 'објављено' END AS "Стање",
       CASE WHEN i.definition_status = 'proposed' THEN 'предлог' ELSE '' END AS "Дефиниција"
FROM published.indicator i
CROSS JOIN LATERAL (
    SELECT published.is_withheld(i.indicator, i.measure, '$council', '$period') AS is_withheld
) AS w
CROSS JOIN LATERAL (
    SELECT published.silent_since(i.indicator, i.measure, '$council', '$period') AS since
) AS s
LEFT JOIN published.value v
       ON (v.indicator, v.measure) = (i.indicator, i.measure)
      AND v.place = '$council' AND v.period = '$period'
      AND v.split = 'total' AND v.bucket = 'total'
ORDER BY i.indicator, i.measure
"""
_MONTHS_SQL = """
SELECT m.day AT TIME ZONE 'Europe/Belgrade' AS time,
       CASE WHEN published.is_withheld('{indicator}', '{measure}', '$council',
                                       to_char(m.day, 'YYYY-MM'))
            THEN NULL
            WHEN coalesce(v.value, 0) = 0 AND published.silent_since('{indicator}', '{measure}',
                 '$council', to_char(m.day, 'YYYY-MM')) IS NOT NULL
            THEN NULL ELSE coalesce(v.value, 0) END AS "{title}"
FROM generate_series(date_trunc('month', $__timeFrom()::timestamptz AT TIME ZONE 'Europe/Belgrade'),
                     $__timeTo()::timestamptz AT TIME ZONE 'Europe/Belgrade', '1 month') AS m (day)
LEFT JOIN published.value v
       ON (v.indicator, v.measure) = ('{indicator}', '{measure}') AND v.place = '$council'
      AND v.period = to_char(m.day, 'YYYY-MM') AND v.split = 'total' AND v.bucket = 'total'
ORDER BY 1
"""


@dataclass(frozen=True)
class _SqlQuery(Dataquery):
    """A query to PostgreSQL; the SDK of Grafana has no type for it."""

    sql: str
    ref_id: str = "A"
    is_series: bool = False

    def to_json(self) -> dict[str, object]:
        """Return the query as Grafana's PostgreSQL data source expects it."""
        return {
            "refId": self.ref_id,
            "datasource": _SOURCE,
            "rawQuery": True,
            "rawSql": " ".join(self.sql.split()),
            "format": "time_series" if self.is_series else "table",
        }


@dataclass(frozen=True)
class _QueryTarget(Builder[Dataquery]):
    """A query in the form in which panels accept their targets."""

    query: _SqlQuery

    def build(self) -> Dataquery:
        """Return the query."""
        return self.query


def dashboards() -> Mapping[str, str]:
    """Return the rendered files by their paths."""
    definitions = {each.id: each for each in catalogue(shipped())}
    built = _council(definitions).build()
    return {_PATH: JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(built) + "\n"}


def _council(definitions: Mapping[str, Indicator]) -> dashboard.Dashboard:
    board = (
        dashboard.Dashboard("Савет за миграције: $council, $period")
        .uid("council-sr-cyrl")
        .tags(["lmc", "sr-Cyrl"])
        .readonly()
        .timezone("Europe/Belgrade")
        .time("now-2y", "now")
        .refresh("30s")
        .with_variable(_variable("council", "Локална самоуправа", _COUNCILS_SQL))
        .with_variable(_variable("period", "Период", _PERIODS_SQL))
        .with_panel(_how_to_read())
    )
    for number, (indicator, measure) in enumerate(_TILES):
        board = board.with_panel(_tile(definitions[indicator], measure, number))
    return board.with_panel(_by_month(definitions)).with_panel(_all_numbers())


def _variable(name: str, label: str, sql: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(_SOURCE)
        .query(" ".join(sql.split()))
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .include_all(include_all=False)
    )


def _tile(indicator: Indicator, measure: str, number: int) -> stat.Panel:
    sql = _TILE_SQL.format(indicator=indicator.id, measure=measure)
    return (
        stat.Panel()
        .title(indicator.title.sr)
        .description(indicator.sentence.sr)
        .datasource(_SOURCE)
        .color_mode(BigValueColorMode.NONE)
        .graph_mode(BigValueGraphMode.NONE)
        .reduce_options(ReduceDataOptions().values(values=False).calcs(["lastNotNull"]))
        .no_value(_NO_VALUE_TEXT)
        .mappings([_WITHHELD])
        .grid_pos(GridPos(h=5, w=6, x=6 * number, y=0))
        .with_target(_QueryTarget(_SqlQuery(sql)))
    )


def _how_to_read() -> text.Panel:
    return (
        text.Panel()
        .title("Како читати")
        .content(
            "**0 (потврђено)** – нико није пријављен. **у току** – период још није завршен. "
            "**не објављује се** – број би могао да открије појединца. "
            "**партнер не јавља** – можда нико није пријављен, а можда још није јављено. "
            "**у провери** – провера је показала да број можда није тачан. "
            "Једно лице може бити у више показатеља: бројеви се не сабирају."
        )
        .grid_pos(GridPos(h=5, w=6, x=18, y=0))
    )


def _by_month(definitions: Mapping[str, Indicator]) -> timeseries.Panel:
    panel = (
        timeseries.Panel()
        .title("По месецима")
        .datasource(_SOURCE)
        .no_value(_NO_VALUE_TEXT)
        .grid_pos(GridPos(h=8, w=24, x=0, y=5))
    )
    for query in _series(definitions):
        panel = panel.with_target(_QueryTarget(query))
    return panel


def _series(definitions: Mapping[str, Indicator]) -> Sequence[_SqlQuery]:
    return [
        _SqlQuery(
            _MONTHS_SQL.format(
                indicator=indicator,
                measure=measure,
                title=definitions[indicator].title.sr.replace('"', ""),
            ),
            ref_id=chr(ord("A") + number),
            is_series=True,
        )
        for number, (indicator, measure) in enumerate(_TILES)
    ]


def _all_numbers() -> table.Panel:
    return (
        table.Panel()
        .title("Сви показатељи")
        .datasource(_SOURCE)
        .no_value(_NO_VALUE_TEXT)
        .grid_pos(GridPos(h=18, w=24, x=0, y=13))
        .with_target(_QueryTarget(_SqlQuery(_TABLE_SQL)))
    )


_WITHHELD: Final = SpecialValueMap(
    DashboardSpecialValueMapOptions(SpecialValueMatch.NULL, ValueMappingResult(text="у провери"))
)
"""A null in a tile means that the number is withheld."""
