"""Doubts that a test casts by hand, as a proof would write them down."""

from datetime import date

from tests.integration.reporting.desk import Desk

CAST = """
WITH proof AS (INSERT INTO verification (kind) VALUES ('all') RETURNING id),
     suspected AS (INSERT INTO suspect (verification, kind, code, why)
                   SELECT id, 'subject', gen_random_uuid(), 'a test' FROM proof RETURNING id)
INSERT INTO doubt (suspect, measure, municipality, from_month, to_month, is_of_log)
SELECT id, $1, $2, $3, $4, $5 FROM suspected
"""


async def cast(
    desk: Desk,
    measure: str | None = None,
    municipality: str | None = None,
    months: tuple[date | None, date | None] = (None, None),
    *,
    is_of_log: bool = False,
) -> None:
    """Cast a doubt on a measure in a council over some months; None is all of them."""
    await desk.context.pool.execute(CAST, measure, municipality, *months, is_of_log)


async def lift(desk: Desk) -> None:
    """Lift every doubt."""
    await desk.context.pool.execute("DELETE FROM doubt")
