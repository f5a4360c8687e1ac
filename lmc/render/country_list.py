"""The list of countries, rendered from a package so that `schemas` does not need the package."""

import csv
import io
from collections.abc import Mapping

import pycountry

_USER_ASSIGNED = ("XK", "Kosovo (user-assigned code)")  # not in ISO 3166-1, but in wide use


def countries() -> Mapping[str, str]:
    """Return ISO 3166-1 alpha-2 codes with short English names, and XK."""
    listed = {(country.alpha_2, country.name) for country in pycountry.countries}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("code", "title_en"))
    writer.writerows(sorted(listed | {_USER_ASSIGNED}))
    return {"schemas/data/countries.csv": text.getvalue()}
