"""Builders for reporters, reports and targets, and requests for them over HTTP."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runtime.process.clock import belgrade_day
from services.reporting.completeness.loading import reporters_of
from services.reporting.indicators import catalogue
from services.reporting.publication.policy import PublishableMeasures
from services.reporting.publication.publisher import Publisher
from tests.integration.reporting.harness import ReportingHarness
from tests.reference.builders import PROKUPLJE, make_event
from tests.reference.shapes import Event
from tests.reference.targets_and_completeness import Row

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


async def publish(reporting: ReportingHarness, *, calendar: bool = False) -> Publisher:
    """One round of the publisher, in its order."""
    definitions = catalogue(reporting.context.declared)
    reporters = reporters_of(reporting.context.settings, reporting.context.declared)
    async with reporting.context.pool.acquire() as connection:
        measures = PublishableMeasures.of(definitions)
        publisher = Publisher(connection, measures, reporting.context.clock, reporters)
        await publisher.publish_metadata(definitions)
        if calendar:
            await publisher.publish_calendar(belgrade_day(reporting.context.clock()))
        await publisher.publish_councils()
        await publisher.publish_reports()
        await publisher.publish_areas()
        return publisher


async def answer(
    reporting: ReportingHarness, path: str, *, token: str | None = None, **params: str
) -> Any:
    """The response as JSON."""
    found = await reporting.get(path, params, token)
    assert found.status_code == 200, found.text
    return found.json()


async def shown(reporting: ReportingHarness, **changed: str) -> tuple[float | None, str]:
    """Value and state of the placed persons in Prokuplje in May, in layer published."""
    (row,) = (await answer(reporting, VALUES, **(PLACED | changed)))["values"]
    return row["value"], row["state"]


def reported(through: str, **fields: Any) -> Event:
    """A report of the employment service through a day."""
    return make_event(REPORTED, "2023-06-14", "o-nes", through=through, **fields)
