"""Loads completeness: the reporters once at the start, what they reported for each request."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from runtime.context import Context
from runtime.process.clock import belgrade_day
from runtime.process.errors import UsageError
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Pool
from schemas.declared_codes import DeclarationError, DeclaredCodes
from schemas.territory import councils_in
from services.reporting.completeness.model import (
    Completeness,
    ReportedThrough,
    apply_changed_reports,
)
from services.reporting.completeness.reporters import Reporters, load_reporters
from services.reporting.completeness.repository import CompletenessRepository
from services.reporting.domain.history import Fact
from services.reporting.settings import ReportingSettings


def check_reporters(settings: ServiceSettings, declared: DeclaredCodes) -> None:
    """Read the list of reporters; raise UsageError with what is wrong in it."""
    reporters_of(settings, declared)


def reporters_of(settings: ServiceSettings, declared: DeclaredCodes) -> Reporters:
    """Return who should report in this installation; the list is read once."""
    assert isinstance(settings, ReportingSettings)  # noqa: S101 - the service declares them
    return read_reporters(settings.reporters_file, declared)


def read_reporters(path: Path | None, declared: DeclaredCodes) -> Reporters:
    """Return the shipped list and an installation's own.

    Raise UsageError with what is wrong in the installation's list.
    """
    try:
        return load_reporters(path, frozenset(declared.organisations))
    except OSError as error:
        raise UsageError(f"cannot read the list of reporters {path}: {error.strerror}.") from None
    except DeclarationError as error:
        raise UsageError(str(error)) from None


def expected_completeness(context: Context, instant: datetime | None = None) -> Completeness:
    """Return who should report, on the day of an instant or today, without any reports."""
    now = context.clock()
    today = belgrade_day(now if instant is None else min(instant, now))
    return Completeness(today, reporters_of(context.settings, context.declared))


async def completeness_for_values(
    pool: Pool, place: str, expected: Completeness, instant: datetime | None = None
) -> Completeness:
    """Return the completeness that the values of a place depend on.

    Nothing is read where nobody is expected. Load it before the values: otherwise a report that
    arrives in between would confirm a zero that was counted before it.
    """
    councils = councils_in(place)
    if not any(each.council in councils for each in expected.reporters):
        return Completeness(expected.today)
    return await load_completeness(pool, place, expected, instant)


async def load_completeness(
    pool: Pool, place: str, expected: Completeness, instant: datetime | None = None
) -> Completeness:
    """Return who has reported on a place, unlisted reporters included, now or as of an instant."""
    councils = councils_in(place)
    if instant is None:
        through = await _reported_through(pool, councils)
    else:
        through = await _reported_through_as_of(pool, councils, instant)
    return Completeness(expected.today, expected.reporters, through)


async def current_reported_through(
    repository: CompletenessRepository, councils: Collection[str]
) -> ReportedThrough:
    """Return what readers see: the published days, updated by changes not yet published."""
    changed = await repository.changed_reports()
    reload = await repository.reload_councils()
    return await merge_changed_reports(repository, councils, changed, reload)


async def merge_changed_reports(
    repository: CompletenessRepository,
    councils: Collection[str],
    changed: Sequence[Fact],
    reload: Collection[str],
) -> ReportedThrough:
    """Return the reported days of these councils: as published, updated by changed records.

    Few facts are read for this, however long partners have been reporting. All facts of a council
    are read only after a retraction or correction of its latest day, and if it is in `reload`.
    """
    published = await repository.published_reported_through(councils)
    through, uncertain = apply_changed_reports(published, changed)
    reread = uncertain.union(reload).intersection(councils)
    found = await repository.reported_through_in_facts(reread) if reread else {}
    return found | {
        key: day for key, day in through.items() if key[2] in councils and key[2] not in reread
    }


async def _reported_through(pool: Pool, councils: Collection[str]) -> ReportedThrough:
    """Return what readers see now, all from one snapshot."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        return await current_reported_through(CompletenessRepository(connection), councils)


async def _reported_through_as_of(
    pool: Pool, councils: Collection[str], instant: datetime
) -> ReportedThrough:
    """Return the reported days from the facts recorded by an instant."""
    async with pool.acquire() as connection:
        repository = CompletenessRepository(connection)
        return await repository.reported_through_in_facts(councils, instant)
