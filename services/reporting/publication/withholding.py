"""Which published totals the holds cover: measures at places of any level, between two days."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from schemas.territory import places
from services.reporting.domain.indicator import Indicator, Measure
from services.reporting.tables.holds import Hold


class WithheldSpan(NamedTuple):
    """A measure at a place of any level that shows no number between two days."""

    indicator: str
    measure: str
    place: str
    first_on: date
    last_on: date


def withheld_spans(
    holds: Iterable[Hold], published: Mapping[str, tuple[Indicator, Measure]]
) -> Iterator[WithheldSpan]:
    """Yield every published measure and every place, of each level, that a hold covers."""
    for hold in holds:
        covered = [each for name, each in published.items() if hold.measure in {None, name}]
        for indicator, measure in covered:
            for place in _covered_places(hold.municipality, measure):
                yield WithheldSpan(indicator.id, measure.name, place, hold.first_on, hold.last_on)


def _covered_places(municipality: str | None, measure: Measure) -> Iterable[str]:
    """Return the places whose tables count a council's entries; all places for None."""
    if municipality is None:
        return [place.code for place in places()]
    return measure.places_of(municipality)
