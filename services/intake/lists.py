"""The lists of codes that events may have: as JSON for programs, as CSV for spreadsheets."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Final, Literal

import cyrtranslit
from fastapi import APIRouter, Query
from fastapi.responses import Response

from runtime.context import Context
from runtime.web.dependencies import ContextDep
from schemas.code_lists import code_list
from schemas.declared_codes import DeclaredCode, DeclaredCodes
from schemas.serbian_text import cyrillic_order

ListName = Literal[
    "municipalities", "occupations", "programmes", "series", "organisations", "countries"
]
_Row = Mapping[str, str | None]
_BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it spreadsheets take UTF-8 for another encoding."""

router = APIRouter(tags=["lists"])


@router.get("/lists")
async def get_lists() -> dict[str, list[str]]:
    """Return the names of the lists; each is at `/lists/{name}`, with `?format=csv` as CSV."""
    return {"lists": sorted(_LISTS)}


@router.get("/lists/{name}", response_model=dict[str, list[dict[str, str | None]]])
async def get_list(
    name: ListName,
    context: ContextDep,
    format: Annotated[Literal["json", "csv"], Query()] = "json",  # noqa: A002 - the parameter
) -> object:
    """Return the codes of a list with their names in both scripts and in English.

    A name that is not known is null. CSV has semicolons, as Serbian spreadsheets expect.
    """
    rows = _LISTS[name](context)
    if format == "json":
        return {name: rows}
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(_csv(rows), HTTPStatus.OK, headers, "text/csv; charset=utf-8")


def _csv(rows: Sequence[_Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0] if rows else (), delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return _BYTE_ORDER_MARK + text.getvalue()


def _municipalities(_context: Context) -> list[_Row]:
    """Every code that an event may have; `council` is the one that it counts for."""
    rows = sorted(code_list("municipalities"), key=lambda row: cyrillic_order(row["name_cyrillic"]))
    return [
        _named(row["code"], row["name_cyrillic"], row["name_latin"], row["name_latin"])
        | {"council": row["parent_code"] or row["code"], "district": row["district_code"] or None}
        for row in rows
    ]


def _occupations(_context: Context) -> list[_Row]:
    return [
        _named(row["code"], None, None, row["title_en"] or None)
        for row in code_list("isco08")
        if row["level"] == "unit"
    ]


def _countries(_context: Context) -> list[_Row]:
    serbian = {row["code"]: row["title_sr"] for row in code_list("country_names")}
    return [
        _in_both_scripts(row["code"], serbian[row["code"]], row["title_en"])
        for row in code_list("countries")
    ]


def _declared(kind: Callable[[DeclaredCodes], Mapping[str, DeclaredCode]]) -> "_List":
    def rows(context: Context) -> list[_Row]:
        return [
            _in_both_scripts(code, declared.title.sr, declared.title.en) | _unit(declared)
            for code, declared in kind(context.declared).items()
        ]

    return rows


def _unit(declared: DeclaredCode) -> dict[str, str | None]:
    if declared.unit is None or declared.words is None:
        return {}
    return {"unit": declared.unit, "word_sr": declared.words.sr_many, "word_en": declared.words.en}


def _in_both_scripts(code: str, cyrillic: str, english: str) -> dict[str, str | None]:
    return _named(code, cyrillic, cyrtranslit.to_latin(cyrillic, "sr"), english)


def _named(
    code: str, cyrillic: str | None, latin: str | None, english: str | None
) -> dict[str, str | None]:
    return {"code": code, "name_cyrillic": cyrillic, "name_latin": latin, "name_en": english}


_List = Callable[[Context], list[_Row]]
_LISTS: Final[Mapping[str, _List]] = MappingProxyType(
    {
        "municipalities": _municipalities,
        "occupations": _occupations,
        "countries": _countries,
        "programmes": _declared(lambda declared: declared.programmes),
        "series": _declared(lambda declared: declared.series),
        "organisations": _declared(lambda declared: declared.organisations),
    }
)
