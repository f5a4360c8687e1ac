"""Which proof is due, and when: a sample again and again, everything once a night."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Literal

from runtime.clock import BELGRADE
from services.reporting.proof.register import Verification

Kind = Literal["sample", "all"]
NIGHT = time(2, 30)
"""On the councils' calendar: few facts arrive, and 00:05 has published what the day changed."""
A_DAY = timedelta(days=1)


def due(now: datetime, last: Mapping[str, Verification], sample_s: float) -> Kind | None:
    """What is due; what ran last stands in the database, so a restart forgets nothing.

    After a night without this program everything is due at once.
    """
    whole = last.get("all")
    if whole is None or whole.started_at < last_night(now):
        return "all"
    newest = max(each.ended_at for each in last.values())
    return "sample" if now - newest >= timedelta(seconds=sample_s) else None


def last_night(now: datetime) -> datetime:
    """The last half past two in the morning in Belgrade."""
    local = now.astimezone(BELGRADE)
    at = datetime.combine(local.date(), NIGHT, BELGRADE)
    return at if at <= local else datetime.combine(local.date() - A_DAY, NIGHT, BELGRADE)
