"""Queries `GET /explain` as the steward does, over all pages."""

from typing import Any

from schemas.periods import parse_period
from services.reporting.indicators import catalogue
from services.reporting.tables.table import TOTAL, Table
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.reference.builders import PROKUPLJE

PARAMS = {"indicator": "MI-13", "place": PROKUPLJE, "period": "2023"}


def placed_table(reporting: ReportingHarness) -> Table:
    """Return the table of `placed` that PARAMS select."""
    definitions = catalogue(reporting.context.declared)
    definition = next(each for each in definitions if each.id == PARAMS["indicator"])
    measure = next(each for each in definition.measures if each.name == "placed")
    return Table(definition, measure, PARAMS["place"], parse_period(PARAMS["period"]), TOTAL)


async def explain(reporting: ReportingHarness, **params: str) -> dict[str, Any]:
    """Return the response to the steward."""
    response = await reporting.get("/explain", PARAMS | params, TOKEN)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def all_entries(reporting: ReportingHarness, **params: str) -> list[dict[str, Any]]:
    """Return the entries of all pages."""
    found: list[dict[str, Any]] = []
    body = await explain(reporting, **params)
    while True:
        found += body["entries"]["items"]
        if body["entries"]["next"] is None:
            assert len(found) == body["entries"]["total_count"]
            return found
        body = await explain(reporting, **params | {"after": body["entries"]["next"]})


def ids(facts: list[dict[str, Any]]) -> list[str]:
    return [fact["id"] for fact in facts]
