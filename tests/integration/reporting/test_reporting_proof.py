"""The proof agrees with what was folded, and finds whatever was changed behind its back."""

import json
from datetime import UTC, datetime

import pytest

from lmc.kafka import LocalKafka
from services.reporting.folding.freshness import Freshness
from services.reporting.proof.certificate import Certificate
from services.reporting.proof.prove import domain_log, prove
from tests.conftest import MakeTopic
from tests.integration.follow.story import become
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import Desk
from tests.integration.reporting.log import Log, following
from tests.reference.logs import random_log
from tests.reference.plain import Event
from tests.reference.tell import ANA, BOBAN, CECA, IVANJICA, say

MADE, MERGED = "matching.placement.made", "registration.person.merged"


def now() -> datetime:
    return datetime.now(UTC)


def events() -> list[Event]:
    """Random stories, one merge that stands, a duplicate, and a conflict."""
    made = say(MADE, "2023-03-02", ANA, id="made")
    return [
        *(event | {"id": f"r-{n}"} for n, event in enumerate(random_log(7) + random_log(8))),
        made,
        say(MADE, "2023-03-05", BOBAN, id="other", factid="f-9"),
        say(MERGED, "2023-05-01", CECA, id="merge", factid="f-8", **{"with": BOBAN}),
        made,
        made | {"data": made["data"] | {"municipality": IVANJICA}},
    ]


@pytest.fixture
async def log(kafka: LocalKafka, make_topic: MakeTopic) -> Log:
    """One topic of three partitions with everything that may become of a record."""
    made = Log(kafka.bootstrap, (await make_topic("proof"),), 3)
    made.tell([*events(), b"poison"])
    return made


@pytest.fixture
async def folded(open_desk: OpenDesk, log: Log) -> Desk:
    """Reporting that has folded the log."""
    desk = await open_desk(clock=now)
    freshness = Freshness(log.places)

    async def is_done() -> bool:
        fresh = await freshness.look(desk.context)
        return fresh.lag == 0 and fresh.folded_to is not None

    async with following(desk, log):
        await become(is_done)
    return desk


async def proved(desk: Desk, log: Log) -> Certificate:
    known = domain_log(log.bootstrap, log.topics)
    return await prove(desk.context.pool, known, desk.context.declared, now)


def differences(certificate: Certificate) -> list[str]:
    return [f"{each.where}: {each.what}" for leg in certificate.legs for each in leg.differences]


async def test_what_was_folded_is_proved(folded: Desk, log: Log) -> None:
    certificate = await proved(folded, log)
    told = json.loads(certificate.to_json())

    assert differences(certificate) == []
    assert certificate.agrees
    assert [leg.name for leg in certificate.legs] == ["entries", "log"]
    assert certificate.legs[0].compared == await folded.number("SELECT count(*) FROM entry")
    assert certificate.legs[1].compared == len(events()) + 1
    assert sum(at["next_offset"] for at in told["positions"]) == len(events()) + 1
    assert len(told["catalogue_digest"]) == 64


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("DELETE FROM entry WHERE ctid = (SELECT min(ctid) FROM entry)", "1 missing"),
        ("INSERT INTO entry SELECT * FROM entry LIMIT 1", "1 too many"),
        ("UPDATE entry SET on_date = on_date - 1", "too many"),
        ("UPDATE entry SET subject = 999999", "too many"),
        ("UPDATE subject SET root = id", "its root is"),
        ("DELETE FROM subject", "its subject is not known"),
        ("DELETE FROM fact WHERE event_id = 'other'", "it is no fact"),
        (
            "UPDATE fact SET data = data || '{\"sector\": \"A\"}' WHERE event_id = 'made'",
            "not what",
        ),
        ("UPDATE fact SET digest = 'x' WHERE event_id = 'made'", "another digest"),
        ("DELETE FROM quarantine", "not in quarantine"),
        ("UPDATE position SET log_id = 'x'", "made anew"),
        (
            "UPDATE position SET folded = folded - 1, ignored = ignored + 1 WHERE folded > 0",
            "stored",
        ),
    ],
)
async def test_what_was_changed_behind_its_back_is_found(
    folded: Desk, log: Log, change: str, found: str
) -> None:
    await folded.context.pool.execute(change)
    certificate = await proved(folded, log)

    assert not certificate.agrees
    assert [each for each in differences(certificate) if found in each], differences(certificate)


async def test_a_fact_that_nobody_said_is_found(folded: Desk, log: Log) -> None:
    await folded.fold(say(MADE, "2023-03-02", ANA, id="never-said"))
    certificate = await proved(folded, log)

    assert any("are stored" in each for each in differences(certificate))
