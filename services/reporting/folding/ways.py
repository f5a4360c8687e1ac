"""How measures are counted beyond their entries: kept beside these, so that a change is noticed."""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import TypeAdapter

from services.reporting.counting.indicator import Disclosure, Indicator, Kind, Measure


class Way(NamedTuple):
    """All of a measure that decides about published numbers and is in none of its entries."""

    kind: Kind
    sums_amount: bool
    settle_days: int
    disclosure: Disclosure
    part_of: str | None = None


Ways = Mapping[str, Way]
"""By the names that entries carry."""


def ways_of(catalogue: Iterable[Indicator]) -> dict[str, Way]:
    """How each measure of a catalogue is counted."""
    return {
        name: way_of(measure)
        for indicator in catalogue
        for name, measure in indicator.named_measures
    }


def way_of(measure: Measure) -> Way:
    """How one measure is counted."""
    return Way(*(getattr(measure, field) for field in Way._fields))


def recounted(before: Ways, after: Ways) -> list[str]:
    """The measures that are, or may be, counted in another way than before, by their names.

    Of what one side does not name nothing can be told: it may be. So are those that are new or
    gone, which have no number on one side.
    """
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def written(ways: Ways) -> str:
    """As JSON."""
    return json.dumps({name: tuple(way) for name, way in sorted(ways.items())})


def read(text: str) -> dict[str, Way]:
    """What was written."""
    return _WAYS.validate_json(text)


_WAYS = TypeAdapter(dict[str, Way])
