"""What registration hears: returns and follow-ups of partners, and who has found work."""

from runtime.first_read import FirstRead, Found
from runtime.listen import Heard, Hears, Says
from runtime.postgres import Connection
from schemas.matching import MatchingFactRetracted, PlacementMade
from schemas.registration import (
    FollowupRecorded,
    PersonEnrolled,
    PersonErased,
    RegistrationFactRetracted,
    ReturneeRegistered,
)
from schemas.rules import tells_of_erasure
from services.registration.erasures import say_again
from services.registration.store import Book


async def note(heard: Heard, book: Book) -> Says:
    """A return plans follow-ups; a visit closes one; work found is noted on those still open.

    Of an erased person nothing is kept, whatever else is told.
    """
    if tells_of_erasure(heard):
        await book.forget(heard)
    else:
        await book.note(heard)
    return ()


async def forget(connection: Connection, found: Found) -> None:
    """Who was erased is forgotten again, if an older database has come back."""
    for erasure in found:
        await Book(connection).forget(erasure)


HEARS: Hears = {
    ReturneeRegistered: note,
    PersonEnrolled: note,
    PersonErased: note,
    FollowupRecorded: note,
    PlacementMade: note,
    RegistrationFactRetracted: note,
    MatchingFactRetracted: note,
}

FIRST_READ = FirstRead(PersonErased, followed_by="heard_position", keep=forget, then=say_again)
