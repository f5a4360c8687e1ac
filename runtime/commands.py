"""Commands on a service's own facts: records, corrects and retracts each exactly once."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from runtime.context import Context
from runtime.messaging import outbox
from runtime.process.clock import belgrade_day
from runtime.process.errors import Unavailable
from runtime.process.failures import SERIALIZATION_FAILURES
from runtime.refusals import erased, not_found
from runtime.storage import idempotency
from runtime.storage.fact_store import FactRepository
from runtime.storage.idempotency import IdempotentRequest
from runtime.storage.pool import Connection
from schemas.catalogue import EVENTS
from schemas.closed_lists import RetractionReason
from schemas.envelope import Envelope, content_digest, encode_event
from schemas.events.event import Event
from schemas.validation.composition import compose_event
from schemas.validation.problems import Refusal
from schemas.validation.strict import validate_event


class FactReceipt(TypedDict):
    """The response to a command: the published event and the fact that it is a state of."""

    id: str
    source: str
    type: str
    subject: str
    factid: str
    revision: int
    recordedtime: str


@dataclass(frozen=True, slots=True)
class RecordFact:
    """A fact to be recorded, as the client sent it: `data` is unchecked JSON."""

    type: str
    subject: str
    data: bytes
    factid: str | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class FactCommandHandler:
    """Carries out the commands of one service, each in one transaction with its outbox rows.

    An invalid command raises Refusal and stores nothing.
    """

    source: str
    repository: Callable[[Connection], FactRepository]
    context: Context

    async def record(self, command: RecordFact, request: IdempotentRequest) -> FactReceipt:
        """Record a new fact; a request repeated under its key gets the first receipt again."""
        event = self._validated(command)
        async with self._transaction() as connection:
            response = await idempotency.claim_or_replay(connection, request)
            if response:
                return _parse_receipt(response)
            repository = self.repository(connection)
            await repository.facts.lock(event.subject)
            if response == idempotency.ERASED_RESPONSE or await repository.facts.erasure_event(
                event.subject
            ):
                raise erased("$path.subject")
            receipt = await self._publish(connection, repository, event)
            await idempotency.store_response(connection, request, json.dumps(receipt))
            return receipt

    async def erase_subject(
        self, command: RecordFact, request: IdempotentRequest, reason: str, *, must_be_known: bool
    ) -> Envelope[Event]:
        """Publish an erasure and delete all that is known of its subject, for good.

        Repeated, with any content, it changes nothing and returns the first event again.
        """
        event = self._validated(command)
        async with self._transaction() as connection:
            # Refuses a key that was used for another request.
            await idempotency.claim_or_replay(connection, request)
            repository = self.repository(connection)
            if must_be_known and not await repository.facts.is_known(event.subject):
                raise not_found("Nothing is known of this code here.", "$path.subject")
            await repository.facts.lock(event.subject)
            erasure = await repository.facts.erasure_event(event.subject)
            if erasure is None:
                (erasure,) = await outbox.enqueue(connection, [event])
                await repository.erase(erasure, reason)
            await idempotency.store_response(connection, request, json.dumps(receipt_of(erasure)))
            return erasure

    async def correct(self, factid: str, data: bytes) -> FactReceipt:
        """Publish the next revision of a fact, in full; with equal content publish nothing."""
        async with self._transaction() as connection:
            repository = self.repository(connection)
            before = await self._lock_fact(repository, factid)
            event_type = _newest_version(before.stated_type).TYPE
            revision = before.revision + 1
            event = self._validated(RecordFact(event_type, before.subject, data, factid, revision))
            if _has_equal_content(before, event):
                return receipt_of(before)
            return await self._publish(connection, repository, event)

    async def retract(self, factid: str, reason: RetractionReason) -> FactReceipt:
        """Retract a fact; if it is retracted already, publish nothing."""
        async with self._transaction() as connection:
            repository = self.repository(connection)
            before = await self._lock_fact(repository, factid)
            if before.is_retraction:
                return receipt_of(before)
            return await self._publish(connection, repository, self._retraction(before, reason))

    async def latest_event(self, factid: str) -> bytes:
        """Return the event that stated or retracted a fact of this service last."""
        async with self.context.pool.acquire() as connection:
            repository = self.repository(connection)
            event = await repository.facts.latest_event(self.source, factid)
            if event is None:
                raise await self._unknown_fact(repository, factid)
        return encode_event(event)

    async def _publish(
        self, connection: Connection, repository: FactRepository, event: Envelope[Event]
    ) -> FactReceipt:
        if not event.is_retraction:
            await repository.validate(event)
        (published,) = await outbox.enqueue(connection, [event])
        await repository.apply(published)
        return receipt_of(published)

    async def _lock_fact(self, repository: FactRepository, factid: str) -> Envelope[Event]:
        """Lock the subject of a fact and return the fact's newest state."""
        event = await repository.facts.latest_event(self.source, factid)
        if event is None:
            raise await self._unknown_fact(repository, factid)
        await repository.facts.lock(event.subject)
        return await repository.facts.latest_event(self.source, factid) or event

    async def _unknown_fact(self, repository: FactRepository, factid: str) -> Refusal:
        if await repository.facts.was_erased(self.source, factid):
            return erased("$path.factid")
        return not_found("This service has published no such fact.", "$path.factid")

    def _retraction(self, fact: Envelope[Event], reason: RetractionReason) -> Envelope[Event]:
        domain = fact.type.partition(".")[0]
        today = belgrade_day(self.context.clock())
        data = {"on": today.isoformat(), "type": fact.stated_type, "reason": reason}
        return self._validated(
            RecordFact(
                _newest_version(f"{domain}.fact.retracted").TYPE,
                fact.subject,
                json.dumps(data).encode(),
                fact.factid,
                fact.revision + 1,
            )
        )

    def _validated(self, command: RecordFact) -> Envelope[Event]:
        """Return the command's event after the same validation as every partner's event."""
        now = self.context.clock()
        event_id = self.context.ids.new_id()
        attributes = {
            "specversion": "1.0",
            "id": event_id,
            "source": self.source,
            "type": command.type,
            "subject": command.subject,
            "time": now.isoformat(),
            "factid": command.factid or event_id,
            "revision": command.revision,
        }
        body = compose_event(attributes, command.data)
        try:
            return validate_event(
                body,
                today=belgrade_day(now),
                declared=self.context.declared,
                partner=False,
            )
        except Refusal as refused:
            problems = (replace(each, path=_path_in_body(each.path)) for each in refused.problems)
            raise Refusal(*problems) from None

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        try:
            async with self.context.pool.acquire() as connection, connection.transaction():
                yield connection
        except SERIALIZATION_FAILURES as error:
            raise Unavailable("other transactions change the same records") from error


def _path_in_body(path: str) -> str:
    return "$" + path.removeprefix("$.data") if path.startswith("$.data") else path


def _newest_version(stated_type: str) -> type[Event]:
    """Return the event class of the newest version of a type."""
    return [each for each in EVENTS if each.TYPE.rpartition(".v")[0] == stated_type][-1]


def _has_equal_content(before: Envelope[Event], event: Envelope[Event]) -> bool:
    return content_digest(event._replace(revision=before.revision)) == content_digest(before)


def receipt_of(event: Envelope[Event]) -> FactReceipt:
    """Return the receipt of a published event."""
    return _parse_receipt(encode_event(event))


def _parse_receipt(event: str | bytes) -> FactReceipt:
    return _RECEIPT.validate_json(event)


_RECEIPT: Final = TypeAdapter(FactReceipt)
