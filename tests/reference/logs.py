"""Random logs: stories told together, corrected, retracted, repeated and shuffled.

`random_log(seed)` makes one from a seed; `logs()` is the same as a strategy of hypothesis, whose
failures shrink to few, simple events. All events are valid by events.md, and no two of them
conflict. `story(events)` prints a log for a reader.
"""

from hypothesis import strategies as st

from tests.reference.chance import Chance, Dice, Drawn
from tests.reference.contents import RECORDED, TOWNS, draft, shifted
from tests.reference.history import identity, is_retraction, unversioned
from tests.reference.plain import Event
from tests.reference.stories import ANCHORS, EDGES, random_story
from tests.reference.tell import DATA, NAMES

STORIES_MAX = 9
CHANGES_MAX = 8
CROWDED = 40
"""So many stories and changes of five persons: every rule of a person meets every other."""


def random_log(seed: int) -> list[Event]:
    """A log of the seed, in a random order of arrival."""
    dice = Dice(seed)
    stories_told, changes = dice.random.randint(1, STORIES_MAX), dice.random.randint(0, CHANGES_MAX)
    return log_of(dice, stories_told, changes)


def crowded_log(seed: int) -> list[Event]:
    """A log of the seed that tells much of few."""
    return log_of(Dice(seed), CROWDED, CROWDED)


def log_of(dice: Dice, stories_told: int, changes: int) -> list[Event]:
    """So many stories, with so many changes, in a random order of arrival."""
    events = numbered([random_story(dice) for _ in range(stories_told)])
    for _ in range(changes):
        events.append(random_change(dice, events))
    dice.random.shuffle(events)
    return events


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """One random story."""
    return random_story(Drawn(draw))


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """A log that shrinks: fewer stories, fewer changes, simpler values, the order of telling."""
    events = numbered(draw(st.lists(stories(), min_size=1, max_size=STORIES_MAX)))
    for change in draw(st.lists(st.just(random_change), max_size=CHANGES_MAX)):
        events.append(change(Drawn(draw), events))
    return draw(st.permutations(events))


def numbered(told: list[list[Event]]) -> list[Event]:
    """All events of the stories, each with an id of its own."""
    events = [event for one in told for event in one]
    return [with_id(event, f"e-{number}") for number, event in enumerate(events)]


def with_id(event: Event, number: str) -> Event:
    """The event with its id; what is called f-4 leaves factid and revision to their defaults.

    Not so placements: others refer to them by factid.
    """
    if event["factid"] != "f-4" or event["type"] == "matching.placement.made.v1":
        return event | {"id": number}
    return {key: event[key] for key in event if key not in ("factid", "revision")} | {"id": number}


def random_change(chance: Chance, events: list[Event]) -> Event:
    """A further event about a fact of the log: a correction, a retraction, a repetition."""
    event = chance.pick(events)
    if chance.likely(25):
        return repeated(chance, event)
    said: Event = {"id": f"e-{len(events)}", "recordedtime": chance.pick(RECORDED)}
    said["factid"] = event.get("factid", event["id"])
    revision = chance.pick((2, 3, 4))
    if is_retraction(event) and chance.likely(60):
        return restated(chance, event) | said
    if is_retraction(event) or chance.likely(40):
        return retracted(event, max(revision, event.get("revision", 1))) | said
    return corrected(chance, event, revision) | said


def repeated(chance: Chance, event: Event) -> Event:
    """A duplicate: the same id and content, at another time, its lists in another order."""
    data = {
        field: value[::-1] if isinstance(value, list) else value
        for field, value in event["data"].items()
    }
    if "municipality" in data and event["type"].startswith("training."):
        data = {"programmes": []} | data
    told = {"time": "2025-02-02T10:00:00Z", "recordedtime": chance.pick(RECORDED)}
    return event | told | {"data": data}


def retracted(event: Event, revision: int) -> Event:
    """The retraction of the fact that the event states (or again, of what it retracts)."""
    stated = unversioned(event["type"])
    if is_retraction(event):
        stated = event["data"]["type"]
    data = {"on": "2024-12-01", "type": stated, "reason": "entered_in_error"}
    kind = f"{stated.partition('.')[0]}.fact.retracted.v1"
    return event | {"type": kind, "revision": revision, "data": data}


def restated(chance: Chance, retraction: Event) -> Event:
    """The fact that was taken back, stated again with a higher revision."""
    on = shifted(chance.pick(ANCHORS), chance.pick(EDGES))
    source, kind, subject, factid = identity(retraction)
    again = draft(chance, kind, on, subject, source=source, factid=factid)
    return again | {"revision": retraction.get("revision", 1) + 1}


def corrected(chance: Chance, event: Event, revision: int) -> Event:
    """The same fact with other content: another day or town, or all of it new."""
    data = event["data"]
    if chance.likely(60):
        data = data | {"on": shifted(data["on"], chance.pick(EDGES))}
    if chance.likely(30) and "municipality" in data and not data.get("period"):
        data = data | {"municipality": chance.pick(TOWNS)}
    if chance.likely(40):
        kind = unversioned(event["type"])
        data = draft(chance, kind, data["on"], event["subject"])["data"]
    return event | {"revision": revision, "data": data}


def story(events: list[Event]) -> str:
    """The log as a reader wants it: one line per event in order of arrival, defaults left out."""
    return "\n".join(line(event) for event in events)


def line(event: Event) -> str:
    """One event: who, when, what, which fact and state, where, and what is unusual about it."""
    kind, data = unversioned(event["type"]), event["data"]
    usual = DATA[kind] | {"municipality": None, "on": None}
    unusual = [
        f"{field}={NAMES.get(value, value) if isinstance(value, str) else value}"
        for field, value in data.items()
        if usual.get(field, "") != value and field not in ("on", "municipality")
    ]
    missing = [f"no {field}" for field in DATA[kind] if field not in data]
    return " ".join(
        [
            f"{NAMES.get(event['subject'], event['subject']):10}",
            data["on"],
            kind,
            f"{event.get('factid', '(its id)')} r{event.get('revision', 1)} {event['id']}",
            event["source"],
            data.get("municipality", ""),
            *unusual,
            *missing,
        ]
    )
