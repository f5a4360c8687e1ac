"""The list of countries, rendered from a package so that `schemas` does not need the package."""

import csv
import gettext
import io
from collections.abc import Mapping

import pycountry

_CORRECTED = {"TR": "Турска"}  # renamed in the list, and not yet in the translation
_USER_ASSIGNED = ("XK", "Kosovo (user-assigned code)")  # not in ISO 3166-1, but in wide use


def countries() -> Mapping[str, str]:
    """Return ISO 3166-1 alpha-2 codes with short English names, and XK."""
    listed = {(country.alpha_2, country.name) for country in pycountry.countries}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("code", "title_en"))
    writer.writerows(sorted(listed | {_USER_ASSIGNED}))
    return {"schemas/data/countries.csv": text.getvalue(), **_serbian_names()}


def _serbian_names() -> Mapping[str, str]:
    """Return the Serbian names, in a file of their own: a name changes no meaning of an event."""
    serbian = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["sr"])
    named = {(each.alpha_2, serbian.gettext(each.name)) for each in pycountry.countries}
    named = {(code, _CORRECTED.get(code, name)) for code, name in named}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("code", "title_sr"))
    writer.writerows(sorted(named | {("XK", "Косово (додељена шифра)")}))
    return {"schemas/data/country_names.csv": text.getvalue()}
