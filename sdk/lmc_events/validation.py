"""Validate events without a server, by the rules that intake applies; example events for tests."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from .schemas import declared_codes
from .schemas.declared_codes import DeclaredCodes
from .schemas.envelope import Envelope, encode_event
from .schemas.events.event import Event
from .schemas.validation import strict
from .schemas.validation.decode import decode_event
from .schemas.validation.problems import Refusal

_BELGRADE: Final = ZoneInfo("Europe/Belgrade")
_DECLARED_CODE_PROBLEMS: Final = frozenset({"E1006", "E1007", "E1008"})
"""Undeclared programmes, series and organisations, which an installation may have declared."""

EventOrBytes = Envelope[Event] | bytes
"""An event as `Partner.new_event` returns it, or the bytes of its JSON."""


def validate_event(
    event: EventOrBytes, *, declared: DeclaredCodes | None = None, today: date | None = None
) -> Envelope[Event]:
    """Validate an event as intake does, and return it as intake decodes it.

    `declared`: the codes that your installation has declared, read from its catalogue by
    `lmc_events.schemas.declared_codes.read`; by default the shipped ones.
    `today`: the civil day of arrival, by default today in Belgrade.
    Raises Refusal with the problem that intake would answer. What only intake knows is not
    validated: your grants, and which events it accepted before.
    """
    return strict.validate_event(
        event_bytes(event),
        today=today or datetime.now(UTC).astimezone(_BELGRADE).date(),
        declared=declared or declared_codes.shipped(),
        partner=True,
    )


def validate_except_declared_codes(event: EventOrBytes) -> Envelope[Event]:
    """Validate an event, but accept codes that the installation may have declared.

    Raises Refusal for an event that every installation would refuse.
    """
    try:
        return validate_event(event)
    except Refusal as refused:
        if refused.problem.code not in _DECLARED_CODE_PROBLEMS:
            raise
        return decode_event(event_bytes(event))


def examples() -> Mapping[str, bytes]:
    """One valid event of each type that a partner may send, as JSON, by type."""
    folder = Path(__file__).parent / "schemas" / "examples"
    found = {file.stem: file.read_bytes() for file in sorted(folder.glob("*.json"))}
    return MappingProxyType({type_: raw for type_, raw in found.items() if _is_from_partner(raw)})


def event_bytes(event: EventOrBytes) -> bytes:
    """Return the bytes that are sent for an event."""
    return event if isinstance(event, bytes) else encode_event(event)


def _is_from_partner(raw: bytes) -> bool:
    return decode_event(raw).source.startswith("/partners/")
