"""The types of the reference: events and facts are dictionaries, entries are tuples."""

from datetime import date
from typing import Any, NamedTuple, TypeAlias

# Any: the reference reads CloudEvents as plain dictionaries, deliberately without the models.
Event: TypeAlias = dict[str, Any]
Fact: TypeAlias = dict[str, Any]
Block: TypeAlias = dict[str, Any]
Number: TypeAlias = Any  # int, float or Decimal: compared and added, nothing else


class Entry(NamedTuple):
    """One subject counted in one measure; `until` is the first day that no longer counts."""

    subject: str
    measure: str
    on: date
    until: date | None
    town: str
    buckets: frozenset[tuple[str, str]]
    amount: Number
