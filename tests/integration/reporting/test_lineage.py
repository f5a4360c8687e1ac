"""From a number to its entries and facts: all of them, page by page."""

import random
from collections import Counter
from datetime import date
from urllib.parse import parse_qsl, urlsplit

from services.reporting.lineage.entry_lineage import NumberPart, PartSize
from services.reporting.lineage.number_lineage import NumberLineage
from services.reporting.queries.snapshot import snapshot
from tests.integration.reporting.explanations import PARAMS, all_entries, explain, ids, placed_table
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.reference.builders import (
    ANA,
    BOBAN,
    NIS,
    PROKUPLJE,
    correct,
    make_event,
)
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.shapes import Entry, Event
from tests.reference.tables import Question, buckets_in, falls_in, questions

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"
CONFIRMED = "matching.employment.confirmed"
SERVED = "registration.service.delivered"
MERGED, ERASED = "registration.person.merged", "registration.person.erased"
LOGS = 12
QUESTIONS_PER_LOG = 12


async def test_a_number_is_followed_to_the_facts_and_back(reporting: ReportingHarness) -> None:
    person, made = make_event(ENROLLED, "2023-01-10", ANA), make_event(MADE, "2023-03-02", ANA)
    await reporting.process(person, made, make_event(MADE, "2023-03-02", BOBAN, municipality=NIS))
    body = await explain(reporting, measure="placed")
    (entry,) = body["entries"]["items"]
    link = urlsplit(entry["facts"][0]["link"])
    back = (await reporting.get(link.path, dict(parse_qsl(link.query)), TOKEN)).json()

    assert body["layer"] == "exact"
    assert [(row["measure"], row["value"]) for row in body["values"]] == [("placed", 1)]
    assert (entry["subject"], entry["on"], entry["municipality"]) == (ANA, "2023-03-02", PROKUPLJE)
    assert ["kind", "open_ended"] in entry["buckets"]
    assert ids(entry["facts"]) == [made["id"], person["id"]]
    assert entry["facts"][0]["type"] == MADE
    assert back["fact"]["subject"] == ANA
    assert "MI-13.placed" in {each["measure"] for each in back["entries"]}


async def test_a_correction_leads_also_to_entries_it_did_not_change(
    reporting: ReportingHarness,
) -> None:
    made = make_event(MADE, "2023-03-02", kind="public_works")
    corrected = correct(made, sector="N")  # PI-09 has no split by sector
    await reporting.process(made, corrected)
    (entry,) = (await explain(reporting, indicator="PI-09"))["entries"]["items"]
    params = {"source": corrected["source"], "id": corrected["id"]}
    back = (await reporting.get("/facts", params, TOKEN)).json()

    assert ids(entry["facts"]) == [corrected["id"]]
    assert "PI-09.persons" in {each["measure"] for each in back["entries"]}


async def test_a_retained_job_is_supported_by_its_placement_and_its_confirmation(
    reporting: ReportingHarness,
) -> None:
    made = make_event(MADE, "2023-03-02", factid="pl-1")
    confirmed = make_event(
        CONFIRMED, "2023-09-01", factid="c", placement="pl-1", placement_source=made["source"]
    )
    by_self = correct(confirmed, evidence="self") | {"id": "self", "factid": "d", "revision": 1}
    await reporting.process(made, confirmed, by_self, make_event(SERVED, "2023-08-01"))
    (entry,) = (await explain(reporting, measure="retained"))["entries"]["items"]

    assert ids(entry["facts"]) == [made["id"], confirmed["id"]]
    assert entry["on"] == "2023-08-29"


async def test_parts_are_by_source_and_month_and_may_add_up_to_more(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(
        make_event(MADE, "2023-03-02", source="/partners/nes"),
        make_event(MADE, "2023-03-05", source="/partners/matis", factid="f-2"),
        make_event(MADE, "2023-04-05", source="/partners/nes", factid="f-3"),
        make_event(MADE, "2023-04-05", BOBAN, source="/partners/nes"),
    )
    body = await explain(reporting, measure="placed")
    parts = [(p["source"], p["month"], p["persons"], p["entries"]) for p in body["parts"]]

    assert parts == [
        ("/partners/matis", "2023-03", 1, 1),
        ("/partners/nes", "2023-03", 1, 1),
        ("/partners/nes", "2023-04", 2, 2),
    ]
    assert body["values"][0]["value"] == 2
    assert "више" in body["note"]["sr"]


async def test_with_very_many_persons_the_parts_are_by_month_only(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(make_event(MADE, "2023-03-02"), make_event(MADE, "2023-03-05", BOBAN))
    async with snapshot(reporting.context.pool) as connection:
        number = NumberLineage(connection, [placed_table(reporting)], None)
        parts = await number.parts(subjects_max=1)

    assert parts == {NumberPart("MI-13.placed", date(2023, 3, 1), None): PartSize(2, 2)}


async def test_pages_divide_the_entries_in_a_stable_order(
    reporting: ReportingHarness,
) -> None:
    same = [make_event(MADE, "2023-03-02", factid=f"s-{n}", id=f"s-{n}") for n in range(3)]
    others = [
        make_event(MADE, f"2023-0{n}-02", BOBAN, factid=f"o-{n}", id=f"o-{n}") for n in range(1, 8)
    ]
    await reporting.process(*same, *others)
    unpaged = await all_entries(reporting)

    for limit in ("1", "2", "3", "7"):
        assert await all_entries(reporting, limit=limit) == unpaged


async def test_equal_entries_are_supported_each_by_its_own_fact(
    reporting: ReportingHarness,
) -> None:
    same = [make_event(MADE, "2023-03-02", factid=f"s-{n}", id=f"s-{n}") for n in range(3)]
    await reporting.process(*same)
    found = await all_entries(reporting, measure="placed")

    assert sorted(ids(entry["facts"])[0] for entry in found) == ["s-0", "s-1", "s-2"]


async def test_of_an_erased_person_only_the_counting_is_shown(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(
        make_event(ENROLLED, "2023-01-10", ANA),
        make_event(MADE, "2023-03-02", ANA),
        make_event(ERASED, "2023-05-01", ANA),
        make_event(MADE, "2023-03-02", BOBAN),
    )
    body = await explain(reporting, measure="placed")
    explanation = (await reporting.get("/explain", PARAMS | {"measure": "placed"}, TOKEN)).text
    (erased,) = [e for e in body["entries"]["items"] if e["subject"] == "erased person"]

    assert body["values"][0]["value"] == 2
    assert (erased["facts"], erased["buckets"], erased["on"]) == ([], [], None)
    assert ANA not in explanation
    assert {(p["source"], p["persons"]) for p in body["parts"]} == {
        (None, 1),
        ("/services/matching", 1),
    }


async def test_facts_merged_with_an_erased_code_are_not_shown(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(
        make_event(MADE, "2023-03-02", BOBAN),
        make_event(ENROLLED, "2023-01-10", ANA),
        make_event(MERGED, "2023-04-01", BOBAN, **{"with": ANA}),
        make_event(ERASED, "2023-05-01", ANA),
    )
    (entry,) = (await explain(reporting, measure="placed"))["entries"]["items"]

    assert (entry["subject"], entry["facts"], entry["buckets"]) == ("erased person", [], [])


async def test_an_entry_is_supported_by_the_merge_that_it_needs(
    reporting: ReportingHarness,
) -> None:
    person, made = make_event(ENROLLED, "2023-01-10", ANA), make_event(MADE, "2023-03-02", BOBAN)
    merged = make_event(MERGED, "2023-04-01", BOBAN, **{"with": ANA})
    await reporting.process(person, made, merged)
    (entry,) = (await explain(reporting, measure="placed"))["entries"]["items"]

    assert ids(entry["facts"]) == [made["id"], person["id"], merged["id"]]
    assert entry["subject"] == ANA


async def projected_log(reporting: ReportingHarness, seed: int) -> list[Event]:
    """Project a random log into an empty database; return its events."""
    events = random_log(seed)
    await reporting.context.pool.execute(
        "TRUNCATE fact, subject, entry, changed_cell, conflict, erased_subject"
    )
    await reporting.process(*events)
    return events


def expected(entries: list[Entry], question: Question) -> Counter[tuple[str, str, str, str]]:
    """Return what the reference has in the tables of a question."""
    return Counter(
        (entry.measure.partition(".")[2], entry.on.isoformat(), entry.town, str(entry.amount))
        for entry in entries
        if falls_in(entry, question) and buckets_in(entry, question.split)
    )


async def test_the_entries_explained_are_exactly_those_of_the_table(
    reporting: ReportingHarness,
) -> None:
    for seed in range(LOGS):
        events = [
            event for event in await projected_log(reporting, seed) if ERASED not in event["type"]
        ]
        await reporting.context.pool.execute(
            "TRUNCATE fact, subject, entry, changed_cell, conflict, erased_subject"
        )
        await reporting.process(*events)
        entries = entries_of(events)
        chance = random.Random(seed)  # noqa: S311 - a test's chances
        found_questions = [q for q in questions(entries) if not q.measure.startswith(OBSERVED)]
        for question in chance.sample(
            found_questions, min(QUESTIONS_PER_LOG, len(found_questions))
        ):
            indicator, _, measure = question.measure.partition(".")
            found = await all_entries(
                reporting,
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
