"""The parameters of requests: parsed, or refused with the nearest valid values."""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from runtime.web.auth import BearerToken, authorize
from runtime.web.dependencies import get_context
from schemas import territory
from schemas.attributes import format_instant
from schemas.periods import Period, parse_period
from schemas.validation.problems import Refusal, refusal
from schemas.validation.suggestions import comma_list, nearest, safe_text
from services.reporting.domain.indicator import Indicator, Measure
from services.reporting.tables.table import TOTAL, Table

Layer = Literal["published", "exact"]


class ValuesQuery(BaseModel):
    """The parameters of a request for values."""

    model_config = ConfigDict(frozen=True)

    place: str = Field(description="council, district, region, RS or RS-KM", examples=["70998"])
    period: str = Field(description="2023-06, 2023-Q2, 2023 or to-2023-06", examples=["2023"])
    split: str = TOTAL
    measure: str | None = None
    layer: Layer = "published"
    as_of: str | None = Field(
        default=None,
        description="as of this instant (RFC 3339); layer exact only",
        examples=["2023-06-30T22:00:00Z"],
    )


ValuesParams = Annotated[ValuesQuery, Query()]


def allow_only(*allowed: str) -> Callable[[Request], None]:
    """Return a dependency that refuses unknown query parameters instead of ignoring them."""

    def check(request: Request) -> None:
        for name in request.query_params:
            if name not in allowed:
                takes = f"It takes {comma_list(allowed)}." if allowed else "It takes none."
                path = f"$query.{name}" if safe_text(name) == name else "$query"
                raise refusal("E1010", path, f"{safe_text(name)} is no parameter here.", takes)

    return check


def requested_instant(query: ValuesQuery, now: datetime) -> datetime | None:
    """Return the instant of `as_of` in UTC.

    Refusal for another layer, an invalid instant, or one after `now`.
    """
    if query.as_of is None:
        return None
    if query.layer != "exact":
        detail = "Only exact tables can be read as of an instant; published ones are current."
        remedy = "Use layer exact, with the steward's token, or leave as_of out."
        raise refusal("E1016", "$query.as_of", detail, remedy)
    return past_instant(query.as_of, "$query.as_of", now)


async def authorized_instant(
    request: Request, token: BearerToken, as_of: str | None
) -> datetime | None:
    """Return the instant of `as_of`, None without one.

    Refusal without the steward's token, and for an instant that is invalid or to come.
    """
    if as_of is None:
        return None
    await authorize(request, "steward_token_file", token.credentials if token else None)
    return past_instant(as_of, "$query.as_of", get_context(request).clock())


def past_instant(text: str, path: str, now: datetime) -> datetime:
    """Parse an instant as of which something is asked; Refusal if it is invalid or to come."""
    instant = _parse_instant(text, path)
    if instant > now:
        detail = "Nobody knows what will be known then."
        remedy = f"Write an instant up to now, {format_instant(now)}."
        raise refusal("E1002", path, detail, remedy)
    return instant


def _parse_instant(text: str, path: str) -> datetime:
    """Parse an RFC 3339 instant and return it in UTC; Refusal if it is invalid."""
    try:
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # the form is right, but the calendar has no such instant
    raise refusal(
        "E1012",
        path,
        "This is no instant with its offset from UTC.",
        "Write it as in RFC 3339: 2023-06-30T22:00:00Z (in a URL, write + as %2B).",
    )


def requested_tables(
    catalogue: Sequence[Indicator], indicator: str, query: ValuesQuery
) -> list[Table]:
    """Return the requested tables; Refusal for an unknown indicator, place, split or measure."""
    definition = find_indicator(catalogue, indicator)
    place, period = parse_place(query.place), parse_period(query.period, "$query.period")
    return tables_for(definition, place, period, query.split, query.measure)


def find_indicator(catalogue: Sequence[Indicator], requested: str) -> Indicator:
    """Return the indicator of an id; Refusal with the nearest ids."""
    for indicator in catalogue:
        if indicator.id == requested:
            return indicator
    ids = [indicator.id for indicator in catalogue]
    raise _unknown("E1504", "$path.indicator", requested, ids)


def parse_place(requested: str) -> str:
    """Return the code of a council, district, region or the country; Refusal for any other."""
    if territory.place(requested) is not None:
        return requested
    if territory.is_listed(requested):
        council = territory.council_of(requested)
        name = territory.name_of(council)
        detail = f"{requested} {territory.name_of(requested)} counts for {council} {name}."
        raise refusal("E1009", "$query.place", detail, f"Use {council}.")
    near = territory.nearest(requested) or nearest(
        requested, (each.code for each in territory.places())
    )
    suggestion = f" Nearest: {comma_list(near)}." if near else ""
    raise refusal(
        "E1503",
        "$query.place",
        f"{safe_text(requested)} is no place.{suggestion}",
        "Use the code of a council, district (RS229) or region (RS22), or RS, or RS-KM.",
    )


def tables_for(
    indicator: Indicator, place: str, period: Period, split: str, measure: str | None
) -> list[Table]:
    """Return the tables of an indicator; Refusal for an unknown measure or split."""
    measures = _measures(indicator, measure)
    with_split = [each for each in measures if split in _splits(indicator, each)]
    if not with_split:
        known = dict.fromkeys(name for each in measures for name in _splits(indicator, each))
        raise _unknown("E1505", "$query.split", split, known)
    return [Table(indicator, each, place, period, split) for each in with_split]


def _measures(indicator: Indicator, requested: str | None) -> Sequence[Measure]:
    if requested is None:
        return indicator.measures
    found = indicator.measure(requested.removeprefix(f"{indicator.id}."))
    if found is None:
        known = [each.name for each in indicator.measures]
        raise _unknown("E1505", "$query.measure", requested, known)
    return [found]


def _splits(indicator: Indicator, measure: Measure) -> list[str]:
    return [TOTAL, *(split.name for split in indicator.splits_of(measure))]


def _unknown(code: str, path: str, requested: str, known: Collection[str]) -> Refusal:
    near = nearest(requested, known)
    suggestion = f" Nearest: {comma_list(near)}." if near else ""
    return refusal(
        code,
        path,
        f"{safe_text(requested)} is unknown.{suggestion}",
        f"Use one of {comma_list(known)}.",
    )


_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
