"""Second leg of the proof: the facts are what the log says, up to the positions."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runtime.batch import Record
from runtime.errors import Missing
from runtime.identity import extents, log_ids
from runtime.kafka import Partition
from runtime.postgres import Pool
from runtime.reread import reread
from services.reporting.answering.reading import one_instant
from services.reporting.folding.heard import Heard, decoded, firsts
from services.reporting.proof.certificate import Leg, Progress
from services.reporting.proof.store import Account, Evidence, Kept


@dataclass(frozen=True, slots=True)
class Log:
    """Which log is read again."""

    bootstrap: str
    topics: Collection[str]


async def prove_log(pool: Pool, log: Log, progress: Progress) -> tuple[Leg, list[Account]]:
    """Read every partition again up to its position; gives the positions too."""
    leg = Leg("log", "the log up to the positions with facts, quarantine and counted duplicates")
    async with one_instant(pool) as connection:
        evidence = Evidence(connection)
        accounts = await evidence.accounts(log.topics)
        facts = await evidence.facts()
    folded = sum(account.tally.folded for account in accounts)
    if facts != folded:
        leg.differ("facts", f"{facts} are stored, {folded} were folded")
    await _compare_identity(log, accounts, leg)
    total = sum(account.next_offset for account in accounts)
    for account in accounts:
        await _prove_partition(pool, log, account, leg)
        progress(leg.name, leg.compared, total)
    return leg, accounts


async def _compare_identity(log: Log, accounts: Sequence[Account], leg: Leg) -> None:
    """It must be the same log, from its beginning."""
    try:
        found = await extents(
            log.bootstrap, await log_ids(log.bootstrap, {each.place for each in accounts})
        )
    except Missing as missing:
        leg.differ("log", str(missing))
        return
    for account in accounts:
        extent, where = found[account.place], _where(account.place)
        if extent.log_id != account.log_id:
            leg.differ(where, "the topic was made anew")
        if extent.start > 0:
            leg.differ(where, f"the log begins at {extent.start}")
        if extent.end < account.next_offset:
            leg.differ(where, f"the log ends at {extent.end}, {account.next_offset} were folded")


async def _prove_partition(pool: Pool, log: Log, account: Account, leg: Leg) -> None:
    found: Counter[str] = Counter()
    async for records in reread(log.bootstrap, account.place, 0, account.next_offset):
        found += await _judge(pool, account.place, records, leg)
        leg.compared += len(records)
    tally = account.tally
    holes = account.next_offset - found.total()
    expected = {
        "said": tally.folded + tally.duplicate,
        "quarantined": tally.quarantined,
        "ignored": tally.ignored,
    }
    found["ignored"] += holes
    for outcome, count in expected.items():
        if found[outcome] != count:
            leg.differ(
                _where(account.place), f"{found[outcome]} records {outcome}, {count} counted"
            )


async def _judge(pool: Pool, place: Partition, records: Sequence[Record], leg: Leg) -> Counter[str]:
    """What became of each record, as facts and quarantine show it."""
    hearing = decoded(records)
    async with one_instant(pool) as connection:
        evidence = Evidence(connection)
        aside = await evidence.quarantined(place, records[0].offset, records[-1].offset)
        facts = await evidence.named(list(firsts(hearing.heard)))
    outcomes: Counter[str] = Counter()
    for event in hearing.heard:
        is_aside = event.record.offset in aside
        outcomes["quarantined" if is_aside else "said"] += 1
        if not is_aside:
            _compare(event, facts.get(event.name), leg)
    for record, problem in hearing.refused:
        outcomes["quarantined"] += 1
        if record.offset not in aside:
            leg.differ(_record(record), f"it is refused ({problem.code}), but not in quarantine")
    outcomes["ignored"] += len(hearing.ignored)
    return outcomes


def _compare(event: Heard, fact: Kept | None, leg: Leg) -> None:
    if fact is None:
        leg.differ(_record(event.record), "it is no fact, and not in quarantine")
    elif event.digest != fact.stored:
        leg.differ(_record(event.record), "the fact of this name has another digest")
    elif fact.stored != fact.computed:
        leg.differ(_record(event.record), "the stored fact is not what was said")


def _record(record: Record) -> str:
    return f"{_where(record.place)} offset {record.offset}"


def _where(place: Partition) -> str:
    return f"{place[0]} partition {place[1]}"
