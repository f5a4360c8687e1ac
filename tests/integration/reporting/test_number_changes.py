"""Why a number has changed, from the real database."""

import random
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from schemas.validation.problems import Refusal
from services.reporting.lineage.replay import ChangeQuery, replay_changes
from services.reporting.queries.snapshot import snapshot
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.explanations import placed_table
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.reference.builders import ANA, BOBAN, CECA, NIS, PROKUPLJE, correct, make_event, retract
from tests.reference.contents import RECORDED
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.shapes import Event
from tests.reference.tables import questions

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"
MERGED, ERASED = "registration.person.merged", "registration.person.erased"
GRANTED = "registration.consent.granted"
PARAMS = {"indicator": "MI-13", "place": PROKUPLJE, "period": "2023", "measure": "placed"}
SINCE = {"since": "2023-06-30T22:00:00Z"}
LOGS = 6
QUESTIONS_PER_LOG = 8


def at(event: Event, instant: str) -> Event:
    """The event, accepted at this instant."""
    return event | {"recordedtime": instant}


EARLY, LATER = "2023-03-10T09:00:00Z", "2023-08-01T09:00:00Z"


async def change(reporting: ReportingHarness, **params: str) -> dict[str, Any]:
    response = await reporting.get("/explain", PARAMS | SINCE | params, TOKEN)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()["change"]
    return body


def sums(body: dict[str, Any]) -> tuple[float, dict[str, float], float]:
    """Before, net by reason, after."""
    (number,) = body["numbers"]
    net = {row["reason"]: row["net"] for row in number["reasons"]}
    return number["before"]["value"], net, number["after"]["value"]


def changed_entries(body: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(e["reason"], e["change"], e["on"]) for e in body["entries"]["items"]]


async def test_late_and_new_facts_are_distinguished_by_the_first_instants_day(
    reporting: ReportingHarness,
) -> None:
    # 22:00 UTC is midnight in Belgrade: the day of the first moment is the first of July.
    await reporting.process(
        at(make_event(MADE, "2023-06-30", ANA, factid="late"), LATER),
        at(make_event(MADE, "2023-07-01", BOBAN, factid="new"), LATER),
    )
    body = await change(reporting)

    assert sums(body) == (0, {"late": 1, "new": 1}, 2)
    assert sorted(changed_entries(body)) == [
        ("late", "added", "2023-06-30"),
        ("new", "added", "2023-07-01"),
    ]


async def test_a_correction_and_a_retraction_remove_entries(reporting: ReportingHarness) -> None:
    made = at(make_event(MADE, "2023-03-02", ANA, factid="a"), EARLY)
    other = at(make_event(MADE, "2023-03-03", BOBAN, factid="b"), EARLY)
    to_nis, retracted = at(correct(made, municipality=NIS), LATER), at(retract(other), LATER)
    await reporting.process(made, other, to_nis, retracted)
    body = await change(reporting)
    causes = {e["reason"]: [f["id"] for f in e["caused_by"]] for e in body["entries"]["items"]}

    assert sums(body) == (2, {"correction": -1, "retraction": -1}, 0)
    assert causes == {"correction": [to_nis["id"]], "retraction": [retracted["id"]]}
    assert sums(await change(reporting, place="RS"))[1] == {"correction": 0, "retraction": -1}


async def test_a_merge_and_its_undoing_change_how_many_persons_there_are(
    reporting: ReportingHarness,
) -> None:
    merged = at(make_event(MERGED, "2023-07-01", BOBAN, **{"with": ANA}), LATER)
    await reporting.process(
        at(make_event(MADE, "2023-03-02", ANA, factid="a"), EARLY),
        at(make_event(MADE, "2023-03-03", BOBAN, factid="b"), EARLY),
        merged,
    )
    together = await change(reporting)
    await reporting.process(at(retract(merged), "2023-09-01T09:00:00Z"))

    assert sums(together) == (2, {"merge": -1}, 1)
    assert sums(await change(reporting, since="2023-08-30T22:00:00Z")) == (1, {"merge": 1}, 2)
    assert sums(await change(reporting)) == (2, {}, 2)


async def test_facts_after_the_second_instant_change_nothing(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(
        at(make_event(MADE, "2023-03-02", ANA), EARLY),
        at(make_event(MADE, "2023-03-03", BOBAN), LATER),
        at(make_event(MADE, "2023-03-04", BOBAN, factid="c"), "2023-12-01T09:00:00Z"),
        at(make_event(MADE, "2023-03-04", CECA), "2023-12-01T09:00:00Z"),
    )

    assert sums(await change(reporting, until="2023-10-01T00:00:00Z")) == (1, {"late": 1}, 2)
    assert sums(await change(reporting)) == (1, {"late": 2}, 3)


async def test_a_terms_end_changes_the_state_by_the_calendar(open_reporting: OpenReporting) -> None:
    reporting = await open_reporting()
    await reporting.process(at(make_event(MADE, "2023-03-02"), EARLY))
    body = await change(reporting, measure="due")
    (number,) = body["numbers"]

    assert (number["before"]["state"], number["after"]["state"]) == ("pending", "value")
    assert number["reasons"] == [{"reason": "calendar", "net": 0, "added": 0, "removed": 0}]


async def test_todays_consent_applies_at_both_instants(reporting: ReportingHarness) -> None:
    service = make_event(
        "registration.service.delivered", "2023-03-02", service="job_search_support"
    )
    await reporting.process(at(service, EARLY), at(make_event(GRANTED, "2023-01-01"), LATER))
    body = await change(reporting, indicator="PI-02", measure="consented")

    assert sums(body) == (1, {}, 1)


async def test_entries_stored_by_other_definitions_have_the_reason_definition(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(
        at(make_event(MADE, "2023-03-02"), EARLY), at(make_event(MADE, "2023-03-09", BOBAN), LATER)
    )
    await reporting.context.pool.execute("UPDATE projection SET definitions_fingerprint = 'other'")
    await reporting.context.pool.execute("DELETE FROM entry WHERE on_date = '2023-03-02'")
    body = await change(reporting)

    assert sums(body) == (1, {"definition": -1, "late": 1}, 1)


async def test_of_an_erased_person_only_the_change_is_shown(reporting: ReportingHarness) -> None:
    await reporting.process(
        at(make_event(MADE, "2023-03-02", ANA), LATER),
        at(make_event(ERASED, "2023-09-01", ANA), "2023-09-01T09:00:00Z"),
    )
    response = await reporting.get("/explain", PARAMS | SINCE, TOKEN)
    (entry,) = response.json()["change"]["entries"]["items"]

    assert (entry["subject"], entry["facts"], entry["caused_by"]) == ("erased person", [], [])
    assert ANA not in response.text


async def test_a_query_that_replays_too_many_persons_is_refused(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(
        at(make_event(MADE, "2023-03-02", ANA), LATER),
        at(make_event(MADE, "2023-03-02", BOBAN), LATER),
    )
    since = datetime.fromisoformat(SINCE["since"])
    query = ChangeQuery([placed_table(reporting)], None, since, None, range(10))
    async with snapshot(reporting.context.pool) as connection:
        with pytest.raises(Refusal, match="E1510") as refused:
            await replay_changes(connection, query, codes_max=1)

    assert "smaller place" in refused.value.problem.remedy


async def test_changes_come_in_pages(reporting: ReportingHarness) -> None:
    made = [at(make_event(MADE, f"2023-0{n}-02", factid=f"{n}"), LATER) for n in range(1, 8)]
    await reporting.process(*made)
    all_changes = changed_entries(await change(reporting))
    found, after = [], "0"
    while after:
        body = await change(reporting, limit="3", after=after)
        found += changed_entries(body)
        after = body["entries"]["next"]

    assert len(all_changes) == 7
    assert found == all_changes


@pytest.mark.parametrize("until", [None, RECORDED[4]])
async def test_the_sums_equal_the_tables_as_of_both_instants(
    reporting: ReportingHarness, until: str | None
) -> None:
    kinds: Counter[str] = Counter()
    for seed in range(LOGS):
        chance, events = random.Random(seed), random_log(seed)  # noqa: S311 - a test's chances
        await reporting.context.pool.execute(
            "TRUNCATE fact, subject, entry, changed_cell, conflict, erased_subject"
        )
        await reporting.process(*events)
        since = RECORDED[seed % 4]
        every = [q for q in questions(entries_of(events)) if q.split == "total"]
        for question in chance.sample(every, min(QUESTIONS_PER_LOG, len(every))):
            indicator, _, measure = question.measure.partition(".")
            place = {"place": question.place, "period": question.period}
            instants = {"since": since} | ({"until": until} if until else {})
            body = await change(
                reporting, indicator=indicator, measure=measure, **place, **instants
            )
            (number,) = body["numbers"]
            shown = [(number[at]["value"], number[at]["state"]) for at in ("before", "after")]
            right = [
                (await reporting.values(indicator, **place, measure=measure, **known))[
                    measure, "total"
                ]
                for known in ({"as_of": since}, {"as_of": until} if until else {})
            ]
            kinds.update(row["reason"] for row in number["reasons"])

            assert shown == right, f"seed {seed}: {question}"
    assert kinds["late"]
