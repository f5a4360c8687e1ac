"""What training hears: who needs training, and who has found a place in a course anywhere."""

from runtime.first_read import FirstRead, Found
from runtime.listen import Heard, Hears, Says
from runtime.postgres import Connection
from schemas.registration import NeedsAssessed, PersonErased, RegistrationFactRetracted
from schemas.rules import tells_of_erasure
from schemas.training import CourseEnrolled, TrainingFactRetracted
from services.training.store import Book


async def note(heard: Heard, book: Book) -> Says:
    """A need for training puts the person on the waiting list; an enrolment takes her off it.

    Who is erased waits for nothing, whatever else is told.
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
    NeedsAssessed: note,
    CourseEnrolled: note,
    PersonErased: note,
    RegistrationFactRetracted: note,
    TrainingFactRetracted: note,
}

FIRST_READ = FirstRead(PersonErased, followed_by="heard_position", keep=forget)
