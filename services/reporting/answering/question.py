"""What is asked over HTTP: checked, and refused with the nearest words that would be valid."""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from schemas import territory
from schemas.nearest import nearest, one_of, shown
from schemas.periods import Period, parse
from schemas.problem import Refusal, refusal
from services.reporting.counting.indicator import Indicator, Measure
from services.reporting.tables.table import TOTAL, Table

Layer = Literal["published", "exact"]


class Question(BaseModel):
    """The parameters of a question for values."""

    model_config = ConfigDict(frozen=True)

    place: str = Field(description="council, district, region, RS or RS-KM", examples=["70998"])
    period: str = Field(description="2023-06, 2023-Q2, 2023 or to-2023-06", examples=["2023"])
    split: str = TOTAL
    measure: str | None = None
    layer: Layer = "published"
    known_at: str | None = Field(
        default=None,
        description="as it was known at this instant (RFC 3339); layer exact only",
        examples=["2023-06-30T22:00:00Z"],
    )


Asked = Annotated[Question, Query()]


def only(*allowed: str) -> Callable[[Request], None]:
    """A dependency: a parameter that is not known must not be passed over in silence."""

    def check(request: Request) -> None:
        for name in request.query_params:
            if name not in allowed:
                takes = f"It takes {one_of(allowed)}." if allowed else "It takes none."
                path = f"$query.{name}" if shown(name) == name else "$query"
                raise refusal("E1010", path, f"{shown(name)} is no parameter here.", takes)

    return check


def instant_asked(asked: Question) -> datetime | None:
    """The instant of `known_at`, in UTC; Refusal for another layer, or for no instant."""
    if asked.known_at is None:
        return None
    if asked.layer != "exact":
        detail = "Only exact tables are kept as they were known; published ones are of today."
        remedy = "Ask for layer exact, with the steward's token, or leave known_at out."
        raise refusal("E1016", "$query.known_at", detail, remedy)
    return instant_of(asked.known_at, "$query.known_at")


def instant_of(asked: str, path: str) -> datetime:
    """The instant that is written there, in UTC; Refusal for none."""
    try:
        if _INSTANT.fullmatch(asked):
            return datetime.fromisoformat(asked.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # the form is right, but the calendar has no such instant
    raise refusal(
        "E1012",
        path,
        "This is no instant with its offset from UTC.",
        "Write it as RFC 3339 has it: 2023-06-30T22:00:00Z (in an address a + is %2B).",
    )


def tables_asked(catalogue: Sequence[Indicator], indicator: str, asked: Question) -> list[Table]:
    """The tables that are asked for; Refusal for whatever there is not."""
    definition = indicator_of(catalogue, indicator)
    place, period = place_of(asked.place), parse(asked.period, "$query.period")
    return tables_of(definition, place, period, asked.split, asked.measure)


def indicator_of(catalogue: Sequence[Indicator], asked: str) -> Indicator:
    """The indicator of this id; Refusal with the nearest ids."""
    for indicator in catalogue:
        if indicator.id == asked:
            return indicator
    ids = [indicator.id for indicator in catalogue]
    raise _unknown("E1504", "$path.indicator", asked, ids)


def place_of(asked: str) -> str:
    """The code of a council, district, region or the country; Refusal for any other."""
    if territory.place(asked) is not None:
        return asked
    if territory.is_listed(asked):
        council = territory.council_of(asked)
        name = territory.name_of(council)
        detail = f"{asked} {territory.name_of(asked)} counts for {council} {name}."
        raise refusal("E1009", "$query.place", detail, f"Ask for {council}.")
    near = territory.nearest(asked) or nearest(asked, (each.code for each in territory.places()))
    meant = f" Nearest: {one_of(near)}." if near else ""
    raise refusal(
        "E1503",
        "$query.place",
        f"{shown(asked)} is no place.{meant}",
        "Use the code of a council, district (RS229) or region (RS22), or RS, or RS-KM.",
    )


def tables_of(
    indicator: Indicator, place: str, period: Period, split: str, measure: str | None
) -> list[Table]:
    """The tables that are asked for; Refusal for a measure or split that there is not."""
    measures = _measures(indicator, measure)
    with_split = [each for each in measures if split in _splits(indicator, each)]
    if not with_split:
        known = dict.fromkeys(name for each in measures for name in _splits(indicator, each))
        raise _unknown("E1505", "$query.split", split, known)
    return [Table(indicator, each, place, period, split) for each in with_split]


def _measures(indicator: Indicator, asked: str | None) -> Sequence[Measure]:
    if asked is None:
        return indicator.measures
    found = indicator.measure(asked.removeprefix(f"{indicator.id}."))
    if found is None:
        known = [each.name for each in indicator.measures]
        raise _unknown("E1505", "$query.measure", asked, known)
    return [found]


def _splits(indicator: Indicator, measure: Measure) -> list[str]:
    return [TOTAL, *(split.name for split in indicator.splits_of(measure))]


def _unknown(code: str, path: str, asked: str, known: Collection[str]) -> Refusal:
    near = nearest(asked, known)
    meant = f" Nearest: {one_of(near)}." if near else ""
    return refusal(code, path, f"{shown(asked)} is unknown.{meant}", f"Use one of {one_of(known)}.")


_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
