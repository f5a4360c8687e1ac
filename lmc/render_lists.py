"""Lists that are taken from a kept package and committed, so that `schemas` needs no package."""

import csv
import io
from collections.abc import Mapping

import pycountry

USER_ASSIGNED = ("XK", "Kosovo (user-assigned code)")  # no entry of ISO 3166-1, but in wide use


def countries() -> Mapping[str, str]:
    """ISO 3166-1 alpha-2 with short English names, and XK."""
    listed = {(country.alpha_2, country.name) for country in pycountry.countries}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("code", "title_en"))
    writer.writerows(sorted(listed | {USER_ASSIGNED}))
    return {"schemas/data/countries.csv": text.getvalue()}
