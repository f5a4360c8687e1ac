"""The closed list of splits: how an entry finds its buckets in each of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from schemas.text import Text
from services.reporting.attributes import NONE_STATED, UNKNOWN, Person
from services.reporting.history import Fact

Read = Callable[[Fact, Person], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Split:
    """One dimension; `read` gives at least one bucket of a fact and the person on its day."""

    name: str
    title: Text
    read: Read
    is_overlapping: bool = False


def stated(name: str) -> Read:
    """A field of the fact, which the fact always has."""
    return lambda fact, _: (getattr(fact.event, name),)


def two_digits(code: str | None) -> tuple[str]:
    """The first two digits of an occupation or trade: its sub-major group."""
    return (code[:2] if code else UNKNOWN,)


def occupation_of(fact: Fact) -> str | None:
    """The occupation that the fact itself states."""
    return getattr(fact.event, "occupation", None)


def trade_of(fact: Fact) -> str | None:
    """The trade that the fact itself states."""
    return getattr(fact.event, "trade", None)


def programmes_of(fact: Fact) -> tuple[str, ...]:
    """Every programme that the fact belongs to."""
    return getattr(fact.event, "programmes", ()) or (NONE_STATED,)


def helper_of(fact: Fact) -> tuple[str]:
    """The organisation that helped the person to register."""
    return (getattr(fact.event, "helped_by", None) or UNKNOWN,)


SEX = Split("sex", Text(sr="пол", en="sex"), lambda _, person: (person.sex,))
AGE = Split("age", Text(sr="узраст", en="age"), lambda _, person: (person.age,))
YOUTH = Split("youth", Text(sr="млади", en="youth"), lambda _, person: (person.youth,))
RETURNEE = Split(
    "returnee", Text(sr="повратник", en="returnee"), lambda _, person: (person.returnee,)
)
GROUP = Split(
    "group", Text(sr="статус", en="group"), lambda _, person: person.groups, is_overlapping=True
)
QUALIFICATION = Split(
    "qualification",
    Text(sr="ниво квалификације", en="qualification"),
    lambda _, person: (person.qualification,),
)
OCCUPATION = Split(
    "occupation",
    Text(sr="занимање", en="occupation"),
    lambda fact, _: two_digits(occupation_of(fact)),
)
OCCUPATION_OR_THE_PERSONS = Split(
    "occupation",
    OCCUPATION.title,
    lambda fact, person: two_digits(occupation_of(fact) or person.occupation),
)
TRADE = Split("trade", Text(sr="занат", en="trade"), lambda fact, _: two_digits(trade_of(fact)))
PROGRAMME = Split(
    "programme",
    Text(sr="програм", en="programme"),
    lambda fact, _: programmes_of(fact),
    is_overlapping=True,
)
HELPED_BY = Split("helped_by", Text(sr="уз помоћ", en="helped by"), lambda fact, _: helper_of(fact))
KIND = Split("kind", Text(sr="врста запослења", en="kind of placement"), stated("kind"))
EMPLOYER_KIND = Split(
    "employer_kind", Text(sr="врста послодавца", en="kind of employer"), stated("employer_kind")
)
SECTOR = Split("sector", Text(sr="сектор делатности", en="sector"), stated("sector"))
MODALITY = Split("modality", Text(sr="начин повратка", en="modality of return"), stated("modality"))
COUNTRY = Split("country", Text(sr="земља", en="country"), stated("country"))
HOUSEHOLD = Split("household", Text(sr="домаћинство", en="household"), stated("household"))
