"""Finds the facts that support an entry: enough to produce it, and none that can be left out."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice, zip_longest

from services.reporting.domain.fold import entries_with_facts
from services.reporting.domain.history import Fact, History
from services.reporting.domain.indicator import Entry, Indicator
from services.reporting.domain.linked_codes import canonical_codes_of, merge_links

Facts = list[Fact]
Suffices = Callable[[Facts], bool]


class NewestFacts:
    """The newest facts of one person, by type and day, for a search of the nearest ones."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        by_type: dict[str, Facts] = defaultdict(list)
        for fact in sorted(facts, key=_name):
            by_type[fact.type].append(fact)
        rarest_first = sorted(by_type.items(), key=lambda each: (len(each[1]), each[0]))
        self._by_type = [of_type for _, of_type in rarest_first]

    def nearest_first(self, counted: Fact) -> Iterator[Fact]:
        """Yield all other facts, alternately one before and one after the counted fact.

        Types with many facts come last: they are rarely needed.
        """
        for of_type in self._by_type:
            here = bisect_right(of_type, counted.on, key=lambda fact: fact.on)
            for pair in zip_longest(reversed(of_type[:here]), of_type[here:]):
                yield from (fact for fact in pair if fact is not None and fact is not counted)


def supporting_facts(
    counted: Fact, entry: Entry, newest: NewestFacts, definitions: Sequence[Indicator]
) -> Facts:
    """Return the fact that the rule counts, followed by the facts it needs for this very entry.

    `newest` are the newest facts of the person. Folded alone the returned facts produce the entry;
    without any one of them they do not. Among facts that can replace one another, the one nearest
    before the counted fact is returned. The search runs the fold itself, first on a growing set
    (rarest types and nearest days first), then on a shrinking one: of 2,000 facts it folds a
    handful.
    """

    def suffices(facts: Facts) -> bool:
        history = History(_linked(counted, [counted, *facts]))
        return any(f is counted and e == entry for f, e in entries_with_facts(history, definitions))

    enough = _enough(newest.nearest_first(counted), suffices)
    needed = minimal_subset(_latest_first(counted, enough), suffices)
    return [counted, *sorted(needed, key=_name)]


def _linked(counted: Fact, facts: Facts) -> Facts:
    """Return the facts that, by these facts alone, belong to the person of the counted one."""
    links = merge_links(facts)
    if not links:
        return [fact for fact in facts if fact.subject == counted.subject]
    codes = canonical_codes_of(facts, links)
    return [fact for fact in facts if codes[fact.subject] == codes[counted.subject]]


def _latest_first(counted: Fact, others: Facts) -> Facts:
    """Sort so that later facts are left out before earlier ones, distant before near."""
    return sorted(
        others,
        key=lambda fact: (fact.on <= counted.on, -abs(fact.on - counted.on), _name(fact)),
    )


def _enough(others: Iterator[Fact], suffices: Suffices) -> Facts:
    """Take the first facts that suffice, twice as many at each attempt; at worst all."""
    found: Facts = []
    while not suffices(found):
        more = list(islice(others, max(1, len(found))))
        if not more:
            break
        found += more
    return found


def minimal_subset(facts: Facts, suffices: Suffices) -> Facts:
    """Return a subset that suffices and from which no fact can be left out.

    All `facts` together must suffice. Tries to leave out half of them, then quarters, and so on
    down to single facts.
    """
    step = max(len(facts) // 2, 1)
    while True:
        fewer = _leave_out(facts, step, suffices)
        if step == 1 and len(fewer) == len(facts):
            return fewer
        facts, step = fewer, max(step // 2, 1)


def _leave_out(facts: Facts, step: int, suffices: Suffices) -> Facts:
    begin = 0
    while begin < len(facts):
        fewer = facts[:begin] + facts[begin + step :]
        if suffices(fewer):
            facts = fewer
        else:
            begin += step
    return facts


def _name(fact: Fact) -> tuple[date, str, str]:
    return (fact.on, fact.source, fact.event_id)
