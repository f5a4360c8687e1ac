"""Finds possible duplicates: candidates from entries, the decision from whole histories."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from runtime.postgres import Connection
from services.reporting.counting.history import Fact, History
from services.reporting.counting.jobs import SAME_JOB_WITHIN
from services.reporting.folding.store import Book
from services.reporting.quality.pairs import Found, Names, Note, Pair, pairs_of
from services.reporting.quality.store import Notebook

PLACED = "MI-13.placed"
SLICE_CODES = 500
"""Read and folded at once: some hundredths of a second."""


async def possible_duplicates(
    connection: Connection, councils: Sequence[str] | None = None
) -> list[Found]:
    """The pairs of these councils (None: of all), open and closed, in a stable order.

    Of an erased code nothing is found: nobody could decide about it.
    """
    notebook = Notebook(connection)
    codes = await notebook.candidates(PLACED, councils, SAME_JOB_WITHIN.days)
    notes = await notebook.notes()
    found: list[Found] = []
    for begin in range(0, len(codes), SLICE_CODES):
        found += await _pairs(connection, codes[begin : begin + SLICE_CODES], notes)
        await asyncio.sleep(0)  # the fold goes on meanwhile
    return sorted((each for each in found if _is_in(each.pair, councils)), key=_order)


async def pair_of(connection: Connection, names: Names) -> Found | None:
    """The pair of two records, if they are one."""
    found = await _pairs(connection, [names[0].subject], await Notebook(connection).notes())
    return next((each for each in found if each.pair.names == names), None)


async def _pairs(
    connection: Connection, codes: Sequence[str], notes: dict[Names, Note]
) -> list[Found]:
    book = Book(connection)
    linked = await book.components(codes)
    told: dict[int, list[Fact]] = defaultdict(list)
    for fact in await book.facts_of(linked):
        told[linked[fact.subject].root].append(fact)
    erased = await book.erased_among(linked)
    return [
        Found(pair, notes.get(pair.names))
        for facts in told.values()
        for pair in pairs_of(History(facts))
        if erased.isdisjoint({pair.first.subject, pair.other.subject})
    ]


def _is_in(pair: Pair, councils: Sequence[str] | None) -> bool:
    return councils is None or pair.council in councils


def _order(found: Found) -> tuple[str, str, str]:
    return found.pair.council, found.pair.first.on.isoformat(), found.pair.id
