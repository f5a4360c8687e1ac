"""Why a number differs from what was frozen, where no fact of a person tells it by itself."""

from dataclasses import replace

from services.reporting.closing.causes import causes
from services.reporting.closing.model import Release
from services.reporting.closing.store import Archive
from services.reporting.explaining.changes import Reason
from services.reporting.folding.digest import catalogue_digest
from services.reporting.indicators import catalogue
from services.reporting.tables.table import Table
from tests.integration.reporting.closing import MAY, Office
from tests.integration.reporting.desk import TOKEN
from tests.reference.tell import CECA, PROKUPLJE, say

AFTER = "2025-06-01T13:00:00Z"
ENROLLED, GRANTED = "training.course.enrolled", "registration.consent.granted"
WITHDRAWN = "registration.consent.withdrawn"


async def kept(office: Office, release_id: str) -> Release:
    """A release as it was read."""
    async with office.desk.context.pool.acquire() as connection:
        release = await Archive(connection).release(release_id)
    assert release is not None
    return release


async def found(office: Office, release: Release) -> set[Reason]:
    """Why MI-05 `registered` differs from a release."""
    definitions = catalogue(office.desk.context.declared)
    definition = next(each for each in definitions if each.id == "MI-05")
    table = Table(definition, definition.measures[0], PROKUPLJE, release.period)
    async with office.desk.context.pool.acquire() as connection:
        return (await causes(connection, [table], release, catalogue_digest()))[table]


async def test_a_number_that_no_fact_has_changed_follows_other_definitions_or_came_late(
    office: Office,
) -> None:
    release = await kept(office, await office.close())
    other = replace(release, catalogue_digest=bytes(32))
    older = replace(release, definitions={"MI-05": 7})

    assert await found(office, release) == {Reason.LATE}
    assert await found(office, other) == {Reason.DEFINITION}
    assert await found(office, older) == {Reason.DEFINITION}


async def test_a_consent_taken_back_is_the_reason_although_it_decides_for_all_days(
    office: Office,
) -> None:
    told = [say(ENROLLED, "2023-05-04", CECA), say(GRANTED, "2023-05-03", CECA)]
    await office.desk.fold(*told)
    await office.close()
    await office.desk.fold(say(WITHDRAWN, "2023-05-09", CECA, recordedtime=AFTER))
    shown = await office.beside(MAY, TOKEN)

    changed = {row["measure"]: row["reasons"] for row in shown["values"] if row.get("difference")}
    assert changed == {"consented": ["consent"]}
