"""Many random logs as one: each tells of other people, and some reach until today."""

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterable
from datetime import date

from tests.reference.contents import shifted
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.measures import MEASURES
from tests.reference.plain import Event
from tests.reference.tell import NAMES

UNTIL_TODAY_EVERY = 4
"""Every so many logs one is moved in time until it ends today: its cohorts are not due yet."""


def crowd(seeds: Iterable[int], today: date) -> list[Event]:
    """The random logs of the seeds (0 to 7999), mixed; no two tell of one person or fact."""
    events: list[Event] = []
    for seed in seeds:
        log = random_log(seed)
        if seed % UNTIL_TODAY_EVERY == 0:
            log = until(log, today)
        events += [of_others(event, seed) for event in log]
    random.Random(0).shuffle(events)  # noqa: S311 - a test's chances
    return events


def rich_seeds(entries_min: int) -> list[int]:
    """Seeds of random logs that together have so many entries of every measure, or more."""
    found: Counter[str] = Counter()
    seeds: list[int] = []
    for seed in itertools.count():
        poor = {measure for measure in MEASURES if found[measure] < entries_min}
        if not poor:
            return seeds
        entries = Counter(entry.measure for entry in entries_of(random_log(seed)))
        if poor & entries.keys():
            seeds.append(seed)
            found += entries
    raise AssertionError("there is always another seed")


def until(log: list[Event], day: date) -> list[Event]:
    """The log with all its days moved so that the last one is `day`."""
    last = max(date.fromisoformat(event["data"]["on"]) for event in log)
    days = (day - last).days
    return [event | {"data": event["data"] | later(event, days)} for event in log]


def later(event: Event, days: int) -> dict[str, str]:
    """The event's day, so many days later."""
    return {"on": shifted(event["data"]["on"], days)}


def of_others(event: Event, seed: int) -> Event:
    """The same event about other people and vacancies, with ids of its own."""
    text = json.dumps(event)
    for code in NAMES:
        text = text.replace(code, f"{code[:2]}{seed:04}{code[6:]}")
    told: Event = json.loads(text)
    told["id"] = f"{told['id']}.{seed}"
    if "factid" in told:
        told["factid"] = f"{told['factid']}.{seed}"
    if "placement" in told["data"]:
        told["data"]["placement"] = f"{told['data']['placement']}.{seed}"
    return told


def unstamped(event: Event) -> Event:
    """The event as it stands at the door, which alone stamps it."""
    return {name: value for name, value in event.items() if name != "recordedtime"}
