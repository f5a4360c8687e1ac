"""What contradicts itself: the fold counts such facts as they stand, validation refuses them."""

from datetime import date
from typing import Any

from tests.reference.data_files import UNITS
from tests.reference.shapes import Event

ADULT_YEARS = 18


def without_contradictions(event: Event, today: date) -> Event:
    """Return the event with what contradicts its day, or today, changed as little as possible."""
    data = dict(event["data"])
    if "on" not in data:
        return event
    year = int(data["on"][:4])
    if "birth_year" in data:
        data["birth_year"] = min(data["birth_year"], year)
    if data.get("household") == "unaccompanied_minor" and data["birth_year"] + ADULT_YEARS <= year:
        data["household"] = "single"
    limits = dict.fromkeys(("left_on", "unemployed_since"), data["on"])
    limits |= dict.fromkeys(("vintage", "through"), today.isoformat())
    days = {name: min(data[name], limit) for name, limit in limits.items() if name in data}
    return event | {"data": data | days | possible_figures(event)}


def possible_figures(event: Event) -> dict[str, Any]:
    """Return value and base of an observation within the limits of the series' unit."""
    unit, data = UNITS.get(event["subject"][2:]), event["data"]
    if "value" not in data or event["subject"][0] != "s" or unit in (None, "signed"):
        return {}
    if "base" not in data:
        value = abs(float(data["value"]))
        limited = value % 101 if unit == "percent" else value
        whole = unit in ("count", "persons") or limited != value
        return {"value": str(int(limited)) if whole else data["value"].lstrip("-")}
    base = max(1, int(abs(float(data["base"]))))
    return {"value": str(min(base, int(abs(float(data["value"]))))), "base": str(base)}
