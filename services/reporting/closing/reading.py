"""What readers are told of a period: whether it is closed, and what of its totals was frozen."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from runtime.postgres import Pool
from schemas.periods import Period
from services.reporting.answering.reading import one_instant
from services.reporting.closing.model import History, Row, Step, Taken, closed, latest
from services.reporting.closing.store import Archive


@dataclass(frozen=True, slots=True)
class Frozen:
    """The latest approved version of a council's period, with the totals that everybody sees."""

    version: int
    digest: str
    closed_at: datetime
    reopened_at: datetime | None
    totals: Mapping[str, Row]
    """By the names that entries carry; none once the period is open again."""
    reasons: Mapping[str, tuple[str, ...]]
    """Why indicators differ from it, by their ids, as far as it was noted."""

    @property
    def state(self) -> str:
        """`closed`, or `reopened`."""
        return "closed" if self.reopened_at is None else "reopened"


async def frozen(
    pool: Pool, place: str, period: Period, measures: Collection[str]
) -> Frozen | None:
    """The latest version of a period, with the frozen totals of these measures; None if none."""
    async with one_instant(pool) as connection:
        archive = Archive(connection)
        history = await archive.history(place, str(period))
        last = latest(history)
        if last is None:
            return None
        is_closed = closed(history) is not None
        return Frozen(
            version=last.version,
            digest=(await archive.digests([last.release]))[last.release].hex(),
            closed_at=last.at,
            reopened_at=None if is_closed else _reopened(last, history),
            totals=await archive.totals(last.release, measures) if is_closed else {},
            reasons=await archive.reasons(last.release) if is_closed else {},
        )


def _reopened(last: Taken, history: History) -> datetime:
    return next(
        taken.at
        for taken in history
        if taken.release == last.release and taken.step is Step.REOPENED
    )
