"""How measures are aggregated from entries: stored with the entries to detect a change."""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import TypeAdapter

from services.reporting.domain.indicator import Disclosure, Indicator, Measure, MeasureKind


class AggregationSpec(NamedTuple):
    """The properties of a measure that affect published numbers but are in none of its entries."""

    kind: MeasureKind
    sums_amount: bool
    settle_days: int
    disclosure: Disclosure
    part_of: str | None = None


AggregationSpecs = Mapping[str, AggregationSpec]
"""By the name of the measure, as in entries."""


def specs_of(catalogue: Iterable[Indicator]) -> dict[str, AggregationSpec]:
    """Return the spec of each measure of a catalogue."""
    return {
        name: spec_of(measure)
        for indicator in catalogue
        for name, measure in indicator.named_measures
    }


def spec_of(measure: Measure) -> AggregationSpec:
    """Return the spec of one measure."""
    return AggregationSpec(*(getattr(measure, field) for field in AggregationSpec._fields))


def changed_specs(before: AggregationSpecs, after: AggregationSpecs) -> list[str]:
    """Return the names of measures whose aggregation changed, or may have changed.

    A measure that is in one mapping only counts as changed: it is new, removed, or its former spec
    is unknown.
    """
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def dump_specs(specs: AggregationSpecs) -> str:
    """Return specs as JSON."""
    return json.dumps({name: tuple(spec) for name, spec in sorted(specs.items())})


def load_specs(text: str) -> dict[str, AggregationSpec]:
    """Return the specs of a JSON text."""
    return _SPECS.validate_json(text)


_SPECS = TypeAdapter(dict[str, AggregationSpec])
