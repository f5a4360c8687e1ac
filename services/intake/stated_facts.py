"""What each source has stated so far, and what an event means beside it. Pure.

The rules depend on the order of arrival, so they hold at the endpoint alone: what stands in the
log counts as the log's own order of facts decides.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from schemas.envelope import Envelope, content_digest, fact_type_of
from schemas.events.event import Event
from schemas.events.matching import EmploymentConfirmed, PlacementEnded, PlacementMade
from schemas.validation.problems import Problem
from services.intake.notes import NoteCode

FactKey = tuple[str, str]
"""(source, factid)."""

_PLACEMENT = fact_type_of(PlacementMade.TYPE)


@dataclass(frozen=True, slots=True)
class StatedRevision:
    """One accepted event, by what it states: a fact at a revision, or its retraction.

    `on` is the first day of work of a placement, and None for other facts and retractions.
    """

    source: str
    type: str
    stated_type: str
    subject: str
    factid: str
    revision: int
    digest: bytes
    on: date | None = None

    @property
    def is_retraction(self) -> bool:
        """Whether it retracts the fact."""
        return fact_type_of(self.type) != self.stated_type

    @property
    def identity(self) -> tuple[str, str]:
        """What the source distinguishes under one factid: (type without version, subject)."""
        return self.stated_type, self.subject

    @property
    def precedence(self) -> tuple[int, bool]:
        """Of one fact the greatest counts."""
        return self.revision, self.is_retraction


def stated_by(envelope: Envelope[Event]) -> StatedRevision:
    """Return what an event states."""
    event = envelope.data
    return StatedRevision(
        envelope.source,
        envelope.type,
        envelope.stated_type,
        envelope.subject,
        envelope.factid,
        envelope.revision,
        content_digest(envelope),
        event.on if isinstance(event, PlacementMade) else None,
    )


def placement_of(envelope: Envelope[Event]) -> FactKey | None:
    """Return the (source, factid) of the placement that an event ends or confirms."""
    event = envelope.data
    if not isinstance(event, PlacementEnded | EmploymentConfirmed):
        return None
    return event.placement_source or envelope.source, event.placement


class StatedFacts:
    """The accepted revisions of those facts that a request is about, and whom they are about."""

    def __init__(
        self, revisions: Iterable[StatedRevision], subjects: Iterable[tuple[str, str]]
    ) -> None:
        self._revisions: dict[FactKey, list[StatedRevision]] = defaultdict(list)
        self._subjects = set(subjects)
        for revision in revisions:
            self.add(revision)

    def add(self, stated: StatedRevision) -> None:
        """Add what was accepted."""
        self._revisions[stated.source, stated.factid].append(stated)
        self._subjects.add((stated.source, stated.subject))

    def problems(self, envelope: Envelope[Event]) -> Iterator[Problem]:
        """Yield why an event cannot stand beside what its source has stated."""
        stated = stated_by(envelope)
        known = self._revisions[stated.source, stated.factid]
        same = [each for each in known if each.identity == stated.identity]
        if any(_contests(each, stated) for each in same):
            yield _contested(stated, max(each.revision for each in same))
        others = [each for each in known if not each.is_retraction]
        if stated.revision > 1 and not same and others:
            yield _misdirected(stated, others[-1])
        yield from self._before_it_began(envelope)

    def notes(self, envelope: Envelope[Event]) -> Iterator[NoteCode]:
        """Yield what the sender of an accepted event should know."""
        stated = stated_by(envelope)
        known = self._revisions[stated.source, stated.factid]
        same = [each for each in known if each.identity == stated.identity]
        if stated.is_retraction and not any(not each.is_retraction for each in same):
            yield "N1001"
        if self._meets_no_placement(envelope):
            yield "N1002"
        if same and stated.precedence < max(each.precedence for each in same):
            is_own = any(each.is_retraction and each.revision == stated.revision for each in same)
            yield "N1004" if is_own and not stated.is_retraction else "N1003"
        if any(each.type == stated.type and each.digest == stated.digest for each in same):
            yield "N1005"
        if stated.subject[0] == "p" and (stated.source, stated.subject) not in self._subjects:
            yield "N1006"

    def _before_it_began(self, envelope: Envelope[Event]) -> Iterator[Problem]:
        began_on = self._began_on(envelope)
        event = envelope.data
        if event is not None and began_on is not None and event.on < began_on:
            detail = f"The placement began on {began_on}, after {event.on}."
            remedy = "Correct `on`, or send a correction of the placement first."
            yield Problem("E1302", "$.data.on", detail, remedy)

    def _began_on(self, envelope: Envelope[Event]) -> date | None:
        """Return the first day of the source's own placement that an event is about, if known."""
        named = placement_of(envelope)
        if named is None or named[0] != envelope.source:
            return None
        newest = max(self._placements(named, envelope.subject), key=_precedence, default=None)
        return newest.on if newest is not None else None

    def _meets_no_placement(self, envelope: Envelope[Event]) -> bool:
        """Intake knows no placements of services, so there is none to look up for those."""
        named = placement_of(envelope)
        if named is None or not named[0].startswith("/partners/"):
            return False
        return not any(not each.is_retraction for each in self._placements(named, envelope.subject))

    def _placements(self, key: FactKey, subject: str) -> list[StatedRevision]:
        wanted = (_PLACEMENT, subject)
        return [each for each in self._revisions[key] if each.identity == wanted]


def _precedence(stated: StatedRevision) -> tuple[int, bool]:
    return stated.precedence


def _contests(before: StatedRevision, stated: StatedRevision) -> bool:
    """Two retractions never contest each other: what they retract is the same."""
    is_same_revision = (before.type, before.revision) == (stated.type, stated.revision)
    return is_same_revision and not stated.is_retraction and before.digest != stated.digest


def _contested(stated: StatedRevision, newest: int) -> Problem:
    detail = f"Revision {stated.revision} of this fact was accepted before with other content."
    remedy = (
        f"A correction has a higher revision: write {newest + 1}. Another fact has another factid."
    )
    return Problem("E1303", "$.revision", detail, remedy)


def _misdirected(stated: StatedRevision, before: StatedRevision) -> Problem:
    if before.subject != stated.subject:
        path, detail = "$.subject", "You have stated this factid about another person or subject."
        remedy = "Retract it there, and state it here at revision 1."
    else:
        path = "$.data.type" if stated.is_retraction else "$.type"
        detail = f"You have stated this factid as {before.stated_type}."
        remedy = "Retract it under that type, and state it under this one at revision 1."
    if stated.is_retraction:
        remedy = "Write subject and type as in the fact that you retract."
    return Problem("E1304", path, detail, remedy)
