"""A store in memory that folds batches as a worker does: touched components are replaced."""

from collections import Counter, defaultdict

from tests.laws.product import Entries, Facts, facts_by_code, folded, roots_of
from tests.reference.plain import Event


class LiveFold:
    """Facts by code, entries by root; after each batch only what it touches is folded anew."""

    def __init__(self) -> None:
        self.log: list[Event] = []
        self.roots: dict[str, str] = {}
        self.kept: dict[str, Entries] = {}

    @property
    def heard(self) -> int:
        """How many events of the log have been folded."""
        return len(self.log)

    def fold(self, batch: list[Event]) -> None:
        """Keep the facts of the batch and replace the entries of every component they touch."""
        before = self.roots
        self.log += batch
        facts = facts_by_code(self.log)
        self.roots = roots_of(facts)
        touched = set(facts_by_code(batch))
        moved = {code for code, root in self.roots.items() if before.get(code, code) != root}
        stale = {
            roots.get(code, code) for code in touched | moved for roots in (before, self.roots)
        }
        together: Facts = defaultdict(list)
        for code, said in facts.items():
            together[self.roots[code]] += said
        for root in stale:
            self.kept.pop(root, None)
            if root in together:
                self.kept[root] = folded(root, together[root])

    def entries(self) -> Entries:
        """All entries there are now."""
        found: Entries = Counter()
        for kept in self.kept.values():
            found += kept
        return found
