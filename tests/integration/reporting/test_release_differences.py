"""Why a number differs from the frozen one, where no fact of a person explains it."""

from dataclasses import replace

from services.reporting.indicators import catalogue
from services.reporting.lineage.attribution import ChangeReason
from services.reporting.projection.fingerprint import definitions_fingerprint
from services.reporting.releases.comparison import explain_differences
from services.reporting.releases.model import Release
from services.reporting.releases.repository import ReleaseRepository
from services.reporting.tables.table import Table
from tests.integration.reporting.closing_users import MAY, ClosingUsers
from tests.integration.reporting.harness import TOKEN
from tests.reference.builders import CECA, PROKUPLJE, make_event

AFTER = "2025-06-01T13:00:00Z"
ENROLLED, GRANTED = "training.course.enrolled", "registration.consent.granted"
WITHDRAWN = "registration.consent.withdrawn"


async def stored_release(closing_users: ClosingUsers, release_id: str) -> Release:
    """Return a release as it was read."""
    async with closing_users.reporting.context.pool.acquire() as connection:
        release = await ReleaseRepository(connection).release(release_id)
    assert release is not None
    return release


async def reasons(closing_users: ClosingUsers, release: Release) -> set[ChangeReason]:
    """Return why MI-05 `registered` differs from a release."""
    definitions = catalogue(closing_users.reporting.context.declared)
    definition = next(each for each in definitions if each.id == "MI-05")
    table = Table(definition, definition.measures[0], PROKUPLJE, release.period)
    async with closing_users.reporting.context.pool.acquire() as connection:
        return (await explain_differences(connection, [table], release, definitions_fingerprint()))[
            table
        ]


async def test_a_number_that_no_fact_has_changed_follows_other_definitions_or_came_late(
    closing_users: ClosingUsers,
) -> None:
    release = await stored_release(closing_users, await closing_users.close())
    other = replace(release, definitions_fingerprint=bytes(32))
    older = replace(release, definitions={"MI-05": 7})

    assert await reasons(closing_users, release) == {ChangeReason.LATE}
    assert await reasons(closing_users, other) == {ChangeReason.DEFINITION}
    assert await reasons(closing_users, older) == {ChangeReason.DEFINITION}


async def test_a_withdrawn_consent_is_the_reason_although_it_applies_to_all_days(
    closing_users: ClosingUsers,
) -> None:
    events = [make_event(ENROLLED, "2023-05-04", CECA), make_event(GRANTED, "2023-05-03", CECA)]
    await closing_users.reporting.process(*events)
    await closing_users.close()
    await closing_users.reporting.process(
        make_event(WITHDRAWN, "2023-05-09", CECA, recordedtime=AFTER)
    )
    shown = await closing_users.comparison(MAY, TOKEN)

    changed = {row["measure"]: row["reasons"] for row in shown["values"] if row.get("difference")}
    assert changed == {"consented": ["consent"]}
