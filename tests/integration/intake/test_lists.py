"""Partners read the lists of codes without a key, as JSON and as CSV."""

import csv
import io
from typing import get_args

import httpx
import pytest

from schemas.territory import COUNCILS, is_listed
from services.intake.lists import ListName

NAMES = get_args(ListName)


async def rows_of(client: httpx.AsyncClient, name: str) -> list[dict[str, str | None]]:
    answer = await client.get(f"/lists/{name}")
    assert answer.status_code == 200
    rows: list[dict[str, str | None]] = answer.json()[name]
    return rows


async def test_the_lists_are_listed(client: httpx.AsyncClient) -> None:
    assert (await client.get("/lists")).json() == {"lists": sorted(NAMES)}


@pytest.mark.parametrize("name", NAMES)
async def test_csv_has_the_rows_of_json_for_a_spreadsheet(
    client: httpx.AsyncClient, name: str
) -> None:
    answer = await client.get(f"/lists/{name}?format=csv")
    text = answer.content.decode("utf-8-sig")
    read = list(csv.DictReader(io.StringIO(text), delimiter=";"))

    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    assert read == [
        {column: value or "" for column, value in row.items()}
        for row in await rows_of(client, name)
    ]


async def test_municipalities_have_names_in_both_scripts_and_their_council(
    client: httpx.AsyncClient,
) -> None:
    rows = await rows_of(client, "municipalities")

    assert all(is_listed(str(row["code"])) and row["council"] in COUNCILS for row in rows)
    assert {
        "code": "71331",
        "name_cyrillic": "Медијана",
        "name_latin": "Medijana",
        "name_en": "Medijana",
        "council": "79022",
        "district": "RS225",
    } in rows


async def test_countries_series_and_programmes_are_named_in_serbian(
    client: httpx.AsyncClient,
) -> None:
    countries = {row["code"]: row for row in await rows_of(client, "countries")}
    series = {row["code"]: row for row in await rows_of(client, "series")}

    assert countries["DE"]["name_cyrillic"] == "Немачка"
    assert countries["DE"]["name_latin"] == "Nemačka"
    assert (series["employers_surveyed"]["unit"], series["employers_surveyed"]["word_sr"]) == (
        "count",
        "предузећа",
    )
    assert "M4SD" in {row["code"] for row in await rows_of(client, "programmes")}
    assert "9613" in {row["code"] for row in await rows_of(client, "occupations")}


async def test_an_unknown_list_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/lists/towns")

    assert answer.status_code == 422
