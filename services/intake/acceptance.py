"""Accept validated events: receipt and outbox row in one transaction, duplicates counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.envelope import Envelope, content_digest, differing_paths
from schemas.events.event import Event
from schemas.events.matching import EmploymentConfirmed, PlacementEnded
from schemas.validation.decode import decode_event
from schemas.validation.problems import Problem
from services.intake.model import AcceptedEvent, EventKey
from services.intake.repository import IntakeRepository
from services.intake.validation import ValidationResult

Status = Literal["accepted", "duplicate", "refused"]

_NO_PLACEMENT_YET = (
    "no such placement of yours yet; if another source stated it, name `placement_source`"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one event: `problem` is why it was refused, `note` a hint for the sender."""

    status: Status
    problem: Problem | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _CandidateEvent:
    """A valid event with its content digest, to be accepted unless its key is known."""

    envelope: Envelope[Event]
    digest: bytes

    @property
    def key(self) -> EventKey:
        """Return (source, id)."""
        return self.envelope.source, self.envelope.id


async def accept(
    repository: IntakeRepository, results: Sequence[ValidationResult]
) -> Sequence[Outcome]:
    """Accept new events, count duplicates, refuse conflicts; return one outcome per result.

    Receipts and outbox rows are written in the repository's transaction. Respond to the sender
    only after it has committed.
    """
    candidates = _candidates(results)
    firsts = _first_by_key(candidates)
    claimed = await repository.claim([first.envelope for first in firsts.values()])
    accepted = await repository.accepted_events([key for key in firsts if key not in claimed])
    outcomes = _outcomes(results, candidates, firsts, accepted)
    await repository.enqueue([firsts[key].envelope for key in firsts if key in claimed])
    await repository.count_duplicates(_duplicate_keys(candidates, outcomes))
    notes = await _notes(repository, candidates)
    return [_with_note(outcome, notes.get(n)) for n, outcome in enumerate(outcomes)]


async def dry_run(
    repository: IntakeRepository, results: Sequence[ValidationResult]
) -> Sequence[Outcome]:
    """Return the outcomes that `accept` would return now, and write nothing."""
    candidates = _candidates(results)
    firsts = _first_by_key(candidates)
    accepted = await repository.accepted_events(list(firsts))
    return _outcomes(results, candidates, firsts, accepted)


def _candidates(results: Sequence[ValidationResult]) -> Mapping[int, _CandidateEvent]:
    """Return the valid events by their number in the request."""
    return {
        number: _CandidateEvent(result, content_digest(result))
        for number, result in enumerate(results)
        if isinstance(result, Envelope)
    }


def _first_by_key(candidates: Mapping[int, _CandidateEvent]) -> Mapping[EventKey, _CandidateEvent]:
    """Return the first event of each key, in the order of the request."""
    firsts: dict[EventKey, _CandidateEvent] = {}
    for candidate in candidates.values():
        firsts.setdefault(candidate.key, candidate)
    return firsts


def _outcomes(
    results: Sequence[ValidationResult],
    candidates: Mapping[int, _CandidateEvent],
    firsts: Mapping[EventKey, _CandidateEvent],
    accepted: Mapping[EventKey, AcceptedEvent],
) -> Sequence[Outcome]:
    return [
        Outcome("refused", result)
        if isinstance(result, Problem)
        else _outcome(candidates[number], firsts, accepted)
        for number, result in enumerate(results)
    ]


def _outcome(
    candidate: _CandidateEvent,
    firsts: Mapping[EventKey, _CandidateEvent],
    accepted: Mapping[EventKey, AcceptedEvent],
) -> Outcome:
    """Compare an event with the accepted one of its key, or with the first in the request."""
    before = accepted.get(candidate.key)
    first = firsts[candidate.key]
    if before is None and first is candidate:
        return Outcome("accepted")
    if candidate.digest == (first.digest if before is None else before.digest):
        return Outcome("duplicate")
    stated = first.envelope if before is None else decode_event(before.value)
    return Outcome("refused", _conflict(stated, candidate.envelope))


def _conflict(accepted: Envelope[Event], candidate: Envelope[Event]) -> Problem:
    paths = differing_paths(accepted, candidate)
    return Problem(
        "E1301",
        paths[0] if paths else "$",
        f"This id was accepted before with other content; they differ in {', '.join(paths)}.",
        "A correction has a new id, the same factid and a higher revision.",
    )


def _duplicate_keys(
    candidates: Mapping[int, _CandidateEvent], outcomes: Sequence[Outcome]
) -> Sequence[EventKey]:
    return [
        candidate.key
        for number, candidate in candidates.items()
        if outcomes[number].status == "duplicate"
    ]


async def _notes(
    repository: IntakeRepository, candidates: Mapping[int, _CandidateEvent]
) -> Mapping[int, str]:
    """Return a note for each event that refers to an unknown placement of a partner."""
    placements = {
        number: placement
        for number, candidate in candidates.items()
        if (placement := _placement(candidate))
    }
    if not placements:
        return {}
    known = await repository.known_placements(sorted(set(placements.values())))
    return {
        number: _NO_PLACEMENT_YET
        for number, placement in placements.items()
        if placement not in known
    }


def _placement(candidate: _CandidateEvent) -> tuple[str, str, str] | None:
    """Return the (source, subject, factid) of the partner's placement that an event refers to.

    Intake knows no placements of services, so there is none to look up for those.
    """
    event = candidate.envelope.data
    if not isinstance(event, PlacementEnded | EmploymentConfirmed):
        return None
    source = event.placement_source or candidate.envelope.source
    if not source.startswith("/partners/"):
        return None
    return source, candidate.envelope.subject, event.placement


def _with_note(outcome: Outcome, note: str | None) -> Outcome:
    if note is None or outcome.status == "refused":
        return outcome
    return Outcome(outcome.status, note=note)
