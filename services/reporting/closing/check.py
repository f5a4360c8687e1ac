"""Whether every release still gives the digest that it was kept with, and that the log has."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from runtime import kafka
from runtime.batch import Record
from runtime.postgres import Pool
from runtime.reread import reread
from schemas.envelope import hear
from schemas.reporting import PeriodClosed
from schemas.topics import topic_of
from services.reporting.answering.reading import one_instant
from services.reporting.closing.model import Step, digest_of
from services.reporting.closing.store import Archive, Version

Said = Mapping[Version, set[str]]
"""The digests that were said of each closed version: one, unless somebody else has spoken."""
FROZEN: Final = frozenset({Step.APPROVED, Step.REOPENED})


@dataclass(frozen=True, slots=True)
class Checked:
    """A release: the digest kept with it, that of its rows, and those on the log if it was read.

    The log is the witness that nobody can change together with the rows.
    """

    id: str
    place: str
    period: str
    version: int
    state: Step
    digest: str
    computed: str
    said: tuple[str, ...] | None = None

    @property
    def at(self) -> Version:
        """Which version it is."""
        return self.place, self.period, self.version

    @property
    def is_lost(self) -> bool:
        """Whether the log names it and the database, an older one, does not."""
        return not self.id

    @property
    def agrees(self) -> bool:
        """Whether nothing was changed, and what was closed was said so."""
        is_told = self.said is None or self.state not in FROZEN or self.said == (self.digest,)
        return self.digest == self.computed and is_told


async def closings(bootstrap: str, place: str | None = None, period: str | None = None) -> Said:
    """What the log says of closed versions of a council and a period; None: of all.

    Raises Unavailable if it cannot be read.
    """
    found: dict[Version, set[str]] = defaultdict(set)
    async for record in _records(bootstrap):
        event = hear(record.value or b"")
        if isinstance(event.data, PeriodClosed):
            at = (event.subject.removeprefix("m-"), event.data.period, event.data.version)
            if place in (None, at[0]) and period in (None, at[1]):
                found[at].add(event.data.digest)
    return found


async def check(pool: Pool, place: str | None = None, period: str | None = None) -> list[Checked]:
    """Compute the digests of all releases of a council and a period anew; None: of all."""
    async with one_instant(pool) as connection:
        archive = Archive(connection)
        states = {
            taken.release: taken.step
            for history in (await archive.histories(place, period)).values()
            for taken in history
        }
        return [await _checked(archive, each, state) for each, state in sorted(states.items())]


def witnessed(checked: Iterable[Checked], said: Said) -> list[Checked]:
    """The same beside what the log says, which must have been read afterwards.

    A version that was said and is not there (an older backup?) comes without an id: it is lost.
    """
    found = [replace(each, said=tuple(sorted(said.get(each.at, ())))) for each in checked]
    known = {each.at for each in found if each.state in FROZEN}
    lost = [
        Checked("", *at, Step.APPROVED, "", "", tuple(sorted(digests)))
        for at, digests in sorted(said.items())
        if at not in known
    ]
    return found + lost


async def _checked(archive: Archive, release_id: str, state: Step) -> Checked:
    release = await archive.release(release_id)
    assert release is not None  # noqa: S101 - its steps name it
    computed = digest_of(release, await archive.rows(release_id))
    return Checked(
        id=release.id,
        place=release.place,
        period=str(release.period),
        version=release.version,
        state=state,
        digest=release.digest.hex(),
        computed=computed.hex(),
    )


async def _records(bootstrap: str) -> AsyncIterator[Record]:
    """Everything on the topic on which closings are said."""
    topic = topic_of(PeriodClosed.TYPE)
    places = [(topic.name, number) for number in range(topic.partitions)]
    begins, ends = await kafka.starts(bootstrap, places), await kafka.ends(bootstrap, places)
    for place in places:
        async for records in reread(bootstrap, place, begins[place], ends[place]):
            for record in records:
                yield record
