"""The tables to compare, and their values by the reference."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from tests.e2e.live_stack import Rows, ValuesRequest
from tests.reference.data_files import places_of
from tests.reference.days import periods_of
from tests.reference.fold import entries_of
from tests.reference.measures import MEASURES
from tests.reference.shapes import Entry, Event
from tests.reference.tables import Question, table

KINDS = 4
"""The kinds of periods: month, quarter, year, and all time until a month's end."""
EMPTY_PLACES = ("70998", "90255", "RS229", "RS22", "RS-KM", "RS")
EMPTY_PERIODS = ("2015-06", "2015-Q2", "2015", "to-2015-06")


class ReferenceTables:
    """The reference's entries of a log, and its tables."""

    def __init__(self, events: list[Event]) -> None:
        self.by_measure: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries_of(events):
            self.by_measure[entry.measure].append(entry)

    def rows(self, wanted: ValuesRequest, today: date) -> Rows:
        """Return the rows that reporting must answer on that day."""
        return {
            (measure, bucket): cell
            for measure in with_split(wanted.indicator, wanted.split)
            for bucket, cell in table(
                self.entries_for(measure), Question(measure, *wanted[1:]), today
            ).items()
        }

    def entries_for(self, measure: str) -> list[Entry]:
        """Return the entries that a measure depends on; a base depends on its figure's too."""
        figure = measure.removesuffix("_base")
        return [e for name in dict.fromkeys((measure, figure)) for e in self.by_measure[name]]

    def requests(self) -> list[ValuesRequest]:
        """Return a request per indicator, split and level, more for totals; some are empty.

        The others are drawn at random from the tables in which an entry counts, so that every
        measure has a total that is not empty.
        """
        rng = random.Random(0)  # noqa: S311 - a test's random choices
        found = {
            wanted
            for indicator, split in tables()
            for _ in range(KINDS if split == "total" else 1)
            for wanted in self.requests_with_entries(rng, with_split(indicator, split), split)
        }
        found |= {
            wanted
            for each in MEASURES
            for wanted in self.requests_with_entries(rng, [each], "total")
        }
        found |= {
            ValuesRequest(indicator, rng.choice(EMPTY_PLACES), rng.choice(EMPTY_PERIODS), split)
            for indicator, split in tables()
        }
        return sorted(found)

    def requests_with_entries(
        self, rng: random.Random, measures: Sequence[str], split: str
    ) -> Iterator[ValuesRequest]:
        """Yield requests for tables of one indicator in which an entry of a measure counts."""
        indicator = measures[0].partition(".")[0]
        by_level: dict[int, list[tuple[str, Entry]]] = defaultdict(list)
        for measure in measures:
            for entry in self.by_measure[measure]:
                places = places_of(entry.town) if entry.town else ["RS"]
                for place in places:
                    by_level[level(place)].append((place, entry))
        for found in by_level.values():
            place, entry = rng.choice(found)
            yield ValuesRequest(indicator, place, rng.choice(periods_of(entry.on)), split)


def tables() -> list[tuple[str, str]]:
    """Return every indicator with each of its splits."""
    pairs = {
        (measure.partition(".")[0], split)
        for measure, rule in MEASURES.items()
        for split in ("total", *rule.splits)
    }
    return sorted(pairs)


def with_split(indicator: str, split: str) -> list[str]:
    """Return the measures of an indicator that have the split."""
    return [
        measure
        for measure, rule in MEASURES.items()
        if measure.partition(".")[0] == indicator and split in ("total", *rule.splits)
    ]


def level(place: str) -> int:
    """Return the level of a place by the form of its code."""
    return {"RS": 0, "RS-KM": 1}.get(place, len(place))
