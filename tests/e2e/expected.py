"""Which tables to compare, and what the reference says stands in them."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from tests.e2e.town import Asked, Rows
from tests.reference.days import periods_of
from tests.reference.fold import entries_of
from tests.reference.lists import places_of
from tests.reference.measures import MEASURES
from tests.reference.plain import Entry, Event
from tests.reference.tables import Question, table

KINDS = 4
"""Of periods: month, quarter, year, and everything until a month's end."""
EMPTY_PLACES = ("70998", "90255", "RS229", "RS22", "RS-KM", "RS")
EMPTY_PERIODS = ("2015-06", "2015-Q2", "2015", "to-2015-06")


class Expected:
    """The reference's entries of a log, and its tables."""

    def __init__(self, events: list[Event]) -> None:
        self.by_measure: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries_of(events):
            self.by_measure[entry.measure].append(entry)

    def answer(self, asked: Asked, today: date) -> Rows:
        """What reporting must answer on that day."""
        return {
            (measure, bucket): cell
            for measure in with_split(asked.indicator, asked.split)
            for bucket, cell in table(
                self.behind(measure), Question(measure, *asked[1:]), today
            ).items()
        }

    def behind(self, measure: str) -> list[Entry]:
        """The entries that decide about a measure: about a base those of its figure too."""
        figure = measure.removesuffix("_base")
        return [e for name in dict.fromkeys((measure, figure)) for e in self.by_measure[name]]

    def questions(self) -> list[Asked]:
        """For every indicator and split a table at every level, of totals more; some are empty.

        The others are picked at random among those in which an entry counts. So every measure has
        a total that is not empty.
        """
        chance = random.Random(0)  # noqa: S311 - a test's chances
        found = {
            asked
            for indicator, split in tables()
            for _ in range(KINDS if split == "total" else 1)
            for asked in self.filled(chance, with_split(indicator, split), split)
        }
        found |= {asked for each in MEASURES for asked in self.filled(chance, [each], "total")}
        found |= {
            Asked(indicator, chance.choice(EMPTY_PLACES), chance.choice(EMPTY_PERIODS), split)
            for indicator, split in tables()
        }
        return sorted(found)

    def filled(self, chance: random.Random, measures: Sequence[str], split: str) -> Iterator[Asked]:
        """Tables of one indicator in which an entry of one of the measures counts."""
        indicator = measures[0].partition(".")[0]
        by_level: dict[int, list[tuple[str, Entry]]] = defaultdict(list)
        for measure in measures:
            for entry in self.by_measure[measure]:
                places = places_of(entry.town) if entry.town else ["RS"]
                for place in places:
                    by_level[level(place)].append((place, entry))
        for found in by_level.values():
            place, entry = chance.choice(found)
            yield Asked(indicator, place, chance.choice(periods_of(entry.on)), split)


def tables() -> list[tuple[str, str]]:
    """Every indicator with each of its splits."""
    pairs = {
        (measure.partition(".")[0], split)
        for measure, rule in MEASURES.items()
        for split in ("total", *rule.splits)
    }
    return sorted(pairs)


def with_split(indicator: str, split: str) -> list[str]:
    """The measures of an indicator that have the split."""
    return [
        measure
        for measure, rule in MEASURES.items()
        if measure.partition(".")[0] == indicator and split in ("total", *rule.splits)
    ]


def level(place: str) -> int:
    """Council, district, region, Kosovo and Metohija, country: told apart by their form."""
    return {"RS": 0, "RS-KM": 1}.get(place, len(place))
