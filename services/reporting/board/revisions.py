"""Adds the release of a closed period to its page: its state, and the numbers revised since."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from runtime.process.clock import belgrade_day
from services.reporting.board.locale import Locale
from services.reporting.board.page import BoardQuery, Figure, Page, Section, Tile
from services.reporting.board.translations import RELEASES, REVISED, REVISION_REASONS
from services.reporting.releases.annotate import LatestRelease
from services.reporting.releases.model import differs, exact_decimal
from services.reporting.tables.table import Value

Values = Mapping[str, Value]


def with_release(
    page: Page, release: LatestRelease | None, values: Values, query: BoardQuery
) -> Page:
    """Return the page with the release state of its period in the banner, once it has ended.

    A number that differs from the release gets a note with the number in the release.
    """
    if query.period.kind == "to" or query.today <= query.period.last:
        return page
    state = _state(release, query.locale)
    banner = replace(page.banner, period=f"{page.banner.period} · {state}")
    if release is None:
        return replace(page, banner=banner)
    notes = _RevisionNotes(release, values, query.locale)
    return replace(
        page,
        banner=banner,
        tiles=tuple(map(notes.tile, page.tiles)),
        sections=tuple(map(notes.section, page.sections)),
    )


@dataclass(frozen=True, slots=True)
class _RevisionNotes:
    """Adds notes to the figures of one page."""

    release: LatestRelease
    values: Values
    locale: Locale

    def section(self, section: Section) -> Section:
        """Return a section with the notes of its figures."""
        cards = (
            replace(card, figures=tuple(map(self.figure, card.figures))) for card in section.cards
        )
        return replace(section, cards=tuple(cards))

    def tile(self, tile: Tile) -> Tile:
        """Return a tile with the notes of its figures."""
        companion = self.figure(tile.companion) if tile.companion else None
        return replace(tile, figure=self.figure(tile.figure), companion=companion)

    def figure(self, figure: Figure) -> Figure:
        """Return a figure, with a note if it is revised."""
        released, now = self.release.totals.get(figure.key), self.values.get(figure.key)
        if released is None or now is None or not differs(released, now):
            return figure
        return replace(figure, revised=self._note(figure.key, exact_decimal(released.value)))

    def _note(self, measure: str, released: Decimal | None) -> str:
        reasons = self.release.reasons.get(measure.partition(".")[0], ())
        number = "–" if released is None else self.locale.format_number(released)
        version = str(self.release.version)
        note = self.locale.translate(REVISED, version=version, number=number)
        why = ", ".join(self.locale.translate(REVISION_REASONS[reason]) for reason in reasons)
        return f"{note} ({why})" if why else note


def _state(release: LatestRelease | None, locale: Locale) -> str:
    if release is None:
        return locale.translate(RELEASES["open"])
    at = release.reopened_at or release.closed_at
    day = locale.format_day(belgrade_day(at))
    return locale.translate(RELEASES[release.state], version=str(release.version), day=day)
