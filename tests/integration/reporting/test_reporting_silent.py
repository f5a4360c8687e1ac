"""A published zero is confirmed only when all expected reporters have reported."""

from pathlib import Path

import pytest

from services.reporting.settings import ReportingSettings
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.expectations import (
    MADE,
    NES,
    NOW,
    PLACED,
    VALUES,
    answer,
    listed,
    publish,
    reported,
    shown,
)
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.reference.builders import ANA, NIS, PROKUPLJE, correct, make_event, retract


@pytest.fixture
async def june(open_reporting: OpenReporting, tmp_path: Path) -> ReportingHarness:
    """A morning in June 2023; the employment service should report on Prokuplje."""
    return await open_reporting(clock=lambda: NOW, reporters_file=listed(tmp_path, [NES]))


async def test_a_zero_is_silent_until_everybody_has_reported_through_the_periods_end(
    june: ReportingHarness,
) -> None:
    before = await shown(june)
    await june.process(reported("2023-05-30"))
    nearly = await shown(june)
    await june.process(reported("2023-05-31", factid="f-2"))

    assert (before, nearly) == ((None, "silent"), (None, "silent"))
    assert await shown(june) == (0, "zero")
    assert await shown(june, place="RS229") == (0, "zero")
    assert await shown(june, place=NIS) == (0, "zero")


async def test_a_running_period_is_complete_when_all_have_reported_through_yesterday(
    june: ReportingHarness,
) -> None:
    await june.process(reported("2023-06-13"))
    before = await shown(june, period="2023-06")
    await june.process(correct(reported("2023-06-13"), through="2023-06-14"))

    assert before == (None, "silent")
    assert await shown(june, period="2023-06") == (0, "zero")
    assert await shown(june, period="2023") == (0, "zero")


async def test_a_silent_value_names_the_reporter_and_since_when(june: ReportingHarness) -> None:
    await june.process(reported("2023-05-10"))
    response = await answer(june, VALUES, **PLACED)

    assert response["values"] == [
        {
            "measure": "placed",
            "bucket": "total",
            "value": None,
            "unit": "persons",
            "state": "silent",
            "code": "E1511",
            "detail": "o-nes has not reported on matching in 70998 Prokuplje since 2023-05-11.",
        }
    ]
    assert response["completeness"] == {
        "due_on": "2023-05-31",
        "councils": 1,
        "silent": [
            {
                "organisation": "o-nes",
                "domain": "matching",
                "municipality": PROKUPLJE,
                "since": "2023-05-11",
            }
        ],
    }


async def test_only_published_zeros_become_silent(june: ReportingHarness) -> None:
    zero = await answer(june, VALUES, token=TOKEN, layer="exact", **PLACED)
    await june.process(make_event(MADE, "2023-05-02"))
    response = await answer(june, VALUES, **PLACED)

    assert [(row["value"], row["state"]) for row in zero["values"]] == [(0, "zero")]
    assert [(row["value"], row["state"]) for row in response["values"]] == [(1, "value")]
    assert zero["completeness"] == response["completeness"]
    assert response["completeness"]["silent"][0]["since"] == "2023-01-01"


async def test_a_response_has_no_completeness_where_nobody_is_expected(
    june: ReportingHarness,
) -> None:
    response = await answer(june, VALUES, **(PLACED | {"place": NIS}))

    assert "completeness" not in response
    assert "targets" not in response


STATE = """
SELECT state, value FROM published.value
WHERE (indicator, measure, place, period) = ('MI-13', 'placed', $1, '2023-05')
"""


async def test_a_published_zero_follows_the_reports(june: ReportingHarness) -> None:
    made = make_event(MADE, "2023-05-02")
    await june.process(made)
    await publish(june)
    await june.process(retract(made))
    await publish(june)
    silent = [await june.context.pool.fetchrow(STATE, place) for place in (PROKUPLJE, "RS229")]
    await june.process(reported("2023-05-31"))
    await publish(june)
    zero = [await june.context.pool.fetchrow(STATE, place) for place in (PROKUPLJE, "RS229")]
    await june.process(retract(reported("2023-05-31")))
    await publish(june)

    assert [tuple(row) for row in silent if row] == [("silent", None)] * 2
    assert [tuple(row) for row in zero if row] == [("zero", 0)] * 2
    assert tuple(await june.context.pool.fetchrow(STATE, PROKUPLJE) or ()) == ("silent", None)
    assert await june.fetch_number("SELECT count(*) FROM report_change") == 0


async def test_a_new_day_makes_a_published_zero_of_a_running_period_silent(
    june: ReportingHarness, open_reporting: OpenReporting
) -> None:
    made = make_event(MADE, "2023-06-02")
    await june.process(made, retract(made), reported("2023-06-14"))
    await june.process(make_event(MADE, "2023-06-03", ANA, factid="f-9"))
    await publish(june)
    await june.process(retract(make_event(MADE, "2023-06-03", ANA, factid="f-9")))
    await publish(june)
    state = STATE.replace("2023-05", "2023-06")
    before = await june.context.pool.fetchval(state, PROKUPLJE)
    assert isinstance(june.context.settings, ReportingSettings)
    same = june.context.settings.reporters_file
    later = await open_reporting(clock=lambda: NOW.replace(day=16), reporters_file=same)
    await publish(later, calendar=True)

    assert before == "zero"
    assert await june.context.pool.fetchval(state, PROKUPLJE) == "silent"


async def test_the_sql_function_finds_the_same_silence(june: ReportingHarness) -> None:
    await june.process(reported("2023-05-10"))
    await publish(june)
    since = "SELECT published.silent_since('MI-13', 'placed', $1, $2)::text"

    for period, expected in (
        ("2023-05", "2023-05-11"),
        ("2023-Q2", "2023-05-11"),
        ("2023", "2023-05-11"),
        ("to-2023-05", "2023-05-11"),
        ("2023-04", None),
        ("2023-Q1", None),
        ("2022", None),
    ):
        assert await june.context.pool.fetchval(since, PROKUPLJE, period) == expected, period
    assert await june.context.pool.fetchval(since, NIS, "2023-05") is None
