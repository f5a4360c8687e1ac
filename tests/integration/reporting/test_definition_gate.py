"""A replica processes records only if the entries follow its own definitions."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from runtime.process.errors import DependencyMissing
from runtime.process.retry import RetryPolicy
from runtime.web.app import build_app
from services.reporting.api.routes import routes
from services.reporting.board import routes as board
from services.reporting.board.notifier import BoardNotifier
from services.reporting.indicators import catalogue
from services.reporting.projection.batch_handler import Definitions, ProjectionHandler
from services.reporting.projection.definition_gate import (
    DefinitionGate,
    claim_projection,
    difference_from_stored,
    wait_until_current,
)
from services.reporting.projection.fingerprint import DefinitionPart
from services.reporting.projection.freshness import ProgressTracker
from services.reporting.projection.id_dictionary import IdDictionary
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import ReportingHarness
from tests.reference.builders import make_event
from tests.waiting import eventually

CHANGE_FINGERPRINT = "UPDATE projection SET definitions_fingerprint = $1"
WITHOUT_VERSIONS = """
UPDATE projection SET definitions_fingerprint = sha256('files'), definitions = DEFAULT
"""
OBSERVED, SURVEY = "reference.observation.loaded", "s-survey_workshops"


def handler_with_other_definitions(reporting: ReportingHarness) -> ProjectionHandler:
    return ProjectionHandler(
        replace(reporting.handler.definitions, fingerprint=b"newer"),
        IdDictionary(reporting.context.pool),
        None,
    )


async def test_a_program_with_other_definitions_refuses_records(
    reporting: ReportingHarness,
) -> None:
    newer = handler_with_other_definitions(reporting)

    assert not await claim_projection(reporting.context.pool, newer)
    with pytest.raises(DependencyMissing, match="other definitions"):
        await replace_handler(reporting, newer).process(
            make_event("matching.placement.made", "2023-03-02")
        )
    assert await reporting.fetch_number("SELECT count(*) FROM fact") == 0


async def test_it_waits_and_reports_it_until_the_tables_are_cut_over(
    reporting: ReportingHarness,
) -> None:
    newer, gate = handler_with_other_definitions(reporting), DefinitionGate()
    waiting = asyncio.create_task(
        wait_until_current(reporting.context.pool, newer, RetryPolicy(lambda _: None), gate)
    )
    await eventually(lambda: _is(gate.unready_reason() is not None))
    reason = gate.unready_reason()
    await reporting.context.pool.execute(CHANGE_FINGERPRINT, b"newer")
    await waiting

    assert reason is not None
    assert "lmc rebuild" in reason
    assert gate.unready_reason() is None


async def test_the_reason_names_definitions_and_versions_in_one_line(
    reporting: ReportingHarness,
) -> None:
    mine = reporting.handler.definitions
    parts = {**mine.parts, "MI-13": DefinitionPart(99, "")}
    newer = ProjectionHandler(replace(mine, parts=parts), reporting.handler.ids, None)

    reason = await difference_from_stored(reporting.context.pool, newer)

    assert f"(MI-13: version {mine.parts['MI-13'].version} → 99): nothing is processed" in reason
    assert "`lmc rebuild`" in reason
    assert "\n" not in reason


async def test_stored_entries_without_versions_are_refused_in_one_line(
    reporting: ReportingHarness,
) -> None:
    await reporting.context.pool.execute(WITHOUT_VERSIONS)

    reason = await difference_from_stored(reporting.context.pool, reporting.handler)

    assert not await claim_projection(reporting.context.pool, reporting.handler)
    assert "name no versions of definitions" in reason
    assert "`lmc rebuild`" in reason
    assert "\n" not in reason


async def test_the_older_program_refuses_records_after_the_change(
    reporting: ReportingHarness,
) -> None:
    await reporting.context.pool.execute(CHANGE_FINGERPRINT, b"newer")

    with pytest.raises(DependencyMissing, match="other definitions"):
        await reporting.process(make_event("matching.placement.made", "2023-03-02"))


async def test_a_series_that_is_declared_later_counts_earlier_observations(
    reporting: ReportingHarness, open_reporting: OpenReporting
) -> None:
    fewer = fewer_series(reporting)
    assert await claim_projection(reporting.context.pool, fewer)
    await replace_handler(reporting, fewer).process(observation())
    before = await reporting.fetch_number("SELECT count(*) FROM entry")
    more = await open_reporting()

    assert before == 0
    assert await more.fetch_number("SELECT count(*) FROM entry") == 1
    with pytest.raises(DependencyMissing, match="another catalogue file"):
        await reporting.process(observation())


async def test_no_numbers_are_shown_while_the_entries_follow_other_definitions(
    reporting: ReportingHarness,
) -> None:
    gate = DefinitionGate()
    router = routes(ProgressTracker(()), gate)
    router.include_router(board.routes(ProgressTracker(()), BoardNotifier(), gate))
    transport = httpx.ASGITransport(build_app("reporting", reporting.context, router))
    asked = {"place": "RS", "period": "2023"}
    async with httpx.AsyncClient(transport=transport, base_url="http://reporting") as client:
        before = await client.get("/indicators/MI-05/values", params=asked)
        gate.block("run `lmc rebuild`")
        after = await client.get("/indicators/MI-05/values", params=asked)
        page = await client.get("/board/70998")

    assert before.status_code == 200
    assert (after.status_code, after.json()["code"]) == (503, "E1507")
    assert "lmc rebuild" in after.json()["detail"]
    assert page.status_code == 503


def fewer_series(reporting: ReportingHarness) -> ProjectionHandler:
    """Return the handler of an installation that has not declared the survey."""
    declared = reporting.context.declared
    series = {name: each for name, each in declared.series.items() if name != SURVEY[2:]}
    mine = Definitions.of(replace(declared, series=series))
    assert len(mine.catalogue) == len(catalogue(declared))
    return ProjectionHandler(mine, reporting.handler.ids, None)


def replace_handler(reporting: ReportingHarness, handler: ProjectionHandler) -> ReportingHarness:
    reporting.handler = handler
    return reporting


def observation() -> dict[str, object]:
    return make_event(
        OBSERVED,
        "2023-06-30",
        SURVEY,
        period="2023-06",
        municipality="70998",
        value="68",
        vintage="2023-07-01",
    )


async def _is(what: bool) -> bool:  # noqa: FBT001 - the condition itself
    return what
