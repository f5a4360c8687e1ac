"""Where a service says facts of its own: states, corrects and retracts them, each exactly once."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final, Protocol

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from runtime import answers, outbox
from runtime.answers import Asked
from runtime.clock import belgrade_day
from runtime.context import Context
from runtime.errors import Unavailable
from runtime.ledger import Ledger
from runtime.postgres import AGAIN, Connection
from runtime.problems import gone, not_found
from schemas.catalogue import EVENTS
from schemas.door import check
from schemas.envelope import Envelope, content_digest, to_bytes
from schemas.event import Event
from schemas.problem import Refusal, refusal
from schemas.vocabulary import RetractionReason


class Book(Protocol):
    """What a service's store promises to the desk; it lives in one transaction."""

    ledger: Ledger

    async def admit(self, said: Envelope[Event]) -> None:
        """Raise Refusal if the fact contradicts the service's own state."""

    async def note(self, state: Envelope[Event]) -> None:
        """Keep the state of a fact, and all that follows from it in the service."""

    async def forget(self, last: Envelope[Event], reason: str | None = None) -> None:
        """Destroy all that is known of the event's subject, and keep nothing of it any more."""


class Said(TypedDict):
    """The answer to what was said: the event, and the fact that it is a state of."""

    id: str
    source: str
    type: str
    subject: str
    factid: str
    revision: int
    recordedtime: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact to be said, as it comes from outside: `data` are unchecked JSON."""

    type: str
    subject: str
    data: bytes
    factid: str | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Desk:
    """Carries out the requests of one service; each is one transaction with its outbox rows.

    What is wrong with a request raises Refusal, and then nothing of it was kept.
    """

    source: str
    store: Callable[[Connection], Book]
    plumbing: Context

    async def say(self, statement: Statement, asked: Asked) -> Said:
        """State a new fact; a request repeated under its key gives the first answer again."""
        said = self._checked(statement)
        async with self._transaction() as connection:
            before = await answers.first(connection, asked)
            if before:
                return _read(before)
            book = self.store(connection)
            await book.ledger.lock(said.subject)
            if before == answers.FORGOTTEN or await book.ledger.last(said.subject):
                raise gone("$path.subject")
            answer = await self._tell(connection, book, said)
            await answers.keep(connection, asked, json.dumps(answer))
            return answer

    async def say_last(
        self, statement: Statement, asked: Asked, reason: str, *, must_be_known: bool
    ) -> Envelope[Event]:
        """State the last fact of a code: all that is known of it is destroyed for good.

        Said again, in whatever words, nothing changes, and the first event is given again.
        """
        said = self._checked(statement)
        async with self._transaction() as connection:
            await answers.first(connection, asked)  # a key that names another request is refused
            book = self.store(connection)
            if must_be_known and not await book.ledger.is_known(said.subject):
                raise not_found("Nothing is known of this code here.", "$path.subject")
            await book.ledger.lock(said.subject)
            last = await book.ledger.last(said.subject)
            if last is None:
                (last,) = await outbox.say(connection, [said])
                await book.forget(last, reason)
            await answers.keep(connection, asked, json.dumps(answer_of(last)))
            return last

    async def correct(self, factid: str, data: bytes) -> Said:
        """State a fact of this service anew, in full; with equal content nothing is said."""
        async with self._transaction() as connection:
            book = self.store(connection)
            before = await self._locked(book, factid)
            kind = _kind_of(before.stated_type)
            revision = before.revision + 1
            said = self._checked(Statement(kind.TYPE, before.subject, data, factid, revision))
            if _is_same(before, said):
                return answer_of(before)
            return await self._tell(connection, book, said)

    async def retract(self, factid: str, reason: RetractionReason) -> Said:
        """Take a fact of this service back; if that was done before, nothing is said."""
        async with self._transaction() as connection:
            book = self.store(connection)
            before = await self._locked(book, factid)
            if before.is_retraction:
                return answer_of(before)
            return await self._tell(connection, book, self._retraction(before, reason))

    async def state(self, factid: str) -> bytes:
        """The event that stated or retracted a fact of this service last."""
        async with self.plumbing.pool.acquire() as connection:
            found = await self.store(connection).ledger.state(self.source, factid)
            if found is None:
                raise await self._nothing(self.store(connection), factid)
        return to_bytes(found)

    async def _tell(self, connection: Connection, book: Book, state: Envelope[Event]) -> Said:
        if not state.is_retraction:
            await book.admit(state)
        (said,) = await outbox.say(connection, [state])
        await book.note(said)
        return answer_of(said)

    async def _locked(self, book: Book, factid: str) -> Envelope[Event]:
        """The newest state of a fact, whose subject nobody else changes from now on."""
        found = await book.ledger.state(self.source, factid)
        if found is None:
            raise await self._nothing(book, factid)
        await book.ledger.lock(found.subject)
        return await book.ledger.state(self.source, factid) or found

    async def _nothing(self, book: Book, factid: str) -> Refusal:
        if await book.ledger.was_gone(self.source, factid):
            return gone("$path.factid")
        return not_found("This service has said no such fact.", "$path.factid")

    def _retraction(self, fact: Envelope[Event], reason: RetractionReason) -> Envelope[Event]:
        domain = fact.type.partition(".")[0]
        today = belgrade_day(self.plumbing.clock())
        data = {"on": today.isoformat(), "type": fact.stated_type, "reason": reason}
        return self._checked(
            Statement(
                _kind_of(f"{domain}.fact.retracted").TYPE,
                fact.subject,
                json.dumps(data).encode(),
                fact.factid,
                fact.revision + 1,
            )
        )

    def _checked(self, statement: Statement) -> Envelope[Event]:
        """The statement as an event that has passed the same checks as everybody's."""
        now = self.plumbing.clock()
        event_id = self.plumbing.ids.new_id()
        attributes = {
            "specversion": "1.0",
            "id": event_id,
            "source": self.source,
            "type": statement.type,
            "subject": statement.subject,
            "time": now.isoformat(),
            "factid": statement.factid or event_id,
            "revision": statement.revision,
        }
        body = _with_data(attributes, statement.data)
        try:
            return check(
                body,
                today=belgrade_day(now),
                declared=self.plumbing.declared,
                partner=False,
            )
        except Refusal as refused:
            problem = refused.problem
            raise Refusal(replace(problem, path=_path_in_body(problem.path))) from None

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        try:
            async with self.plumbing.pool.acquire() as connection, connection.transaction():
                yield connection
        except AGAIN as error:
            raise Unavailable("others change the same records") from error


def _with_data(attributes: dict[str, object], data: bytes) -> bytes:
    """The event's JSON around the data as they came: the checks see what the client wrote."""
    try:
        text = data.decode()
        json.loads(text)
    except (ValueError, RecursionError):
        raise refusal(
            "E1101", "$", "The body is no JSON in UTF-8.", "Send the fact as one JSON object."
        ) from None
    return f'{json.dumps(attributes)[:-1]}, "data": {text}}}'.encode()


def _path_in_body(path: str) -> str:
    return "$" + path.removeprefix("$.data") if path.startswith("$.data") else path


def _kind_of(stated_type: str) -> type[Event]:
    """The newest version of a type."""
    return [kind for kind in EVENTS if kind.TYPE.rpartition(".v")[0] == stated_type][-1]


def _is_same(before: Envelope[Event], said: Envelope[Event]) -> bool:
    return content_digest(said._replace(revision=before.revision)) == content_digest(before)


def answer_of(said: Envelope[Event]) -> Said:
    """The answer to what was said."""
    return _read(to_bytes(said))


def _read(event: str | bytes) -> Said:
    return _SAID.validate_json(event)


_SAID: Final = TypeAdapter(Said)
