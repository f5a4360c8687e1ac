"""What registration hears: returns and follow-ups of partners, and who has found work."""

from runtime.listen import Heard, Hears, Says
from schemas.matching import MatchingFactRetracted, PlacementMade
from schemas.registration import (
    FollowupRecorded,
    RegistrationFactRetracted,
    ReturneeRegistered,
)
from services.registration.store import Book


async def note(heard: Heard, book: Book) -> Says:
    """A return plans follow-ups; a visit closes one; work found is noted on those still open."""
    await book.note(heard)
    return ()


HEARS: Hears = {
    ReturneeRegistered: note,
    FollowupRecorded: note,
    PlacementMade: note,
    RegistrationFactRetracted: note,
    MatchingFactRetracted: note,
}
