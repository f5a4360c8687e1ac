"""Every query of the rendered dashboard, run on a real database with Grafana's own role."""

import json
import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from lmc.devstack.provisioning import password_file
from runtime.storage.pool import Connection
from schemas.serbian_text import cyrillic_order
from schemas.territory import COUNCILS
from services.reporting.indicators import catalogue
from services.reporting.publication.policy import PublishableMeasures
from services.reporting.publication.publisher import Publisher
from services.reporting.publication.withholding_repository import WithholdingRepository
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import ReportingHarness
from tests.integration.reporting.holds import add_hold
from tests.reference.builders import make_event

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


def filled(sql: str) -> str:
    """A query as Grafana sends it, its macros and variables filled in."""
    for macro, value in MACROS.items():
        sql = sql.replace(macro, value)
    return sql


@pytest.fixture
async def published(open_reporting: OpenReporting) -> ReportingHarness:
    """One placement in Prokuplje in March 2023, published."""
    reporting = await open_reporting()
    await reporting.process(
        make_event("matching.placement.made", "2023-03-02", municipality=PROKUPLJE)
    )
    definitions = catalogue(reporting.context.declared)
    async with reporting.context.pool.acquire() as connection:
        publisher = Publisher(
            connection, PublishableMeasures.of(definitions), reporting.context.clock
        )
        await publisher.publish_metadata(definitions)
        await publisher.publish_councils()
    return reporting


@pytest.fixture
async def grafana(published: ReportingHarness, stack_folder: Path) -> AsyncIterator[Connection]:
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


async def test_every_panel_has_rows(grafana: Connection) -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            rows = await grafana.fetch(filled(target["rawSql"]))

            assert rows, panel["title"]


async def test_a_tile_has_exactly_one_row_also_where_nothing_was_published(
    grafana: Connection,
) -> None:
    tiles = [panel for panel in PANELS if panel["type"] == "stat"]

    counts = [
        len(await grafana.fetch(filled(tile["targets"][0]["rawSql"]).replace(PROKUPLJE, "79022")))
        for tile in tiles
    ]

    assert counts == [1, 1, 1]


async def test_the_tile_of_placements_shows_what_is_published(
    grafana: Connection,
) -> None:
    tile = next(panel for panel in PANELS if "MI-13" in str(panel) and panel["type"] == "stat")

    assert await grafana.fetchval(filled(tile["targets"][0]["rawSql"])) == 1


async def test_the_choices_name_councils_in_cyrillic_and_quarters(
    grafana: Connection,
) -> None:
    queries = [variable["query"] for variable in DASHBOARD["templating"]["list"]]

    councils, periods = [await grafana.fetch(query) for query in queries]

    assert ("Прокупље", PROKUPLJE) in [tuple(row) for row in councils]
    assert all(re.fullmatch(r"\d{4}(-Q[1-4])?", row[0]) for row in periods)


async def test_the_councils_stand_in_the_order_of_the_serbian_alphabet(
    grafana: Connection,
) -> None:
    [variable] = (v for v in DASHBOARD["templating"]["list"] if v["name"] == "council")
    names = [row["__text"] for row in await grafana.fetch(variable["query"])]
    wanted = sorted((place.name_cyrillic for place in COUNCILS.values()), key=cyrillic_order)

    assert names == wanted
    assert names.index("Димитровград") < names.index("Ђаковица") < names.index("Жабаљ")


@pytest.mark.parametrize("table", ["reporting.fact", "reporting.entry", "registration.audit"])
async def test_grafana_reads_nothing_else(grafana: Connection, table: str) -> None:
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedTableError)):
        await grafana.fetch(f"SELECT * FROM {table}")  # noqa: S608 - a name of this test


async def test_grafana_writes_nothing(grafana: Connection) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await grafana.execute("DELETE FROM published.value")


async def test_a_withheld_total_has_no_number_and_is_shown_as_such(
    published: ReportingHarness, grafana: Connection
) -> None:
    await add_hold(published, "MI-13.placed", PROKUPLJE, (date(2023, 3, 1), date(2023, 3, 1)))
    measures = PublishableMeasures.of(catalogue(published.context.declared)).measures
    async with published.context.pool.acquire() as connection, connection.transaction():
        await WithholdingRepository(connection).withhold(measures)
    tile = next(panel for panel in PANELS if "MI-13" in str(panel) and panel["type"] == "stat")
    [row] = await grafana.fetch(filled(tile["targets"][0]["rawSql"]))
    everything = next(panel for panel in PANELS if panel["type"] == "table")
    values = {
        (row["Показатељ"], row["Мера"]): (row["Вредност"], row["Стање"])
        for row in await grafana.fetch(filled(everything["targets"][0]["rawSql"]))
    }
    [mapping] = tile["fieldConfig"]["defaults"]["mappings"]

    assert row[0] is None
    assert (mapping["options"]["match"], mapping["options"]["result"]["text"]) == (
        *("null", "у провери"),
    )
    assert values["MI-13", "placed"] == (None, "у провери")
    assert values["MI-05", "registered"] == (0, "0 (потврђено)")
