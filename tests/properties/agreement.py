"""The first property: the product's fold and the reference give the same entries of any log."""

import os
from collections import Counter

from tests.properties.product import MEASURES, Entries, product_entries
from tests.properties.shrinking import smallest
from tests.reference.fold import entries_of
from tests.reference.logs import random_log, story
from tests.reference.shapes import Entry, Event

LOGS = int(os.environ.get("LMC_PROPERTY_LOGS", "2000"))
"""Number of random logs to compare; `make properties` sets a greater one."""
FIRST_SEED = int(os.environ.get("LMC_PROPERTY_FIRST_SEED", "0"))
BLOCK = 500
"""Number of logs of one test, which takes a few seconds."""


def reference_entries(events: list[Event]) -> Entries:
    """Return the reference's entries of the measures that the product has."""
    return Counter(entry for entry in entries_of(events) if entry.measure in MEASURES)


def disagrees(events: list[Event]) -> bool:
    """Whether product and reference differ on the log."""
    return product_answer(events) != reference_entries(events)


def product_answer(events: list[Event]) -> Entries | str:
    """Return the product's entries, or the error that it raised."""
    try:
        return product_entries(events)
    except Exception as error:  # noqa: BLE001 - any error is a disagreement
        return repr(error)


def first_disagreement(seeds: range) -> int | None:
    """Return the first seed whose log breaks the property, or none."""
    return next((seed for seed in seeds if disagrees(random_log(seed))), None)


def describe(events: list[Event]) -> str:
    """Describe the smallest part of the log that breaks the property."""
    return describe_disagreement(smallest(events, disagrees))


def describe_disagreement(least: list[Event]) -> str:
    """Describe a log that breaks the property, and the entries that only one side has."""
    product, reference = product_answer(least), reference_entries(least)
    heading = ["product and reference disagree about this story:", story(least)]
    if isinstance(product, str):
        return "\n".join([*heading, f"the product fails: {product}"])
    return "\n".join(
        [
            *heading,
            *(f"only the product:   {describe_entry(entry)}" for entry in product - reference),
            *(f"only the reference: {describe_entry(entry)}" for entry in reference - product),
        ]
    )


def describe_entry(entry: Entry) -> str:
    """Describe an entry in one line."""
    until = f"–{entry.until}" if entry.until else ""
    buckets = " ".join(f"{split}={bucket}" for split, bucket in sorted(entry.buckets))
    return f"{entry.measure} {entry.on}{until} {entry.town} ×{entry.amount} {buckets}"
