"""Many random logs mixed into one: each is about other subjects, and some end today."""

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterable
from datetime import date

from tests.reference.builders import NAMES
from tests.reference.contents import shifted
from tests.reference.contradictions import without_contradictions
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.measures import MEASURES
from tests.reference.shapes import Event

UNTIL_TODAY_EVERY = 4
"""One of so many logs is shifted to end today, so that its cohorts are not due yet."""


def mixed_logs(seeds: Iterable[int], today: date) -> list[Event]:
    """Return the random logs of the seeds (0 to 7999), mixed; no two share a subject or a fact.

    Intake accepts every event of them that stands in no conflict.
    """
    events: list[Event] = []
    for seed in seeds:
        log = random_log(seed)
        if seed % UNTIL_TODAY_EVERY == 0:
            log = shifted_to_end_on(log, today)
        plausible = [without_contradictions(event, today) for event in log]
        events += [about_other_subjects(event, seed) for event in plausible]
    random.Random(0).shuffle(events)  # noqa: S311 - a test's chances
    return events


def rich_seeds(entries_min: int) -> list[int]:
    """Return seeds of random logs that together have at least so many entries of every measure."""
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


def shifted_to_end_on(log: list[Event], day: date) -> list[Event]:
    """Return the log with all days shifted so that the last one is `day`."""
    last = max(date.fromisoformat(event["data"]["on"]) for event in log)
    days = (day - last).days
    return [event | {"data": event["data"] | shifted_day(event, days)} for event in log]


def shifted_day(event: Event, days: int) -> dict[str, str]:
    """Return the event's day, so many days later."""
    return {"on": shifted(event["data"]["on"], days)}


def about_other_subjects(event: Event, seed: int) -> Event:
    """Return the same event about other persons and vacancies, with its own ids."""
    text = json.dumps(event)
    for code in NAMES:
        text = text.replace(code, f"{code[:2]}{seed:04}{code[6:]}")
    copy: Event = json.loads(text)
    copy["id"] = f"{copy['id']}.{seed}"
    if "factid" in copy:
        copy["factid"] = f"{copy['factid']}.{seed}"
    if "placement" in copy["data"]:
        copy["data"]["placement"] = f"{copy['data']['placement']}.{seed}"
    return copy


def without_recordedtime(event: Event) -> Event:
    """Return the event as a partner sends it: only intake sets recordedtime."""
    return {name: value for name, value in event.items() if name != "recordedtime"}
