"""Why a number is another one than it was, from the real database."""

import random
from collections import Counter
from typing import Any

import pytest

from services.reporting.explaining import difference
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import TOKEN, Desk
from tests.reference.contents import RECORDED
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.plain import Event
from tests.reference.tables import questions
from tests.reference.tell import ANA, BOBAN, CECA, NIS, PROKUPLJE, correct, retract, say

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"
MERGED, ERASED = "registration.person.merged", "registration.person.erased"
GRANTED = "registration.consent.granted"
ASKED = {"indicator": "MI-13", "place": PROKUPLJE, "period": "2023", "measure": "placed"}
SINCE = {"since": "2023-06-30T22:00:00Z"}
LOGS = 6
QUESTIONS_PER_LOG = 8


def at(event: Event, instant: str) -> Event:
    """The event, accepted at this instant."""
    return event | {"recordedtime": instant}


EARLY, LATER = "2023-03-10T09:00:00Z", "2023-08-01T09:00:00Z"


async def change(desk: Desk, **asked: str) -> dict[str, Any]:
    answer = await desk.ask("/explain", ASKED | SINCE | asked, TOKEN)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()["change"]
    return told


def sums(told: dict[str, Any]) -> tuple[float, dict[str, float], float]:
    """Before, net by reason, after."""
    (number,) = told["numbers"]
    net = {row["reason"]: row["net"] for row in number["reasons"]}
    return number["before"]["value"], net, number["after"]["value"]


def moved(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(e["reason"], e["moved"], e["on"]) for e in told["entries"]["items"]]


async def test_late_and_new_facts_are_told_apart_by_the_first_moments_day(desk: Desk) -> None:
    # 22:00 UTC is midnight in Belgrade: the day of the first moment is the first of July.
    await desk.fold(
        at(say(MADE, "2023-06-30", ANA, factid="late"), LATER),
        at(say(MADE, "2023-07-01", BOBAN, factid="new"), LATER),
    )
    told = await change(desk)

    assert sums(told) == (0, {"late": 1, "new": 1}, 2)
    assert sorted(moved(told)) == [("late", "came", "2023-06-30"), ("new", "came", "2023-07-01")]


async def test_a_correction_and_a_retraction_take_entries_away(desk: Desk) -> None:
    made = at(say(MADE, "2023-03-02", ANA, factid="a"), EARLY)
    other = at(say(MADE, "2023-03-03", BOBAN, factid="b"), EARLY)
    to_nis, gone = at(correct(made, municipality=NIS), LATER), at(retract(other), LATER)
    await desk.fold(made, other, to_nis, gone)
    told = await change(desk)
    because = {e["reason"]: [f["id"] for f in e["because"]] for e in told["entries"]["items"]}

    assert sums(told) == (2, {"correction": -1, "retraction": -1}, 0)
    assert because == {"correction": [to_nis["id"]], "retraction": [gone["id"]]}
    assert sums(await change(desk, place="RS"))[1] == {"correction": 0, "retraction": -1}


async def test_a_merge_and_its_undoing_change_how_many_persons_there_are(desk: Desk) -> None:
    merged = at(say(MERGED, "2023-07-01", BOBAN, **{"with": ANA}), LATER)
    await desk.fold(
        at(say(MADE, "2023-03-02", ANA, factid="a"), EARLY),
        at(say(MADE, "2023-03-03", BOBAN, factid="b"), EARLY),
        merged,
    )
    together = await change(desk)
    await desk.fold(at(retract(merged), "2023-09-01T09:00:00Z"))

    assert sums(together) == (2, {"merge": -1}, 1)
    assert sums(await change(desk, since="2023-08-30T22:00:00Z")) == (1, {"merge": 1}, 2)
    assert sums(await change(desk)) == (2, {}, 2)


async def test_until_an_earlier_moment_later_facts_change_nothing(desk: Desk) -> None:
    await desk.fold(
        at(say(MADE, "2023-03-02", ANA), EARLY),
        at(say(MADE, "2023-03-03", BOBAN), LATER),
        at(say(MADE, "2023-03-04", BOBAN, factid="c"), "2023-12-01T09:00:00Z"),
        at(say(MADE, "2023-03-04", CECA), "2023-12-01T09:00:00Z"),
    )

    assert sums(await change(desk, until="2023-10-01T00:00:00Z")) == (1, {"late": 1}, 2)
    assert sums(await change(desk)) == (1, {"late": 2}, 3)


async def test_a_terms_end_changes_the_state_by_the_calendar(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await desk.fold(at(say(MADE, "2023-03-02"), EARLY))
    told = await change(desk, measure="due")
    (number,) = told["numbers"]

    assert (number["before"]["state"], number["after"]["state"]) == ("pending", "value")
    assert number["reasons"] == [{"reason": "calendar", "net": 0, "came": 0, "went": 0}]


async def test_todays_consent_decides_at_both_moments(desk: Desk) -> None:
    service = say("registration.service.delivered", "2023-03-02", service="job_search_support")
    await desk.fold(at(service, EARLY), at(say(GRANTED, "2023-01-01"), LATER))
    told = await change(desk, indicator="PI-02", measure="consented")

    assert sums(told) == (1, {}, 1)


async def test_entries_stored_by_other_definitions_are_said_to_be_so(desk: Desk) -> None:
    await desk.fold(at(say(MADE, "2023-03-02"), EARLY), at(say(MADE, "2023-03-09", BOBAN), LATER))
    await desk.context.pool.execute("UPDATE projection SET catalogue_digest = 'other'")
    await desk.context.pool.execute("DELETE FROM entry WHERE on_date = '2023-03-02'")
    told = await change(desk)

    assert sums(told) == (1, {"definition": -1, "late": 1}, 1)


async def test_of_an_erased_person_only_the_change_is_told(desk: Desk) -> None:
    await desk.fold(
        at(say(MADE, "2023-03-02", ANA), LATER),
        at(say(ERASED, "2023-09-01", ANA), "2023-09-01T09:00:00Z"),
    )
    answer = await desk.ask("/explain", ASKED | SINCE, TOKEN)
    (entry,) = answer.json()["change"]["entries"]["items"]

    assert (entry["subject"], entry["facts"], entry["because"]) == ("erased person", [], [])
    assert ANA not in answer.text


async def test_when_very_many_people_have_changed_a_smaller_question_is_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difference, "REPLAYED_CODES_MAX", 1)
    await desk.fold(
        at(say(MADE, "2023-03-02", ANA), LATER), at(say(MADE, "2023-03-02", BOBAN), LATER)
    )
    answer = await desk.ask("/explain", ASKED | SINCE, TOKEN)

    assert (answer.status_code, answer.json()["code"]) == (422, "E1510")
    assert "smaller place" in answer.json()["remedy"]


async def test_changes_come_in_pages(desk: Desk) -> None:
    made = [at(say(MADE, f"2023-0{n}-02", factid=f"{n}"), LATER) for n in range(1, 8)]
    await desk.fold(*made)
    whole = moved(await change(desk))
    found, after = [], "0"
    while after:
        told = await change(desk, limit="3", after=after)
        found += moved(told)
        after = told["entries"]["next"]

    assert len(whole) == 7
    assert found == whole


@pytest.mark.parametrize("until", [None, RECORDED[4]])
async def test_the_sums_are_what_was_known_at_both_moments(desk: Desk, until: str | None) -> None:
    kinds: Counter[str] = Counter()
    for seed in range(LOGS):
        chance, events = random.Random(seed), random_log(seed)  # noqa: S311 - a test's chances
        await desk.context.pool.execute("TRUNCATE fact, subject, entry, dirty, conflict, erased")
        await desk.fold(*events)
        since = RECORDED[seed % 4]
        every = [q for q in questions(entries_of(events)) if q.split == "total"]
        for question in chance.sample(every, min(QUESTIONS_PER_LOG, len(every))):
            indicator, _, measure = question.measure.partition(".")
            place = {"place": question.place, "period": question.period}
            moments = {"since": since} | ({"until": until} if until else {})
            told = await change(desk, indicator=indicator, measure=measure, **place, **moments)
            (number,) = told["numbers"]
            shown = [(number[at]["value"], number[at]["state"]) for at in ("before", "after")]
            right = [
                (await desk.values(indicator, **place, measure=measure, **known))[measure, "total"]
                for known in ({"known_at": since}, {"known_at": until} if until else {})
            ]
            kinds.update(row["reason"] for row in number["reasons"])

            assert shown == right, f"seed {seed}: {question}"
    assert kinds["late"]
