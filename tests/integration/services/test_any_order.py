"""The law of reactions: in any order, and told again, what is heard leads to the same lists."""

import itertools
import random
from collections.abc import Callable, Sequence

import pytest

from runtime.postgres import Connection
from runtime.service import Service
from schemas.envelope import Envelope
from schemas.event import Event
from schemas.matching import MatchProposed
from schemas.registration import PersonErased
from services.matching.__main__ import MATCHING
from services.registration.__main__ import REGISTRATION
from services.training.__main__ import TRAINING
from tests.integration.services.conftest import Open, react
from tests.integration.services.stories import (
    COOK,
    NIS,
    OTHER_PERSON,
    PERSON,
    TAILOR,
    UPHOLSTERER,
    closed,
    completed,
    confirmed,
    corrected,
    declined,
    ended,
    enrolled,
    erasure,
    needing,
    opened,
    placed,
    retracted,
    returned,
    said,
    seeking,
    sought,
    vacancy,
    visited,
)

ORDERS_MAX = 60  # of up to 5,040; drawn from a seed, so that a failure comes back
LISTS = {
    "registration": ("followup",),
    "training": ("waiting",),
    "matching": ("jobseeker", "vacancy", "employment_check"),
}
Log = Sequence[Envelope[Event]]


def returns() -> Log:
    first, second = said(returned("2021-05-10")), said(returned("2022-12-10"))
    visit = said(visited("2023-06-01"))
    job = said(placed("2023-03-02"))
    return (
        *(first, second, visit, job, retracted(visit)),
        *(corrected(second, returned("2022-11-10")), corrected(job, placed("2023-04-03"))),
    )


def needs() -> Log:
    need, later = said(needing("2023-02-01")), said(needing("2023-05-01", municipality=NIS))
    place = said(enrolled("2023-03-01"))
    again = corrected(place, enrolled("2023-01-15"), revision=3)
    return need, later, place, retracted(place), again, corrected(later, needing("2023-01-20"))


def work() -> Log:
    spell = said(seeking("2023-03-02", occupation=COOK))
    course = said(completed("2023-03-05"))
    offer = said(opened("2023-03-01"), vacancy(1))
    job = said(placed("2023-03-20"), factid="pl-1")
    return (
        *(spell, course, offer, job, said(ended("2023-08-01", "pl-1"))),
        *(corrected(spell, seeking("2023-03-02")), said(closed("2023-03-10"), vacancy(1))),
    )


def taken_back() -> Log:
    spell, end = said(seeking("2023-03-02")), said(sought("2023-03-09"))
    course, job = said(completed("2023-03-05")), said(placed("2023-03-20"), factid="pl-1")
    return (
        *(spell, end, retracted(end), course, retracted(course), job),
        *(said(confirmed("2023-09-01", "pl-1")), said(declined("2023-03-08"))),
    )


def returns_erased() -> Log:
    erased = said(erasure("2023-04-01"), source="/services/registration")
    return (
        *(said(returned("2022-12-10")), said(visited("2023-06-01")), said(placed("2023-03-02"))),
        *(erased, retracted(erased), said(returned("2022-12-10"), OTHER_PERSON)),
    )


def needs_erased() -> Log:
    need, erased = said(needing("2023-02-01")), said(erasure("2023-04-01"))
    other = said(needing("2023-02-02"), OTHER_PERSON)
    return need, corrected(need, needing("2023-05-01")), erased, retracted(erased), other


def work_erased() -> Log:
    erased = said(erasure("2023-04-01"))
    return (
        *(said(seeking("2023-03-02")), said(completed("2023-03-05")), said(opened("2023-03-01"))),
        *(said(placed("2023-03-20"), factid="pl-1"), erased, retracted(erased)),
        said(seeking("2023-03-02", occupation=COOK), OTHER_PERSON),
    )


STORIES = [
    (REGISTRATION, returns_erased),
    (TRAINING, needs_erased),
    (MATCHING, work_erased),
    (REGISTRATION, returns),
    (TRAINING, needs),
    (MATCHING, work),
    (MATCHING, taken_back),
]


async def lists_after(service: Service, log: Log, connection: Connection) -> list[object]:
    """The service's lists after a log, in a transaction that leaves no trace."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        for state in log:
            await react(service, state, connection)
        return [
            sorted(map(repr, await connection.fetch(f"SELECT * FROM {table}")))  # noqa: S608 - ours
            for table in LISTS[service.name]
        ]
    finally:
        await transaction.rollback()


def orders(log: Log) -> list[Log]:
    """Some orders of a log, each with some of its events told twice."""
    chance = random.Random(7)  # noqa: S311 - a seed, no secret
    drawn: list[Log] = []
    for _ in range(ORDERS_MAX):
        shuffled = [*log, *chance.sample(list(log), 2)]
        chance.shuffle(shuffled)
        drawn.append(shuffled)
    return drawn


@pytest.mark.parametrize(("service", "story"), STORIES, ids=lambda each: getattr(each, "name", ""))
async def test_any_order_and_repetition_leads_to_the_same_lists(
    service: Service, story: Callable[[], Log], open_service: Open
) -> None:
    log = story()
    opened_service = await open_service(service)
    async with opened_service.context.pool.acquire() as connection:
        expected = await lists_after(service, log, connection)
        found = [await lists_after(service, order, connection) for order in orders(log)]

    is_erased = any(isinstance(each.data, PersonErased) for each in log)
    assert any(expected)
    assert all(lists == expected for lists in found)
    assert not (is_erased and PERSON in repr(expected))


async def test_whichever_side_comes_last_the_same_pairs_are_proposed(open_service: Open) -> None:
    log: Log = (
        said(seeking("2023-03-02")),
        said(completed("2023-03-05")),
        said(returned("2023-03-01", occupation=COOK)),
        said(opened("2023-03-01", occupation=UPHOLSTERER), vacancy(1)),
        said(opened("2023-03-02", occupation=COOK), vacancy(2)),
    )
    service = await open_service(MATCHING)
    found = set()
    async with service.context.pool.acquire() as connection:
        for order in itertools.permutations(log):
            transaction = connection.transaction()
            await transaction.start()
            said_then = [
                each for state in order for each in await react(MATCHING, state, connection)
            ]
            await transaction.rollback()
            found.add(pairs(said_then))

    assert found == {(vacancy(1), vacancy(2))}


async def test_a_skill_told_before_or_after_the_jobseeker_proposes_the_same_five(
    open_service: Open,
) -> None:
    offers = [said(opened("2023-03-01"), vacancy(n)) for n in range(1, 9)]
    spell = said(seeking("2023-03-02", occupation=TAILOR))
    course = said(completed("2023-03-05"))
    service = await open_service(MATCHING)
    found = set()
    async with service.context.pool.acquire() as connection:
        for order in ((spell, course), (course, spell)):
            transaction = connection.transaction()
            await transaction.start()
            log = (*offers, *order)
            said_then = [each for state in log for each in await react(MATCHING, state, connection)]
            await transaction.rollback()
            found.add(pairs(said_then))

    assert found == {tuple(vacancy(n) for n in range(1, 6))}


def pairs(proposals: Log) -> tuple[str, ...]:
    """The vacancies proposed to the one person of a story."""
    return tuple(
        sorted(each.data.vacancy for each in proposals if isinstance(each.data, MatchProposed))
    )
