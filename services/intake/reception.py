"""Takes judged events in: receipt and outbox row in one transaction, told-again ones counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.envelope import Envelope, content_digest, difference, hear
from schemas.event import Event
from schemas.matching import EmploymentConfirmed, PlacementEnded
from schemas.problem import Problem
from services.intake.store import Desk, Earlier, Name

Status = Literal["accepted", "duplicate", "refused"]
Judged = Envelope[Event] | Problem

NO_PLACEMENT_YET = (
    "no such placement of yours yet; if another source stated it, name `placement_source`"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one event; `problem` says why it was refused, `note` what is worth knowing."""

    status: Status
    problem: Problem | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An event under its name with its digest."""

    envelope: Envelope[Event]
    digest: bytes

    @property
    def name(self) -> Name:
        """Return (source, id)."""
        return self.envelope.source, self.envelope.id


async def take(desk: Desk, judged: Sequence[Judged]) -> Sequence[Outcome]:
    """Accept what is new, count what was told before, refuse conflicts.

    Receipts and outbox rows are written in the desk's transaction: nothing may be answered before
    it is committed.
    """
    told = _told(judged)
    firsts = _firsts(told)
    fresh = await desk.claim([first.envelope for first in firsts.values()])
    earlier = await desk.earlier([name for name in firsts if name not in fresh])
    outcomes = _outcomes(judged, told, firsts, earlier)
    await desk.say([firsts[name].envelope for name in firsts if name in fresh])
    await desk.count_duplicates(_repeated(told, outcomes))
    notes = await _notes(desk, told)
    return [_noted(outcome, notes.get(n)) for n, outcome in enumerate(outcomes)]


async def rehearse(desk: Desk, judged: Sequence[Judged]) -> Sequence[Outcome]:
    """Return what `take` would answer now, and write nothing."""
    told = _told(judged)
    firsts = _firsts(told)
    return _outcomes(judged, told, firsts, await desk.earlier(list(firsts)))


def _told(judged: Sequence[Judged]) -> Mapping[int, Told]:
    """Return the events that passed the checks, by their number in the request."""
    return {
        number: Told(each, content_digest(each))
        for number, each in enumerate(judged)
        if isinstance(each, Envelope)
    }


def _firsts(told: Mapping[int, Told]) -> Mapping[Name, Told]:
    """Return the first event of each name, in the order of the request."""
    firsts: dict[Name, Told] = {}
    for each in told.values():
        firsts.setdefault(each.name, each)
    return firsts


def _outcomes(
    judged: Sequence[Judged],
    told: Mapping[int, Told],
    firsts: Mapping[Name, Told],
    earlier: Mapping[Name, Earlier],
) -> Sequence[Outcome]:
    return [
        Outcome("refused", each)
        if isinstance(each, Problem)
        else _outcome(told[number], firsts, earlier)
        for number, each in enumerate(judged)
    ]


def _outcome(told: Told, firsts: Mapping[Name, Told], earlier: Mapping[Name, Earlier]) -> Outcome:
    """Compare an event with what was accepted under its name, or with its first in the request."""
    before = earlier.get(told.name)
    first = firsts[told.name]
    if before is None and first is told:
        return Outcome("accepted")
    if told.digest == (first.digest if before is None else before.digest):
        return Outcome("duplicate")
    stated = first.envelope if before is None else hear(before.value)
    return Outcome("refused", _conflict(stated, told.envelope))


def _conflict(stated: Envelope[Event], told: Envelope[Event]) -> Problem:
    paths = difference(stated, told)
    return Problem(
        "E1301",
        paths[0] if paths else "$",
        f"This id was accepted before with other content; they differ in {', '.join(paths)}.",
        "A correction has a new id, the same factid and a higher revision.",
    )


def _repeated(told: Mapping[int, Told], outcomes: Sequence[Outcome]) -> Sequence[Name]:
    return [each.name for number, each in told.items() if outcomes[number].status == "duplicate"]


async def _notes(desk: Desk, told: Mapping[int, Told]) -> Mapping[int, str]:
    """Return a note for each event that refers to a partner's placement not said so far."""
    asked = {number: found for number, each in told.items() if (found := _placement(each))}
    if not asked:
        return {}
    known = await desk.known_placements(sorted(set(asked.values())))
    return {number: NO_PLACEMENT_YET for number, each in asked.items() if each not in known}


def _placement(told: Told) -> tuple[str, str, str] | None:
    """Return the placement an event refers to: services' own do not pass this door."""
    event = told.envelope.data
    if not isinstance(event, PlacementEnded | EmploymentConfirmed):
        return None
    source = event.placement_source or told.envelope.source
    if not source.startswith("/partners/"):
        return None
    return source, told.envelope.subject, event.placement


def _noted(outcome: Outcome, note: str | None) -> Outcome:
    if note is None or outcome.status == "refused":
        return outcome
    return Outcome(outcome.status, note=note)
