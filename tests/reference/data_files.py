"""Reads the two data files that the reference needs: municipalities and declared series."""

import csv
from pathlib import Path

DATA = Path(__file__).parents[2] / "schemas" / "data"


def rows(name: str) -> list[dict[str, str]]:
    """Return all rows of a data file, each as a dictionary of its columns."""
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


TOWNS = {row["code"]: row for row in rows("municipalities.csv")}
SERIES = [row["code"] for row in rows("catalogue.csv") if row["kind"] == "series"]
UNITS = {row["code"]: row["unit"] for row in rows("catalogue.csv") if row["kind"] == "series"}


def council(code: str) -> str:
    """Return the council of a listed code: city municipalities and aliases roll up."""
    return TOWNS[code]["parent_code"] or code


def places_of(town: str) -> list[str]:
    """Return every place that contains a council: itself, its district, its region, the country."""
    row = TOWNS[town]
    kosovo = "" if row["region_code"] else "RS-KM"
    return [
        place for place in (town, row["district_code"], row["region_code"], kosovo, "RS") if place
    ]
