"""Measure how long reads take: exact tables of a town and the country, and tables as of a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from statistics import median
from typing import Any

from bench.engines import Bench
from lmc.devstack.service_process import service_environment
from runtime.storage.pool import Pool, open_pool
from schemas.declared_codes import shipped
from schemas.periods import parse_period
from schemas.territory import COUNTRY
from services.reporting.indicators import catalogue
from services.reporting.queries.as_of import values_as_of
from services.reporting.queries.values import exact_values
from services.reporting.settings import ReportingSettings
from services.reporting.tables.table import TOTAL, Table, tables_of_measures

_TODAY = date(2026, 11, 1)
_YEAR, _EVERYTHING = "2023", "to-2026-10"
_AS_OF_INDICATORS = ("MI-13", "PI-01")
"""The indicator that is quoted most, and the one with the most entries."""
_INSTANT = datetime(2024, 1, 1, tzinfo=UTC)
_ROUNDS = 3

_LARGEST = """
SELECT municipality FROM entry GROUP BY municipality ORDER BY count(*) DESC, municipality LIMIT 1
"""
_FACTS = "SELECT count(*) FROM fact"


def read_latency(bench: Bench) -> dict[str, Any]:
    """Return milliseconds per table: the median of three reads of each, and figures of these."""
    return asyncio.run(_reading(bench))


async def _reading(bench: Bench) -> dict[str, Any]:
    settings = _settings(bench)
    async with await open_pool(settings) as pool:
        town = str(await pool.fetchval(_LARGEST))
        return {
            "facts": int(await pool.fetchval(_FACTS)),
            "municipality": {
                _YEAR: await _exact(pool, town, _YEAR),
                _EVERYTHING: await _exact(pool, town, _EVERYTHING),
            },
            "country": {
                _YEAR: await _exact(pool, COUNTRY, _YEAR),
                _EVERYTHING: await _exact(pool, COUNTRY, _EVERYTHING),
            },
            "as_of_s": {
                "municipality": {
                    name: await _as_of_s(pool, town, name) for name in _AS_OF_INDICATORS
                },
                "country": {"MI-13": await _as_of_s(pool, COUNTRY, "MI-13", rounds=1)},
            },
        }


async def _exact(pool: Pool, place: str, period: str) -> dict[str, Any]:
    """Return the milliseconds of the tables, each read alone."""
    took: dict[str, float] = {}
    for table in _tables(place, period):
        question = partial(exact_values, pool, [table], _TODAY)
        took[f"{table.name} by {table.split}"] = await _median_ms(question)
    ordered = sorted(took.values())
    slowest = max(took, key=lambda name: took[name])
    return {
        "tables": len(took),
        "ms_median": round(median(ordered), 2),
        "ms_p95": round(ordered[int(0.95 * len(ordered))], 2),
        "ms_max": round(ordered[-1], 2),
        "slowest": slowest,
    }


async def _as_of_s(pool: Pool, place: str, indicator: str, rounds: int = _ROUNDS) -> float:
    """Return the seconds for all measures of an indicator by sex, as of the instant."""
    asked = [t for t in _tables(place, _EVERYTHING, (indicator,)) if t.split == "sex"]
    ms = await _median_ms(lambda: values_as_of(pool, asked, _INSTANT, _TODAY), rounds)
    return round(ms / 1000, 3)


def _tables(place: str, period: str, indicators: Iterable[str] = ()) -> Sequence[Table]:
    wanted = set(indicators)
    return [
        table
        for indicator in catalogue(shipped())
        if not wanted or indicator.id in wanted
        for split in (TOTAL, *(split.name for split in indicator.splits))
        for table in tables_of_measures(
            indicator, indicator.measures, place, parse_period(period), split
        )
    ]


async def _median_ms(question: Callable[[], Awaitable[object]], rounds: int = _ROUNDS) -> float:
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        await question()
        took.append(1000 * (time.perf_counter() - started))
    return median(took)


def _settings(bench: Bench) -> ReportingSettings:
    """Return the settings of a reporting service on this database."""
    variables = service_environment("reporting", bench.stack, bench.database_name)
    fields = {
        name.removeprefix("LMC_REPORTING_").lower(): value for name, value in variables.items()
    }
    return ReportingSettings.model_validate(fields)
