"""The reference fold: computes all entries from all events of a log."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

from tests.reference.days import days_after, first_and_last
from tests.reference.history import histories, order
from tests.reference.measures import OBSERVED
from tests.reference.rules import RULES, consents
from tests.reference.shapes import Entry, Event, Fact


def entries_of(events: list[Event], as_of: str | None = None) -> list[Entry]:
    """Return the entries of every subject in the log, now or as of an instant (RFC 3339)."""
    recorded = histories([event for event in events if is_recorded_by(event, as_of)])
    now = histories(events)
    entries = []
    for root, history in recorded.items():
        if root.startswith("s-"):
            entries += observed(root, history)
            continue
        consented = consents(of_the_same_people(history, now))
        for rule in RULES:
            for entry in rule(history):
                if consented or not entry.measure.endswith(".consented"):
                    entries.append(entry._replace(subject=root))
    return entries


def is_recorded_by(event: Event, as_of: str | None) -> bool:
    """Whether intake had recorded the event by the instant; of duplicates the earliest counts."""
    if as_of is None:
        return True
    return datetime.fromisoformat(event["recordedtime"]) <= datetime.fromisoformat(as_of)


def of_the_same_people(history: list[Fact], now: dict[str, list[Fact]]) -> list[Fact]:
    """Return today's facts of all codes that are linked today with a code of the history."""
    codes = {fact["subject"] for fact in history}
    return [
        fact
        for today in now.values()
        if codes & {one["subject"] for one in today}
        for fact in today
    ]


def observed(series_code: str, history: list[Fact]) -> list[Entry]:
    """Of every place and period the greatest observation: by vintage, then the order of facts."""
    indicator = OBSERVED.get(series_code[2:])
    by_cell = defaultdict(list)
    for fact in history:
        if fact["type"] == "reference.observation.loaded" and indicator:
            by_cell[fact["town"], fact["data"]["period"]].append(fact)
    entries = []
    for (town, period), facts in by_cell.items():
        greatest = max(facts, key=vintage_and_order)["data"]
        first, last = first_and_last(period)
        for field, suffix in (("value", ""), ("base", "_base")):
            if field in greatest:
                entries.append(
                    Entry(
                        subject=series_code,
                        measure=f"{indicator}.{series_code[2:]}{suffix}",
                        on=first,
                        until=days_after(last, 1),
                        town=town,
                        buckets=frozenset(),
                        amount=Decimal(greatest[field]),
                    )
                )
    return entries


def vintage_and_order(fact: Fact) -> tuple[date, object]:
    """Return the sort key that decides between two observations of one place and period."""
    return date.fromisoformat(fact["data"]["vintage"]), order(fact)
