"""How long a reader waits: every exact table of a town and of the country, and as known before."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from statistics import median
from typing import Any

from bench.engines import Bench
from lmc.programs import environment
from runtime.postgres import Pool, open_pool
from schemas.declarations import shipped
from schemas.periods import parse
from schemas.territory import COUNTRY
from services.reporting.answering.known_at import tables_known_at
from services.reporting.answering.reading import exact_tables
from services.reporting.indicators import catalogue
from services.reporting.settings import Settings
from services.reporting.tables.table import TOTAL, Table, tables

TODAY = date(2026, 11, 1)
YEAR, EVERYTHING = "2023", "to-2026-10"
KNOWN = ("MI-13", "PI-01")
"""The one that people quote, and the one with the most entries."""
INSTANT = datetime(2024, 1, 1, tzinfo=UTC)
ROUNDS = 3

LARGEST = """
SELECT municipality FROM entry GROUP BY municipality ORDER BY count(*) DESC, municipality LIMIT 1
"""
FACTS = "SELECT count(*) FROM fact"


def reading(bench: Bench) -> dict[str, Any]:
    """Milliseconds per table; of every table the median of three readings, of these the figures."""
    return asyncio.run(_reading(bench))


async def _reading(bench: Bench) -> dict[str, Any]:
    settings = _settings(bench)
    async with await open_pool(settings) as pool:
        town = str(await pool.fetchval(LARGEST))
        return {
            "facts": int(await pool.fetchval(FACTS)),
            "municipality": {
                YEAR: await _exact(pool, town, YEAR),
                EVERYTHING: await _exact(pool, town, EVERYTHING),
            },
            "country": {
                YEAR: await _exact(pool, COUNTRY, YEAR),
                EVERYTHING: await _exact(pool, COUNTRY, EVERYTHING),
            },
            "known_at_s": {
                "municipality": {name: await _known(pool, town, name) for name in KNOWN},
                "country": {"MI-13": await _known(pool, COUNTRY, "MI-13", rounds=1)},
            },
        }


async def _exact(pool: Pool, place: str, period: str) -> dict[str, Any]:
    """How long the tables take, each asked for alone."""
    took: dict[str, float] = {}
    for table in _tables(place, period):
        question = partial(exact_tables, pool, [table], TODAY)
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


async def _known(pool: Pool, place: str, indicator: str, rounds: int = ROUNDS) -> float:
    """Seconds for all measures of an indicator, everything until the instant, by sex."""
    asked = [t for t in _tables(place, EVERYTHING, (indicator,)) if t.split == "sex"]
    ms = await _median_ms(lambda: tables_known_at(pool, asked, INSTANT, TODAY), rounds)
    return round(ms / 1000, 3)


def _tables(place: str, period: str, indicators: Iterable[str] = ()) -> Sequence[Table]:
    wanted = set(indicators)
    return [
        table
        for indicator in catalogue(shipped())
        if not wanted or indicator.id in wanted
        for split in (TOTAL, *(split.name for split in indicator.splits))
        for table in tables(indicator, indicator.measures, place, parse(period), split)
    ]


async def _median_ms(question: Callable[[], Awaitable[object]], rounds: int = ROUNDS) -> float:
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        await question()
        took.append(1000 * (time.perf_counter() - begun))
    return median(took)


def _settings(bench: Bench) -> Settings:
    """Those of a reporting service on this database."""
    told = environment("reporting", bench.stack, bench.database_name)
    fields = {name.removeprefix("LMC_REPORTING_").lower(): value for name, value in told.items()}
    return Settings.model_validate(fields)
