"""Every question of the rendered dashboard, asked of a real database as Grafana's own role."""

import json
import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from lmc.provision import password_file
from runtime.postgres import Connection
from services.reporting.indicators import catalogue
from services.reporting.publishing.publisher import Publisher, Shown
from services.reporting.publishing.withholding import Censor
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import Desk
from tests.integration.reporting.doubting import cast
from tests.reference.tell import say

ROOT = Path(__file__).parents[3]
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboards/council.sr-cyrl.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "text"]
MACROS = {
    "$__timeFrom()": "'2022-01-01T00:00:00Z'",
    "$__timeTo()": "'2023-12-31T00:00:00Z'",
    "$council": "70998",
    "$period": "2023-Q1",
}
PROKUPLJE = "70998"


def asked(sql: str) -> str:
    """A question as Grafana sends it, its macros and variables filled in."""
    for macro, value in MACROS.items():
        sql = sql.replace(macro, value)
    return sql


@pytest.fixture
async def published(open_desk: OpenDesk) -> Desk:
    """One placement in Prokuplje in March 2023, published."""
    desk = await open_desk()
    await desk.fold(say("matching.placement.made", "2023-03-02", municipality=PROKUPLJE))
    definitions = catalogue(desk.context.declared)
    async with desk.context.pool.acquire() as connection:
        publisher = Publisher(connection, Shown.of(definitions), desk.context.clock)
        await publisher.describe(definitions)
        await publisher.councils()
    return desk


@pytest.fixture
async def grafana(published: Desk, stack_folder: Path) -> AsyncIterator[Connection]:
    """A connection with the rights of Grafana."""
    settings = published.context.settings
    connection = await asyncpg.connect(
        host=settings.postgres_host,
        port=settings.postgres_port,
        database=settings.postgres_database,
        user="lmc_grafana",
        password=password_file(stack_folder / "secrets", "grafana").read_text().strip(),
    )
    yield connection
    await connection.close()


async def test_every_panel_has_an_answer(grafana: Connection) -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            rows = await grafana.fetch(asked(target["rawSql"]))

            assert rows, panel["title"]


async def test_a_tile_has_exactly_one_row_also_where_nothing_was_published(
    grafana: Connection,
) -> None:
    tiles = [panel for panel in PANELS if panel["type"] == "stat"]

    counts = [
        len(await grafana.fetch(asked(tile["targets"][0]["rawSql"]).replace(PROKUPLJE, "79022")))
        for tile in tiles
    ]

    assert counts == [1, 1, 1]


async def test_the_tile_of_placements_shows_what_is_published(
    grafana: Connection,
) -> None:
    tile = next(panel for panel in PANELS if "MI-13" in str(panel) and panel["type"] == "stat")

    assert await grafana.fetchval(asked(tile["targets"][0]["rawSql"])) == 1


async def test_the_choices_name_councils_in_cyrillic_and_quarters(
    grafana: Connection,
) -> None:
    queries = [variable["query"] for variable in DASHBOARD["templating"]["list"]]

    councils, periods = [await grafana.fetch(query) for query in queries]

    assert ("Прокупље", PROKUPLJE) in [tuple(row) for row in councils]
    assert all(re.fullmatch(r"\d{4}(-Q[1-4])?", row[0]) for row in periods)


@pytest.mark.parametrize("table", ["reporting.fact", "reporting.entry", "registration.audit"])
async def test_grafana_reads_nothing_else(grafana: Connection, table: str) -> None:
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedTableError)):
        await grafana.fetch(f"SELECT * FROM {table}")  # noqa: S608 - a name of this test


async def test_grafana_writes_nothing(grafana: Connection) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await grafana.execute("DELETE FROM published.value")


async def test_what_is_withheld_has_no_number_and_says_so(
    published: Desk, grafana: Connection
) -> None:
    await cast(published, "MI-13.placed", PROKUPLJE, (date(2023, 3, 1), date(2023, 3, 1)))
    shown = Shown.of(catalogue(published.context.declared)).measures
    async with published.context.pool.acquire() as connection, connection.transaction():
        await Censor(connection).withhold(shown)
    tile = next(panel for panel in PANELS if "MI-13" in str(panel) and panel["type"] == "stat")
    [row] = await grafana.fetch(asked(tile["targets"][0]["rawSql"]))
    everything = next(panel for panel in PANELS if panel["type"] == "table")
    told = {
        (row["Показатељ"], row["Мера"]): (row["Вредност"], row["Стање"])
        for row in await grafana.fetch(asked(everything["targets"][0]["rawSql"]))
    }
    [mapping] = tile["fieldConfig"]["defaults"]["mappings"]

    assert row[0] is None
    assert (mapping["options"]["match"], mapping["options"]["result"]["text"]) == (
        *("null", "у провери"),
    )
    assert told["MI-13", "placed"] == (None, "у провери")
    assert told["MI-05", "registered"] == (0, "0 (потврђено)")
