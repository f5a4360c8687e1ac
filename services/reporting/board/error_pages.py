"""Error pages of the board: what is wrong with the address, and where to continue."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas import territory
from schemas.territory import Place
from services.reporting.board.locale import Locale
from services.reporting.board.translations import MESSAGES

_COMPARED_CHARS_MAX = 80
"""So much of a wrong address is compared with the names of places."""


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """Why there is no board, in the reader's language, and the councils to suggest."""

    title: str
    detail: str
    hint: str
    councils: tuple[tuple[str, str], ...]


def unknown_council(code: str, locale: Locale) -> ErrorPage:
    """Return the page for an address without a council; it suggests the nearest councils."""
    hint, councils = _suggestions(code[:_COMPARED_CHARS_MAX])
    listed = locale.sort_places(councils) if hint == "area" else councils
    return ErrorPage(
        locale.translate(MESSAGES["unknown_title"]),
        locale.translate(MESSAGES["unknown"]),
        locale.translate(MESSAGES[hint]) if councils else "",
        tuple(named_councils(listed, locale)),
    )


def invalid_period(locale: Locale) -> ErrorPage:
    """Return the page for a period that cannot be parsed."""
    title, detail = MESSAGES["period_title"], MESSAGES["period_form"]
    return ErrorPage(locale.translate(title), locale.translate(detail), "", ())


def not_available(locale: Locale) -> ErrorPage:
    """Return the page for a database that is not available."""
    title, detail = MESSAGES["unavailable_title"], MESSAGES["unavailable"]
    return ErrorPage(locale.translate(title), locale.translate(detail), "", ())


def named_councils(councils: Iterable[Place], locale: Locale) -> list[tuple[str, str]]:
    """Return codes and names."""
    return [(place.code, locale.place_name(place)) for place in councils]


def _suggestions(code: str) -> tuple[str, list[Place]]:
    """Return the name of a message, and the councils that it introduces."""
    if territory.is_listed(code):
        return "belongs", [territory.COUNCILS[territory.council_of(code)]]
    if territory.place(code) is not None:
        return "area", list(map(_council, territory.councils_in(code)))
    near = [each.partition(" ")[0] for each in territory.nearest(code)]
    return "nearest", list(dict.fromkeys(_council(territory.council_of(each)) for each in near))


def _council(code: str) -> Place:
    return territory.COUNCILS[code]
