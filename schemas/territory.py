"""The places of Serbia: their codes, their hierarchy, and the nearest codes to a wrong one."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from .code_lists import code_list
from .place_names import PlaceNames

COUNTRY: Final = "RS"
_KOSOVO: Final = "RS-KM"
_NEAREST_MAX = 3  # suggestions in one error text: as many as a reader grasps at a glance

Level = Literal["municipality", "district", "region", "country"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place that has tables: a council's area, a district, a region or the country."""

    code: str
    name_latin: str
    name_cyrillic: str
    level: Level
    parent: str | None
    """Of a council its district, or `RS-KM`; of a district its region; of a region `RS`."""


def has_check_digit(code: str) -> bool:
    """Return whether a code is five digits of which the last is the check digit of the others."""
    if len(code) != 5 or not (code.isascii() and code.isdigit()):  # noqa: PLR2004 - the register's form
        return False
    remainder = 11 - sum(w * int(d) for w, d in zip((5, 4, 3, 2), code, strict=False)) % 11
    return int(code[4]) == (remainder if remainder <= 9 else 0)  # noqa: PLR2004 - one digit


def is_listed(code: str) -> bool:
    """Return whether an event may have this code: councils, city municipalities and aliases."""
    return code in _COUNCIL_OF


def is_council(code: str) -> bool:
    """Return whether a code is that of a council, not an alias or a city municipality."""
    return code in COUNCILS


def council_of(code: str) -> str:
    """Return the council to which a listed code counts; raise KeyError for an unlisted one."""
    return _COUNCIL_OF[code]


def district_of(council: str) -> str | None:
    """Return a council's district, None in Kosovo and Metohija; raise KeyError for another code."""
    parent = COUNCILS[council].parent
    return None if parent == _KOSOVO else parent


def region_of(council: str) -> str:
    """Return a council's region, `RS-KM` in Kosovo and Metohija; KeyError for another code."""
    district = district_of(council)
    return _KOSOVO if district is None else str(_AREAS[district].parent)


def areas_above(council: str) -> tuple[str, ...]:
    """Return the district, the region and the country of a council; KeyError if it is none.

    Kosovo and Metohija is both the district and the region of its councils.
    """
    return tuple(dict.fromkeys((district_of(council) or _KOSOVO, region_of(council), COUNTRY)))


def place(code: str) -> Place | None:
    """Return the council, district, region or country with this code, or None."""
    return COUNCILS.get(code) or _AREAS.get(code)


def places() -> tuple[Place, ...]:
    """Return every place that has tables: the country, regions, districts, councils."""
    return (*_AREAS.values(), *COUNCILS.values())


def councils_in(code: str) -> frozenset[str]:
    """Return the councils in a place, of a council itself; raise KeyError if it is no place."""
    return _COUNCILS_IN[code]


def name_of(code: str) -> str:
    """Return the Latin name of a listed code; raise KeyError for an unlisted one."""
    return _NAMES[code]


def nearest(code_or_name: str) -> tuple[str, ...]:
    """Up to three listed codes with names ("70998 Prokuplje") that the sender may have meant."""
    wanted = code_or_name.strip()
    is_code = wanted.isascii() and wanted.isdigit()
    codes = _near_codes(wanted) if is_code else _PLACE_NAMES.codes(wanted)
    return tuple(f"{code} {_NAMES[code]}" for code in codes[:_NEAREST_MAX])


def _near_codes(wanted: str) -> list[str]:
    if len(wanted) != 5:  # noqa: PLR2004 - a lost or doubled digit
        return difflib.get_close_matches(wanted, _NAMES, _NEAREST_MAX, 0.75)
    distances = {
        code: (sum(a != b for a, b in zip(code, wanted, strict=True)), abs(int(code) - int(wanted)))
        for code in _NAMES
    }
    near = [code for code, (digits, _) in distances.items() if digits <= 2]  # noqa: PLR2004 - a slip
    return sorted(near, key=distances.__getitem__)


def _cyrillic(latin: str) -> str:
    """The list has district and region names in Latin only; transliterate them to Cyrillic."""
    for pair, letter in _PAIRS:
        latin = latin.replace(pair, letter)
    return latin.translate(_SINGLE)


def _parent(row: Mapping[str, str]) -> str:
    return row["district_code"] or _KOSOVO


def _councils() -> Mapping[str, Place]:
    own = (row for row in _ROWS if row["is_lsg"] == "1")
    places = (
        Place(r["code"], r["name_latin"], r["name_cyrillic"], "municipality", _parent(r))
        for r in own
    )
    return MappingProxyType({p.code: p for p in places})


def _areas() -> Mapping[str, Place]:
    areas = {COUNTRY: Place(COUNTRY, "Srbija", "Србија", "country", None)}
    for row in sorted(_ROWS, key=lambda row: row["region_code"] or _KOSOVO):
        code, name = row["region_code"] or _KOSOVO, row["region"]
        areas.setdefault(code, Place(code, name, _cyrillic(name), "region", COUNTRY))
    for row in sorted(_ROWS, key=lambda row: row["district_code"]):
        code, name = row["district_code"], row["district"]
        if code:
            region = row["region_code"]
            areas.setdefault(code, Place(code, name, _cyrillic(name), "district", region))
    return MappingProxyType(areas)


def _members() -> Mapping[str, frozenset[str]]:
    members: dict[str, set[str]] = {code: set() for code in _AREAS}
    for code in COUNCILS:
        for area in (code, *areas_above(code)):
            members.setdefault(area, set()).add(code)
    return MappingProxyType({area: frozenset(codes) for area, codes in members.items()})


_PAIRS: Final = (("Lj", "Љ"), ("lj", "љ"), ("Nj", "Њ"), ("nj", "њ"), ("Dž", "Џ"), ("dž", "џ"))
_SINGLE: Final = str.maketrans(
    "ABVGDĐEŽZIJKLMNOPRSTĆUFHCČŠabvgdđežzijklmnoprstćufhcčš",
    "АБВГДЂЕЖЗИЈКЛМНОПРСТЋУФХЦЧШабвгдђежзијклмнопрстћуфхцчш",
)
_ROWS = code_list("municipalities")
_NAMES = {row["code"]: row["name_latin"] for row in _ROWS}
_COUNCIL_OF = {row["code"]: row["parent_code"] or row["code"] for row in _ROWS}
_PLACE_NAMES = PlaceNames(_ROWS, [(row["code"], row["name"]) for row in code_list("place_aliases")])
COUNCILS: Final[Mapping[str, Place]] = _councils()
_AREAS = _areas()
_COUNCILS_IN = _members()
