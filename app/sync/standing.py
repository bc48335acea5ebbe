"""The laptop reports to its server: the lease is renewed, the token rotated, the help code deposited.

A server that says that this laptop was revoked is believed at once: every passphrase and recovery code is taken out of
the key file, and only the coordinator's help opens it again. What is unsent stays in the store, sealed, and lies beside
it in an envelope that anybody can carry to the server and nobody else can read.
"""

import base64
import logging
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clock import Clock
from app.domain.lease import Lease
from app.errors import KnownProblem
from app.models.local import Device
from app.models.oversight import Standing
from app.security.key_store import deposited_help, renew_escrow, seal_away
from app.security.whole_file import write_whole
from app.settings import UNSENT_NAME
from app.storage.access_log import offer
from app.storage.engine import Store, known_disk_problems
from app.sync import outbox
from app.sync.client import SyncClient
from app.sync.courier import make_envelopes
from app.sync.wire.messages import StandingReply
from app.sync.wire.oversight import StandingRequest

_log = logging.getLogger(__name__)


class Reporting:
    """Reporting in along with a synchronisation; where no server took it along, :func:`report_in` does it."""

    def __init__(self, store: Store, key_file: Path, *, clock: Clock) -> None:
        self._store = store
        self._key_file = key_file
        self._clock = clock
        self._device, self._is_deposited = _known(store)
        sealed = None if self._is_deposited else deposited_help(key_file)
        self.sealed_help = "" if sealed is None else base64.b64encode(sealed).decode()
        self._reply: StandingReply | None = None

    @property
    def is_done(self) -> bool:
        """Return whether the server has answered and wants nothing more: no help code that is still to be made."""
        return self._reply is not None and not _lacks_help(self._reply, self._key_file)

    def take(self, session: Session, reply: StandingReply) -> None:
        """Write down what the server said; the caller commits."""
        is_deposited = bool(self.sealed_help) or (self._is_deposited and reply.has_help)
        _write(session, self._device, reply, is_deposited=is_deposited, clock=self._clock)
        self._reply = reply

    def seal_where_revoked(self, problem: KnownProblem) -> None:
        """Raise KnownProblem "laptop-revoked" where that is what was wrong; the key file is then sealed."""
        if _is_revoked(problem):
            _seal(self._store, self._device, self._key_file, self._clock)
            raise KnownProblem("laptop-revoked") from problem


def report_in(store: Store, client: SyncClient, key_file: Path, *, clock: Clock) -> None:
    """Tell the server that this laptop is there, and take what it says; the client goes on with a token that it gave.

    Raises KnownProblem "laptop-revoked" where its access was taken away; the key file is then sealed. Raises what
    :class:`SyncClient` raises.
    """
    device, is_deposited = _known(store)
    sealed = None if is_deposited else deposited_help(key_file)
    reply = _ask(store, client, device, sealed, key_file, clock)
    _take(store, client, device, reply, is_deposited=bool(sealed) or (is_deposited and reply.has_help), clock=clock)
    if _lacks_help(reply, key_file):
        public = base64.b64decode(reply.escrow_key)
        made = store.with_key(lambda key: renew_escrow(key_file, key, public))
        reply = _ask(store, client, device, made, key_file, clock)
        _take(store, client, device, reply, is_deposited=True, clock=clock)


def _known(store: Store) -> tuple[Device, bool]:
    """Return the device, and whether the server has a help code of it."""
    with store.session() as session:
        device = session.scalars(select(Device)).one()
        known = session.get(Standing, device.id)
        return device, known is not None and known.is_help_deposited


def _lacks_help(reply: StandingReply, key_file: Path) -> bool:
    return bool(reply.escrow_key) and deposited_help(key_file) is None


def seal_unsent(store: Store, *, clock: Clock) -> bool:
    """Put everything unsent into envelopes beside the store, and return whether one lies there.

    There is none where nothing is unsent, or where this laptop never heard the server's key.
    """
    path = store.path.parent / UNSENT_NAME
    try:
        with store.session() as session, known_disk_problems():
            offer(session, clock=clock)
            session.commit()
            contents = make_envelopes(session, clock=clock)
        for number, content in enumerate(contents, start=1):
            write_whole(path if number == 1 else path.with_stem(f"{path.stem}-{number}"), content)
    except KnownProblem as problem:
        # Whatever keeps it from being written must not keep the laptop from being locked.
        _log.warning("no envelope for what is unsent: %s", problem.code)
    return path.exists()


def lease_of(store: Store) -> tuple[Lease, bool] | None:
    """Return the lease and whether this laptop is revoked; None where no server ever answered for it."""
    with store.session() as session:
        standing = session.scalars(select(Standing)).first()
    if standing is None:
        return None
    return Lease(standing.contact_at, standing.lease_days, standing.latest_seen), standing.is_revoked


def note_clock(store: Store, *, clock: Clock) -> None:
    """Remember the latest moment that this laptop's clock showed, so that setting it back gains no time."""
    with store.session() as session, known_disk_problems():
        outbox.begin_writing(session)
        standing = session.scalars(select(Standing)).first()
        if standing is not None and clock.now() > standing.latest_seen:
            standing.latest_seen = clock.now()
            session.commit()


def forget_deposit(store: Store) -> None:
    """Have a fresh help code deposited at the next contact, as after the last one was used."""
    with store.session() as session, known_disk_problems():
        outbox.begin_writing(session)
        standing = session.scalars(select(Standing)).first()
        if standing is not None:
            standing.is_help_deposited = False
            session.commit()


def _ask(
    store: Store, client: SyncClient, device: Device, sealed: bytes | None, key_file: Path, clock: Clock
) -> StandingReply:
    request = StandingRequest(
        database_id=device.database_id,
        cursor=device.cursor,
        sealed_help="" if sealed is None else base64.b64encode(sealed).decode(),
    )
    try:
        return client.standing(request)
    except KnownProblem as problem:
        if not _is_revoked(problem):
            raise
        _seal(store, device, key_file, clock)
        raise KnownProblem("laptop-revoked") from problem


def _is_revoked(problem: KnownProblem) -> bool:
    return problem.parameters.get("server_code") == "revoked-token"


def _seal(store: Store, device: Device, key_file: Path, clock: Clock) -> None:
    with store.session() as session, known_disk_problems():
        outbox.begin_writing(session)
        _row(session, device).is_revoked = True
        session.commit()
    seal_unsent(store, clock=clock)
    store.with_key(lambda key: seal_away(key_file, key))


def _take(
    store: Store, client: SyncClient, device: Device, reply: StandingReply, *, is_deposited: bool, clock: Clock
) -> None:
    with store.session() as session, known_disk_problems():
        outbox.begin_writing(session)
        _write(session, device, reply, is_deposited=is_deposited, clock=clock)
        session.commit()
    if reply.token:
        # Only now that it is on the disk: shown once, it makes the old one worthless.
        client.use_token(reply.token)


def _write(session: Session, device: Device, reply: StandingReply, *, is_deposited: bool, clock: Clock) -> None:
    standing = _row(session, device)
    standing.contact_at = standing.latest_seen = clock.now()
    standing.lease_days = reply.lease_days
    standing.escrow_key = reply.escrow_key
    standing.is_help_deposited = is_deposited
    standing.is_revoked = False
    if reply.token:
        session.execute(update(Device).values(token=reply.token))


def _row(session: Session, device: Device) -> Standing:
    standing = session.get(Standing, device.id)
    if standing is None:
        beginning = datetime(1970, 1, 1, tzinfo=UTC)
        standing = Standing(
            device_id=device.id,
            contact_at=beginning,
            latest_seen=beginning,
            lease_days=0,
            is_revoked=False,
            escrow_key="",
            is_help_deposited=False,
        )
        session.add(standing)
    return standing
