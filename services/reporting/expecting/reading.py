"""Reads what is expected: the list at the start, the facts as they are now or were known."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from runtime.errors import UsageError
from runtime.postgres import Pool
from runtime.settings import ServiceSettings
from schemas.declarations import Declarations, Misdeclared
from schemas.territory import councils_in
from services.reporting.counting.history import Fact
from services.reporting.expecting.completeness import (
    Completeness,
    Through,
    renewed,
)
from services.reporting.expecting.reporters import Reporters, installed
from services.reporting.expecting.store import Ledger, Wanted
from services.reporting.settings import Settings


def check_reporters(settings: ServiceSettings, declared: Declarations) -> None:
    """Read the list of those who should report; UsageError with what is wrong with it."""
    reporters_of(settings, declared)


def reporters_of(settings: ServiceSettings, declared: Declarations) -> Reporters:
    """Those who should report in this installation; read once."""
    assert isinstance(settings, Settings)  # noqa: S101 - the service declares them
    return read_reporters(settings.reporters_file, declared)


def read_reporters(path: Path | None, declared: Declarations) -> Reporters:
    """The shipped list and an installation's own; UsageError with what is wrong with this."""
    try:
        return installed(path, frozenset(declared.organisations))
    except OSError as error:
        raise UsageError(f"cannot read the list of reporters {path}: {error.strerror}.") from None
    except Misdeclared as error:
        raise UsageError(str(error)) from None


async def completeness_of_tables(
    pool: Pool, place: str, expected: Completeness, instant: datetime | None = None
) -> Completeness:
    """What the numbers of a place hang on: nothing is read where nobody is expected.

    It must be read before the numbers: what is reported while these are counted would else call a
    number confirmed that was counted before.
    """
    councils = councils_in(place)
    if not any(each.council in councils for each in expected.reporters):
        return Completeness(expected.today)
    return await completeness_at(pool, place, expected, instant)


async def completeness_at(
    pool: Pool, place: str, expected: Completeness, instant: datetime | None = None
) -> Completeness:
    """Who has reported on a place, those who are not on the list too, now or at an instant."""
    councils = councils_in(place)
    through = await (
        _through(pool, councils) if instant is None else _through_at(pool, councils, instant)
    )
    return Completeness(expected.today, expected.reporters, through)


async def target_facts(pool: Pool, wanted: Wanted, instant: datetime | None = None) -> list[Fact]:
    """All facts about some targets, as they are now or were known at an instant."""
    async with pool.acquire() as connection:
        return await Ledger(connection).targets(wanted, instant)


async def reported_by(ledger: Ledger, councils: Collection[str]) -> Through:
    """What readers are told: as published, but for what the publisher has not looked at."""
    return await reported_now(ledger, councils, await ledger.reported_anew(), await ledger.whole())


async def reported_now(
    ledger: Ledger, councils: Collection[str], anew: Sequence[Fact], whole: Collection[str]
) -> Through:
    """What was reported of these councils: as published, but for records that have changed.

    So few facts are read, however long partners have been reporting; a retraction, or a correction
    that takes the latest day back, has all facts of its council read. So have those in `whole`.
    """
    through, uncertain = renewed(await ledger.reported(councils), anew)
    read = uncertain.union(whole).intersection(councils)
    found = await ledger.through(read) if read else {}
    return found | {
        key: day for key, day in through.items() if key[2] in councils and key[2] not in read
    }


async def _through(pool: Pool, councils: Collection[str]) -> Through:
    """As published, but for what the publisher has not looked at: all of one instant."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        return await reported_by(Ledger(connection), councils)


async def _through_at(pool: Pool, councils: Collection[str], instant: datetime) -> Through:
    """From the facts recorded by an instant."""
    async with pool.acquire() as connection:
        return await Ledger(connection).through(councils, instant)
