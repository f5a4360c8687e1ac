"""Accept validated events: receipt and outbox row in one transaction, duplicates counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.envelope import Envelope, content_digest, differing_paths
from schemas.events.event import Event
from schemas.validation.decode import decode_event
from schemas.validation.problems import Problem, Refusal
from services.intake.model import AcceptedEvent, EventKey, NewEvent
from services.intake.notes import NoteCode
from services.intake.repository import IntakeRepository
from services.intake.stated_facts import FactKey, StatedFacts, placement_of, stated_by
from services.intake.validation import ValidationResult

Status = Literal["accepted", "duplicate", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one event: why it was refused, or what its sender should know."""

    status: Status
    problems: tuple[Problem, ...] = ()
    notes: tuple[NoteCode, ...] = ()


async def accept(
    repository: IntakeRepository, results: Sequence[ValidationResult]
) -> Sequence[Outcome]:
    """Accept new events, count duplicates, refuse conflicts; return one outcome per result.

    Receipts and outbox rows are written in the repository's transaction. Respond to the sender
    only after it has committed.
    """
    outcomes = list(await dry_run(repository, results))
    new = {
        _key(result): (number, result)
        for number, result in enumerate(results)
        if isinstance(result, Envelope) and outcomes[number].status == "accepted"
    }
    claimed = await repository.claim(
        {key: _new_event(result, outcomes[number]) for key, (number, result) in new.items()}
    )
    if overtaken := sorted(new.keys() - claimed):
        accepted = await repository.accepted_events(overtaken)
        for key in overtaken:
            number, result = new[key]
            outcomes[number] = _compared(accepted[key], result)
    await repository.enqueue([result for key, (_, result) in new.items() if key in claimed])
    await repository.count_duplicates(list(_duplicates(results, outcomes)))
    return outcomes


async def dry_run(
    repository: IntakeRepository, results: Sequence[ValidationResult]
) -> Sequence[Outcome]:
    """Return the outcomes that `accept` would return now, and write nothing."""
    envelopes = [result for result in results if isinstance(result, Envelope)]
    accepted = await repository.accepted_events(sorted(set(map(_key, envelopes))))
    facts = await repository.stated_facts(
        set(_facts(envelopes)), {(each.source, each.subject) for each in envelopes}
    )
    return list(_outcomes(results, dict(accepted), facts))


def _outcomes(
    results: Sequence[ValidationResult],
    accepted: dict[EventKey, AcceptedEvent],
    facts: StatedFacts,
) -> Iterator[Outcome]:
    """Decide in the order of the request: what is accepted counts for the events after it."""
    firsts: dict[EventKey, Envelope[Event]] = {}
    for result in results:
        if isinstance(result, Refusal):
            yield Outcome("refused", result.problems)
            continue
        outcome = _outcome(result, accepted.get(_key(result)), firsts.get(_key(result)), facts)
        yield outcome
        if outcome.status == "accepted":
            firsts[_key(result)] = result
            facts.add(stated_by(result))


def _outcome(
    envelope: Envelope[Event],
    accepted: AcceptedEvent | None,
    first: Envelope[Event] | None,
    facts: StatedFacts,
) -> Outcome:
    """Compare an event with the accepted one of its key, or with the first in the request."""
    if accepted is not None:
        return _compared(accepted, envelope)
    if first is not None:
        return _duplicate_or_conflict(first, content_digest(first), envelope)
    if problems := tuple(facts.problems(envelope)):
        return Outcome("refused", problems)
    return Outcome("accepted", notes=tuple(facts.notes(envelope)))


def _compared(accepted: AcceptedEvent, envelope: Envelope[Event]) -> Outcome:
    return _duplicate_or_conflict(decode_event(accepted.value), accepted.digest, envelope)


def _duplicate_or_conflict(
    before: Envelope[Event], digest: bytes, envelope: Envelope[Event]
) -> Outcome:
    if content_digest(envelope) == digest:
        return Outcome("duplicate")
    return Outcome("refused", (_conflict(before, envelope),))


def _conflict(accepted: Envelope[Event], candidate: Envelope[Event]) -> Problem:
    paths = differing_paths(accepted, candidate)
    return Problem(
        "E1301",
        paths[0] if paths else "$",
        f"This id was accepted before with other content; they differ in {', '.join(paths)}.",
        "A correction has a new id, the same factid and a higher revision.",
    )


def _facts(envelopes: Sequence[Envelope[Event]]) -> Iterator[FactKey]:
    """Yield the facts that events state or refer to."""
    for envelope in envelopes:
        yield envelope.source, envelope.factid
        if (placement := placement_of(envelope)) is not None:
            yield placement


def _duplicates(
    results: Sequence[ValidationResult], outcomes: Sequence[Outcome]
) -> Iterator[EventKey]:
    for result, outcome in zip(results, outcomes, strict=True):
        if isinstance(result, Envelope) and outcome.status == "duplicate":
            yield _key(result)


def _new_event(envelope: Envelope[Event], outcome: Outcome) -> NewEvent:
    return NewEvent(envelope.id, stated_by(envelope), outcome.notes)


def _key(envelope: Envelope[Event]) -> EventKey:
    return envelope.source, envelope.id
