"""One proof after another beside the fold: writes down what differs, and looks at it again."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from runtime import log
from runtime.clock import Clock
from runtime.errors import Unavailable
from runtime.postgres import Pool
from services.reporting.answering.reading import one_instant
from services.reporting.counting.indicator import Indicator
from services.reporting.folding.digest import catalogue_digest
from services.reporting.proof import due
from services.reporting.proof.certificate import RULE, Certificate, Difference, Leg
from services.reporting.proof.comparison import look_at_code, look_at_number
from services.reporting.proof.entries import Below, prove_entries, prove_some_entries
from services.reporting.proof.log import (
    Log,
    Reading,
    look_at_facts,
    look_at_identity,
    look_at_partition,
    prove_log,
    prove_some_log,
)
from services.reporting.proof.manner import Manner
from services.reporting.proof.prove import certify
from services.reporting.proof.records import look_at_record
from services.reporting.proof.register import Ending, Register
from services.reporting.proof.reported import look_at_reports, prove_reported, prove_some_reported
from services.reporting.proof.store import Account, Evidence
from services.reporting.proof.suspicion import Finding, Kind, Suspect
from services.reporting.tables.doubt import EVERYTHING

SUSPECTS_MAX = 200
"""Found in one proof; when there are more, everything is in doubt and nothing more is looked at."""
SAMPLE_SECONDS = 15.0
"""For each leg of a sample: with its rests a fiftieth of a processor every ten minutes."""
SAMPLE_PAUSE = 4.0
ALL_PAUSE = 2.0
"""Rests, in times of the work: the fold shares the process, and must hardly notice."""
AGAIN_SECONDS = 20.0
"""So long suspects are looked at again in one round; the others have their turn in the next."""
SUBJECTS, RECORDS = 100, 200
"""In a slice: some hundredths of a second in which the process does nothing else."""

_LOG = log.get(__name__)


class Enough(Exception):  # noqa: N818 - no mistake: more need not be known
    """So much differs that everything is in doubt."""


@dataclass(frozen=True, slots=True)
class Proved:
    """What is proved, by which definitions."""

    log: Log
    catalogue: Sequence[Indicator]
    series: frozenset[str]


class Verifier:
    """Runs proofs of one installation; only the copy that holds the lock may."""

    def __init__(self, pool: Pool, proved: Proved, clock: Clock, below: Below) -> None:
        self._pool = pool
        self._proved = proved
        self._clock = clock
        self._below = below
        self.register = Register(pool)

    async def run(self, kind: due.Kind) -> bool:
        """Prove a sample or everything, and write down how it ended; whether all agrees.

        A sample that meets another number of facts than were folded goes on to everything.
        """
        if kind == "sample" and await self._lacks_facts():
            kind = "all"
        number = await self.register.begin(kind, self._clock())
        manner = self._manner(number, SAMPLE_PAUSE if kind == "sample" else ALL_PAUSE)
        try:
            ending = self._ending(await self._prove(kind, manner))
        except Enough:
            told = {"agrees": False, "rule": RULE, "ended": f"after {SUSPECTS_MAX} suspects"}
            ending = Ending(
                self._clock(), 0, SUSPECTS_MAX, agrees=False, certificate=json.dumps(told)
            )
        if kind == "all" and ending.agrees:
            await self.register.clear_all(self._clock())
        await self.register.end(number, ending)
        _LOG.info("proved", kind=kind, compared=ending.compared, differs=ending.differs)
        return ending.agrees

    async def look_again(self) -> int:
        """Look at what is suspected once more, for some time; gives how many are cleared.

        When all that was found one by one is mended, everything is proved, which ends the rest.
        """
        cleared, ends_s = 0, time.monotonic() + AGAIN_SECONDS
        opened = await self.register.open(2 * SUSPECTS_MAX)
        if opened and all(each.suspect.kind is Kind.MANY for each in opened):
            return len(opened) if await self.run("all") else 0
        for number, verification, suspect in opened:
            if time.monotonic() > ends_s:
                break
            if suspect.kind is Kind.MANY or not await self.is_ours():
                continue
            finding = await self._look(suspect)
            if finding is None:
                await self.register.clear([number], self._clock())
                cleared += 1
            else:
                await self.register.keep(verification, finding, self._clock())
        return cleared

    async def is_ours(self) -> bool:
        """Whether the entries follow our definitions now: others would all seem wrong."""
        async with one_instant(self._pool) as connection:
            series = self._proved.series
            return await Evidence(connection).follows(catalogue_digest(), series)

    async def _prove(self, kind: due.Kind, manner: Manner) -> Certificate:
        pool, log, definitions = self._pool, self._proved.log, self._proved.catalogue
        facts: tuple[Leg, list[Account]]
        if kind == "all":
            entries = await prove_entries(pool, definitions, manner=manner)
            facts = await prove_log(pool, log, definitions, manner=manner)
            reported = await prove_reported(pool, definitions, manner=manner)
        else:
            seconds = SAMPLE_SECONDS
            entries = await prove_some_entries(pool, definitions, self._below, seconds, manner)
            chance = (self._below, seconds)
            facts = await prove_some_log(pool, log, definitions, chance, manner)
            reported = await prove_some_reported(pool, definitions, *chance, manner)
        leg, accounts = facts
        return await certify(pool, self._clock, (entries, leg, reported), accounts)

    def _manner(self, number: int, pause: float) -> Manner:
        """Write each finding down at once: what is in doubt is withheld before the proof ends."""
        count = 0

        async def found(finding: Finding) -> None:
            nonlocal count
            if not await self.is_ours():
                raise Unavailable("the definitions have changed amid the proof")
            count += 1
            if count > SUSPECTS_MAX:
                await self.register.keep(number, MANY, self._clock())
                raise Enough
            _LOG.error("differs", kind=finding.suspect.kind, proof=number)
            await self.register.keep(number, finding, self._clock())

        return Manner(found, pause, SUBJECTS, RECORDS)

    def _ending(self, certificate: Certificate) -> Ending:
        return Ending(
            self._clock(),
            sum(leg.compared for leg in certificate.legs),
            sum(leg.differs for leg in certificate.legs),
            certificate.agrees,
            certificate.without_codes(),
        )

    async def _lacks_facts(self) -> bool:
        log = self._proved.log
        return await look_at_facts(self._pool, log) is not None

    async def _look(self, suspect: Suspect) -> Finding | None:
        """Look at one suspect now."""
        pool, log, definitions = self._pool, self._proved.log, self._proved.catalogue
        match suspect:
            case Suspect(Kind.SUBJECT, code=str(code)):
                return await look_at_code(pool, definitions, code)
            case Suspect(Kind.NUMBER, number=int(number)):
                return await look_at_number(pool, definitions, number)
            case Suspect(Kind.RECORD, None, str(topic), int(partition), int(offset)):
                at = ((topic, partition), offset)
                return await look_at_record(pool, log.bootstrap, definitions, at)
            case Suspect(Kind.PARTITION, None, str(topic), int(partition)):
                manner = Manner(pause=SAMPLE_PAUSE, records=RECORDS)
                reading = Reading(pool, log, definitions, Leg("log", ""), manner)
                return await look_at_partition(reading, (topic, partition))
            case Suspect(Kind.REPORTS, code=str(council)):
                return await look_at_reports(pool, definitions, council)
            case _:
                return await self._look_at_whole(suspect)

    async def _look_at_whole(self, suspect: Suspect) -> Finding | None:
        """Look at what is no single person's or record's."""
        if suspect.kind is Kind.FACTS:
            return await look_at_facts(self._pool, self._proved.log)
        async with one_instant(self._pool) as connection:
            accounts = await Evidence(connection).accounts(self._proved.log.topics)
        found = await look_at_identity(self._proved.log, accounts)
        return next((each for each in found if each.suspect == suspect), None)


MANY = Finding(
    Suspect(Kind.MANY),
    (Difference("everything", f"more than {SUSPECTS_MAX} things differ"),),
    (EVERYTHING,),
)
