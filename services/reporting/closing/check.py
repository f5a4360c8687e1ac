"""Whether every release still gives the digest that it was kept with."""

from dataclasses import dataclass

from runtime.postgres import Pool
from services.reporting.answering.reading import one_instant
from services.reporting.closing.model import digest_of
from services.reporting.closing.store import Archive


@dataclass(frozen=True, slots=True)
class Checked:
    """A release, the digest kept with it, and the one that its rows give."""

    id: str
    place: str
    period: str
    version: int
    state: str
    digest: str
    computed: str

    @property
    def agrees(self) -> bool:
        """Whether nothing was changed."""
        return self.digest == self.computed


async def check(pool: Pool, place: str | None, period: str | None) -> list[Checked]:
    """Compute the digests of all releases of a council and a period anew; None: of all."""
    async with one_instant(pool) as connection:
        archive = Archive(connection)
        states = {
            taken.release: taken.step.value
            for history in (await archive.histories(place, period)).values()
            for taken in history
        }
        return [
            await _checked(archive, release, state) for release, state in sorted(states.items())
        ]


async def _checked(archive: Archive, release_id: str, state: str) -> Checked:
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
