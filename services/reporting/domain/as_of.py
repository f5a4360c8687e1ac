"""Facts and entries as of an instant: facts recorded by then, linked by the merges of then."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from services.reporting.domain.fold import entries_of
from services.reporting.domain.history import Fact, newest
from services.reporting.domain.indicator import Entry, Indicator
from services.reporting.domain.linked_codes import (
    canonical_codes_of,
    facts_by_canonical_code,
    merge_links,
)

CONSENT_TYPES = frozenset({"registration.consent.granted", "registration.consent.withdrawn"})


def entries_as_of(
    facts: Sequence[Fact], catalogue: Sequence[Indicator], instant: datetime
) -> Iterator[tuple[str, Entry]]:
    """Yield (canonical code, entry) as of an instant, from all facts of complete linked groups."""
    for code, known in _facts_as_of(facts, instant).items():
        for entry in entries_of(known, catalogue):
            yield code, entry


def _facts_as_of(facts: Sequence[Fact], instant: datetime) -> Mapping[str, list[Fact]]:
    """Return each subject's facts recorded by an instant, but with the consent of today.

    Consent decides for all days: a person who has withdrawn it is not counted in an older table.
    """
    return facts_by_subject([fact for fact in facts if fact.recorded_at <= instant], facts)


def facts_by_subject(then: Sequence[Fact], facts: Sequence[Fact]) -> Mapping[str, list[Fact]]:
    """Group the facts known then by canonical code, with the consent facts among all `facts`."""
    codes_today = canonical_codes_of(facts, merge_links(facts))
    consents: dict[str, list[Fact]] = defaultdict(list)
    for fact in newest(fact for fact in facts if fact.identity[1] in CONSENT_TYPES):
        consents[codes_today[fact.subject]].append(fact)
    known = facts_by_canonical_code(then)
    for code, own in known.items():
        today = {codes_today[fact.subject] for fact in newest(own)}
        kept = [fact for fact in own if fact.identity[1] not in CONSENT_TYPES]
        known[code] = kept + [fact for each in sorted(today) for fact in consents.get(each, ())]
    return known
