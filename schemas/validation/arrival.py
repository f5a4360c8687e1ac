"""An event as it arrives, and a rule that may find problems with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from ..declared_codes import DeclaredCodes
from ..envelope import Envelope
from ..events.event import Event
from .problems import Problem


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event, and what the rules compare it with.

    `factid_given` is whether the sender wrote one. `today` is the civil day of arrival in
    Belgrade. Of an event with faults the envelope holds only what is right.
    """

    envelope: Envelope[Event]
    factid_given: bool
    today: date
    declared: DeclaredCodes


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that no model can express: `text` is what the reference of events says of it.

    `needs` are the JSON paths that must be right before `find` is asked.
    """

    text: str
    needs: tuple[str, ...]
    find: Callable[[Arrival], Iterator[Problem]]
