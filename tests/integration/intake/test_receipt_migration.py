"""Receipts that were written before they knew revisions are completed from the outbox."""

import json
import shutil
from pathlib import Path

import pytest

from runtime.storage.migrate import migrate
from runtime.storage.pool import open_pool
from services.intake.settings import IntakeSettings
from tests.conftest import MakeSettings
from tests.databases import EMPTY, Superuser
from tests.integration.intake.conftest import MakeEvent

MIGRATIONS = Path(__file__).parents[3] / "services" / "intake" / "migrations"
OUTBOX = """
INSERT INTO outbox (topic, key, source, event_id, value, recorded_at)
VALUES ('matching-events', $1, $2, $3, $4, now())
"""
RECEIPT = """
INSERT INTO receipt (source, event_id, digest, fact_type, subject, factid)
VALUES ($1, $2, '\\x00', $3, $4, $5)
"""


@pytest.fixture
def database(superuser: Superuser) -> str:
    """A database in which no service has made its tables yet."""
    return superuser.copy(EMPTY)


async def test_receipts_of_the_baseline_are_completed(
    service_settings: MakeSettings, tmp_path: Path, placed: MakeEvent
) -> None:
    settings = service_settings("intake", IntakeSettings)
    (tmp_path / "versions").mkdir()
    shutil.copy(MIGRATIONS / "versions" / "0001_baseline.py", tmp_path / "versions")
    await migrate(settings, tmp_path, "intake")
    made = placed(id="e-1", factid="f-1", revision=3)
    retracted = made | {
        "id": "e-2",
        "type": "matching.fact.retracted.v1",
        "revision": 4,
        "data": {"on": "2023-04-01", "type": "matching.placement.made", "reason": "duplicate"},
    }
    pool = await open_pool(settings)
    for event in (made, retracted):
        value = json.dumps(event).encode()
        await pool.execute(OUTBOX, event["subject"], event["source"], event["id"], value)
        fact_type = str(event["type"]).removesuffix(".v1")
        names = (event["source"], event["id"], fact_type, event["subject"], event["factid"])
        await pool.execute(RECEIPT, *names)

    await migrate(settings, MIGRATIONS, "intake")

    rows = await pool.fetch(
        "SELECT event_id, type, stated_type, revision, placed_on::text, notes FROM receipt"
        " ORDER BY event_id"
    )
    await pool.close()
    assert [tuple(row) for row in rows] == [
        ("e-1", "matching.placement.made.v1", "matching.placement.made", 3, "2023-03-02", []),
        ("e-2", "matching.fact.retracted.v1", "matching.placement.made", 4, None, []),
    ]
