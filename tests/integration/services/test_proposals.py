"""What matching proposes: to whom, in which order, how often, and never twice."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from runtime.clock import belgrade_day, utc_now
from runtime.ids import reaction_id
from runtime.postgres import Connection, Pool
from schemas.envelope import Envelope
from schemas.event import Event
from schemas.matching import MatchProposed
from services.matching.__main__ import MATCHING
from services.matching.model import SOURCE
from tests.integration.services.conftest import Open, Opened, react
from tests.integration.services.stories import (
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
    retracted,
    returned,
    said,
    seeking,
    sought,
    vacancy,
)


def pairs(proposals: list[Envelope[Event]]) -> list[tuple[str, str, int]]:
    """Person, vacancy, rank of each proposal."""
    return [
        (each.subject, each.data.vacancy, each.data.rank)
        for each in proposals
        if isinstance(each.data, MatchProposed)
    ]


def tailor(on: str = "2023-03-05", number: int = 1) -> Envelope[Event]:
    return said(seeking(on, occupation=TAILOR), person(number))


async def standing(matching: Opened, query: str = "") -> list[tuple[object, object]]:
    return [(row["person"], row["vacancy"]) for row in await matching.get(f"/proposals{query}")]


async def test_a_jobseeker_hears_of_open_vacancies_of_her_place_and_trade(
    matching: Opened,
) -> None:
    await matching.hear(
        said(opened("2023-03-01"), vacancy(1)),
        said(opened("2023-03-01", occupation=UPHOLSTERER), vacancy(2)),
        said(opened("2023-03-01", occupation=COOK), vacancy(3)),
        said(opened("2023-03-01", municipality=NIS), vacancy(4)),
    )
    proposed = await matching.hear(tailor())

    assert pairs(proposed) == [(person(1), vacancy(1), 1), (person(1), vacancy(2), 2)]


async def test_a_completed_course_opens_vacancies_of_its_trade(matching: Opened) -> None:
    await matching.hear(said(opened("2023-03-01"), VACANCY), said(seeking("2023-03-02")))
    proposed = await matching.hear(said(completed("2023-03-05")))

    assert pairs(proposed) == [(PERSON, VACANCY, 1)]


async def test_a_trade_brought_home_counts_once_the_person_seeks_work(matching: Opened) -> None:
    early = await matching.hear(
        said(opened("2023-03-01"), VACANCY), said(returned("2023-03-02", occupation=TAILOR))
    )
    proposed = await matching.hear(said(seeking("2023-03-05")))

    assert (pairs(early), pairs(proposed)) == ([], [(PERSON, VACANCY, 1)])


async def test_a_new_vacancy_is_proposed_to_who_seeks_work_already(matching: Opened) -> None:
    await matching.hear(tailor("2023-03-02", 1), tailor("2023-03-01", 2))
    proposed = await matching.hear(said(opened("2023-03-05"), VACANCY))

    assert pairs(proposed) == [(person(2), VACANCY, 1), (person(1), VACANCY, 2)]


async def test_for_one_cause_at_most_five_are_said(matching: Opened) -> None:
    await matching.hear(*(said(opened("2023-03-01"), vacancy(n)) for n in range(1, 9)))
    to_person = await matching.hear(tailor())
    await matching.hear(*(tailor("2023-03-02", n) for n in range(2, 9)))
    of_vacancy = await matching.hear(said(opened("2023-03-06"), vacancy(10)))

    assert [rank for _, _, rank in pairs(to_person)] == [1, 2, 3, 4, 5]
    assert [rank for _, _, rank in pairs(of_vacancy)] == [1, 2, 3, 4, 5]


async def test_what_is_proposed_tells_its_cause_and_has_the_causes_now(matching: Opened) -> None:
    await matching.hear(said(opened("2023-03-01"), VACANCY))
    told_at = datetime(2023, 3, 6, 23, 30, tzinfo=UTC)
    cause = said(seeking("2023-03-05", occupation=TAILOR), id="e-cause", recordedtime=told_at)
    (proposed,) = await matching.hear(cause)

    assert proposed.data == MatchProposed.model_validate(
        {"on": "2023-03-07", "municipality": PROKUPLJE, "vacancy": VACANCY, "rank": 1}
    )
    assert proposed.id == reaction_id((cause.source, "e-cause"), MatchProposed.TYPE, PERSON, 1)
    assert (proposed.source, proposed.time) == (SOURCE, told_at)
    assert (proposed.causationid, proposed.correlationid) == ("e-cause", "e-cause")


async def test_a_fact_told_long_after_its_day_proposes_nothing_but_is_known(
    matching: Opened,
) -> None:
    late = datetime(2023, 6, 4, 9, tzinfo=UTC)  # 91 days after
    await matching.hear(said(opened("2023-03-01"), vacancy(1)))
    silent = await matching.hear(said(seeking("2023-03-05", occupation=TAILOR), recordedtime=late))
    heard = await matching.hear(said(opened("2023-06-01"), vacancy(2)))

    assert silent == []
    assert pairs(heard) == [(PERSON, vacancy(2), 1)]


async def test_nothing_is_proposed_twice(matching: Opened) -> None:
    await matching.hear(said(opened("2023-03-01"), VACANCY))
    await matching.hear(tailor(number=1))
    again = await matching.hear(
        tailor(number=1), said(completed("2023-03-06"), person(1)), said(opened("2023-03-07"))
    )

    assert again == []


async def test_a_retraction_says_nothing_and_what_was_said_no_longer_stands(
    matching: Opened,
) -> None:
    registered = tailor()
    await matching.hear(said(opened("2023-03-01"), VACANCY), registered)
    before = await standing(matching)
    silent = await matching.hear(retracted(registered))

    assert before == [(person(1), VACANCY)]
    assert (silent, await standing(matching)) == ([], [])


async def test_a_correction_to_another_place_proposes_there(matching: Opened) -> None:
    registered = tailor()
    await matching.hear(
        said(opened("2023-03-01"), vacancy(1)),
        said(opened("2023-03-01", municipality=NIS), vacancy(2)),
        registered,
    )
    elsewhere = seeking("2023-03-05", occupation=TAILOR, municipality=NIS)
    proposed = await matching.hear(corrected(registered, elsewhere))

    assert pairs(proposed) == [(person(1), vacancy(2), 1)]
    assert await standing(matching) == [(person(1), vacancy(2))]


async def test_a_closed_vacancy_is_not_proposed_and_no_longer_stands(matching: Opened) -> None:
    await matching.hear(said(opened("2023-03-01"), VACANCY), tailor(number=1))
    await matching.hear(said(closed("2023-03-06"), VACANCY))
    proposed = await matching.hear(tailor(number=2))

    assert (proposed, await standing(matching)) == ([], [])


async def test_who_seeks_work_no_longer_hears_of_none(matching: Opened) -> None:
    await matching.hear(tailor(), said(sought("2023-03-06"), person(1)))

    assert await matching.hear(said(opened("2023-03-07"), VACANCY)) == []


async def test_a_declined_proposal_no_longer_stands_and_does_not_come_back(
    matching: Opened,
) -> None:
    await matching.hear(said(opened("2023-03-01"), VACANCY), tailor())
    answer = await matching.client.post(
        f"/persons/{person(1)}/declines", json=body_of(declined("2023-03-07"))
    )
    again = await matching.hear(said(completed("2023-03-08"), person(1)))

    assert answer.status_code == HTTPStatus.CREATED
    assert (again, await standing(matching)) == ([], [])


async def test_only_what_was_proposed_can_be_declined(matching: Opened) -> None:
    await matching.hear(said(opened("2023-03-01"), VACANCY))
    answer = await matching.client.post(
        f"/persons/{PERSON}/declines", json=body_of(declined("2023-03-07"))
    )

    assert (answer.status_code, answer.json()["code"]) == (HTTPStatus.CONFLICT, "E1302")


async def test_of_more_than_five_said_the_five_best_stand(matching: Opened) -> None:
    await matching.hear(tailor("2023-02-27"))
    await matching.hear(*(said(opened(f"2023-03-0{n}"), vacancy(n)) for n in range(1, 8)))
    rows = await matching.get(f"/proposals?person={person(1)}")

    assert [(row["rank"], row["vacancy"]) for row in rows] == [
        (rank, vacancy(n)) for rank, n in enumerate((7, 6, 5, 4, 3), start=1)
    ]


async def test_proposals_are_listed_by_the_place_where_the_person_seeks_work(
    matching: Opened,
) -> None:
    await matching.hear(said(opened("2023-03-01"), VACANCY), tailor())

    assert await standing(matching, f"?municipality={PROKUPLJE}") == [(person(1), VACANCY)]
    assert await standing(matching, f"?municipality={NIS}") == []


async def test_what_is_said_over_http_is_proposed_when_it_comes_back_from_the_bus(
    open_service: Open,
) -> None:
    matching = await open_service(MATCHING, utc_now)
    today = belgrade_day(utc_now()).isoformat()
    offer = (await matching.client.post("/vacancies", json=body_of(opened(today)))).json()
    await matching.client.post(
        f"/persons/{PERSON}/registrations", json=body_of(seeking(today, occupation=TAILOR))
    )
    heard = await matching.outbox()
    proposed = await matching.hear(*heard)

    assert pairs(proposed) == [(PERSON, offer["subject"], 1)]
    assert await matching.hear(*heard) == []


async def test_a_person_and_a_vacancy_that_come_at_the_same_moment_see_each_other(
    matching: Opened,
) -> None:
    pool = matching.context.pool
    async with pool.acquire() as one, pool.acquire() as two:
        first = one.transaction()
        await first.start()
        alone = await react(MATCHING, tailor(), one)
        second = asyncio.create_task(_in_transaction(said(opened("2023-03-06"), VACANCY), two))
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
        while not await pool.fetchval(waiting):  # noqa: ASYNC110 - the database tells no one
            await asyncio.sleep(0.01)
