"""Random logs: events of several stories, corrected, retracted, repeated and shuffled.

`random_log(seed)` makes one from a seed; `logs()` is the same as a strategy of hypothesis, whose
failures shrink to few, simple events. All events are valid by events.md, and no two of them
conflict. `story(events)` prints a log for a reader.
"""

from hypothesis import strategies as st

from tests.reference.builders import DATA, NAMES
from tests.reference.chance import Chance, HypothesisChance, Rng
from tests.reference.contents import RECORDED, TOWNS, draft, shifted
from tests.reference.history import identity, is_retraction, unversioned
from tests.reference.shapes import Event
from tests.reference.stories import ANCHORS, EDGES, random_story

STORIES_MAX = 9
CHANGES_MAX = 8
CROWDED = 40
"""Number of stories and of changes about five persons: all rules of a person interact."""


def random_log(seed: int) -> list[Event]:
    """Return a log of the seed, in a random order of arrival."""
    rng = Rng(seed)
    story_count, change_count = (
        rng.random.randint(1, STORIES_MAX),
        rng.random.randint(0, CHANGES_MAX),
    )
    return log_of(rng, story_count, change_count)


def crowded_log(seed: int) -> list[Event]:
    """Return a log of the seed with many events about few persons."""
    return log_of(Rng(seed), CROWDED, CROWDED)


def log_of(rng: Rng, story_count: int, change_count: int) -> list[Event]:
    """Return a log with these numbers of stories and changes, in a random order of arrival."""
    events = numbered([random_story(rng) for _ in range(story_count)])
    for _ in range(change_count):
        events.append(random_change(rng, events))
    rng.random.shuffle(events)
    return events


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """Draw one random story."""
    return random_story(HypothesisChance(draw))


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """Draw a log that shrinks: fewer stories, fewer changes, simpler values, no shuffling."""
    events = numbered(draw(st.lists(stories(), min_size=1, max_size=STORIES_MAX)))
    for change in draw(st.lists(st.just(random_change), max_size=CHANGES_MAX)):
        events.append(change(HypothesisChance(draw), events))
    return draw(st.permutations(events))


def numbered(stories: list[list[Event]]) -> list[Event]:
    """Return all events of the stories, each with an id of its own."""
    events = [event for story in stories for event in story]
    return [with_id(event, f"e-{number}") for number, event in enumerate(events)]


def with_id(event: Event, number: str) -> Event:
    """Return the event with its id; a fact f-4 leaves factid and revision to their defaults.

    Placements keep theirs: other facts refer to them by factid.
    """
    if event["factid"] != "f-4" or event["type"] == "matching.placement.made.v1":
        return event | {"id": number}
    return {key: event[key] for key in event if key not in ("factid", "revision")} | {"id": number}


def random_change(chance: Chance, events: list[Event]) -> Event:
    """Return a correction, a retraction or a repetition of a fact of the log."""
    event = chance.pick(events)
    if chance.likely(25):
        return repeated(chance, event)
    envelope: Event = {"id": f"e-{len(events)}", "recordedtime": chance.pick(RECORDED)}
    envelope["factid"] = event.get("factid", event["id"])
    revision = chance.pick((2, 3, 4))
    if is_retraction(event) and chance.likely(60):
        return recorded_again(chance, event) | envelope
    if is_retraction(event) or chance.likely(40):
        return retracted(event, max(revision, event.get("revision", 1))) | envelope
    return corrected(chance, event, revision) | envelope


def repeated(chance: Chance, event: Event) -> Event:
    """Return a duplicate: the same id and content, another time, lists in another order."""
    data = {
        field: value[::-1] if isinstance(value, list) else value
        for field, value in event["data"].items()
    }
    if "municipality" in data and event["type"].startswith("training."):
        data = {"programmes": []} | data
    instants = {"time": "2025-02-02T10:00:00Z", "recordedtime": chance.pick(RECORDED)}
    return event | instants | {"data": data}


def retracted(event: Event, revision: int) -> Event:
    """Return the retraction of the fact that the event records or retracts."""
    stated = unversioned(event["type"])
    if is_retraction(event):
        stated = event["data"]["type"]
    data = {"on": "2024-12-01", "type": stated, "reason": "entered_in_error"}
    kind = f"{stated.partition('.')[0]}.fact.retracted.v1"
    return event | {"type": kind, "revision": revision, "data": data}


def recorded_again(chance: Chance, retraction: Event) -> Event:
    """Return the retracted fact, recorded again with a higher revision."""
    on = shifted(chance.pick(ANCHORS), chance.pick(EDGES))
    source, kind, subject, factid = identity(retraction)
    drafted = draft(chance, kind, on, subject, source=source, factid=factid)
    return drafted | {"revision": retraction.get("revision", 1) + 1}


def corrected(chance: Chance, event: Event, revision: int) -> Event:
    """Return the same fact with another day or town, or with entirely new content."""
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
    """Describe the log: one line per event in order of arrival, without default values."""
    return "\n".join(line(event) for event in events)


def line(event: Event) -> str:
    """Describe one event: subject, day, type, fact and revision, source, town, unusual fields."""
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
