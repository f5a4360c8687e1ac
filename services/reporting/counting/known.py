"""What was known at an instant: the facts recorded by then, linked as they were linked then."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from services.reporting.counting.components import Link, roots_of
from services.reporting.counting.fold import entries_of, merge_links
from services.reporting.counting.history import Fact, newest
from services.reporting.counting.indicator import Entry, Indicator

CONSENTS = frozenset({"registration.consent.granted", "registration.consent.withdrawn"})


def groups(seeds: Iterable[str], links: Collection[Link]) -> Iterator[list[str]]:
    """Sets of codes that were ever linked, those that hold a seed.

    Whatever merges were known when: one person's codes, then or today, all lie in one group.
    """
    wanted = set(seeds)
    together: dict[str, list[str]] = defaultdict(list)
    for code, root in roots_of(wanted.union(*links), links).items():
        together[root].append(code)
    return (codes for codes in together.values() if not wanted.isdisjoint(codes))


def entries_known_at(
    facts: Sequence[Fact], catalogue: Sequence[Indicator], instant: datetime
) -> Iterator[tuple[str, Entry]]:
    """The entries as they were known, each with its subject; from all facts of whole groups."""
    for root, told in histories_known_at(facts, instant).items():
        for entry in entries_of(told, catalogue):
            yield root, entry


def histories_known_at(facts: Sequence[Fact], instant: datetime) -> Mapping[str, list[Fact]]:
    """What was known of each subject; but of consent what is known today.

    Consent decides for all days: nobody who has withdrawn it is shown in an older table either.
    """
    return histories_of([fact for fact in facts if fact.recorded_at <= instant], facts)


def histories_of(then: Sequence[Fact], facts: Sequence[Fact]) -> Mapping[str, list[Fact]]:
    """The same, if of all facts these were known then."""
    roots, roots_today = _roots(then), _roots(facts)
    consents: dict[str, list[Fact]] = defaultdict(list)
    for fact in newest(fact for fact in facts if fact.identity[1] in CONSENTS):
        consents[roots_today[fact.subject]].append(fact)
    known: dict[str, list[Fact]] = defaultdict(list)
    for fact in then:
        known[roots[fact.subject]].append(fact)
    for root, told in known.items():
        today = {roots_today[fact.subject] for fact in newest(told)}
        kept = [fact for fact in told if fact.identity[1] not in CONSENTS]
        known[root] = kept + [fact for each in sorted(today) for fact in consents.get(each, ())]
    return known


def _roots(facts: Sequence[Fact]) -> Mapping[str, str]:
    links = merge_links(facts)
    return roots_of({fact.subject for fact in facts}.union(*links), links)
