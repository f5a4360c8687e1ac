"""The contract kit: the door's own checks without a server, and events to test with."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from .schemas import declarations, door
from .schemas.declarations import Declarations
from .schemas.envelope import Envelope, hear, to_bytes
from .schemas.event import Event
from .schemas.problem import Refusal

BELGRADE: Final = ZoneInfo("Europe/Belgrade")
DECLARED_ELSEWHERE: Final = frozenset({"E1006", "E1007", "E1008"})
"""Programmes, series and organisations that an installation may know beyond the shipped ones."""

Said = Envelope[Event] | bytes
"""An event as `Partner.say` makes it, or as the bytes of its JSON."""


def check(
    event: Said, *, declared: Declarations | None = None, today: date | None = None
) -> Envelope[Event]:
    """The event as the door reads it; raises Refusal with the problem that the door would name.

    `declared`: what the installation has declared (`lmc_events.schemas.declarations.read` reads its
    catalogue), by default what is shipped. `today` is by default the day in Belgrade.
    What only the door knows is not looked at: your grants, and what was said before.
    """
    return door.check(
        bytes_of(event),
        today=today or datetime.now(UTC).astimezone(BELGRADE).date(),
        declared=declared or declarations.shipped(),
        partner=True,
    )


def check_language(event: Said) -> Envelope[Event]:
    """The same, but codes that may be declared where the event is sent are left to the door."""
    try:
        return check(event)
    except Refusal as refused:
        if refused.problem.code not in DECLARED_ELSEWHERE:
            raise
        return hear(bytes_of(event))


def examples() -> Mapping[str, bytes]:
    """One well-said event of each type that a partner may say, as JSON, by type."""
    folder = Path(__file__).parent / "schemas" / "examples"
    found = {file.stem: file.read_bytes() for file in sorted(folder.glob("*.json"))}
    return MappingProxyType({type_: raw for type_, raw in found.items() if _is_partners(raw)})


def bytes_of(event: Said) -> bytes:
    """The event as it is sent."""
    return event if isinstance(event, bytes) else to_bytes(event)


def _is_partners(raw: bytes) -> bool:
    return hear(raw).source.startswith("/partners/")
