"""The first law: the product's fold and the reference give the same entries of any log."""

import os
from collections import Counter

from tests.laws.product import MEASURES, Entries, product_entries
from tests.laws.smallest import smallest
from tests.reference.fold import entries_of
from tests.reference.logs import random_log, story
from tests.reference.plain import Entry, Event

LOGS = int(os.environ.get("LMC_LAWS_LOGS", "2000"))
"""Random logs to compare; `make laws` asks for more."""
FIRST_SEED = int(os.environ.get("LMC_LAWS_FIRST_SEED", "0"))
BLOCK = 500
"""Logs of one test: a few seconds."""


def reference_entries(events: list[Event]) -> Entries:
    """The reference's entries of the measures that the product has."""
    return Counter(entry for entry in entries_of(events) if entry.measure in MEASURES)


def disagrees(events: list[Event]) -> bool:
    """Whether product and reference differ on the log."""
    return product_answer(events) != reference_entries(events)


def product_answer(events: list[Event]) -> Entries | str:
    """The product's entries, or how it failed."""
    try:
        return product_entries(events)
    except Exception as error:  # noqa: BLE001 - whatever it is, the smallest story shall tell
        return repr(error)


def first_disagreement(seeds: range) -> int | None:
    """The first seed whose log breaks the law."""
    return next((seed for seed in seeds if disagrees(random_log(seed))), None)


def told(events: list[Event]) -> str:
    """The smallest story in the log that breaks the law, and what each side makes of it."""
    least = smallest(events, disagrees)
    product, reference = product_answer(least), reference_entries(least)
    heading = ["product and reference disagree about this story:", story(least)]
    if isinstance(product, str):
        return "\n".join([*heading, f"the product fails: {product}"])
    return "\n".join(
        [
            *heading,
            *(f"only the product:   {shown(entry)}" for entry in product - reference),
            *(f"only the reference: {shown(entry)}" for entry in reference - product),
        ]
    )


def shown(entry: Entry) -> str:
    """An entry in one line."""
    until = f"–{entry.until}" if entry.until else ""
    buckets = " ".join(f"{split}={bucket}" for split, bucket in sorted(entry.buckets))
    return f"{entry.measure} {entry.on}{until} {entry.town} ×{entry.amount} {buckets}"
