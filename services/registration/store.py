"""Registration's SQL: the facts of persons, and the follow-ups that their returns plan."""

from collections.abc import Sequence
from datetime import date

from runtime.fact import Facts
from runtime.ledger import Ledger
from runtime.postgres import Connection
from schemas.envelope import Envelope
from schemas.event import Event
from schemas.territory import council_of
from services.registration import model
from services.registration.model import FollowUp

_FORGET_FOLLOWUPS = "DELETE FROM followup WHERE person = $1"
_PLAN_FOLLOWUP = """
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


class Book:
    """What registration knows, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.ledger = Ledger(connection)
        self._connection = connection

    async def admit(self, said: Envelope[Event]) -> None:
        """Raise Refusal if a fact of ours contradicts what we have said before."""
        if said.data is not None:
            model.admit(await self.ledger.facts(said.subject, said.identity), said.data)

    async def note(self, state: Envelope[Event]) -> None:
        """Keep the state of a fact, and plan the person's follow-ups anew."""
        await self.ledger.lock(state.subject)
        if await self.ledger.keep(state):
            await self._plan(state.subject, await self.ledger.facts(state.subject))

    async def forget(self, last: Envelope[Event], reason: str | None = None) -> None:
        """Keep nothing of a person who is erased but the code, which is never handed out again.

        Everything that leads from the code to a person is destroyed here, in one transaction.
        """
        if await self.ledger.forget(last, reason):
            await self._plan(last.subject, ())

    async def followups(self, person: str) -> Sequence[FollowUp]:
        """All that the person's returns plan, done or not."""
        return [FollowUp(**row) for row in await self._connection.fetch(_FOLLOWUPS, person)]

    async def followups_due(
        self, until: date, council: str | None, rows_max: int
    ) -> Sequence[FollowUp]:
        """Those nobody has recorded yet and that are due by a day, the longest due first."""
        rows = await self._connection.fetch(_FOLLOWUPS_DUE, until, council, rows_max)
        return [FollowUp(**row) for row in rows]

    async def _plan(self, person: str, facts: Facts) -> None:
        planned = [
            (
                *(person, followup.month, followup.due_on),
                *(followup.municipality, council_of(followup.municipality)),
                *(followup.is_open, followup.placed_on),
            )
            for followup in model.followups(facts)
        ]
        await self._connection.execute(_FORGET_FOLLOWUPS, person)
        await self._connection.executemany(_PLAN_FOLLOWUP, planned)
