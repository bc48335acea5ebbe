"""A one-time code becomes a device: whose laptop it is, which server it belongs to, which key signs its receipts."""

from app.errors import KnownProblem
from app.models.local import Device
from app.sync.client import SyncClient
from app.sync.wire.messages import EnrolRequest

SHORTEST_CODE, LONGEST_CODE = 4, 64
LONGEST_DEVICE_NAME = 120


def enrol(server_url: str, code: str, *, device_name: str, database_id: str) -> Device:
    """Return the device that the server made of the code; it is not saved.

    Raises what :class:`SyncClient` raises. The code is used up as soon as the server has answered: save the device, or
    ask for a new code.
    """
    code = "".join(code.split())
    if not SHORTEST_CODE <= len(code) <= LONGEST_CODE:
        raise KnownProblem("unknown-code")
    name = " ".join(device_name.split())[:LONGEST_DEVICE_NAME] or "laptop"
    with SyncClient(server_url, database_id=database_id) as client:
        hello = client.hello()
        reply = client.enrol(EnrolRequest(code=code, device_name=name, database_id=database_id))
    if reply.server_id != hello.server_id:
        raise KnownProblem("wrong-server")
    return Device(
        id=reply.device_id,
        database_id=database_id,
        server_url=server_url.strip(),
        server_id=reply.server_id,
        epoch=reply.epoch,
        token=reply.token,
        receipt_key=reply.receipt_key,
        envelope_key=reply.envelope_key,
        user_id=reply.user_id,
        user_name=reply.user_name,
        role=reply.role,
        cooperation_id=reply.cooperation_id,
        cooperation_name=reply.cooperation_name,
        team_ids=reply.team_ids,
        cursor=0,
    )
