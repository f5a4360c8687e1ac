"""Who is erased, read from the log before a door shows a fact: a database may be an old one."""

from runtime.first_read import FirstRead, Found
from runtime.postgres import Connection
from schemas.registration import PersonErased
from services.reporting.folding.store import Book


async def remember(connection: Connection, found: Found) -> None:
    """Remember the codes, although the fold has not come so far."""
    codes = {said.subject for said in found if isinstance(said.data, PersonErased)}
    await Book(connection).keep_erased(codes)


ERASURES = FirstRead(PersonErased, followed_by="position", keep=remember)
