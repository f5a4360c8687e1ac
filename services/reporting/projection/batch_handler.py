"""Apply a batch of records: store its facts and replace the entries of their subjects."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from runtime.messaging.batch_processor import CRASHED
from runtime.messaging.records import CountsByPartition, Record
from runtime.process.errors import DependencyMissing
from runtime.process.failures import RetryTransaction
from runtime.storage import quarantine
from runtime.storage.pool import Connection
from runtime.storage.quarantine import PayloadCipher
from schemas.declared_codes import DeclaredCodes
from schemas.validation.problems import Problem
from services.reporting.domain.fold import entries_of
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import Entry, Indicator, MeasureKind
from services.reporting.domain.linked_codes import canonical_codes, group_facts, merge_links
from services.reporting.indicators import catalogue
from services.reporting.projection.aggregation_spec import dump_specs, specs_of
from services.reporting.projection.decode import (
    DecodedBatch,
    DecodedEvent,
    decode_batch,
    erased_codes,
)
from services.reporting.projection.deduplicate import (
    DeduplicatedBatch,
    insert_new_facts,
    record_counts,
    records_to_quarantine,
)
from services.reporting.projection.fingerprint import (
    DefinitionParts,
    definition_parts,
    definitions_fingerprint,
)
from services.reporting.projection.id_dictionary import IdDictionary
from services.reporting.projection.repository import LockedSubject, ProjectionRepository
from services.reporting.projection.rows import (
    AffectedCells,
    EntryRow,
    affected_cells,
    diff_rows,
    rows_of,
)

OPEN_ENDED_KINDS = (MeasureKind.PRESENT, MeasureKind.STOCK)


@dataclass(frozen=True, slots=True)
class Definitions:
    """What entries are computed by: the catalogue, and the fingerprint of all it depends on.

    `series` are declared by the installation; `parts` are what the fingerprint is made of.
    """

    catalogue: Sequence[Indicator]
    fingerprint: bytes
    series: frozenset[str] = frozenset()
    parts: DefinitionParts = field(default_factory=dict)

    @classmethod
    def of(cls, declared: DeclaredCodes) -> "Definitions":
        """Return the definitions of this program with the codes that an installation declares."""
        series = frozenset(declared.series)
        return cls(catalogue(declared), definitions_fingerprint(), series, definition_parts())

    @property
    def aggregation_specs(self) -> str:
        """How the measures are aggregated, as JSON."""
        return dump_specs(specs_of(self.catalogue))


class ProjectionHandler:
    """The projection's batch handler: decodes before the transaction, applies within it."""

    def __init__(
        self, definitions: Definitions, ids: IdDictionary, cipher: PayloadCipher | None
    ) -> None:
        self.definitions = definitions
        self.ids = ids
        self._cipher = cipher

    async def prepare(self, records: Sequence[Record]) -> DecodedBatch:
        """Decode the records."""
        return decode_batch(records)

    async def apply(self, connection: Connection, prepared: DecodedBatch) -> CountsByPartition:
        """Apply a batch whose positions are locked; RetryTransaction if merges changed meanwhile.

        Raises DependencyMissing if the stored entries follow other definitions.
        """
        repository = ProjectionRepository(connection)
        await self._require_same_definitions(repository)
        batch = await insert_new_facts(repository, prepared.events)
        for record, problem in records_to_quarantine(prepared, batch):
            await quarantine.insert(connection, record, problem, self._cipher)
        if erased := erased_codes(batch.fresh):
            await repository.insert_erased(erased)
        await self._apply_facts(repository, batch)
        return record_counts(prepared, batch)

    async def quarantine(self, connection: Connection, record: Record, reason: str) -> None:
        """Quarantine a record whose processing fails every time."""
        problem = Problem(CRASHED, "$", reason, "Its operators replay it when the bug is mended.")
        await quarantine.insert(connection, record, problem, self._cipher)

    async def recompute(self, connection: Connection, codes: Collection[str]) -> None:
        """Replace the entries of these codes and of all codes linked with them.

        Raises the same errors as `apply`.
        """
        repository = ProjectionRepository(connection)
        await self._require_same_definitions(repository)
        locked = await _lock_linked_subjects(repository, codes)
        await self._replace(repository, locked.values())

    def open_ended_measures(self) -> frozenset[int]:
        """Return the ids of measures whose entries without an end count in every later month."""
        return frozenset(
            self.ids.measures[name]
            for indicator in self.definitions.catalogue
            for name, measure in indicator.named_measures
            if measure.kind in OPEN_ENDED_KINDS
        )

    async def _require_same_definitions(self, repository: ProjectionRepository) -> None:
        stored = await repository.lock_definitions()
        if stored is None or stored.fingerprint != self.definitions.fingerprint:
            raise DependencyMissing(
                "the stored entries follow other definitions than this program's by now:"
                " stop the replicas of the other version"
            )
        if stored.series != self.definitions.series:
            raise DependencyMissing(
                "the stored entries follow another catalogue file than this program's:"
                " start all replicas with the same one"
            )

    async def _apply_facts(
        self, repository: ProjectionRepository, batch: DeduplicatedBatch
    ) -> None:
        fresh = _codes(batch.fresh)
        earlier = [event for event in batch.duplicates if event.key in batch.earlier]
        affected = fresh | _codes(earlier)
        locked = await _lock_linked_subjects(repository, affected) if affected else {}
        if batch.earlier:
            await repository.lower_recorded_at(batch.earlier)
        if reports := [event for event in batch.fresh if event.is_organisation_report]:
            await repository.mark_reports_changed(reports)
        changed = {locked[code].canonical_id for code in fresh}
        await self._replace(
            repository, [each for each in locked.values() if each.canonical_id in changed]
        )

    async def _replace(
        self, repository: ProjectionRepository, locked: Collection[LockedSubject]
    ) -> None:
        """Recompute the entries of subjects all of whose linked codes are locked."""
        if not locked:
            return
        subjects = {each.code: each for each in locked}
        facts = await repository.facts_of(subjects)
        canonical = {
            code: subjects[canonical].id
            for code, canonical in canonical_codes(subjects, merge_links(facts)).items()
        }
        entries = self._entries(facts, canonical)
        await self.ids.register_buckets([entry for each in entries.values() for entry in each])
        rows = [
            row
            for subject, each in entries.items()
            for row in rows_of(subject, each, self.ids.measures, self.ids.bucket_sets)
        ]
        affected = {each.canonical_id for each in locked} | set(canonical.values())
        await self._write(repository, affected, rows)
        moved = {
            each.id: canonical[each.code]
            for each in locked
            if each.canonical_id != canonical[each.code]
        }
        if moved:
            await repository.update_canonical(moved)

    def _entries(
        self, facts: Iterable[Fact], canonical: Mapping[str, int]
    ) -> Mapping[int, Sequence[Entry]]:
        """Return the entries of each canonical subject, from the facts of all its codes."""
        return {
            subject: entries_of(each, self.definitions.catalogue)
            for subject, each in group_facts(facts, canonical).items()
        }

    async def _write(
        self,
        repository: ProjectionRepository,
        canonical_ids: Collection[int],
        rows: Iterable[EntryRow],
    ) -> None:
        """Make these rows the only ones of the subjects, and mark the cells that change."""
        changes = diff_rows(await repository.entries_of(canonical_ids), rows)
        if changes.removed:
            await repository.delete_entries(changes.removed)
        if changes.added:
            await repository.insert_entries(changes.added)
        changed_rows = (*changes.removed_rows, *changes.added)
        if cells := affected_cells(changed_rows, self.open_ended_measures()):
            await repository.mark_changed([*cells, *self._bases(cells)])

    def _bases(self, cells: Iterable[AffectedCells]) -> Iterator[AffectedCells]:
        """Yield the same cells of the bases: which base is shown depends on the observations."""
        bases = {
            self.ids.measures[f"{indicator.id}.{measure.part_of}"]: self.ids.measures[name]
            for indicator in self.definitions.catalogue
            for name, measure in indicator.named_measures
            if measure.part_of is not None
        }
        for cell in cells:
            if cell.measure in bases:
                yield cell._replace(measure=bases[cell.measure])


async def _lock_linked_subjects(
    repository: ProjectionRepository, codes: Collection[str]
) -> Mapping[str, LockedSubject]:
    """Lock every code linked with one of these; RetryTransaction if links changed meanwhile.

    A merge locks both components before it joins them. So links that are equal before and after
    the lock cannot change until the transaction ends.
    """
    await repository.insert_subjects(codes)
    before = await repository.linked_subjects(codes)
    await repository.lock_subjects(before.values())
    after = await repository.linked_subjects(codes)
    if after != before:
        raise RetryTransaction("merges were processed meanwhile")
    return after


def _codes(events: Iterable[DecodedEvent]) -> set[str]:
    return {code for event in events for code in event.affected_codes}
