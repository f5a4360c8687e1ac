"""Verifies that every release still has its digest, and that the log has the same one."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from runtime.messaging import admin
from runtime.messaging.log_reader import read_range
from runtime.messaging.records import Record
from runtime.storage.pool import Pool
from schemas.events.reporting import PeriodClosed
from schemas.topics import topic_of
from schemas.validation.decode import decode_event
from services.reporting.queries.snapshot import snapshot
from services.reporting.releases.model import ReleaseStep, digest_of
from services.reporting.releases.repository import ReleaseRepository, VersionKey

PublishedDigests = Mapping[VersionKey, set[str]]
"""The published digests of each version: one, unless somebody else has published."""
_FROZEN: Final = frozenset({ReleaseStep.APPROVED, ReleaseStep.REOPENED})


@dataclass(frozen=True, slots=True)
class DigestCheck:
    """A release: its stored digest, that of its values, and those in the log if it was read.

    The log is the copy that nobody can change together with the database.
    """

    id: str
    place: str
    period: str
    version: int
    state: ReleaseStep
    digest: str
    computed: str
    published: tuple[str, ...] | None = None

    @property
    def key(self) -> VersionKey:
        """Place, period and version."""
        return self.place, self.period, self.version

    @property
    def is_lost(self) -> bool:
        """Whether the log has the version and the (restored) database has not."""
        return not self.id

    @property
    def agrees(self) -> bool:
        """Whether nothing was changed, and the log has the same digest."""
        is_published = (
            self.published is None or self.state not in _FROZEN or self.published == (self.digest,)
        )
        return self.digest == self.computed and is_published


async def read_published_digests(
    bootstrap: str, place: str | None = None, period: str | None = None
) -> PublishedDigests:
    """Read the published digests of a council and a period from the log; None: of all.

    Raises Unavailable if it cannot be read.
    """
    found: dict[VersionKey, set[str]] = defaultdict(set)
    async for record in _records(bootstrap):
        event = decode_event(record.value or b"")
        if isinstance(event.data, PeriodClosed):
            key = (event.subject.removeprefix("m-"), event.data.period, event.data.version)
            if place in (None, key[0]) and period in (None, key[1]):
                found[key].add(event.data.digest)
    return found


async def check_digests(
    pool: Pool, place: str | None = None, period: str | None = None
) -> list[DigestCheck]:
    """Compute the digests of all releases of a council and a period; None: of all."""
    async with snapshot(pool) as connection:
        repository = ReleaseRepository(connection)
        states = {
            taken.release: taken.step
            for history in (await repository.histories(place, period)).values()
            for taken in history
        }
        return [await _checked(repository, each, state) for each, state in sorted(states.items())]


def compare_with_log(
    checked: Iterable[DigestCheck], published: PublishedDigests
) -> list[DigestCheck]:
    """Add what the log has, which must have been read afterwards.

    A published version that the database lacks (an older backup) is returned without an id: it is
    lost.
    """
    found = [
        replace(each, published=tuple(sorted(published.get(each.key, ())))) for each in checked
    ]
    known = {each.key for each in found if each.state in _FROZEN}
    lost = [
        DigestCheck("", *key, ReleaseStep.APPROVED, "", "", tuple(sorted(digests)))
        for key, digests in sorted(published.items())
        if key not in known
    ]
    return found + lost


async def _checked(
    repository: ReleaseRepository, release_id: str, state: ReleaseStep
) -> DigestCheck:
    release = await repository.release(release_id)
    assert release is not None  # noqa: S101 - its steps name it
    computed = digest_of(release, await repository.rows(release_id))
    return DigestCheck(
        id=release.id,
        place=release.place,
        period=str(release.period),
        version=release.version,
        state=state,
        digest=release.digest.hex(),
        computed=computed.hex(),
    )


async def _records(bootstrap: str) -> AsyncIterator[Record]:
    """Yield all records of the topic to which closings are published."""
    topic = topic_of(PeriodClosed.TYPE)
    partitions = [(topic.name, number) for number in range(topic.partitions)]
    starts = await admin.start_offsets(bootstrap, partitions)
    ends = await admin.end_offsets(bootstrap, partitions)
    for each in partitions:
        async for records in read_range(bootstrap, each, starts[each], ends[each]):
            for record in records:
                yield record
