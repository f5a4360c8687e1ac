"""What training hears: who needs training, and who has found a place in a course anywhere."""

from runtime.listen import Heard, Hears, Says
from schemas.registration import NeedsAssessed, RegistrationFactRetracted
from schemas.training import CourseEnrolled, TrainingFactRetracted
from services.training.store import Book


async def note(heard: Heard, book: Book) -> Says:
    """A need for training puts the person on the waiting list; an enrolment takes her off it."""
    await book.note(heard)
    return ()


HEARS: Hears = {
    NeedsAssessed: note,
    CourseEnrolled: note,
    RegistrationFactRetracted: note,
    TrainingFactRetracted: note,
}
