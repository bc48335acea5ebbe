"""A whole request that the server turns down, and the sentences for single changes that it does."""


class RequestRefused(Exception):
    """The request is turned down: HTTP status, code for the machine, sentence (English, no personal data)."""

    def __init__(self, status: int, code: str, sentence: str, *, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.retry_after = retry_after


NOT_A_MESSAGE = "not-a-message"
BY_STATUS = {
    400: (NOT_A_MESSAGE, "The request is not a message of this protocol."),
    404: ("not-found", "There is nothing at this address."),
    405: ("not-found", "This address does not take this method."),
    408: ("garbled", "The request did not arrive in time; nothing is lost, try again."),
    413: ("too-large", "The message is larger than this server takes; send it in smaller parts."),
}
"""What is said of a request that HTTP alone turns down: code and sentence by status."""


def refused_with(status: int) -> RequestRefused:
    """Return the refusal that belongs to one of the statuses of :data:`BY_STATUS`."""
    return RequestRefused(status, *BY_STATUS[status])


CHANGE_SENTENCES = {
    "unknown-entity": "This server does not know this kind of row.",
    "not-writable": "Rows of this kind are not written by this role.",
    "unknown-author": "The change names an author who is nobody of this cooperation.",
    "fact-is-final": "A fact is never changed or deleted; correct it with a new fact that names the old.",
    "out-of-scope": "The row belongs to a team that this device is not a part of.",
    "schema-too-new": "The change was written by a newer version than this server knows; update the server.",
    "schema-too-old": "The change was written by a version that is no longer taken; update the laptop.",
    "no-such-row": "The row, or the person it belongs to, is not known here; it may have been refused before.",
    "row-deleted": "The row was deleted, and the laptop had seen that.",
    "person-erased": "The person has been erased or anonymised; nothing more is recorded about them.",
    "no-owner": "The change does not say which team or person the row belongs to.",
    "bad-identifier": "A team or person is not named by an identifier.",
    "unstorable": "The change holds a character or number that cannot be stored.",
    "taken-change-id": "The change's identifier is already used by another cooperation.",
}
"""Why one change of a batch was refused, by code."""
