"""Matching's lists: who seeks work, which vacancies are open, which jobs to check."""

from http import HTTPStatus

from tests.integration.services.builders import (
    PERSON,
    PROKUPLJE,
    TAILOR,
    VACANCY,
    body_of,
    ended,
    opened,
    person,
    placed,
    published,
    seeking,
)
from tests.integration.services.conftest import Opened


async def test_the_lists_show_who_seeks_and_what_is_open(matching: Opened) -> None:
    await matching.consume(
        published(opened("2023-03-01"), VACANCY),
        published(seeking("2023-03-05", occupation=TAILOR)),
    )

    assert await matching.get("/jobseekers") == [
        {
            "person": PERSON,
            "council": PROKUPLJE,
            "since": "2023-03-05",
            "occupations": [TAILOR],
            "declined": [],
        }
    ]
    assert await matching.get(f"/vacancies?municipality={PROKUPLJE}") == [
        {
            "code": VACANCY,
            "municipality": PROKUPLJE,
            "occupation": TAILOR,
            "positions": 2,
            "opened_on": "2023-03-01",
            "closed_on": None,
            "outcome": None,
        }
    ]


async def test_jobs_of_any_source_are_listed_for_checking(matching: Opened) -> None:
    await matching.consume(published(placed("2023-03-02"), factid="pl-1"))
    (row,) = await matching.get("/checks?until=2023-08-29")

    assert (row["person"], row["placement"], row["due_on"]) == (PERSON, "pl-1", "2023-08-29")
    assert await matching.get("/checks?until=2023-08-28") == []


async def test_work_ends_once_and_only_if_it_is_known(matching: Opened) -> None:
    job = await matching.client.post(
        f"/persons/{PERSON}/placements", json=body_of(placed("2023-03-02"))
    )
    end = body_of(ended("2023-06-01", job.json()["factid"]))
    statuses = [
        (await matching.client.post(f"/persons/{subject}/placement-ends", json=end)).status_code
        for subject in (person(7), PERSON, PERSON)
    ]

    assert statuses == [HTTPStatus.CONFLICT, HTTPStatus.CREATED, HTTPStatus.CONFLICT]
    assert await matching.get("/checks?until=2024-01-01") == []


async def test_a_vacancy_opened_in_error_is_retracted_over_http(matching: Opened) -> None:
    reported = await matching.client.post(
        "/vacancies", json=body_of(opened("2023-06-01")), headers={"Idempotency-Key": "form-1"}
    )
    answer = await matching.client.delete(f"/facts/{reported.json()['factid']}")

    assert (answer.status_code, answer.json()["subject"]) == (200, reported.json()["subject"])
    assert await matching.get("/vacancies") == []


async def test_a_vacancy_is_corrected_over_http(matching: Opened) -> None:
    reported = await matching.client.post(
        "/vacancies", json=body_of(opened("2023-06-01")), headers={"Idempotency-Key": "form-1"}
    )
    await matching.client.put(
        f"/facts/{reported.json()['factid']}", json=body_of(opened("2023-06-01", positions=7))
    )

    assert [row["positions"] for row in await matching.get("/vacancies")] == [7]
