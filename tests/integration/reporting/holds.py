"""Holds that a test adds by hand, as a reconciliation would."""

from datetime import date

from tests.integration.reporting.harness import ReportingHarness

ADD_HOLD = """
WITH run AS (INSERT INTO reconciliation_run (kind) VALUES ('all') RETURNING id),
     found AS (INSERT INTO discrepancy (run, kind, code, detail)
                   SELECT id, 'subject', gen_random_uuid(), 'a test' FROM run RETURNING id)
INSERT INTO hold (discrepancy, measure, municipality, from_month, to_month, affects_facts)
SELECT id, $1, $2, $3, $4, $5 FROM found
"""


async def add_hold(
    reporting: ReportingHarness,
    measure: str | None = None,
    municipality: str | None = None,
    months: tuple[date | None, date | None] = (None, None),
    *,
    affects_facts: bool = False,
) -> None:
    """Put a measure in a council on hold over some months; None is all of them."""
    await reporting.context.pool.execute(ADD_HOLD, measure, municipality, *months, affects_facts)


async def remove_holds(reporting: ReportingHarness) -> None:
    """Remove all holds."""
    await reporting.context.pool.execute("DELETE FROM hold")
