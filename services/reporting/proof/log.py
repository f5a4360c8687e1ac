"""Second leg of the proof: the facts are what the log says, up to the positions."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from runtime.errors import Missing
from runtime.identity import extents, log_ids
from runtime.kafka import Partition
from runtime.postgres import Pool
from runtime.reread import reread
from services.reporting.answering.reading import one_instant
from services.reporting.counting.indicator import Indicator
from services.reporting.folding.heard import Name
from services.reporting.proof.certificate import Difference, Leg, Progress, silent
from services.reporting.proof.entries import Below
from services.reporting.proof.manner import AT_ONCE, Manner
from services.reporting.proof.records import Judged, Wrong, finding_of, judge
from services.reporting.proof.store import Account, Evidence
from services.reporting.proof.suspicion import Finding, Kind, Suspect
from services.reporting.tables.doubt import EVERYTHING

COMPARES = "the log up to the positions with facts, quarantine and counted duplicates"
MISSING_MAX = 10_000
"""Names of facts that are not there are remembered so far, to explain how many there are."""
STRETCH_RECORDS = 1000


@dataclass(frozen=True, slots=True)
class Log:
    """Which log is read again."""

    bootstrap: str
    topics: Collection[str]


@dataclass(slots=True)
class Reading:
    """A log that is being read again: what is told, and which facts were not there."""

    pool: Pool
    log: Log
    catalogue: Sequence[Indicator]
    leg: Leg
    manner: Manner
    missing: set[Name] = field(default_factory=set)

    async def tell(self, finding: Finding) -> None:
        """Count a finding, and pass it on."""
        self.leg.differ(*finding.differences)
        await self.manner.found(finding)

    async def accounts(self) -> list[Account]:
        """How far each partition is folded at this instant."""
        async with one_instant(self.pool) as connection:
            return await Evidence(connection).accounts(self.log.topics)


async def prove_log(
    pool: Pool,
    log: Log,
    catalogue: Sequence[Indicator],
    progress: Progress = silent,
    manner: Manner = AT_ONCE,
) -> tuple[Leg, list[Account]]:
    """Read every partition again up to its position; gives the positions too.

    Memory is bounded: a slice of records, and the names of missing facts up to MISSING_MAX.
    """
    reading = Reading(pool, log, catalogue, Leg("log", COMPARES), manner)
    accounts = await reading.accounts()
    await _prove_identity(reading, accounts)
    total = sum(account.next_offset for account in accounts)
    done = 0

    def tell(records: int) -> None:
        nonlocal done
        done += records
        progress(reading.leg.name, done, total)

    for account in accounts:
        await _prove_partition(reading, account, tell)
    if await look_at_facts(pool, log, reading.missing) is not None:
        finding = await look_at_facts(pool, log, reading.missing)
        if finding is not None:
            await reading.tell(finding)
    return reading.leg, accounts


async def prove_some_log(
    pool: Pool,
    log: Log,
    catalogue: Sequence[Indicator],
    chance: tuple[Below, float],
    manner: Manner,
) -> tuple[Leg, list[Account]]:
    """Read a stretch of partitions met by chance again, for so many seconds or until all had one.

    Whether it is the same log, and how many facts there are, is looked at as a whole.
    """
    below, seconds = chance
    told = f"stretches of {COMPARES}, for {seconds:.0f} seconds from places met by chance"
    reading = Reading(pool, log, catalogue, Leg("log", told), manner)
    accounts = await reading.accounts()
    await _prove_identity(reading, accounts)
    waiting, ends_s = [each for each in accounts if each.next_offset], time.monotonic() + seconds
    while waiting and time.monotonic() < ends_s:
        account = waiting.pop(below(len(waiting)))
        begin = below(account.next_offset)
        end = min(account.next_offset, begin + STRETCH_RECORDS)
        async for judged in _judged(reading, account.place, begin, end):
            reading.leg.compared += judged.records
            await _look_again(reading, account.place, judged.wrong)
    return reading.leg, accounts


async def look_at_identity(log: Log, accounts: Sequence[Account]) -> list[Finding]:
    """It must be the same log, from its beginning."""
    places = {each.place for each in accounts}
    try:
        found = await extents(log.bootstrap, await log_ids(log.bootstrap, places))
    except Missing as missing:
        return [_of_log(Suspect(Kind.LOG), [Difference("log", str(missing))])]
    findings = []
    for account in accounts:
        extent, where, what = found[account.place], _where(account.place), []
        if extent.log_id != account.log_id:
            what.append("the topic was made anew")
        if extent.start > 0:
            what.append(f"the log begins at {extent.start}")
        if extent.end < account.next_offset:
            what.append(f"the log ends at {extent.end}, {account.next_offset} were folded")
        if what:
            suspect = Suspect(Kind.LOG, None, *account.place)
            findings.append(_of_log(suspect, [Difference(where, each) for each in what]))
    return findings


async def look_at_facts(pool: Pool, log: Log, missing: Collection[Name] = ()) -> Finding | None:
    """There must be as many facts as were folded, but for those that are known to be missing."""
    async with one_instant(pool) as connection:
        evidence = Evidence(connection)
        folded = sum(each.tally.folded for each in await evidence.accounts(log.topics))
        facts = await evidence.facts()
    if 0 <= folded - facts <= len(missing):  # some of them may be mended by now
        return None
    what = f"{facts} are stored, {folded} were folded"
    return _of_log(Suspect(Kind.FACTS), [Difference("facts", what)])


async def look_at_partition(reading: Reading, place: Partition) -> Finding | None:
    """The tallies of a whole partition, read again up to where it is folded at this instant."""
    async with one_instant(reading.pool) as connection:
        account = await Evidence(connection).account(place)
    if account is None:
        return None
    found: Counter[str] = Counter()
    async for judged in _judged(reading, place, 0, account.next_offset):
        found += judged.outcomes
    return _tallies(account, found)


async def _prove_identity(reading: Reading, accounts: Sequence[Account]) -> None:
    """Look a second time, at positions of a fresh instant, if it does not seem the same log."""
    if await look_at_identity(reading.log, accounts):
        for finding in await look_at_identity(reading.log, await reading.accounts()):
            await reading.tell(finding)


async def _prove_partition(reading: Reading, account: Account, tell: Callable[[int], None]) -> None:
    """Prove a whole partition; `tell` is told after each slice how many records it had."""
    found: Counter[str] = Counter()
    async for judged in _judged(reading, account.place, 0, account.next_offset):
        found += judged.outcomes
        reading.leg.compared += judged.records
        await _look_again(reading, account.place, judged.wrong)
        tell(judged.records)
    if _tallies(account, found) is not None:
        finding = await look_at_partition(reading, account.place)
        if finding is not None:
            await reading.tell(finding)


async def _judged(
    reading: Reading, place: Partition, begin: int, end: int
) -> AsyncIterator[Judged]:
    """Read a part of the log again, and judge it slice by slice; rests between them."""
    async for records in reread(reading.log.bootstrap, place, begin, end):
        for first in range(0, len(records), reading.manner.records):
            begun_s = time.monotonic()
            some = records[first : first + reading.manner.records]
            judged = await judge(reading.pool, place, some)
            yield judged
            await reading.manner.rest(begun_s)


async def _look_again(reading: Reading, place: Partition, wrong: Sequence[Wrong]) -> None:
    """Look a second time, at a fresh instant; what still differs counts."""
    if not wrong:
        return
    still = await judge(reading.pool, place, [each.record for each in wrong])
    for each in still.wrong:
        if each.event is not None and each.kept is None and len(reading.missing) < MISSING_MAX:
            reading.missing.add(each.event.name)
        await reading.tell(await finding_of(reading.pool, reading.catalogue, each))


def _tallies(account: Account, found: Counter[str]) -> Finding | None:
    """What the records became must be what was counted when they were folded."""
    tally, where = account.tally, _where(account.place)
    expected = {
        "said": tally.folded + tally.duplicate,
        "quarantined": tally.quarantined,
        "ignored": tally.ignored,
    }
    holes = account.next_offset - found.total()
    told = found + Counter(ignored=holes)
    differences = [
        Difference(where, f"{told[outcome]} records {outcome}, {count} counted")
        for outcome, count in expected.items()
        if told[outcome] != count
    ]
    suspect = Suspect(Kind.PARTITION, None, *account.place)
    return _of_log(suspect, differences) if differences else None


def _of_log(suspect: Suspect, differences: Iterable[Difference]) -> Finding:
    """What cannot be located casts doubt on everything."""
    return Finding(suspect, tuple(differences), (EVERYTHING,))


def _where(place: Partition) -> str:
    return f"{place[0]} partition {place[1]}"
