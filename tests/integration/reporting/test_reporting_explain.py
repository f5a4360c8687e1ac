"""From a number to its entries and facts: all of them, page by page, and for whom."""

import random
from collections import Counter
from urllib.parse import parse_qsl, urlsplit

import pytest

from services.reporting.explaining import reading
from tests.integration.reporting.desk import TOKEN, Desk
from tests.integration.reporting.opening import ASKED, all_entries, explained, ids
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.plain import Entry, Event
from tests.reference.tables import Question, buckets_in, falls_in, questions
from tests.reference.tell import (
    ANA,
    BOBAN,
    NIS,
    PROKUPLJE,
    correct,
    say,
)

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"
CONFIRMED = "matching.employment.confirmed"
SERVED = "registration.service.delivered"
MERGED, ERASED = "registration.person.merged", "registration.person.erased"
LOGS = 12
QUESTIONS_PER_LOG = 12


async def test_a_number_is_followed_to_the_facts_and_back(desk: Desk) -> None:
    person, made = say(ENROLLED, "2023-01-10", ANA), say(MADE, "2023-03-02", ANA)
    await desk.fold(person, made, say(MADE, "2023-03-02", BOBAN, municipality=NIS))
    told = await explained(desk, measure="placed")
    (entry,) = told["entries"]["items"]
    link = urlsplit(entry["facts"][0]["link"])
    back = (await desk.ask(link.path, dict(parse_qsl(link.query)), TOKEN)).json()

    assert told["layer"] == "exact"
    assert [(row["measure"], row["value"]) for row in told["values"]] == [("placed", 1)]
    assert (entry["subject"], entry["on"], entry["municipality"]) == (ANA, "2023-03-02", PROKUPLJE)
    assert ["kind", "open_ended"] in entry["buckets"]
    assert ids(entry["facts"]) == [made["id"], person["id"]]
    assert entry["facts"][0]["type"] == MADE
    assert back["fact"]["subject"] == ANA
    assert "MI-13.placed" in {each["measure"] for each in back["entries"]}


async def test_the_way_back_leads_from_a_correction_to_what_it_did_not_change(desk: Desk) -> None:
    made = say(MADE, "2023-03-02", kind="public_works")
    corrected = correct(made, sector="N")  # PI-09 has no split by sector
    await desk.fold(made, corrected)
    (entry,) = (await explained(desk, indicator="PI-09"))["entries"]["items"]
    asked = {"source": corrected["source"], "id": corrected["id"]}
    back = (await desk.ask("/facts", asked, TOKEN)).json()

    assert ids(entry["facts"]) == [corrected["id"]]
    assert "PI-09.persons" in {each["measure"] for each in back["entries"]}


async def test_a_retained_job_rests_on_its_placement_and_its_confirmation(desk: Desk) -> None:
    made = say(MADE, "2023-03-02", factid="pl-1")
    confirmed = say(
        CONFIRMED, "2023-09-01", factid="c", placement="pl-1", placement_source=made["source"]
    )
    by_self = correct(confirmed, evidence="self") | {"id": "self", "factid": "d", "revision": 1}
    await desk.fold(made, confirmed, by_self, say(SERVED, "2023-08-01"))
    (entry,) = (await explained(desk, measure="retained"))["entries"]["items"]

    assert ids(entry["facts"]) == [made["id"], confirmed["id"]]
    assert entry["on"] == "2023-08-29"


async def test_parts_are_by_source_and_month_and_may_add_up_to_more(desk: Desk) -> None:
    await desk.fold(
        say(MADE, "2023-03-02", source="/partners/nes"),
        say(MADE, "2023-03-05", source="/partners/matis", factid="f-2"),
        say(MADE, "2023-04-05", source="/partners/nes", factid="f-3"),
        say(MADE, "2023-04-05", BOBAN, source="/partners/nes"),
    )
    told = await explained(desk, measure="placed")
    parts = [(p["source"], p["month"], p["persons"], p["entries"]) for p in told["parts"]]

    assert parts == [
        ("/partners/matis", "2023-03", 1, 1),
        ("/partners/nes", "2023-03", 1, 1),
        ("/partners/nes", "2023-04", 2, 2),
    ]
    assert told["values"][0]["value"] == 2
    assert "више" in told["note"]["sr"]


async def test_of_very_many_persons_the_parts_are_by_month_only(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PARTS_PERSONS_MAX", 1)
    await desk.fold(say(MADE, "2023-03-02"), say(MADE, "2023-03-05", BOBAN))
    (part,) = (await explained(desk, measure="placed"))["parts"]

    assert (part["source"], part["month"], part["persons"], part["entries"]) == (
        *(None, "2023-03"),
        *(2, 2),
    )


async def test_pages_end_and_begin_between_entries_in_a_stable_order(desk: Desk) -> None:
    same = [say(MADE, "2023-03-02", factid=f"s-{n}", id=f"s-{n}") for n in range(3)]
    others = [say(MADE, f"2023-0{n}-02", BOBAN, factid=f"o-{n}", id=f"o-{n}") for n in range(1, 8)]
    await desk.fold(*same, *others)
    whole = await all_entries(desk)

    for limit in ("1", "2", "3", "7"):
        assert await all_entries(desk, limit=limit) == whole


async def test_equal_entries_rest_each_on_its_own_fact(desk: Desk) -> None:
    same = [say(MADE, "2023-03-02", factid=f"s-{n}", id=f"s-{n}") for n in range(3)]
    await desk.fold(*same)
    found = await all_entries(desk, measure="placed")

    assert sorted(ids(entry["facts"])[0] for entry in found) == ["s-0", "s-1", "s-2"]


async def test_of_an_erased_person_it_is_only_told_that_one_counts(desk: Desk) -> None:
    await desk.fold(
        say(ENROLLED, "2023-01-10", ANA),
        say(MADE, "2023-03-02", ANA),
        say(ERASED, "2023-05-01", ANA),
        say(MADE, "2023-03-02", BOBAN),
    )
    told = await explained(desk, measure="placed")
    whole = (await desk.ask("/explain", ASKED | {"measure": "placed"}, TOKEN)).text
    (erased,) = [e for e in told["entries"]["items"] if e["subject"] == "erased person"]

    assert told["values"][0]["value"] == 2
    assert (erased["facts"], erased["buckets"], erased["on"]) == ([], [], None)
    assert ANA not in whole
    assert {(p["source"], p["persons"]) for p in told["parts"]} == {
        (None, 1),
        ("/services/matching", 1),
    }


async def test_what_a_merge_with_an_erased_code_has_told_is_not_shown(desk: Desk) -> None:
    await desk.fold(
        say(MADE, "2023-03-02", BOBAN),
        say(ENROLLED, "2023-01-10", ANA),
        say(MERGED, "2023-04-01", BOBAN, **{"with": ANA}),
        say(ERASED, "2023-05-01", ANA),
    )
    (entry,) = (await explained(desk, measure="placed"))["entries"]["items"]

    assert (entry["subject"], entry["facts"], entry["buckets"]) == ("erased person", [], [])


async def test_an_entry_rests_on_the_merge_that_it_needs(desk: Desk) -> None:
    person, made = say(ENROLLED, "2023-01-10", ANA), say(MADE, "2023-03-02", BOBAN)
    merged = say(MERGED, "2023-04-01", BOBAN, **{"with": ANA})
    await desk.fold(person, made, merged)
    (entry,) = (await explained(desk, measure="placed"))["entries"]["items"]

    assert ids(entry["facts"]) == [made["id"], person["id"], merged["id"]]
    assert entry["subject"] == ANA


async def told(desk: Desk, seed: int) -> list[Event]:
    """A random log, folded into an empty database."""
    events = random_log(seed)
    await desk.context.pool.execute("TRUNCATE fact, subject, entry, dirty, conflict, erased")
    await desk.fold(*events)
    return events


def expected(entries: list[Entry], question: Question) -> Counter[tuple[str, str, str, str]]:
    """What the reference has in the tables of a question."""
    return Counter(
        (entry.measure.partition(".")[2], entry.on.isoformat(), entry.town, str(entry.amount))
        for entry in entries
        if falls_in(entry, question) and buckets_in(entry, question.split)
    )


async def test_the_entries_explained_are_exactly_those_of_the_table(desk: Desk) -> None:
    for seed in range(LOGS):
        events = [event for event in await told(desk, seed) if ERASED not in event["type"]]
        await desk.context.pool.execute("TRUNCATE fact, subject, entry, dirty, conflict, erased")
        await desk.fold(*events)
        entries = entries_of(events)
        chance = random.Random(seed)  # noqa: S311 - a test's chances
        asked = [q for q in questions(entries) if not q.measure.startswith(OBSERVED)]
        for question in chance.sample(asked, min(QUESTIONS_PER_LOG, len(asked))):
            indicator, _, measure = question.measure.partition(".")
            found = await all_entries(
                desk,
                indicator=indicator,
                measure=measure,
                place=question.place,
                period=question.period,
                split=question.split,
            )
            counted = Counter(
                (e["measure"], e["on"], e["municipality"], str(e["amount"])) for e in found
            )

            assert counted == expected(entries, question), f"seed {seed}: {question}"
            assert all(entry["facts"] for entry in found), f"seed {seed}: {question}"


OBSERVED = ("MI-08", "MI-11.intention", "PI-11", "PI-12", "PI-13")
