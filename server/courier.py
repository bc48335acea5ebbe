"""Envelopes that somebody carried: opened, taken like a push of the laptop that made them, and answered under seal."""

import base64

from msgspec.structs import replace

from app.sync.wire import envelope
from app.sync.wire.messages import Answer, ReceiptRequest, answers_of
from server import clock
from server.accounts import LATE_LIFE, author_of, hash_of_token
from server.database import Connection
from server.identity import Identity
from server.push import push
from server.receipt import receipt_for
from server.refusals import RequestRefused
from server.scope import Asker

AT_ONCE = 5_000


def receive(connection: Connection, identity: Identity, content: bytes, *, however_late: bool = False) -> bytes:
    """Take an envelope and return the sealed answer; twice or late is harmless.

    RequestRefused "not-an-envelope" where it does not open, does not come from the laptop that it names, or that laptop
    was revoked longer ago than late work is taken: by then only where an operator says so, `however_late`. The code is
    one that laptops know: a colleague's goes on carrying it.
    """
    try:
        header, batch = envelope.open_sealed(content, identity.envelope_key)
    except envelope.NotAnEnvelope:
        raise RequestRefused(400, "not-an-envelope", "This is no envelope for this server.") from None
    author = _author(connection, batch)
    if header.server_id != identity.server_id or author is None:
        raise RequestRefused(400, "not-an-envelope", "This is no envelope for this server.")
    if author.is_late and not however_late and _is_revoked_long_ago(connection, author):
        raise RequestRefused(
            400,
            "not-an-envelope",
            f"It comes from a laptop that was revoked more than {LATE_LIFE.days} days ago. Whoever knows where it was"
            " meanwhile takes the envelope at the server: receive --however-late.",
        )
    answers: list[Answer] = []
    for start in range(0, len(batch.changes), AT_ONCE):
        reply = push(connection, author, identity, batch.changes[start : start + AT_ONCE])
        answers.extend(replace(answer, index=answer.index + start) for answer in answers_of(reply))
    receipt = receipt_for(
        connection,
        author,
        identity,
        ReceiptRequest(database_id=author.database_id, through_sequence=batch.through_sequence, cursor=0),
    )
    change_ids = [change.change_id for change in batch.changes]
    answered = envelope.CourierReply(change_ids=change_ids, answers=answers, receipt=receipt)
    try:
        return envelope.seal_reply(header, answered, batch.reply_key)
    except envelope.NotAnEnvelope:
        raise RequestRefused(400, "not-an-envelope", "The envelope holds no key to answer under.") from None


def hand_in(
    connection: Connection, _carrier: Asker, identity: Identity, request: envelope.CourierRequest
) -> envelope.CourierResponse:
    """Take an envelope from a laptop that carried it."""
    try:
        content = base64.b64decode(request.content, validate=True)
    except ValueError:
        raise RequestRefused(400, "not-an-envelope", "This is no envelope for this server.") from None
    return envelope.CourierResponse(content=base64.b64encode(receive(connection, identity, content)).decode())


def _is_revoked_long_ago(connection: Connection, author: Asker) -> bool:
    found = connection.execute(
        "SELECT 1 FROM device WHERE id = %s AND revoked_at < %s", (author.device_id, clock.now() - LATE_LIFE)
    )
    return found.fetchone() is not None


def _author(connection: Connection, batch: envelope.CourierBatch) -> Asker | None:
    hashed = hash_of_token(batch.token)
    found = connection.execute(
        "SELECT 1 FROM device WHERE id = %s AND database_id = %s AND (token_hash = %s OR next_token_hash = %s)",
        (batch.device_id, batch.database_id, hashed, hashed),
    ).fetchone()
    return author_of(connection, batch.device_id) if found else None
