"""The fold: a batch of records becomes facts, and its subjects' entries become what these say."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from runtime import quarantine
from runtime.batch import Record, Tallies
from runtime.errors import Missing
from runtime.postgres import Connection
from runtime.quarantine import Seal
from runtime.trouble import Again
from schemas.declarations import Declarations
from schemas.problem import Problem
from services.reporting.counting.components import roots_of
from services.reporting.counting.fold import entries_of, merge_links
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Entry, Indicator, Kind
from services.reporting.folding.digest import catalogue_digest, file_digests
from services.reporting.folding.heard import Heard, Hearing, decoded, erased_codes
from services.reporting.folding.judge import Judged, keep_facts, refused, tallies
from services.reporting.folding.names import Names
from services.reporting.folding.rows import Row, Touched, change, numbered, touched
from services.reporting.folding.store import Book, Locked
from services.reporting.folding.ways import ways_of, written
from services.reporting.indicators import catalogue

LASTING = (Kind.PRESENT, Kind.STOCK)


@dataclass(frozen=True, slots=True)
class Definitions:
    """What entries are computed by: the catalogue, and the digest of all that it hangs on.

    `series` are those that the installation has declared, `files` the digests of single files.
    """

    catalogue: Sequence[Indicator]
    digest: bytes
    series: frozenset[str] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, declared: Declarations) -> "Definitions":
        """Those of this program, with what an installation has declared."""
        series = frozenset(declared.series)
        return cls(catalogue(declared), catalogue_digest(), series, file_digests())

    @property
    def ways(self) -> str:
        """How the measures are counted, as it is kept beside the entries."""
        return written(ways_of(self.catalogue))


class Worker:
    """Reporting's fold, as the follower calls it: decode outside, apply inside a transaction."""

    def __init__(self, definitions: Definitions, names: Names, seal: Seal | None) -> None:
        self.definitions = definitions
        self.names = names
        self._seal = seal

    async def prepare(self, records: Sequence[Record]) -> Hearing:
        """Decode the records."""
        return decoded(records)

    async def apply(self, connection: Connection, prepared: Hearing) -> Tallies:
        """Fold a batch whose positions are locked; Again if others were faster."""
        book = Book(connection)
        await self._hold(book)
        judged = await keep_facts(book, prepared.heard)
        for record, problem in refused(prepared, judged):
            await quarantine.keep(connection, record, problem, self._seal)
        if erased := erased_codes(judged.fresh):
            await book.keep_erased(erased)
        await self._fold(book, judged)
        return tallies(prepared, judged)

    async def refuse(self, connection: Connection, record: Record, reason: str) -> None:
        """Put one record aside that brings us down every time."""
        problem = Problem("E1901", "$", reason, "Its operators replay it when the bug is mended.")
        await quarantine.keep(connection, record, problem, self._seal)

    async def compute_anew(self, connection: Connection, codes: Collection[str]) -> None:
        """Replace the entries of these codes, and of all linked with them; Again as in `apply`."""
        book = Book(connection)
        await self._hold(book)
        locked = await lock_components(book, codes)
        await self._replace(book, locked.values())

    async def _hold(self, book: Book) -> None:
        held = await book.hold_projection()
        if held is None or held.digest != self.definitions.digest:
            raise Missing(
                "the stored entries follow other definitions than this program's by now:"
                " stop the copies of the other version"
            )
        if held.series != self.definitions.series:
            raise Missing(
                "the stored entries follow another catalogue file than this program's:"
                " start all copies with the same one"
            )

    async def _fold(self, book: Book, judged: Judged) -> None:
        fresh = _codes(judged.fresh)
        known_earlier = [event for event in judged.duplicates if event.name in judged.earlier]
        asked = fresh | _codes(known_earlier)
        locked = await lock_components(book, asked) if asked else {}
        if judged.earlier:
            await book.known_earlier(judged.earlier)
        if reported := [event for event in judged.fresh if event.is_of_organisation]:
            await book.mark_reported(reported)
        roots = {locked[code].root for code in fresh}
        await self._replace(book, [each for each in locked.values() if each.root in roots])

    async def _replace(self, book: Book, locked: Collection[Locked]) -> None:
        """Compute the entries of whole components anew, all of whose codes are locked."""
        if not locked:
            return
        subjects = {each.code: each for each in locked}
        facts = await book.facts_of(subjects)
        roots = roots_of(subjects, merge_links(facts))
        moved = {each.id: subjects[roots[each.code]].id for each in locked}
        entries = self._entries(facts, {code: subjects[root].id for code, root in roots.items()})
        await self.names.learn([entry for each in entries.values() for entry in each])
        rows = [
            row
            for subject, each in entries.items()
            for row in numbered(subject, each, self.names.measures, self.names.sets)
        ]
        await self._write(book, {each.root for each in locked} | set(moved.values()), rows)
        if astray := {each.id: moved[each.id] for each in locked if each.root != moved[each.id]}:
            await book.move_roots(astray)

    def _entries(
        self, facts: Iterable[Fact], roots: Mapping[str, int]
    ) -> Mapping[int, Sequence[Entry]]:
        """The entries of each root: of the facts of all codes that it stands for."""
        told: dict[int, list[Fact]] = defaultdict(list)
        for fact in facts:
            told[roots[fact.subject]].append(fact)
        return {root: entries_of(each, self.definitions.catalogue) for root, each in told.items()}

    async def _write(self, book: Book, roots: Collection[int], rows: Iterable[Row]) -> None:
        """Make these rows the only ones of the roots; a root without persons keeps none."""
        changed = change(await book.entries_of(roots), rows)
        if changed.gone:
            await book.remove_entries(changed.gone)
        if changed.added:
            await book.add_entries(changed.added)
        if cells := touched((*changed.gone_rows, *changed.added), self.lasting()):
            await book.mark_dirty([*cells, *self._bases(cells)])

    def _bases(self, cells: Iterable[Touched]) -> Iterator[Touched]:
        """The same cells of the bases: which one is shown hangs on what was observed."""
        bases = {
            self.names.measures[f"{indicator.id}.{measure.part_of}"]: self.names.measures[name]
            for indicator in self.definitions.catalogue
            for name, measure in indicator.named_measures
            if measure.part_of is not None
        }
        for cell in cells:
            if cell.measure in bases:
                yield cell._replace(measure=bases[cell.measure])

    def lasting(self) -> frozenset[int]:
        """The numbers of the measures whose entries count in every month after they have begun."""
        return frozenset(
            self.names.measures[name]
            for indicator in self.definitions.catalogue
            for name, measure in indicator.named_measures
            if measure.kind in LASTING
        )


async def lock_components(book: Book, codes: Collection[str]) -> Mapping[str, Locked]:
    """Lock every code that is linked with one of these; Again if the links changed meanwhile.

    A merge locks both components before it joins them. So what is read after the lock, and is the
    same as before it, cannot change until the transaction ends.
    """
    await book.add_subjects(codes)
    before = await book.components(codes)
    await book.lock(before.values())
    after = await book.components(codes)
    if after != before:
        raise Again("merges were folded meanwhile")
    return after


def _codes(events: Iterable[Heard]) -> set[str]:
    return {code for event in events for code in event.codes}
