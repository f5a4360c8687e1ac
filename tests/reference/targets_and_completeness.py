"""Targets and completeness, computed from the specification in plain dictionaries.

`reporters` is a list of rows of a reporters' file: organisation, domain, municipality, from.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from tests.reference.builders import make_event
from tests.reference.chance import Chance, Rng
from tests.reference.contents import RECORDED, TOWNS
from tests.reference.data_files import council, places_of
from tests.reference.days import days_after, first_and_last
from tests.reference.fold import is_recorded_by
from tests.reference.history import in_order, newest_facts
from tests.reference.logs import repeated, retracted
from tests.reference.shapes import Event, Fact

Row: TypeAlias = dict[str, str]
Targets: TypeAlias = dict[tuple[str, str, str, str], tuple[Decimal, str]]
Through: TypeAlias = dict[tuple[str, str, str], date]

ORGANISATIONS = ("o-nes", "o-matis", "o-commissariat")
DOMAINS = ("registration", "training", "matching", "reference")
THROUGH = (
    "2023-03-31",
    "2023-06-29",
    "2023-06-30",
    "2023-07-01",
    "2023-12-31",
    "2025-03-01",
    "2099-12-31",
)
DAYS = ("2023-01-01", "2023-01-02", "2023-06-30", "2024-01-01")
SOURCES = ("/partners/nes", "/partners/ngo", "/services/reporting")
EVENTS_MAX = 14


def targets(events: list[Event], as_of: str | None = None) -> Targets:
    """(indicator, measure, town, period) → (value, decision): the last in order counts."""
    found: Targets = {}
    for fact in in_order(recorded_facts(events, "reference.target.set", as_of)):
        data, indicator = fact["data"], fact["subject"][2:]
        measure = data["measure"].replace(f"{indicator}.", "", 1)
        cell = (indicator, measure, fact["town"], data["period"])
        found[cell] = (Decimal(data["value"]), data["decision"])
    return found


def reported_through(events: list[Event], as_of: str | None = None) -> Through:
    """(organisation, domain, town) → the last day through which it has reported everything."""
    found: Through = {}
    for fact in recorded_facts(events, "reference.partner.reported", as_of):
        key = (fact["subject"], fact["data"]["domain"], fact["town"])
        day = min(date.fromisoformat(fact["data"]["through"]), belgrade_day(fact["recorded"]))
        found[key] = max(day, found.get(key, day))
    return found


def belgrade_day(instant: str) -> date:
    """The civil day in Belgrade of an instant."""
    return datetime.fromisoformat(instant).astimezone(ZoneInfo("Europe/Belgrade")).date()


def missing_reports(
    question: dict[str, Any], reporters: list[Row], through_by_key: Through, today: date
) -> set[tuple[str, str, str, date]]:
    """(organisation, domain, town, first day not reported) of every late reporter.

    A reporter is late if the period's last day or yesterday, whichever is earlier, is due and not
    reported. `question`: place, domains, period.
    """
    last = first_and_last(question["period"])[1]
    due = min(last, days_after(today, -1))
    found = set()
    for row in reporters:
        town, first = row["municipality"], date.fromisoformat(row["from"])
        if question["place"] not in places_of(town) or row["domain"] not in question["domains"]:
            continue
        through = through_by_key.get((row["organisation"], row["domain"], town))
        missing = first if through is None else max(first, days_after(through, 1))
        if missing <= due:
            found.add((row["organisation"], row["domain"], town, missing))
    return found


def recorded_facts(events: list[Event], kind: str, as_of: str | None) -> list[Fact]:
    """The current facts of one type, of those that had been recorded by the instant."""
    recorded = [event for event in events if is_recorded_by(event, as_of)]
    return [fact for fact in newest_facts(recorded) if fact["type"] == kind]


def random_expectations(seed: int) -> list[Event]:
    """Return a log of targets and reports of few organisations, corrected and retracted."""
    rng = Rng(seed)
    events: list[Event] = []
    for number in range(rng.random.randint(1, EVENTS_MAX)):
        events.append(_next_event(rng, events, f"x-{number}"))
    rng.random.shuffle(events)
    return events


def random_reporters(seed: int) -> list[Row]:
    """Return some rows of a reporters' file, in its order."""
    rng = Rng(seed)
    rows = {
        (organisation, domain, town): rng.pick(DAYS)
        for organisation in ORGANISATIONS
        for domain in DOMAINS
        for town in sorted({council(code) for code in TOWNS})
        if rng.likely(30)
    }
    return [
        dict(zip(("organisation", "domain", "municipality", "from"), (*key, day), strict=True))
        for key, day in rows.items()
    ]


def _next_event(chance: Chance, events: list[Event], number: str) -> Event:
    """Return a new fact, or a correction, a retraction or a repetition of an earlier one."""
    envelope = {"id": number, "recordedtime": chance.pick(RECORDED)}
    if not events or chance.likely(60):
        return _new_fact(chance, envelope)
    event = chance.pick(events)
    if chance.likely(20):
        return repeated(chance, event)
    revision = chance.pick((1, 2, 3))
    if event["type"].startswith("reference.fact.retracted") or chance.likely(40):
        return retracted(event, max(revision, 2)) | envelope
    fresh = _new_fact(chance, envelope)
    if fresh["type"] != event["type"]:
        return fresh
    kept = {name: event[name] for name in ("source", "subject", "factid")}
    return fresh | kept | {"revision": revision}


def _new_fact(chance: Chance, envelope: dict[str, str]) -> Event:
    common = {
        "municipality": chance.pick(TOWNS),
        "source": chance.pick(SOURCES),
        "factid": chance.pick(("f-1", "f-2", "f-3")),
    }
    on = chance.pick(("2023-01-05", "2023-01-06"))
    if chance.likely(50):
        through = {"domain": chance.pick(DOMAINS[1:3]), "through": chance.pick(THROUGH)}
        organisation = chance.pick(ORGANISATIONS)
        return make_event(
            "reference.partner.reported", on, organisation, **common, **through, **envelope
        )
    target = {
        "measure": chance.pick(("placed", "MI-13.placed", "durable")),
        "period": chance.pick(("2023", "2023-Q2")),
        "value": chance.pick(("0", "40", "12.5")),
        "decision": chance.pick(("D-1", "D-2")),
    }
    return make_event("reference.target.set", on, "t-MI-13", **common, **target, **envelope)
