"""On which facts an entry rests: the few that suffice for it and of which none can be left out."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice, zip_longest

from services.reporting.counting.components import roots_of
from services.reporting.counting.fold import counted_of, merge_links
from services.reporting.counting.history import Fact, History
from services.reporting.counting.indicator import Entry, Indicator

Facts = list[Fact]
Suffices = Callable[[Facts], bool]


class Records:
    """The newest facts of one person, by type and day, so that the nearest are found at once."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        by_type: dict[str, Facts] = defaultdict(list)
        for fact in sorted(facts, key=_name):
            by_type[fact.type].append(fact)
        rarest_first = sorted(by_type.items(), key=lambda each: (len(each[1]), each[0]))
        self._by_type = [told for _, told in rarest_first]

    def nearest_first(self, counted: Fact) -> Iterator[Fact]:
        """All others, in turn one before and one after the counted one.

        Those of types with many facts come last: they are rarely what is needed.
        """
        for told in self._by_type:
            here = bisect_right(told, counted.on, key=lambda fact: fact.on)
            for pair in zip_longest(reversed(told[:here]), told[here:]):
                yield from (fact for fact in pair if fact is not None and fact is not counted)


def rests_on(
    counted: Fact, entry: Entry, records: Records, definitions: Sequence[Indicator]
) -> Facts:
    """The fact that the rule counts, and those that it needs for this very entry.

    `records` are the newest facts of the person. Folded alone the answer gives the entry; without
    any one of it, it does not. Of facts that can stand for one another the one nearest before the
    counted fact is named. The fold itself is asked, with ever more facts at first (those of the
    rarest types and the nearest days), then with ever fewer: of 2,000 facts it sees a handful.
    """

    def suffices(facts: Facts) -> bool:
        told = History(_linked(counted, [counted, *facts]))
        return any(f is counted and e == entry for f, e in counted_of(told, definitions))

    enough = _enough(records.nearest_first(counted), suffices)
    needed = fewest(_latest_first(counted, enough), suffices)
    return [counted, *sorted(needed, key=_name)]


def _linked(counted: Fact, facts: Facts) -> Facts:
    """Those of them that these facts alone say are of the same person."""
    links = merge_links(facts)
    if not links:
        return [fact for fact in facts if fact.subject == counted.subject]
    roots = roots_of({fact.subject for fact in facts}.union(*links), links)
    return [fact for fact in facts if roots[fact.subject] == roots[counted.subject]]


def _latest_first(counted: Fact, others: Facts) -> Facts:
    """What came later is left out before what came earlier, and the farther before the nearer."""
    return sorted(
        others,
        key=lambda fact: (fact.on <= counted.on, -abs(fact.on - counted.on), _name(fact)),
    )


def _enough(others: Iterator[Fact], suffices: Suffices) -> Facts:
    """The first of them that suffice, twice as many at each attempt; all of them do."""
    found: Facts = []
    while not suffices(found):
        more = list(islice(others, max(1, len(found))))
        if not more:
            break
        found += more
    return found


def fewest(facts: Facts, suffices: Suffices) -> Facts:
    """Those that suffice and of which none can be left out; all of them suffice.

    Half of them are left out, if that can be, then a quarter …, at last each one.
    """
    step = max(len(facts) // 2, 1)
    while True:
        fewer = _without_what_can_be(facts, step, suffices)
        if step == 1 and len(fewer) == len(facts):
            return fewer
        facts, step = fewer, max(step // 2, 1)


def _without_what_can_be(facts: Facts, step: int, suffices: Suffices) -> Facts:
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
