"""Erasure over registration's API: what was known is deleted, and never returns."""

import asyncio
from http import HTTPStatus

import pytest

from runtime.messaging.records import Record
from runtime.storage import deferred_events
from schemas.envelope import encode_event
from services.matching.__main__ import MATCHING
from services.registration.__main__ import REGISTRATION
from services.training.__main__ import TRAINING
from tests.integration.services.builders import (
    OTHER_PERSON,
    PERSON,
    body_of,
    completed,
    enrolled,
    erasure,
    needing,
    opened,
    person,
    placed,
    published,
    returned,
    seeking,
    visited,
)
from tests.integration.services.conftest import Open, Opened

ERASURE = f"/persons/{PERSON}/erasure"
REASON = {"reason": "consent_withdrawn"}
TABLES = (
    "fact",
    "followup",
    "waiting",
    "jobseeker",
    "proposal",
    "employment_check",
    "idempotency_key",
    "deferred_event",
)


async def rows_of(opened: Opened, code: str) -> list[str]:
    """Return every row of the service's own tables that names a person."""
    pool = opened.context.pool
    names = await pool.fetch(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
    )
    mine = sorted({row["table_name"] for row in names} & set(TABLES))
    found = [
        await pool.fetch(f"SELECT t::text AS row FROM {name} t WHERE t::text ~ $1", code)  # noqa: S608
        for name in mine
    ]
    facts = await pool.fetchval("SELECT count(*) FROM fact WHERE subject = $1", code)
    return [row["row"] for rows in found for row in rows] + ["a fact"] * facts


async def test_an_erasure_is_published_once_and_all_that_was_known_is_deleted(
    registration: Opened,
) -> None:
    await registration.consume(published(returned("2022-12-10")), published(visited("2023-06-01")))
    await registration.client.post(f"/persons/{PERSON}/needs", json=body_of(needing("2023-01-02")))
    answer = await registration.client.post(ERASURE, json=REASON)
    event = (await registration.outbox())[-1]

    assert answer.status_code == HTTPStatus.CREATED, answer.text
    assert (answer.json()["id"], answer.json()["subject"]) == (event.id, PERSON)
    assert event.data == erasure("2023-06-15")
    assert event.source == "/services/registration"
    assert await rows_of(registration, PERSON) == []
    assert await registration.get("/followups?until=2030-01-01") == []
    erased = await registration.context.pool.fetch("SELECT code, reason FROM erased_subject")
    assert [tuple(row) for row in erased] == [(PERSON, "consent_withdrawn")]


async def test_repeated_with_any_content_an_erasure_gives_the_same_response(
    registration: Opened,
) -> None:
    await registration.consume(published(returned("2022-12-10")))
    key = {"Idempotency-Key": "letter-17"}
    first = await registration.client.post(ERASURE, json=REASON, headers=key)
    await registration.consume(*await registration.outbox())
    others = [
        await registration.client.post(ERASURE, json=REASON, headers=key),
        await registration.client.post(ERASURE, json={"reason": "unlawful", "on": "2023-06-01"}),
    ]

    assert [each.json() for each in others] == [first.json()] * 2
    assert len(await registration.outbox()) == 1


async def test_concurrent_erasures_are_one(registration: Opened) -> None:
    await registration.consume(published(returned("2022-12-10")))
    answers = await asyncio.gather(
        *(registration.client.post(ERASURE, json=REASON) for _ in range(5))
    )

    assert len({answer.text for answer in answers}) == 1
    assert len(await registration.outbox()) == 1


async def test_an_unknown_code_is_erased_only_on_purpose(registration: Opened) -> None:
    unknown = await registration.client.post(ERASURE, json=REASON)
    intended = await registration.client.post(ERASURE, json=REASON | {"is_unknown": True})

    assert (unknown.status_code, unknown.json()["code"]) == (HTTPStatus.NOT_FOUND, "E1502")
    assert intended.status_code == HTTPStatus.CREATED


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ({}, "$.reason"),
        ({"reason": "because"}, "$.reason"),
        (REASON | {"on": "1999-12-31"}, "$.on"),
        (REASON | {"name": "x"}, "$.name"),
    ],
)
async def test_an_invalid_request_is_refused_and_nobody_is_erased(
    form: dict[str, str], path: str, registration: Opened
) -> None:
    await registration.consume(published(returned("2022-12-10")))
    answer = await registration.client.post(ERASURE, json=form)

    assert (answer.status_code, answer.json()["path"]) == (422, path)
    assert await registration.outbox() == []


async def test_every_later_request_is_answered_that_the_code_is_erased(open_service: Open) -> None:
    registration = await open_service(REGISTRATION)
    training, matching = await open_service(TRAINING), await open_service(MATCHING)
    body, key = body_of(returned("2022-12-10")), {"Idempotency-Key": "form-1"}
    new = await registration.client.post("/returnees", json=body, headers=key)
    code, factid = new.json()["subject"], new.json()["factid"]
    reported = await registration.client.post(f"/persons/{code}/erasure", json=REASON)
    for service in (training, matching):
        await service.consume((await registration.outbox())[-1])
    fact = f"/facts/{factid}"
    answers = [
        await registration.client.get(f"/persons/{code}"),
        await registration.client.post("/returnees", json=body, headers=key),
        await registration.client.post(f"/returnees?subject={code}", json=body),
        await registration.client.post(
            f"/persons/{code}/followups", json=body_of(visited("2023-06-01"))
        ),
        await registration.client.get(fact),
        await registration.client.put(fact, json=body),
        await registration.client.delete(fact),
        await registration.client.delete(f"/facts/{reported.json()['factid']}"),
        await training.client.post(
            f"/persons/{code}/enrolments", json=body_of(enrolled("2023-02-01"))
        ),
        await matching.client.post(
            f"/persons/{code}/placements", json=body_of(placed("2023-02-01"))
        ),
        await matching.client.get(f"/proposals?person={code}"),
    ]

    assert [answer.status_code for answer in answers] == [HTTPStatus.GONE] * len(answers)
    assert {answer.json()["code"] for answer in answers} == {"E1512"}


async def test_later_facts_of_an_erased_person_are_stored_nowhere(open_service: Open) -> None:
    registration = await open_service(REGISTRATION)
    training, matching = await open_service(TRAINING), await open_service(MATCHING)
    erased = published(erasure("2023-06-15"))
    for service, reported in (
        (registration, (published(returned("2022-12-10")), published(placed("2023-03-02")))),
        (training, (published(needing("2023-02-01")), published(enrolled("2023-03-01")))),
        (matching, (published(seeking("2023-03-02")), published(placed("2023-03-05")))),
    ):
        await service.consume(erased, *reported)

        assert await rows_of(service, PERSON) == []


async def test_an_erased_jobseeker_gets_no_proposal_and_others_do(
    matching: Opened,
) -> None:
    await matching.consume(
        *(published(seeking("2023-03-02"), code) for code in (PERSON, OTHER_PERSON)),
        *(published(completed("2023-03-05"), code) for code in (PERSON, OTHER_PERSON)),
        published(opened("2023-03-06")),
        published(erasure("2023-06-15")),
    )
    further = await matching.consume(published(opened("2023-03-07"), f"v-{7:026d}"))

    assert {row["person"] for row in await matching.get("/proposals")} == {OTHER_PERSON}
    assert {row["person"] for row in await matching.get("/jobseekers")} == {OTHER_PERSON}
    assert [each.subject for each in further] == [OTHER_PERSON]
    assert await rows_of(matching, PERSON) == []


async def test_an_erasure_changes_nothing_of_other_persons(registration: Opened) -> None:
    await registration.consume(
        published(returned("2022-12-10")), published(returned("2022-12-10"), person(2))
    )
    await registration.client.post(ERASURE, json=REASON)

    rows = await registration.get("/followups?until=2030-01-01")
    assert {row["person"] for row in rows} == {person(2)}


async def test_an_erasure_deletes_deferred_events_of_the_person(registration: Opened) -> None:
    await registration.consume(published(returned("2022-12-10")))
    deferred = [published(returned("2023-01-10")), published(returned("2023-01-10"), OTHER_PERSON)]
    async with registration.context.pool.acquire() as connection:
        for offset, event in enumerate(deferred):
            record = Record("registration-events", 0, offset, None, encode_event(event), 0)
            await deferred_events.insert(connection, record, "an.unknown.type", event.subject)
    await registration.client.post(ERASURE, json=REASON)

    assert await rows_of(registration, PERSON) == []
    assert len(await rows_of(registration, OTHER_PERSON)) == 1


async def test_without_the_key_nobody_is_erased(registration: Opened) -> None:
    await registration.consume(published(returned("2022-12-10")))
    answer = await registration.client.post(ERASURE, json=REASON, headers={"authorization": ""})

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert await registration.outbox() == []
