"""How tests tell what is expected, and how they ask for it over HTTP."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runtime.clock import belgrade_day
from services.reporting.expecting.reading import reporters_of
from services.reporting.indicators import catalogue
from services.reporting.publishing.publisher import Publisher, Shown
from tests.integration.reporting.desk import Desk
from tests.reference.expecting import Row
from tests.reference.plain import Event
from tests.reference.tell import PROKUPLJE, say

TARGET, REPORTED, MADE = (
    "reference.target.set",
    "reference.partner.reported",
    "matching.placement.made",
)
NOW = datetime(2023, 6, 15, 8, tzinfo=UTC)
VALUES = "/indicators/MI-13/values"
PLACED = {"place": PROKUPLJE, "period": "2023-05", "measure": "placed"}
NES: Row = {
    "organisation": "o-nes",
    "domain": "matching",
    "municipality": PROKUPLJE,
    "from": "2023-01-01",
}


def listed(folder: Path, rows: Iterable[Row]) -> Path:
    """A file of reporters."""
    path = folder / "reporters.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(NES))
        writer.writeheader()
        writer.writerows(rows)
    return path


async def publish(desk: Desk, *, calendar: bool = False) -> Publisher:
    """One round of the publisher, in its order."""
    definitions = catalogue(desk.context.declared)
    reporters = reporters_of(desk.context.settings, desk.context.declared)
    async with desk.context.pool.acquire() as connection:
        publisher = Publisher(connection, Shown.of(definitions), desk.context.clock, reporters)
        await publisher.describe(definitions)
        if calendar:
            await publisher.calendar(belgrade_day(desk.context.clock()))
        await publisher.councils()
        await publisher.reports()
        await publisher.larger_places()
        return publisher


async def answer(desk: Desk, path: str, *, token: str | None = None, **params: str) -> Any:
    """What is answered, as JSON."""
    found = await desk.ask(path, params, token)
    assert found.status_code == 200, found.text
    return found.json()


async def shown(desk: Desk, **changed: str) -> tuple[float | None, str]:
    """Value and state of what was placed in Prokuplje in May, in layer published."""
    (row,) = (await answer(desk, VALUES, **(PLACED | changed)))["values"]
    return row["value"], row["state"]


def reported(through: str, **told: Any) -> Event:
    """The employment service has told of everything through a day."""
    return say(REPORTED, "2023-06-14", "o-nes", through=through, **told)
