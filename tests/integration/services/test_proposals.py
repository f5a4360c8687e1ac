"""Matching's proposals: to whom, in which order, how many, and never twice."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from runtime.process.clock import belgrade_day, utc_now
from runtime.process.ids import derived_event_id
from runtime.storage.pool import Connection, Pool
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.events.matching import MatchProposed
from services.matching.__main__ import MATCHING
from services.matching.model import SOURCE
from tests.integration.services.builders import (
    COOK,
    NIS,
    PERSON,
    PROKUPLJE,
    TAILOR,
    UPHOLSTERER,
    VACANCY,
    body_of,
    closed,
    completed,
    corrected,
    declined,
    opened,
    person,
    published,
    retracted,
    returned,
    seeking,
    sought,
    vacancy,
)
from tests.integration.services.conftest import Open, Opened, react


def pairs(proposals: list[Envelope[Event]]) -> list[tuple[str, str, int]]:
    """Return person, vacancy and rank of each proposal."""
    return [
        (each.subject, each.data.vacancy, each.data.rank)
        for each in proposals
        if isinstance(each.data, MatchProposed)
    ]


def tailor(on: str = "2023-03-05", number: int = 1) -> Envelope[Event]:
    return published(seeking(on, occupation=TAILOR), person(number))


async def current(matching: Opened, query: str = "") -> list[tuple[object, object]]:
    return [(row["person"], row["vacancy"]) for row in await matching.get(f"/proposals{query}")]


async def test_a_jobseeker_is_proposed_open_vacancies_of_the_council_and_trade(
    matching: Opened,
) -> None:
    await matching.consume(
        published(opened("2023-03-01"), vacancy(1)),
        published(opened("2023-03-01", occupation=UPHOLSTERER), vacancy(2)),
        published(opened("2023-03-01", occupation=COOK), vacancy(3)),
        published(opened("2023-03-01", municipality=NIS), vacancy(4)),
    )
    proposed = await matching.consume(tailor())

    assert pairs(proposed) == [(person(1), vacancy(1), 1), (person(1), vacancy(2), 2)]


async def test_a_completed_course_triggers_proposals_of_its_trade(matching: Opened) -> None:
    await matching.consume(
        published(opened("2023-03-01"), VACANCY), published(seeking("2023-03-02"))
    )
    proposed = await matching.consume(published(completed("2023-03-05")))

    assert pairs(proposed) == [(PERSON, VACANCY, 1)]


async def test_a_returnees_trade_counts_once_the_person_seeks_work(matching: Opened) -> None:
    early = await matching.consume(
        published(opened("2023-03-01"), VACANCY),
        published(returned("2023-03-02", occupation=TAILOR)),
    )
    proposed = await matching.consume(published(seeking("2023-03-05")))

    assert (pairs(early), pairs(proposed)) == ([], [(PERSON, VACANCY, 1)])


async def test_a_new_vacancy_is_proposed_to_present_jobseekers(matching: Opened) -> None:
    await matching.consume(tailor("2023-03-02", 1), tailor("2023-03-01", 2))
    proposed = await matching.consume(published(opened("2023-03-05"), VACANCY))

    assert pairs(proposed) == [(person(2), VACANCY, 1), (person(1), VACANCY, 2)]


async def test_one_cause_publishes_at_most_five_proposals(matching: Opened) -> None:
    await matching.consume(*(published(opened("2023-03-01"), vacancy(n)) for n in range(1, 9)))
    to_person = await matching.consume(tailor())
    await matching.consume(*(tailor("2023-03-02", n) for n in range(2, 9)))
    of_vacancy = await matching.consume(published(opened("2023-03-06"), vacancy(10)))

    assert [rank for _, _, rank in pairs(to_person)] == [1, 2, 3, 4, 5]
    assert [rank for _, _, rank in pairs(of_vacancy)] == [1, 2, 3, 4, 5]


async def test_a_proposal_names_its_cause_and_has_the_time_of_its_cause(matching: Opened) -> None:
    await matching.consume(published(opened("2023-03-01"), VACANCY))
    reported_at = datetime(2023, 3, 6, 23, 30, tzinfo=UTC)
    cause = published(
        seeking("2023-03-05", occupation=TAILOR), id="e-cause", recordedtime=reported_at
    )
    (proposed,) = await matching.consume(cause)

    assert proposed.data == MatchProposed.model_validate(
        {"on": "2023-03-07", "municipality": PROKUPLJE, "vacancy": VACANCY, "rank": 1}
    )
    assert proposed.id == derived_event_id((cause.source, "e-cause"), MatchProposed.TYPE, PERSON, 1)
    assert (proposed.source, proposed.time) == (SOURCE, reported_at)
    assert (proposed.causationid, proposed.correlationid) == ("e-cause", "e-cause")


async def test_a_fact_reported_long_after_its_day_triggers_nothing_but_is_stored(
    matching: Opened,
) -> None:
    late = datetime(2023, 6, 4, 9, tzinfo=UTC)  # 91 days after
    await matching.consume(published(opened("2023-03-01"), vacancy(1)))
    silent = await matching.consume(
        published(seeking("2023-03-05", occupation=TAILOR), recordedtime=late)
    )
    later = await matching.consume(published(opened("2023-06-01"), vacancy(2)))

    assert silent == []
    assert pairs(later) == [(PERSON, vacancy(2), 1)]


async def test_nothing_is_proposed_twice(matching: Opened) -> None:
    await matching.consume(published(opened("2023-03-01"), VACANCY))
    await matching.consume(tailor(number=1))
    again = await matching.consume(
        tailor(number=1),
        published(completed("2023-03-06"), person(1)),
        published(opened("2023-03-07")),
    )

    assert again == []


async def test_a_retraction_publishes_nothing_and_ends_its_proposals(
    matching: Opened,
) -> None:
    registered = tailor()
    await matching.consume(published(opened("2023-03-01"), VACANCY), registered)
    before = await current(matching)
    silent = await matching.consume(retracted(registered))

    assert before == [(person(1), VACANCY)]
    assert (silent, await current(matching)) == ([], [])


async def test_a_correction_to_another_council_proposes_there(matching: Opened) -> None:
    registered = tailor()
    await matching.consume(
        published(opened("2023-03-01"), vacancy(1)),
        published(opened("2023-03-01", municipality=NIS), vacancy(2)),
        registered,
    )
    elsewhere = seeking("2023-03-05", occupation=TAILOR, municipality=NIS)
    proposed = await matching.consume(corrected(registered, elsewhere))

    assert pairs(proposed) == [(person(1), vacancy(2), 1)]
    assert await current(matching) == [(person(1), vacancy(2))]


async def test_a_closed_vacancy_is_not_proposed_and_ends_its_proposals(matching: Opened) -> None:
    await matching.consume(published(opened("2023-03-01"), VACANCY), tailor(number=1))
    await matching.consume(published(closed("2023-03-06"), VACANCY))
    proposed = await matching.consume(tailor(number=2))

    assert (proposed, await current(matching)) == ([], [])


async def test_a_person_who_no_longer_seeks_work_gets_no_proposal(matching: Opened) -> None:
    await matching.consume(tailor(), published(sought("2023-03-06"), person(1)))

    assert await matching.consume(published(opened("2023-03-07"), VACANCY)) == []


async def test_a_declined_proposal_ends_and_is_not_repeated(
    matching: Opened,
) -> None:
    await matching.consume(published(opened("2023-03-01"), VACANCY), tailor())
    answer = await matching.client.post(
        f"/persons/{person(1)}/declines", json=body_of(declined("2023-03-07"))
    )
    again = await matching.consume(published(completed("2023-03-08"), person(1)))

    assert answer.status_code == HTTPStatus.CREATED
    assert (again, await current(matching)) == ([], [])


async def test_only_what_was_proposed_can_be_declined(matching: Opened) -> None:
    await matching.consume(published(opened("2023-03-01"), VACANCY))
    answer = await matching.client.post(
        f"/persons/{PERSON}/declines", json=body_of(declined("2023-03-07"))
    )

    assert (answer.status_code, answer.json()["code"]) == (HTTPStatus.CONFLICT, "E1302")


async def test_of_more_than_five_published_the_five_best_are_current(matching: Opened) -> None:
    await matching.consume(tailor("2023-02-27"))
    await matching.consume(*(published(opened(f"2023-03-0{n}"), vacancy(n)) for n in range(1, 8)))
    rows = await matching.get(f"/proposals?person={person(1)}")

    assert [(row["rank"], row["vacancy"]) for row in rows] == [
        (rank, vacancy(n)) for rank, n in enumerate((7, 6, 5, 4, 3), start=1)
    ]


async def test_proposals_are_listed_by_the_council_where_the_person_seeks_work(
    matching: Opened,
) -> None:
    await matching.consume(published(opened("2023-03-01"), VACANCY), tailor())

    assert await current(matching, f"?municipality={PROKUPLJE}") == [(person(1), VACANCY)]
    assert await current(matching, f"?municipality={NIS}") == []


async def test_a_fact_recorded_over_http_is_proposed_when_it_is_consumed_from_kafka(
    open_service: Open,
) -> None:
    matching = await open_service(MATCHING, utc_now)
    today = belgrade_day(utc_now()).isoformat()
    offer = (
        await matching.client.post(
            "/vacancies", json=body_of(opened(today)), headers={"Idempotency-Key": "form-1"}
        )
    ).json()
    await matching.client.post(
        f"/persons/{PERSON}/registrations", json=body_of(seeking(today, occupation=TAILOR))
    )
    recorded = await matching.outbox()
    proposed = await matching.consume(*recorded)

    assert pairs(proposed) == [(PERSON, offer["subject"], 1)]
    assert await matching.consume(*recorded) == []


async def test_a_person_and_a_vacancy_that_arrive_concurrently_are_matched(
    matching: Opened,
) -> None:
    pool = matching.context.pool
    async with pool.acquire() as one, pool.acquire() as two:
        first = one.transaction()
        await first.start()
        alone = await react(MATCHING, tailor(), one)
        second = asyncio.create_task(_in_transaction(published(opened("2023-03-06"), VACANCY), two))
        await _until_somebody_waits(pool)
        await first.commit()
        together = await second

    assert (alone, pairs(together)) == ([], [(person(1), VACANCY, 1)])


async def _in_transaction(state: Envelope[Event], connection: Connection) -> list[Envelope[Event]]:
    async with connection.transaction():
        return await react(MATCHING, state, connection)


async def _until_somebody_waits(pool: Pool) -> None:
    async with asyncio.timeout(10):
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not await pool.fetchval(waiting):  # noqa: ASYNC110 - the database sends no notice
            await asyncio.sleep(0.01)
