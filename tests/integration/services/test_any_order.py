"""Property of event handling: any order and repetition of events gives the same lists."""

import itertools
import random
from collections.abc import Callable, Sequence

import pytest

from runtime.service import Service
from runtime.storage.pool import Connection
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.events.matching import MatchProposed
from schemas.events.registration import PersonErased
from services.matching.__main__ import MATCHING
from services.registration.__main__ import REGISTRATION
from services.training.__main__ import TRAINING
from tests.integration.services.builders import (
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
    published,
    retracted,
    returned,
    seeking,
    sought,
    vacancy,
    visited,
)
from tests.integration.services.conftest import Open, react

ORDERS_MAX = 60  # of up to 5,040; drawn with a seed, so that a failure is reproducible
LISTS = {
    "registration": ("followup",),
    "training": ("waiting",),
    "matching": ("jobseeker", "vacancy", "employment_check"),
}
Log = Sequence[Envelope[Event]]


def returns() -> Log:
    first, second = published(returned("2021-05-10")), published(returned("2022-12-10"))
    visit = published(visited("2023-06-01"))
    job = published(placed("2023-03-02"))
    return (
        *(first, second, visit, job, retracted(visit)),
        *(corrected(second, returned("2022-11-10")), corrected(job, placed("2023-04-03"))),
    )


def needs() -> Log:
    need = published(needing("2023-02-01"))
    later = published(needing("2023-05-01", municipality=NIS))
    course = published(enrolled("2023-03-01"))
    restated = corrected(course, enrolled("2023-01-15"), revision=3)
    moved = corrected(later, needing("2023-01-20"))
    return need, later, course, retracted(course), restated, moved


def work() -> Log:
    spell = published(seeking("2023-03-02", occupation=COOK))
    course = published(completed("2023-03-05"))
    offer = published(opened("2023-03-01"), vacancy(1))
    job = published(placed("2023-03-20"), factid="pl-1")
    return (
        *(spell, course, offer, job, published(ended("2023-08-01", "pl-1"))),
        *(corrected(spell, seeking("2023-03-02")), published(closed("2023-03-10"), vacancy(1))),
    )


def retracted_fact() -> Log:
    spell, end = published(seeking("2023-03-02")), published(sought("2023-03-09"))
    course, job = published(completed("2023-03-05")), published(placed("2023-03-20"), factid="pl-1")
    return (
        *(spell, end, retracted(end), course, retracted(course), job),
        *(published(confirmed("2023-09-01", "pl-1")), published(declined("2023-03-08"))),
    )


def returns_erased() -> Log:
    erased = published(erasure("2023-04-01"), source="/services/registration")
    return (
        *(
            published(returned("2022-12-10")),
            published(visited("2023-06-01")),
            published(placed("2023-03-02")),
        ),
        *(erased, retracted(erased), published(returned("2022-12-10"), OTHER_PERSON)),
    )


def needs_erased() -> Log:
    need, erased = published(needing("2023-02-01")), published(erasure("2023-04-01"))
    other = published(needing("2023-02-02"), OTHER_PERSON)
    return need, corrected(need, needing("2023-05-01")), erased, retracted(erased), other


def work_erased() -> Log:
    erased = published(erasure("2023-04-01"))
    return (
        *(
            published(seeking("2023-03-02")),
            published(completed("2023-03-05")),
            published(opened("2023-03-01")),
        ),
        *(published(placed("2023-03-20"), factid="pl-1"), erased, retracted(erased)),
        published(seeking("2023-03-02", occupation=COOK), OTHER_PERSON),
    )


HISTORIES = [
    (REGISTRATION, returns_erased),
    (TRAINING, needs_erased),
    (MATCHING, work_erased),
    (REGISTRATION, returns),
    (TRAINING, needs),
    (MATCHING, work),
    (MATCHING, retracted_fact),
]


async def lists_after(service: Service, log: Log, connection: Connection) -> list[object]:
    """Return the service's lists after a log, in a transaction that is rolled back."""
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
    """Return some orders of a log, each with some of its events twice."""
    chance = random.Random(7)  # noqa: S311 - a seed, no secret
    drawn: list[Log] = []
    for _ in range(ORDERS_MAX):
        shuffled = [*log, *chance.sample(list(log), 2)]
        chance.shuffle(shuffled)
        drawn.append(shuffled)
    return drawn


@pytest.mark.parametrize(
    ("service", "history"), HISTORIES, ids=lambda each: getattr(each, "name", "")
)
async def test_any_order_and_repetition_leads_to_the_same_lists(
    service: Service, history: Callable[[], Log], open_service: Open
) -> None:
    log = history()
    opened_service = await open_service(service)
    async with opened_service.context.pool.acquire() as connection:
        expected = await lists_after(service, log, connection)
        found = [await lists_after(service, order, connection) for order in orders(log)]

    is_erased = any(isinstance(each.data, PersonErased) for each in log)
    assert any(expected)
    assert all(lists == expected for lists in found)
    assert not (is_erased and PERSON in repr(expected))


async def test_whichever_side_arrives_last_the_same_pairs_are_proposed(open_service: Open) -> None:
    log: Log = (
        published(seeking("2023-03-02")),
        published(completed("2023-03-05")),
        published(returned("2023-03-01", occupation=COOK)),
        published(opened("2023-03-01", occupation=UPHOLSTERER), vacancy(1)),
        published(opened("2023-03-02", occupation=COOK), vacancy(2)),
    )
    service = await open_service(MATCHING)
    found = set()
    async with service.context.pool.acquire() as connection:
        for order in itertools.permutations(log):
            transaction = connection.transaction()
            await transaction.start()
            proposals = [
                each for state in order for each in await react(MATCHING, state, connection)
            ]
            await transaction.rollback()
            found.add(pairs(proposals))

    assert found == {(vacancy(1), vacancy(2))}


async def test_a_skill_reported_before_or_after_the_jobseeker_proposes_the_same_five(
    open_service: Open,
) -> None:
    offers = [published(opened("2023-03-01"), vacancy(n)) for n in range(1, 9)]
    spell = published(seeking("2023-03-02", occupation=TAILOR))
    course = published(completed("2023-03-05"))
    service = await open_service(MATCHING)
    found = set()
    async with service.context.pool.acquire() as connection:
        for order in ((spell, course), (course, spell)):
            transaction = connection.transaction()
            await transaction.start()
            log = (*offers, *order)
            proposals = [each for state in log for each in await react(MATCHING, state, connection)]
            await transaction.rollback()
            found.add(pairs(proposals))

    assert found == {tuple(vacancy(n) for n in range(1, 6))}


def pairs(proposals: Log) -> tuple[str, ...]:
    """Return the vacancies proposed to the one person of a history."""
    return tuple(
        sorted(each.data.vacancy for each in proposals if isinstance(each.data, MatchProposed))
    )
