"""Which events of a batch are new facts, which were said before, and which contradict that."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from runtime.batch import Tallies, Tally
from schemas.problem import Problem
from services.reporting.folding.heard import Heard, Hearing, Name, Refused, firsts
from services.reporting.folding.store import Book, Known


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a batch's events; of a conflict also the digest that counts, if we know it.

    `earlier` has the facts that a duplicate shows to have been known sooner.
    """

    fresh: list[Heard] = field(default_factory=list)
    duplicates: list[Heard] = field(default_factory=list)
    conflicts: list[tuple[Heard, bytes | None]] = field(default_factory=list)
    earlier: dict[Name, datetime] = field(default_factory=dict)


async def keep_facts(book: Book, heard: Sequence[Heard]) -> Judged:
    """Make facts of the events not said before; of one name the first in the log's order counts.

    What an earlier decision refused is a conflict again, although nothing is there to contradict
    it: then the next event of that name is looked at. So there are as many rounds as contents of
    one name in the batch, and one as a rule.
    """
    judged = Judged()
    waiting: Sequence[Heard] = heard
    while waiting:
        waiting = await _round(book, waiting, judged)
    refused = [(event.name, event.digest, kept) for event, kept in judged.conflicts if kept]
    if refused:
        await book.keep_decisions(refused)
    return judged


def refused(batch: Hearing, judged: Judged) -> list[Refused]:
    """Everything that must be quarantined."""
    return [*batch.refused, *(Refused(event.record, CONFLICT) for event, _ in judged.conflicts)]


def tallies(batch: Hearing, judged: Judged) -> Tallies:
    """What became of the records of each partition."""
    folded = Counter(event.record.place for event in judged.fresh)
    duplicate = Counter(event.record.place for event in judged.duplicates)
    quarantined = Counter(each.record.place for each in refused(batch, judged))
    ignored = Counter(record.place for record in batch.ignored)
    return {
        place: Tally(folded[place], duplicate[place], quarantined[place], ignored[place])
        for place in {*folded, *duplicate, *quarantined, *ignored}
    }


async def _round(book: Book, waiting: Sequence[Heard], judged: Judged) -> Sequence[Heard]:
    """Judge all events of the names that are facts now; gives those that still wait."""
    first = firsts(waiting)
    added = await book.add_facts(sorted(first.values(), key=lambda event: event.name))
    known = {name: Known(first[name].digest, first[name].recorded_at) for name in added}
    if others := first.keys() - added:
        known |= await book.known_facts(others)
    fresh = [first[name] for name in first if name in added]
    judged.fresh.extend(fresh)
    return _later(_without(waiting, fresh), first, known, judged)


def _later(
    events: Iterable[Heard], first: dict[Name, Heard], known: dict[Name, Known], judged: Judged
) -> Sequence[Heard]:
    """Compare events with the facts of their names; gives those whose name is no fact yet."""
    waiting = []
    for event in events:
        fact = known.get(event.name)
        if fact is None and event.digest == first[event.name].digest:
            judged.conflicts.append((event, None))
        elif fact is None:
            waiting.append(event)
        elif event.digest != fact.digest:
            judged.conflicts.append((event, fact.digest))
        else:
            judged.duplicates.append(event)
            _note_earlier(event, fact, judged.earlier)
    return waiting


def _note_earlier(event: Heard, fact: Known, earlier: dict[Name, datetime]) -> None:
    if event.recorded_at < earlier.get(event.name, fact.recorded_at):
        earlier[event.name] = event.recorded_at


def _without(events: Iterable[Heard], fresh: Iterable[Heard]) -> list[Heard]:
    done = {event.record for event in fresh}
    return [event for event in events if event.record not in done]


CONFLICT = Problem(
    "E1301",
    "$.id",
    "Another event of this source has the same id and other content; the first one counts.",
    "Send it under an id of its own; to correct a fact keep its factid and raise the revision.",
)
