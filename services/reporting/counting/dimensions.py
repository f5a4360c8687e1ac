"""The closed list of splits: how an entry finds its buckets in each of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from schemas.text import Text
from services.reporting.counting.attributes import NONE_STATED, UNKNOWN, Person
from services.reporting.counting.history import Fact

Bucket = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class PersonSplit:
    """A dimension of the person on the day of the fact; at least one bucket."""

    name: str
    title: Text
    of: Callable[[Person], Iterable[str]]
    is_overlapping: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FactSplit:
    """A dimension of the fact, with the person on its day at hand; at least one bucket."""

    name: str
    title: Text
    of: Callable[[Fact, Person], Iterable[str]]
    is_overlapping: bool = False


Split = PersonSplit | FactSplit


@lru_cache(maxsize=65_536)  # equal people are one object: a few hundred kinds × a dozen lists
def buckets_of_person(splits: tuple[PersonSplit, ...], person: Person) -> frozenset[Bucket]:
    """The person's buckets in these splits."""
    return frozenset((split.name, name) for split in splits for name in split.of(person))


def buckets_of_fact(splits: tuple[FactSplit, ...], fact: Fact, person: Person) -> list[Bucket]:
    """The fact's buckets in these splits."""
    return [(split.name, name) for split in splits for name in split.of(fact, person)]


@lru_cache(
    maxsize=65_536
)  # the same sets recur: who asks for their numbers finds equal ones at once
def joined(person: frozenset[Bucket], fact: tuple[Bucket, ...]) -> frozenset[Bucket]:
    """The buckets of both; equal arguments give one object."""
    return person.union(fact)


def stated(name: str) -> Callable[[Fact, Person], tuple[str]]:
    """A field that every fact with this dimension has."""
    return lambda fact, _: (getattr(fact.event, name),)


def two_digits(code: str | None) -> tuple[str]:
    """The first two digits of an occupation or trade: its sub-major group."""
    return (code[:2] if code else UNKNOWN,)


def _occupation(fact: Fact, _: Person) -> tuple[str]:
    return two_digits(getattr(fact.event, "occupation", None))


def _occupation_or_the_persons(fact: Fact, person: Person) -> tuple[str]:
    return two_digits(getattr(fact.event, "occupation", None) or person.occupation)


def _trade(fact: Fact, _: Person) -> tuple[str]:
    return two_digits(getattr(fact.event, "trade", None))


def _programmes(fact: Fact, _: Person) -> tuple[str, ...]:
    return getattr(fact.event, "programmes", ()) or (NONE_STATED,)


def _helped_by(fact: Fact, _: Person) -> tuple[str]:
    return (getattr(fact.event, "helped_by", None) or UNKNOWN,)


SEX = PersonSplit("sex", Text(sr="пол", en="sex"), lambda person: (person.sex,))
AGE = PersonSplit("age", Text(sr="узраст", en="age"), lambda person: (person.age,))
YOUTH = PersonSplit("youth", Text(sr="млади", en="youth"), lambda person: (person.youth,))
RETURNEE = PersonSplit(
    "returnee", Text(sr="повратник", en="returnee"), lambda person: (person.returnee,)
)
GROUP = PersonSplit(
    "group", Text(sr="статус", en="group"), lambda person: person.groups, is_overlapping=True
)
QUALIFICATION = PersonSplit(
    "qualification",
    Text(sr="ниво квалификације", en="qualification"),
    lambda person: (person.qualification,),
)
OCCUPATION = FactSplit("occupation", Text(sr="занимање", en="occupation"), _occupation)
OCCUPATION_OR_THE_PERSONS = FactSplit("occupation", OCCUPATION.title, _occupation_or_the_persons)
TRADE = FactSplit("trade", Text(sr="занат", en="trade"), _trade)
PROGRAMME = FactSplit(
    "programme", Text(sr="програм", en="programme"), _programmes, is_overlapping=True
)
HELPED_BY = FactSplit("helped_by", Text(sr="уз чију помоћ", en="helped by"), _helped_by)
KIND = FactSplit("kind", Text(sr="врста запослења", en="kind of placement"), stated("kind"))
EMPLOYER_KIND = FactSplit(
    "employer_kind", Text(sr="врста послодавца", en="kind of employer"), stated("employer_kind")
)
SECTOR = FactSplit("sector", Text(sr="сектор делатности", en="sector"), stated("sector"))
MODALITY = FactSplit(
    "modality", Text(sr="начин повратка", en="modality of return"), stated("modality")
)
COUNTRY = FactSplit("country", Text(sr="земља", en="country"), stated("country"))
HOUSEHOLD = FactSplit("household", Text(sr="домаћинство", en="household"), stated("household"))
