"""Targets and completeness over HTTP, from a real database, equal those of the reference."""

import random
from decimal import Decimal
from pathlib import Path

import pytest

from runtime.process.clock import belgrade_day
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.expectations import (
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
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.reference import targets_and_completeness as reference
from tests.reference.builders import PROKUPLJE, correct, make_event, retract
from tests.reference.contents import RECORDED
from tests.reference.logs import story
from tests.reference.shapes import Event
from tests.reference.targets_and_completeness import random_expectations, random_reporters

LOGS = 12
SINCE = "SELECT published.silent_since($1, $2, $3, $4)"


@pytest.fixture
async def june(open_reporting: OpenReporting, tmp_path: Path) -> ReportingHarness:
    """A morning in June 2023; the employment service should report on Prokuplje."""
    return await open_reporting(clock=lambda: NOW, reporters_file=listed(tmp_path, [NES]))


async def targets(reporting: ReportingHarness, as_of: str | None) -> reference.Targets:
    """The targets that count, as they are listed."""
    asked = {} if as_of is None else {"as_of": as_of}
    response = await answer(reporting, "/targets", token=None if as_of is None else TOKEN, **asked)
    return {
        (t["indicator"], t["measure"], t["place"], t["period"]): (
            Decimal(str(t["value"])),
            t["decision"],
        )
        for t in response["targets"]
        if t["value"] is not None
    }


async def through(
    reporting: ReportingHarness, as_of: str | None, place: str = "RS"
) -> dict[tuple[str, str, str], str]:
    """What was reported; the list is empty, so that all reports are unlisted."""
    asked = {"place": place, "period": "2023"} | ({} if as_of is None else {"as_of": as_of})
    response = await answer(
        reporting, "/completeness", token=None if as_of is None else TOKEN, **asked
    )
    return {
        (each["organisation"], domain["domain"], each["municipality"]): each["through"]
        for domain in response["domains"]
        for each in domain["extra"]
    }


async def fold_in_parts(reporting: ReportingHarness, events: list[Event], seed: int) -> None:
    """Fold the log in batches of any size; the publisher runs in between."""
    chance = random.Random(seed)  # noqa: S311 - a test's chances
    await reporting.context.pool.execute(
        "TRUNCATE fact, subject, entry, changed_cell, conflict, report_change, published.reported"
    )
    left = list(events)
    while left:
        size = chance.randint(1, len(left))
        await reporting.process(*left[:size])
        left = left[size:]
        if chance.random() < 0.5:
            await publish(reporting)


async def test_any_history_gives_the_targets_and_reports_of_the_reference_at_any_instant(
    reporting: ReportingHarness,
) -> None:
    for seed in range(LOGS):
        events = random_expectations(seed)
        await fold_in_parts(reporting, events, seed)
        for instant in (None, *RECORDED):
            where = f"seed {seed}, as of {instant}:\n{story(events)}"
            right = reference.reported_through(events, instant)

            assert await targets(reporting, instant) == reference.targets(events, instant), where
            assert await through(reporting, instant) == {k: str(d) for k, d in right.items()}, where
            here = {key: str(day) for key, day in right.items() if key[2] == PROKUPLJE}
            assert await through(reporting, instant, PROKUPLJE) == here, where
        await publish(reporting)
        published = {k: str(d) for k, d in reference.reported_through(events).items()}

        assert await through(reporting, None) == published, f"seed {seed}:\n{story(events)}"


async def test_the_silent_reporters_are_those_of_the_reference(
    open_reporting: OpenReporting, tmp_path: Path
) -> None:
    for seed in range(LOGS):
        rows, events = random_reporters(seed), random_expectations(seed)
        (folder := tmp_path / str(seed)).mkdir()
        reporting = await open_reporting(reporters_file=listed(folder, rows))
        await fold_in_parts(reporting, events, seed)
        today = belgrade_day(reporting.context.clock())
        for place, period in ((PROKUPLJE, "2023-06"), ("RS229", "2023"), ("RS", "to-2023-06")):
            response = await answer(reporting, "/completeness", place=place, period=period)
            asked = {"place": place, "period": period, "domains": reference.DOMAINS}
            found = {
                (s["organisation"], s["domain"], s["municipality"], s["since"])
                for domain in response["domains"]
                for s in domain["silent"]
            }
            right = reference.missing_reports(
                asked, rows, reference.reported_through(events), today
            )

            assert found == {(*who, str(since)) for *who, since in right}, f"seed {seed}"
            assert response["is_complete"] is (not right)
        await publish(reporting)
        for measure, domain in (("MI-13.placed", "matching"), ("PI-03.persons", "training")):
            asked = {"place": PROKUPLJE, "period": "2023-Q2", "domains": [domain]}
            right = reference.missing_reports(
                asked, rows, reference.reported_through(events), today
            )
            since = await reporting.context.pool.fetchval(
                *(SINCE, *measure.split("."), PROKUPLJE, "2023-Q2")
            )

            assert since == min((day for *_, day in right), default=None), f"seed {seed}: {measure}"
        await reporting.context.pool.close()


async def test_a_target_is_returned_with_the_total_it_is_set_for(june: ReportingHarness) -> None:
    await june.process(
        make_event(TARGET, "2023-01-10", "t-MI-13", value="40", decision="D-7"),
        make_event(TARGET, "2023-01-10", "t-MI-13", measure="retained", value="20", factid="f-2"),
        make_event(MADE, "2023-05-02"),
        make_event(MADE, "2023-05-02", f"p-0{'b' * 25}"),
    )
    response = await answer(june, VALUES, place=PROKUPLJE, period="2023")
    (placed, retained) = response["targets"]

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


async def test_a_target_is_listed_with_its_versions(june: ReportingHarness) -> None:
    first = make_event(TARGET, "2023-01-10", "t-MI-13", value="40", decision="D-7")
    await june.process(retract(correct(first, value="50"), revision=3), first)
    retracted = await answer(june, "/targets", indicator="MI-13", place=PROKUPLJE)
    await june.process(
        make_event(TARGET, "2023-02-01", "t-MI-13", value="60", decision="D-9", factid="f-2"),
        make_event(TARGET, "2023-02-01", "t-MI-13", measure="nothing", factid="f-3"),
    )
    response = await answer(june, "/targets", place="RS229")

    assert [(t["value"], t["versions"][0]["state"]) for t in retracted["targets"]] == [
        (None, "retracted")
    ]
    assert [
        (t["measure"], t["value"], t["decision"], t["is_known"]) for t in response["targets"]
    ] == [
        ("nothing", 100, "D-1", False),
        ("placed", 60, "D-9", True),
    ]
    assert [(v["decision"], v["state"]) for v in response["targets"][1]["versions"]] == [
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
async def test_an_as_of_request_needs_the_stewards_token(
    june: ReportingHarness, path: str, params: dict[str, str]
) -> None:
    asked = params | {"as_of": "2023-06-01T10:00:00.500Z"}
    nobody, steward = await june.get(path, asked), await june.get(path, asked, TOKEN)
    wrong = await june.get(path, asked | {"as_of": "yesterday"}, TOKEN)

    assert (nobody.status_code, steward.status_code) == (401, 200)
    assert steward.json()["as_of"] == "2023-06-01T10:00:00.500000Z"
    assert (wrong.status_code, wrong.json()["path"]) == (422, "$query.as_of")


async def test_completeness_has_every_domain_and_the_unlisted_reports(
    june: ReportingHarness,
) -> None:
    await june.process(
        reported("2023-05-10"),
        make_event(REPORTED, "2023-06-14", "o-matis", through="2023-06-10", factid="f-2"),
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
