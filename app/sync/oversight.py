"""What the coordinator asks the server about laptops, from a laptop of their own."""

import contextlib

from sqlalchemy import select

from app.models.local import Device
from app.storage.engine import Store
from app.sync.client import SyncClient
from app.sync.wire.oversight import Laptop, LaptopReport, LaptopReportRequest, LaptopsRequest, RevokeRequest


def laptops(store: Store) -> list[Laptop]:
    """Return every laptop of the cooperation; raises what :class:`SyncClient` raises."""
    device = _device(store)
    with contextlib.closing(_client(device)) as client:
        return client.laptops(LaptopsRequest(database_id=device.database_id)).laptops


def laptop_report(store: Store, device_id: str) -> LaptopReport:
    """Return whose data a laptop held."""
    device = _device(store)
    with contextlib.closing(_client(device)) as client:
        return client.laptop_report(LaptopReportRequest(database_id=device.database_id, device_id=device_id))


def revoke(store: Store, device_id: str, *, is_revoked: bool) -> list[Laptop]:
    """Take a laptop's access away, or let it in again, and return every laptop."""
    device = _device(store)
    with contextlib.closing(_client(device)) as client:
        request = RevokeRequest(database_id=device.database_id, device_id=device_id, is_revoked=is_revoked)
        return client.revoke(request).laptops


def _device(store: Store) -> Device:
    with store.session() as session:
        return session.scalars(select(Device)).one()


def _client(device: Device) -> SyncClient:
    return SyncClient(device.server_url, device.token, device.database_id)
