"""What was reported before reporting knew completeness is found by the migration."""

import shutil
from pathlib import Path

import asyncpg

import services.reporting
from runtime.migrate import migrate
from runtime.postgres import open_pool
from services.reporting.expecting.completeness import through_of
from services.reporting.expecting.store import Ledger
from services.reporting.settings import Settings
from tests.conftest import MakeSettings
from tests.reference.tell import PROKUPLJE

MIGRATIONS = Path(services.reporting.__file__).parent / "migrations"
ADD_FACT = """
INSERT INTO fact (source, event_id, subject, type, version, factid, revision, on_date,
                  municipality, recorded_at, digest, data)
VALUES ('/partners/nes', $1, 'o-nes', 'reference.partner.reported', 1, $1, 1, '2023-06-01',
        $2::text, now(), '', jsonb_build_object('on', '2023-06-01', 'domain', 'matching',
                                      'municipality', $2::text, 'through', $3::text))
"""


async def test_earlier_reports_wait_for_the_publisher(
    service_settings: MakeSettings, tmp_path: Path
) -> None:
    settings, older = service_settings("reporting", Settings), tmp_path / "migrations"
    (older / "versions").mkdir(parents=True)
    for file in sorted((MIGRATIONS / "versions").glob("0*.py")):
        if file.name.endswith("_expected.py"):
            break
        shutil.copy(file, older / "versions")
    await migrate(settings, older, "reporting")
    pool: asyncpg.Pool[asyncpg.Record] = await open_pool(settings)
    try:
        for name, through in (("r-1", "2023-05-31"), ("r-2", "2023-06-30")):
            await pool.execute(ADD_FACT, name, PROKUPLJE, through)
        await migrate(settings, MIGRATIONS, "reporting")
        async with pool.acquire() as connection:
            waiting = through_of(await Ledger(connection).reported_anew())
    finally:
        pool.terminate()

    assert {key: str(day) for key, day in waiting.items()} == {
        ("o-nes", "matching", PROKUPLJE): "2023-06-30"
    }
