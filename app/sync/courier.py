"""Sending without a network: an envelope on a stick or on a colleague's laptop, and the receipt that comes back.

An envelope changes nothing here: what is in it stays unsent until an answer names it, so it may be lost, carried twice,
or arrive after the laptop has sent by itself.
"""

import base64
import itertools
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import Clock
from app.errors import KnownProblem
from app.ids import new_id
from app.models.local import CarriedEnvelope, CourierEnvelope, Device, OutboxEntry
from app.storage.driver import driver_of
from app.sync import outbox
from app.sync.client import SyncClient
from app.sync.receipt import store, verify
from app.sync.wire import envelope
from app.sync.wire.messages import Change

MOST_CHANGES = 40_000
"""Changes in one envelope."""
MOST_BYTES = 24 * 1024 * 1024
"""Their JSON in one envelope, but for a single change that is larger: the server opens no larger message."""


def make_envelopes(session: Session, *, clock: Clock) -> list[bytes]:
    """Return everything unsent, a file for each envelope, and commit what is needed to read the answers.

    One nearly always; two letters with large files fill more than one. KnownProblem "nothing-to-send", or
    "no-envelope-key" where this laptop has never heard the server's key.
    """
    outbox.begin_writing(session)
    device = session.scalars(select(Device)).one()
    made: list[bytes] = []
    after = 0
    while changes := outbox.pending(session, limit=MOST_CHANGES, max_bytes=MOST_BYTES, after=after):
        if not device.envelope_key:
            raise KnownProblem("no-envelope-key")
        made.append(_sealed(session, device, changes, clock=clock))
        after = changes[-1].sequence
    if not made:
        raise KnownProblem("nothing-to-send")
    session.commit()
    return made


def names_for(path: Path, count: int) -> list[Path]:
    """Return where so many envelopes are written: the first at `path`, each other beside it where no file is yet."""
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return [path, *itertools.islice((one for one in numbered if not one.exists()), count - 1)]


def _sealed(session: Session, device: Device, changes: list[Change], *, clock: Clock) -> bytes:
    header = envelope.Header(server_id=device.server_id, envelope_id=new_id(clock))
    batch = envelope.CourierBatch(
        device_id=device.id,
        database_id=device.database_id,
        token=device.token,
        reply_key=envelope.new_reply_key(),
        through_sequence=changes[-1].sequence,
        changes=changes,
    )
    session.add(
        CourierEnvelope(
            id=header.envelope_id,
            reply_key=batch.reply_key,
            made_at=clock.now(),
            changes=len(changes),
            answered_at=None,
        )
    )
    return envelope.seal(header, batch, base64.b64decode(device.envelope_key))


def take_along(session: Session, content: bytes, *, clock: Clock) -> None:
    """Keep a colleague's envelope, to be handed in with this laptop's next sending; taking it twice is harmless.

    KnownProblem "not-an-envelope", or "envelope-elsewhere" where it is for another server.
    """
    outbox.begin_writing(session)
    device = session.scalars(select(Device)).one()
    try:
        header = envelope.header_of(content)
    except envelope.NotAnEnvelope:
        raise KnownProblem("not-an-envelope") from None
    if header.server_id != device.server_id:
        raise KnownProblem("envelope-elsewhere")
    if session.get(CarriedEnvelope, header.envelope_id) is None:
        session.add(CarriedEnvelope(id=header.envelope_id, content=content, reply=None, taken_at=clock.now()))
    session.commit()


def hand_in(session: Session, client: SyncClient, *, clock: Clock) -> int:
    """Hand in what this laptop carries and keep the answers; return how many were handed in.

    An envelope that the server cannot open is kept, and tried again the next time.
    """
    device = session.scalars(select(Device)).one()
    database_id, handed_in = device.database_id, 0
    waiting = session.execute(
        select(CarriedEnvelope.id, CarriedEnvelope.content).where(CarriedEnvelope.reply.is_(None))
    ).all()
    # People work on while the server answers: what was read by then is let go of, and read anew before it is written.
    session.rollback()
    for envelope_id, content in waiting:
        try:
            response = client.courier(
                envelope.CourierRequest(database_id=database_id, content=base64.b64encode(content).decode())
            )
        except KnownProblem as problem:
            if problem.parameters.get("server_code") not in ("not-an-envelope", "not-found"):
                raise
            continue
        outbox.begin_writing(session)
        carried = session.get_one(CarriedEnvelope, envelope_id)
        carried.reply = base64.b64decode(response.content)
        carried.handed_in_at = clock.now()
        session.commit()
        handed_in += 1
    return handed_in


def answers_to_carry_back(session: Session) -> dict[str, bytes]:
    """Return the sealed answers that this laptop holds for others, by envelope."""
    answered = session.scalars(select(CarriedEnvelope).where(CarriedEnvelope.reply.is_not(None)))
    return {carried.id: carried.reply for carried in answered if carried.reply is not None}


def read_answer(session: Session, content: bytes, *, clock: Clock) -> outbox.Marked:
    """Take the answer to an envelope of this laptop: mark what it names, and store the receipt.

    KnownProblem "not-an-envelope", "not-our-envelope", or "false-receipt"; nothing is then marked.
    """
    try:
        header = envelope.header_of(content, envelope.REPLY_MARK)
        made = session.get(CourierEnvelope, header.envelope_id)
        if made is None:
            raise KnownProblem("not-our-envelope")
        reply = envelope.open_reply(content, made.reply_key)
    except envelope.NotAnEnvelope:
        raise KnownProblem("not-an-envelope") from None
    device = session.scalars(select(Device)).one()
    if reply.receipt.device_id != device.id or not verify(reply.receipt, device.receipt_key):
        raise KnownProblem("false-receipt")
    sent = _changes(session, reply.change_ids)
    answers = [answer for answer in reply.answers if answer.index < len(sent)]
    marked = outbox.mark(session, sent, answers, clock=clock)
    outbox.begin_writing(session)
    made = session.get_one(CourierEnvelope, header.envelope_id)
    made.answered_at = clock.now()
    store(driver_of(session), reply.receipt)
    session.commit()
    return marked


def _changes(session: Session, change_ids: list[str]) -> list[Change]:
    entries = {
        entry.change_id: outbox.as_change(entry)
        for entry in session.scalars(select(OutboxEntry).where(OutboxEntry.change_id.in_(change_ids)))
    }
    if len(entries) != len(change_ids):
        # Some were let go of after ninety days, or the store was set back: what is left cannot be told by place.
        raise KnownProblem("not-our-envelope")
    return [entries[change_id] for change_id in change_ids]
