"""Targets and completeness over HTTP, from a real database: as the reference has them."""

import random
from decimal import Decimal
from pathlib import Path

import pytest

from runtime.clock import belgrade_day
from schemas.attributes import instant_of
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import TOKEN, Desk
from tests.integration.reporting.expecting import (
    MADE,
    NES,
    NOW,
    REPORTED,
    TARGET,
    VALUES,
    answer,
    listed,
    publish,
    reported,
)
from tests.reference import expecting
from tests.reference.contents import RECORDED
from tests.reference.expecting import random_expectations, random_reporters
from tests.reference.logs import story
from tests.reference.plain import Event
from tests.reference.tell import PROKUPLJE, correct, retract, say

LOGS = 12
SINCE = "SELECT published.silent_since($1, $2, $3, $4)"


@pytest.fixture
async def june(open_desk: OpenDesk, tmp_path: Path) -> Desk:
    """A morning in June 2023; the employment service should report on Prokuplje."""
    return await open_desk(clock=lambda: NOW, reporters_file=listed(tmp_path, [NES]))


async def targets(desk: Desk, known_at: str | None) -> expecting.Targets:
    """What stands, as it is listed."""
    asked = {} if known_at is None else {"known_at": known_at}
    told = await answer(desk, "/targets", token=None if known_at is None else TOKEN, **asked)
    return {
        (t["indicator"], t["measure"], t["place"], t["period"]): (
            Decimal(str(t["value"])),
            t["decision"],
        )
        for t in told["targets"]
        if t["value"] is not None
    }


async def through(
    desk: Desk, known_at: str | None, place: str = "RS"
) -> dict[tuple[str, str, str], str]:
    """What was reported; nobody is on the list, so that all is told as extra."""
    asked = {"place": place, "period": "2023"} | (
        {} if known_at is None else {"known_at": known_at}
    )
    told = await answer(desk, "/completeness", token=None if known_at is None else TOKEN, **asked)
    return {
        (each["organisation"], domain["domain"], each["municipality"]): each["through"]
        for domain in told["domains"]
        for each in domain["extra"]
    }


async def fold_in_parts(desk: Desk, events: list[Event], seed: int) -> None:
    """Fold the log in batches of any size; the publisher looks in between."""
    chance = random.Random(seed)  # noqa: S311 - a test's chances
    await desk.context.pool.execute(
        "TRUNCATE fact, subject, entry, dirty, conflict, reported_anew, published.reported"
    )
    left = list(events)
    while left:
        size = chance.randint(1, len(left))
        await desk.fold(*left[:size])
        left = left[size:]
        if chance.random() < 0.5:
            await publish(desk)


async def test_any_history_gives_the_targets_and_reports_of_the_reference_at_any_instant(
    desk: Desk,
) -> None:
    for seed in range(LOGS):
        events = random_expectations(seed)
        await fold_in_parts(desk, events, seed)
        for instant in (None, *RECORDED):
            told = f"seed {seed}, known at {instant}:\n{story(events)}"
            right = expecting.reported(events, instant)

            assert await targets(desk, instant) == expecting.targets(events, instant), told
            assert await through(desk, instant) == {k: str(d) for k, d in right.items()}, told
            here = {key: str(day) for key, day in right.items() if key[2] == PROKUPLJE}
            assert await through(desk, instant, PROKUPLJE) == here, told
        await publish(desk)
        published = {k: str(d) for k, d in expecting.reported(events).items()}

        assert await through(desk, None) == published, f"seed {seed}:\n{story(events)}"


async def test_who_is_silent_is_who_the_reference_says(open_desk: OpenDesk, tmp_path: Path) -> None:
    for seed in range(LOGS):
        rows, events = random_reporters(seed), random_expectations(seed)
        (folder := tmp_path / str(seed)).mkdir()
        desk = await open_desk(reporters_file=listed(folder, rows))
        await fold_in_parts(desk, events, seed)
        today = belgrade_day(desk.context.clock())
        for place, period in ((PROKUPLJE, "2023-06"), ("RS229", "2023"), ("RS", "to-2023-06")):
            told = await answer(desk, "/completeness", place=place, period=period)
            asked = {"place": place, "period": period, "domains": expecting.DOMAINS}
            found = {
                (s["organisation"], s["domain"], s["municipality"], s["since"])
                for domain in told["domains"]
                for s in domain["silent"]
            }
            right = expecting.silent(asked, rows, expecting.reported(events), today)

            assert found == {(*who, str(since)) for *who, since in right}, f"seed {seed}"
            assert told["is_complete"] is (not right)
        await publish(desk)
        for measure, domain in (("MI-13.placed", "matching"), ("PI-03.persons", "training")):
            asked = {"place": PROKUPLJE, "period": "2023-Q2", "domains": [domain]}
            right = expecting.silent(asked, rows, expecting.reported(events), today)
            since = await desk.context.pool.fetchval(
                *(SINCE, *measure.split("."), PROKUPLJE, "2023-Q2")
            )

            assert since == min((day for *_, day in right), default=None), f"seed {seed}: {measure}"
        await desk.context.pool.close()


async def test_a_target_stands_beside_the_total_it_is_set_for(june: Desk) -> None:
    await june.fold(
        say(TARGET, "2023-01-10", "t-MI-13", value="40", decision="D-7"),
        say(TARGET, "2023-01-10", "t-MI-13", measure="retained", value="20", factid="f-2"),
        say(MADE, "2023-05-02"),
        say(MADE, "2023-05-02", f"p-0{'b' * 25}"),
    )
    told = await answer(june, VALUES, place=PROKUPLJE, period="2023")
    (placed, retained) = told["targets"]

    assert placed == {
        "measure": "placed",
        "value": 40,
        "decision": "D-7",
        "percent": 5,
        "pace": {"days_passed": 165, "days": 365, "due_to_date": 18.1, "pace_percent": 11.1},
        "state": "value",
    }
    assert (retained["percent"], retained["state"]) == (None, "denied")
    assert retained["pace"]["pace_percent"] is None
    for elsewhere in ({"period": "2023-Q2"}, {"place": "RS229"}, {"split": "sex"}):
        other = await answer(june, VALUES, **({"place": PROKUPLJE, "period": "2023"} | elsewhere))
        assert "targets" not in other, elsewhere


async def test_a_target_is_listed_with_who_set_what_and_when(june: Desk) -> None:
    first = say(TARGET, "2023-01-10", "t-MI-13", value="40", decision="D-7")
    await june.fold(retract(correct(first, value="50"), revision=3), first)
    gone = await answer(june, "/targets", indicator="MI-13", place=PROKUPLJE)
    await june.fold(
        say(TARGET, "2023-02-01", "t-MI-13", value="60", decision="D-9", factid="f-2"),
        say(TARGET, "2023-02-01", "t-MI-13", measure="nothing", factid="f-3"),
    )
    told = await answer(june, "/targets", place="RS229")

    assert [(t["value"], t["versions"][0]["state"]) for t in gone["targets"]] == [
        (None, "retracted")
    ]
    assert [(t["measure"], t["value"], t["decision"], t["is_known"]) for t in told["targets"]] == [
        ("nothing", 100, "D-1", False),
        ("placed", 60, "D-9", True),
    ]
    assert [(v["decision"], v["state"]) for v in told["targets"][1]["versions"]] == [
        ("D-7", "retracted"),
        ("D-9", "counts"),
    ]
    assert (await answer(june, "/targets", indicator="MI-05"))["targets"] == []


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/targets", {}),
        ("/completeness", {"place": PROKUPLJE, "period": "2023"}),
    ],
)
async def test_what_was_known_then_is_the_stewards_alone(
    june: Desk, path: str, params: dict[str, str]
) -> None:
    asked = params | {"known_at": RECORDED[0]}
    nobody, steward = await june.ask(path, asked), await june.ask(path, asked, TOKEN)
    wrong = await june.ask(path, asked | {"known_at": "yesterday"}, TOKEN)

    assert (nobody.status_code, steward.status_code) == (401, 200)
    assert steward.json()["known_at"] == instant_of(RECORDED[0], "known_at").isoformat().replace(
        "+00:00", "Z"
    )
    assert (wrong.status_code, wrong.json()["path"]) == (422, "$query.known_at")


async def test_completeness_tells_of_every_domain_and_of_those_not_on_the_list(june: Desk) -> None:
    await june.fold(
        reported("2023-05-10"),
        say(REPORTED, "2023-06-14", "o-matis", through="2023-06-10", factid="f-2"),
    )
    council = await answer(june, "/completeness", place=PROKUPLJE, period="2023-05")
    country = await answer(june, "/completeness", place="RS", period="2023-05")
    domains = {each["domain"]: each for each in council["domains"]}

    assert list(domains) == ["registration", "training", "matching", "reference"]
    assert [d for d, each in domains.items() if not each["is_complete"]] == ["matching"]
    assert domains["matching"]["expected"] == [
        {
            "organisation": "o-nes",
            "through": "2023-05-10",
            "is_silent": True,
            "days_late": 21,
            "councils": 1,
            "silent_councils": 1,
        }
    ]
    assert domains["matching"]["extra"] == [
        {"organisation": "o-matis", "municipality": PROKUPLJE, "through": "2023-06-10"}
    ]
    assert (country["is_complete"], country["domains"][2]["silent_councils"]) == (False, 1)
