"""The proof agrees with what was folded, and finds whatever was changed behind its back."""

import json

import pytest

from services.reporting.proof.certificate import Certificate
from services.reporting.proof.prove import domain_log, prove
from tests.integration.reporting.desk import Desk
from tests.integration.reporting.log import Log
from tests.integration.reporting.proving import MADE, events, now
from tests.reference.tell import ANA, say

REPORTED_TOO_LATE = """
INSERT INTO published.reported (organisation, domain, place, through)
VALUES ('o-nes', 'matching', '70998', '2099-01-01')
"""


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
    assert [leg.name for leg in certificate.legs] == ["entries", "log", "reported"]
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
        (REPORTED_TOO_LATE, "told through 2099-01-01, the facts say 2023"),
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
