"""Registration's SQL: the facts of persons, and the follow-ups that their returns plan."""

from collections.abc import Sequence
from datetime import date

from runtime.storage.fact import Facts
from runtime.storage.fact_store import FactStore
from runtime.storage.pool import Connection
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.territory import council_of
from services.registration import model
from services.registration.model import FollowUp

_DELETE_FOLLOWUPS = "DELETE FROM followup WHERE person = $1"
_INSERT_FOLLOWUP = """
INSERT INTO followup (person, month, due_on, municipality, council, is_open, placed_on)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_FOLLOWUPS = """
SELECT person, month, due_on, municipality, is_open, placed_on
FROM followup WHERE person = $1 ORDER BY due_on, month
"""
_FOLLOWUPS_DUE = """
SELECT person, month, due_on, municipality, is_open, placed_on
FROM followup
WHERE is_open AND due_on <= $1 AND ($2::text IS NULL OR council = $2)
ORDER BY due_on, person, month
LIMIT $3
"""


class RegistrationRepository:
    """What registration knows, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.facts = FactStore(connection)
        self._connection = connection

    async def validate(self, event: Envelope[Event]) -> None:
        """Raise Refusal if a fact of this service contradicts one that it has published."""
        if event.data is not None:
            facts = await self.facts.of_subject(event.subject, without=event.identity)
            model.validate(facts, event.data)

    async def apply(self, event: Envelope[Event]) -> None:
        """Store the state of a fact, and replace the person's planned follow-ups."""
        await self.facts.lock(event.subject)
        if await self.facts.upsert(event):
            await self._replace_followups(event.subject, await self.facts.of_subject(event.subject))

    async def erase(self, event: Envelope[Event], reason: str | None = None) -> None:
        """Delete all about an erased person but the code, which is never given to another person.

        Everything that leads from the code to the person is deleted in this one transaction.
        """
        if await self.facts.erase(event, reason):
            await self._replace_followups(event.subject, ())

    async def followups(self, person: str) -> Sequence[FollowUp]:
        """Return all follow-ups that the person's returns plan, recorded or not."""
        return [FollowUp(**row) for row in await self._connection.fetch(_FOLLOWUPS, person)]

    async def followups_due(
        self, until: date, council: str | None, rows_max: int
    ) -> Sequence[FollowUp]:
        """Return the follow-ups not recorded yet and due by a day, the longest due first."""
        rows = await self._connection.fetch(_FOLLOWUPS_DUE, until, council, rows_max)
        return [FollowUp(**row) for row in rows]

    async def _replace_followups(self, person: str, facts: Facts) -> None:
        planned = [
            (
                *(person, followup.month, followup.due_on),
                *(followup.municipality, council_of(followup.municipality)),
                *(followup.is_open, followup.placed_on),
            )
            for followup in model.followups(facts)
        ]
        await self._connection.execute(_DELETE_FOLLOWUPS, person)
        await self._connection.executemany(_INSERT_FOLLOWUP, planned)
