"""A published zero is known to be one only when all who should have reported."""

from pathlib import Path

import pytest

from services.reporting.settings import Settings
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import TOKEN, Desk
from tests.integration.reporting.expecting import (
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
from tests.reference.tell import ANA, NIS, PROKUPLJE, correct, retract, say


@pytest.fixture
async def june(open_desk: OpenDesk, tmp_path: Path) -> Desk:
    """A morning in June 2023; the employment service should report on Prokuplje."""
    return await open_desk(clock=lambda: NOW, reporters_file=listed(tmp_path, [NES]))


async def test_a_zero_is_silent_until_everybody_has_reported_through_the_periods_end(
    june: Desk,
) -> None:
    before = await shown(june)
    await june.fold(reported("2023-05-30"))
    nearly = await shown(june)
    await june.fold(reported("2023-05-31", factid="f-2"))

    assert (before, nearly) == ((None, "silent"), (None, "silent"))
    assert await shown(june) == (0, "zero")
    assert await shown(june, place="RS229") == (0, "zero")
    assert await shown(june, place=NIS) == (0, "zero")


async def test_a_running_period_is_complete_when_all_have_reported_through_yesterday(
    june: Desk,
) -> None:
    await june.fold(reported("2023-06-13"))
    before = await shown(june, period="2023-06")
    await june.fold(correct(reported("2023-06-13"), through="2023-06-14"))

    assert before == (None, "silent")
    assert await shown(june, period="2023-06") == (0, "zero")
    assert await shown(june, period="2023") == (0, "zero")


async def test_a_silent_answer_says_who_and_since_when(june: Desk) -> None:
    await june.fold(reported("2023-05-10"))
    told = await answer(june, VALUES, **PLACED)

    assert told["values"] == [
        {
            "measure": "placed",
            "bucket": "total",
            "value": None,
            "state": "silent",
            "code": "E1511",
            "detail": "o-nes has not reported on matching in 70998 Prokuplje since 2023-05-11.",
        }
    ]
    assert told["completeness"] == {
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


async def test_a_number_stays_a_number_and_exact_ones_never_change(june: Desk) -> None:
    zero = await answer(june, VALUES, token=TOKEN, layer="exact", **PLACED)
    await june.fold(say(MADE, "2023-05-02"))
    told = await answer(june, VALUES, **PLACED)

    assert [(row["value"], row["state"]) for row in zero["values"]] == [(0, "zero")]
    assert [(row["value"], row["state"]) for row in told["values"]] == [(1, "value")]
    assert zero["completeness"] == told["completeness"]
    assert told["completeness"]["silent"][0]["since"] == "2023-01-01"


async def test_nothing_is_added_to_an_answer_where_nothing_is_expected(june: Desk) -> None:
    told = await answer(june, VALUES, **(PLACED | {"place": NIS}))

    assert "completeness" not in told
    assert "targets" not in told


STATE = """
SELECT state, value FROM published.value
WHERE (indicator, measure, place, period) = ('MI-13', 'placed', $1, '2023-05')
"""


async def test_a_published_zero_follows_who_has_reported(june: Desk) -> None:
    made = say(MADE, "2023-05-02")
    await june.fold(made)
    await publish(june)
    await june.fold(retract(made))
    await publish(june)
    silent = [await june.context.pool.fetchrow(STATE, place) for place in (PROKUPLJE, "RS229")]
    await june.fold(reported("2023-05-31"))
    await publish(june)
    zero = [await june.context.pool.fetchrow(STATE, place) for place in (PROKUPLJE, "RS229")]
    await june.fold(retract(reported("2023-05-31")))
    await publish(june)

    assert [tuple(row) for row in silent if row] == [("silent", None)] * 2
    assert [tuple(row) for row in zero if row] == [("zero", 0)] * 2
    assert tuple(await june.context.pool.fetchrow(STATE, PROKUPLJE) or ()) == ("silent", None)
    assert await june.number("SELECT count(*) FROM reported_anew") == 0


async def test_a_new_day_makes_a_published_zero_of_a_running_period_silent(
    june: Desk, open_desk: OpenDesk
) -> None:
    made = say(MADE, "2023-06-02")
    await june.fold(made, retract(made), reported("2023-06-14"))
    await june.fold(say(MADE, "2023-06-03", ANA, factid="f-9"))
    await publish(june)
    await june.fold(retract(say(MADE, "2023-06-03", ANA, factid="f-9")))
    await publish(june)
    state = STATE.replace("2023-05", "2023-06")
    before = await june.context.pool.fetchval(state, PROKUPLJE)
    assert isinstance(june.context.settings, Settings)
    same = june.context.settings.reporters_file
    later = await open_desk(clock=lambda: NOW.replace(day=16), reporters_file=same)
    await publish(later, calendar=True)

    assert before == "zero"
    assert await june.context.pool.fetchval(state, PROKUPLJE) == "silent"


async def test_readers_of_sql_are_told_the_same_silence(june: Desk) -> None:
    await june.fold(reported("2023-05-10"))
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
