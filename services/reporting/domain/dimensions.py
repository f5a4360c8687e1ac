"""The closed list of splits, and how an entry gets its buckets in each of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from schemas.bilingual_text import BilingualText
from services.reporting.domain.attributes import NONE_STATED, UNKNOWN, PersonAttributes
from services.reporting.domain.history import Fact

Bucket = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class PersonSplit:
    """A dimension of the person on the day of the fact; it gives at least one bucket."""

    name: str
    title: BilingualText
    of: Callable[[PersonAttributes], Iterable[str]]
    is_overlapping: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FactSplit:
    """A dimension of the fact, given the person on its day; it gives at least one bucket."""

    name: str
    title: BilingualText
    of: Callable[[Fact, PersonAttributes], Iterable[str]]
    is_overlapping: bool = False


Split = PersonSplit | FactSplit


@lru_cache(maxsize=65_536)  # equal attributes are one object: a few hundred × a dozen lists
def buckets_of_person(
    splits: tuple[PersonSplit, ...], person: PersonAttributes
) -> frozenset[Bucket]:
    """Return the person's buckets in these splits."""
    return frozenset((split.name, name) for split in splits for name in split.of(person))


def buckets_of_fact(
    splits: tuple[FactSplit, ...], fact: Fact, person: PersonAttributes
) -> list[Bucket]:
    """Return the fact's buckets in these splits."""
    return [(split.name, name) for split in splits for name in split.of(fact, person)]


@lru_cache(maxsize=65_536)  # equal sets are one object, so that their ids are looked up fast
def joined_buckets(person: frozenset[Bucket], fact: tuple[Bucket, ...]) -> frozenset[Bucket]:
    """Return the union of both; equal arguments give one object."""
    return person.union(fact)


def _stated(name: str) -> Callable[[Fact, PersonAttributes], tuple[str]]:
    """Return a dimension that reads a field which every fact with the dimension has."""
    return lambda fact, _: (getattr(fact.event, name),)


def _two_digits(code: str | None) -> tuple[str]:
    """Return the first two digits of an occupation or trade: its sub-major group."""
    return (code[:2] if code else UNKNOWN,)


def _occupation(fact: Fact, _: PersonAttributes) -> tuple[str]:
    return _two_digits(getattr(fact.event, "occupation", None))


def _occupation_of_fact_or_person(fact: Fact, person: PersonAttributes) -> tuple[str]:
    return _two_digits(getattr(fact.event, "occupation", None) or person.occupation)


def _trade(fact: Fact, _: PersonAttributes) -> tuple[str]:
    return _two_digits(getattr(fact.event, "trade", None))


def _programmes(fact: Fact, _: PersonAttributes) -> tuple[str, ...]:
    return getattr(fact.event, "programmes", ()) or (NONE_STATED,)


def _helped_by(fact: Fact, _: PersonAttributes) -> tuple[str]:
    return (getattr(fact.event, "helped_by", None) or UNKNOWN,)


SEX = PersonSplit("sex", BilingualText(sr="пол", en="sex"), lambda person: (person.sex,))
AGE = PersonSplit("age", BilingualText(sr="узраст", en="age"), lambda person: (person.age,))
YOUTH = PersonSplit("youth", BilingualText(sr="млади", en="youth"), lambda person: (person.youth,))
RETURNEE = PersonSplit(
    "returnee", BilingualText(sr="повратник", en="returnee"), lambda person: (person.returnee,)
)
GROUP = PersonSplit(
    "group",
    BilingualText(sr="статус", en="group"),
    lambda person: person.groups,
    is_overlapping=True,
)
QUALIFICATION = PersonSplit(
    "qualification",
    BilingualText(sr="ниво квалификације", en="qualification"),
    lambda person: (person.qualification,),
)
OCCUPATION = FactSplit("occupation", BilingualText(sr="занимање", en="occupation"), _occupation)
OCCUPATION_OF_FACT_OR_PERSON = FactSplit(
    "occupation", OCCUPATION.title, _occupation_of_fact_or_person
)
TRADE = FactSplit("trade", BilingualText(sr="занат", en="trade"), _trade)
PROGRAMME = FactSplit(
    "programme", BilingualText(sr="програм", en="programme"), _programmes, is_overlapping=True
)
HELPED_BY = FactSplit("helped_by", BilingualText(sr="уз чију помоћ", en="helped by"), _helped_by)
KIND = FactSplit(
    "kind", BilingualText(sr="врста запослења", en="kind of placement"), _stated("kind")
)
EMPLOYER_KIND = FactSplit(
    "employer_kind",
    BilingualText(sr="врста послодавца", en="kind of employer"),
    _stated("employer_kind"),
)
SECTOR = FactSplit("sector", BilingualText(sr="сектор делатности", en="sector"), _stated("sector"))
MODALITY = FactSplit(
    "modality", BilingualText(sr="начин повратка", en="modality of return"), _stated("modality")
)
CERTIFICATE = FactSplit(
    "certificate", BilingualText(sr="уверење", en="certificate"), _stated("certificate")
)
COUNTRY = FactSplit("country", BilingualText(sr="земља", en="country"), _stated("country"))
HOUSEHOLD = FactSplit(
    "household", BilingualText(sr="домаћинство", en="household"), _stated("household")
)
