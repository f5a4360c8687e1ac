"""Which events of a log, sent in its order, the endpoint refuses beside earlier ones, and why."""

from collections import defaultdict
from typing import Any

from tests.reference.shapes import Event

PLACEMENT = "matching.placement.made"
REFERRING = ("matching.placement.ended.v1", "matching.employment.confirmed.v1")


def refusal_codes(events: list[Event]) -> list[str | None]:
    """Return the code of the refusal of each event, None for those that are accepted."""
    accepted_ids: set[tuple[str, str]] = set()
    stated: dict[tuple[str, str], list[Event]] = defaultdict(list)
    codes: list[str | None] = []
    for event in events:
        key = (event["source"], event["id"])
        code = None if key in accepted_ids else refusal_code(event, stated)
        if code is None and key not in accepted_ids:
            accepted_ids.add(key)
            stated[event["source"], factid(event)].append(event)
        codes.append(code)
    return codes


def accepted_in_order(events: list[Event]) -> list[Event]:
    """Return the events that the endpoint accepts when they are sent in this order."""
    return [e for e, code in zip(events, refusal_codes(events), strict=True) if code is None]


def refusal_code(event: Event, stated: dict[tuple[str, str], list[Event]]) -> str | None:
    """Return why an event is refused beside those that its source has stated."""
    known = stated[event["source"], factid(event)]
    same = [e for e in known if identity(e) == identity(event)]
    if not is_retraction(event):
        for e in same:
            is_same_revision = (e["type"], revision(e)) == (event["type"], revision(event))
            if is_same_revision and content(e) != content(event):
                return "E1303"
    if revision(event) > 1 and not same and any(not is_retraction(e) for e in known):
        return "E1304"
    if event["type"] in REFERRING and named_source(event) == event["source"]:
        key = (event["source"], event["data"]["placement"])
        states = [e for e in stated[key] if identity(e) == (PLACEMENT, event["subject"])]
        newest = max(states, key=lambda e: (revision(e), is_retraction(e)), default=None)
        if newest and not is_retraction(newest) and event["data"]["on"] < newest["data"]["on"]:
            return "E1302"
    return None


def factid(event: Event) -> str:
    return str(event.get("factid", event["id"]))


def revision(event: Event) -> int:
    return int(event.get("revision", 1))


def is_retraction(event: Event) -> bool:
    return ".fact.retracted." in event["type"]


def named_source(event: Event) -> str:
    return str(event["data"].get("placement_source", event["source"]))


def identity(event: Event) -> tuple[str, str]:
    """What is stated, about whom."""
    kind = event["data"]["type"] if is_retraction(event) else event["type"].rpartition(".v")[0]
    return kind, event["subject"]


def content(event: Event) -> dict[str, Any]:
    """Return the data without defaults, lists as sorted sets."""
    data = {k: sorted(v) if isinstance(v, list) else v for k, v in event["data"].items()}
    return {k: v for k, v in data.items() if v not in ([], False)}
