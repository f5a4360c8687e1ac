"""Training's lists: who waits for a course, and which courses are announced."""

from http import HTTPStatus

from tests.integration.services.builders import (
    NIS,
    PERSON,
    PROKUPLJE,
    TAILOR,
    body_of,
    corrected,
    enrolled,
    needing,
    person,
    published,
    retracted,
)
from tests.integration.services.conftest import Opened

COURSE = {
    "kind": "vocational",
    "trade": TAILOR,
    "municipality": PROKUPLJE,
    "starts_on": "2023-03-01",
}


async def test_who_needs_training_waits_the_longest_first(training: Opened) -> None:
    await training.consume(
        published(needing("2023-03-01"), person(1)),
        published(needing("2023-02-01"), person(2)),
        published(needing("2023-01-01", "housing"), person(3)),
    )

    assert await training.get("/waiting") == [
        {"person": person(2), "municipality": PROKUPLJE, "since": "2023-02-01"},
        {"person": person(1), "municipality": PROKUPLJE, "since": "2023-03-01"},
    ]


async def test_the_waiting_list_of_a_council_holds_only_its_own(training: Opened) -> None:
    await training.consume(
        published(needing("2023-03-01"), person(1)),
        published(needing("2023-02-01", municipality=NIS), person(2)),
    )
    rows = await training.get(f"/waiting?municipality={NIS}")

    assert [row["person"] for row in rows] == [person(2)]


async def test_an_enrolment_over_http_ends_the_wait(training: Opened) -> None:
    await training.consume(published(needing("2023-02-01")))
    await training.client.post(
        f"/persons/{PERSON}/enrolments", json=body_of(enrolled("2023-03-01"))
    )

    assert await training.get("/waiting") == []


async def test_an_enrolment_at_a_partner_ends_the_wait_too(training: Opened) -> None:
    await training.consume(published(needing("2023-02-01")), published(enrolled("2023-03-01")))

    assert await training.get("/waiting") == []


async def test_a_retracted_enrolment_puts_the_person_back(training: Opened) -> None:
    course = published(enrolled("2023-03-01"))
    await training.consume(published(needing("2023-02-01")), course, retracted(course))

    assert len(await training.get("/waiting")) == 1


async def test_a_need_corrected_to_another_no_longer_waits(training: Opened) -> None:
    need = published(needing("2023-02-01"))
    await training.consume(need, corrected(need, needing("2023-02-01", "housing")))

    assert await training.get("/waiting") == []


async def test_consuming_its_own_events_changes_nothing(training: Opened) -> None:
    await training.client.post(
        f"/persons/{PERSON}/enrolments", json=body_of(enrolled("2023-03-01"))
    )
    await training.consume(published(needing("2023-02-01")), *await training.outbox())

    assert await training.get("/waiting") == []


async def test_an_announced_course_is_listed_and_can_be_changed(training: Opened) -> None:
    await training.client.put("/courses/sewing-1", json=COURSE)
    await training.client.put("/courses/sewing-1", json=COURSE | {"starts_on": "2023-04-01"})

    assert await training.get("/courses") == [
        COURSE | {"code": "sewing-1", "starts_on": "2023-04-01"}
    ]


async def test_an_enrolment_must_match_the_announced_course(training: Opened) -> None:
    await training.client.put("/courses/sewing-1", json=COURSE)
    answer = await training.client.post(
        f"/persons/{PERSON}/enrolments", json=body_of(enrolled("2023-03-01", kind="digital"))
    )

    assert (answer.status_code, answer.json()["path"]) == (HTTPStatus.CONFLICT, "$.kind")
    assert await training.outbox() == []


async def test_a_course_code_with_a_personal_number_is_refused(training: Opened) -> None:
    answer = await training.client.put("/courses/0101990710008", json=COURSE)

    assert (answer.status_code, answer.json()["code"]) == (422, "E1201")
    assert await training.get("/courses") == []


async def test_a_course_in_an_unknown_municipality_is_refused(training: Opened) -> None:
    answer = await training.client.put("/courses/c-1", json=COURSE | {"municipality": "70999"})

    assert (answer.status_code, answer.json()["path"]) == (422, "$.municipality")
