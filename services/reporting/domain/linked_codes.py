"""Which codes are one subject: codes linked by merges, named by the least of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar, cast

from schemas.events.registration import PersonMerged, RegistrationFactRetracted
from services.reporting.domain.history import Fact, newest

K = TypeVar("K")

Link = tuple[str, str]
"""Two codes of one person; a link has no direction."""

_MERGE_EVENTS = frozenset({PersonMerged, RegistrationFactRetracted})


def canonical_codes(codes: Iterable[str], links: Iterable[Link]) -> Mapping[str, str]:
    """Map every code to the least code of its component; ignore links to codes not given.

    Codes compare by code point.
    """
    parent = {code: code for code in codes}

    def find(code: str) -> str:
        while parent[code] != code:
            parent[code] = parent[parent[code]]
            code = parent[code]
        return code

    for one, other in links:
        if one in parent and other in parent:
            least, greatest = sorted((find(one), find(other)))
            parent[greatest] = least
    return {code: find(code) for code in parent}


def canonical_codes_of(facts: Iterable[Fact], links: Collection[Link]) -> Mapping[str, str]:
    """Map every code that the facts or the links name to its canonical code."""
    return canonical_codes({fact.subject for fact in facts}.union(*links), links)


def facts_by_canonical_code(
    facts: Sequence[Fact], links: Collection[Link] | None = None
) -> dict[str, list[Fact]]:
    """Group facts by their canonical code; without links, by the merges among the facts."""
    links = merge_links(facts) if links is None else links
    return group_facts(facts, canonical_codes_of(facts, links))


def group_facts(facts: Iterable[Fact], canonical: Mapping[str, K]) -> dict[K, list[Fact]]:
    """Group facts by what their subject's code maps to, such as a canonical code or id."""
    grouped: dict[K, list[Fact]] = defaultdict(list)
    for fact in facts:
        grouped[canonical[fact.subject]].append(fact)
    return grouped


def merge_links(facts: Iterable[Fact]) -> frozenset[Link]:
    """Return the pairs of codes that merges link, leaving out retracted merges."""
    candidates = [fact for fact in facts if type(fact.event) in _MERGE_EVENTS]
    merges = cast("list[Fact[PersonMerged]]", newest(candidates))
    return frozenset((fact.subject, fact.event.with_) for fact in merges)


def linked_groups(seeds: Iterable[str], links: Collection[Link]) -> Iterator[list[str]]:
    """Yield the groups of linked codes that contain a seed.

    Given every link that ever existed, all codes that were one person at any time are in one group.
    """
    wanted = set(seeds)
    together: dict[str, list[str]] = defaultdict(list)
    for code, canonical in canonical_codes(wanted.union(*links), links).items():
        together[canonical].append(code)
    return (codes for codes in together.values() if not wanted.isdisjoint(codes))
