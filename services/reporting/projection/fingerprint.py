"""The fingerprint of the definitions by which the stored entries were computed.

It covers what definitions declare: versions, measures, splits and classes, the fields of events,
and the rows of code lists. It covers no source text, so docstrings, comments, names and places of
files do not change it. Rules are code and have no canonical form: each definition states a version
instead, which `make render` and a test hold to the entries it makes of the golden log.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from pydantic import TypeAdapter

from schemas.catalogue import EVENTS
from schemas.code_lists import code_list
from schemas.compatibility.golden_schemas import golden_schema
from schemas.events.event import Event
from services.reporting.domain.fold import RULES_VERSION
from services.reporting.domain.indicator import Indicator, Measure
from services.reporting.indicators import CATALOGUE
from services.reporting.projection.aggregation_spec import spec_of

CODE_LISTS = ("municipalities", "isco08", "countries")
"""The lists that decide which events are accepted, and for which council each counts."""
_SCHEMA_TEXTS = frozenset({"title", "description"})
"""Keywords of a schema that describe a field to a reader and decide nothing."""
_UNORDERED_KEYWORDS = frozenset({"enum", "required"})
"""Keywords of a schema whose lists mean the same in every order."""
_LISTED_MAX = 3
"""How many changes one line names."""


class DefinitionPart(NamedTuple):
    """One part of the definitions: its version, if it states one, and a hash of its data."""

    version: int | None
    digest: str


DefinitionParts = Mapping[str, DefinitionPart]
"""By a readable name, like "MI-13" or "event matching.placement.made.v1"."""


@cache
def definitions_fingerprint() -> bytes:
    """Return the SHA-256 over the parts of this program's definitions.

    Series that an installation declares are not part of it: each makes measures of its own,
    changes no others, and is stored with the entries by its name.
    """
    return fingerprint_of(definition_parts())


def fingerprint_of(parts: DefinitionParts) -> bytes:
    """Return the SHA-256 over all parts with their names; their order does not matter."""
    return hashlib.sha256(dump_parts(parts).encode()).digest()


@cache
def definition_parts() -> DefinitionParts:
    """Return the parts of this program's definitions."""
    parts = {"common rules": DefinitionPart(RULES_VERSION, "")}
    parts |= {indicator.id: indicator_part(indicator) for indicator in CATALOGUE}
    parts |= {f"event {event.TYPE}": event_part(event) for event in EVENTS}
    parts |= {f"list {name}": code_list_part(code_list(name)) for name in CODE_LISTS}
    return MappingProxyType(parts)


def indicator_part(indicator: Indicator) -> DefinitionPart:
    """Return the version of a definition, and a hash of what it declares except rules and texts."""
    declared = {
        "place": indicator.place_rule,
        "splits": {split.name: split.is_overlapping for split in indicator.splits},
        "measures": {each.name: _measure(indicator, each) for each in indicator.measures},
        "series": indicator.series_prefix,
    }
    return DefinitionPart(indicator.version, _digest(declared))


def event_part(event: type[Event]) -> DefinitionPart:
    """Return a hash of an event type's fields, patterns and limits, without descriptions."""
    return DefinitionPart(None, _digest(_without_texts(golden_schema(event))))


def code_list_part(listed: Iterable[Mapping[str, str]]) -> DefinitionPart:
    """Return a hash of a list's rows; their order and the file's formatting do not matter."""
    return DefinitionPart(None, _digest(sorted(_canonical_json(row) for row in listed)))


def changes(before: DefinitionParts, after: DefinitionParts) -> list[str]:
    """Return a few words about each part that differs, sorted by name."""
    if not before:
        return ["the stored entries name no versions of definitions"]
    return [
        f"{name}: {_change(before.get(name), after.get(name))}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def in_one_line(changed: Sequence[str]) -> str:
    """Return the first changes, and the number of the others."""
    more = len(changed) - _LISTED_MAX
    return "; ".join([*changed[:_LISTED_MAX], *([f"and {more} more"] if more > 0 else [])])


def dump_parts(parts: DefinitionParts) -> str:
    """Return parts as JSON; equal parts give equal text."""
    return _canonical_json(dict(parts))


def load_parts(text: str) -> dict[str, DefinitionPart]:
    """Return the parts of a JSON text."""
    return _PARTS.validate_json(text)


def _measure(indicator: Indicator, measure: Measure) -> dict[str, object]:
    names = ["total", *(split.name for split in indicator.splits_of(measure))]
    return {
        **spec_of(measure)._asdict(),
        "basis": measure.basis,
        "counts": sorted(event.TYPE for event in measure.of),
        "classes": {name: indicator.disclosure_of(measure, name) for name in names},
    }


def _change(before: DefinitionPart | None, after: DefinitionPart | None) -> str:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    if before.version != after.version:
        return f"version {before.version} → {after.version}"
    return "declaration changed"


def _without_texts(schema: object) -> object:
    """Return a schema without descriptions; lists that mean sets are sorted."""
    if isinstance(schema, list):
        return [_without_texts(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    return dict(_deciding_keywords(schema))


def _deciding_keywords(schema: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in schema.items():
        if name in _SCHEMA_TEXTS and isinstance(value, str):
            continue
        if name in _UNORDERED_KEYWORDS and isinstance(value, list):
            yield name, sorted(map(_canonical_json, value))
        else:
            yield name, _without_texts(value)


def _digest(content: object) -> str:
    return hashlib.sha256(_canonical_json(content).encode()).hexdigest()


def _canonical_json(content: object) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


_PARTS = TypeAdapter(dict[str, DefinitionPart])
