"""How things stand with sending, as one sentence each: the status line and the head of the page say the same.

Green comes from a receipt and from nothing else. Whatever the last attempt met is said first, because one can do
something about it; then what was refused, what waits for a choice, what waits to be sent.
"""

from dataclasses import dataclass
from datetime import date

from app.error_text import sentence_for
from app.errors import AppError
from app.i18n import _, format_day, format_number, format_time, ngettext
from app.storage.queries.unsent import SyncState
from app.sync.report import SyncProgress, SyncStep

NEEDS_A_CODE = frozenset({"token-refused", "wrong-database"})
MAY_BE_RESTORED = frozenset({"copied-store"})


@dataclass(frozen=True, slots=True)
class Standing:
    """One state: `line` for the status line, `title` and `text` for the page.

    `tone` is success, amber, problem or accent.
    """

    kind: str
    tone: str
    shape: str
    line: str
    title: str
    text: str = ""


def standing(
    state: SyncState, *, today: date, progress: SyncProgress | None = None, problem: Exception | None = None
) -> Standing:
    """Return the one thing to say now."""
    if progress is not None:
        return _under_way(progress)
    if problem is not None:
        return _failed(state, problem, today)
    if state.refused:
        title = ngettext("{n} change was refused", "{n} changes were refused", state.refused).format(n=state.refused)
        text = _("They are kept on this laptop. Below stands why, and what can be done.")
        return Standing("refused", "problem", "warning-octagon", title, title, text)
    if state.pending:
        title = waiting_sentence(state, today)
        line = ngettext("{n} change only on this laptop", "{n} changes only on this laptop", state.pending).format(
            n=state.pending
        )
        return Standing("pending", "amber", "laptop", line, title, _("They are safe here until the server has them."))
    if state.received_at is None:
        line = _("Nothing sent yet")
        return Standing("nothing", "amber", "laptop", line, line, _("Everything is saved on this laptop."))
    return _received(state)


def waiting_sentence(state: SyncState, today: date) -> str:
    """Return what has not been received, with how many visits and from which day."""
    is_older = state.since is not None and state.since < today
    if state.visits and is_older and state.since is not None:
        return ngettext(
            "{n} visit from {day} has not been received",
            "{n} visits from {day} on have not been received",
            state.visits,
        ).format(n=state.visits, day=format_day(state.since))
    if is_older and state.since is not None:
        return ngettext(
            "{n} change from {day} has not been received",
            "{n} changes from {day} on have not been received",
            state.waiting,
        ).format(n=state.waiting, day=format_day(state.since))
    return ngettext("{n} change only on this laptop", "{n} changes only on this laptop", state.waiting).format(
        n=state.waiting
    )


def _received(state: SyncState) -> Standing:
    assert state.received_at is not None  # noqa: S101 - asked by the caller
    time = format_time(state.received_at)
    title = ngettext("{n} change received {time}", "{n} changes received {time}", state.received).format(
        n=format_number(state.received), time=time
    )
    line = _("Everything received {time}").format(time=time)
    if state.conflicts:
        cards = ngettext(
            "{n} entry waits for somebody to choose", "{n} entries wait for somebody to choose", state.conflicts
        ).format(n=state.conflicts)
        return Standing("conflicts", "amber", "git-merge", f"{line}. {cards}", line, cards)
    return Standing(
        "received",
        "success",
        "circle-wavy-check",
        line,
        title if state.received else line,
        _("Nothing is left only on this laptop."),
    )


def _under_way(progress: SyncProgress) -> Standing:
    match progress.step:
        case SyncStep.PUSH if progress.total:
            line = _("Sending {done} of {total} …").format(done=progress.done, total=progress.total)
        case SyncStep.PUSH:
            line = _("Sending …")
        case SyncStep.PULL if progress.total:
            line = _("Fetching {done} of {total} …").format(done=progress.done, total=progress.total)
        case SyncStep.PULL if progress.done:
            line = ngettext("Fetching: {n} entry so far …", "Fetching: {n} entries so far …", progress.done).format(
                n=progress.done
            )
        case SyncStep.PULL:
            line = _("Fetching what others have written …")
        case SyncStep.REPAIR:
            line = _("Comparing with the server, entry by entry …")
        case SyncStep.RECEIPT:
            line = _("Waiting for the receipt …")
        case _:
            line = _("Calling the server …")
    return Standing("sending", "accent", "arrows-clockwise", line, line, _("You can go on working meanwhile."))


def _failed(state: SyncState, problem: Exception, today: date) -> Standing:
    if isinstance(problem, AppError):
        sentence = sentence_for(problem)
        happened, line, text, code = sentence.title, sentence.line, sentence.text, problem.code
    else:
        happened, code = _("Something in Pusterum went wrong."), "bug"
        line, text = happened.rstrip("."), _("Everything you saved is safe on this laptop.")
    waits = f"{waiting_sentence(state, today)}. " if state.waiting else ""
    shape = {"no-network": "wifi-slash", "captive-portal": "wifi-high", "certificate": "shield-warning"}.get(
        code, "cloud-slash"
    )
    tone = "amber" if code in ("no-network", "busy", "captive-portal", "sending-stopped") else "problem"
    if state.waiting:
        line += ". " + ngettext(
            "{n} change only on this laptop", "{n} changes only on this laptop", state.waiting
        ).format(n=state.waiting)
    return Standing(code, tone, shape, line, happened, waits + text)


def reason(code: str) -> str:
    """Return why the server refused a change, and what to do, in plain words."""
    return {
        "out-of-scope": _(
            "It belongs to a team that this laptop is not a part of. Ask your coordinator to take it over."
        ),
        "unknown-author": _("It was written by somebody whom the server does not know. Tell your coordinator."),
        "no-such-row": _("What it belongs to was refused too, or is not known to the server. Put that right first."),
        "row-deleted": _(
            "Somebody had deleted the entry before you changed it. Write it anew where it is still needed."
        ),
        "person-erased": _(
            "It is about somebody who was erased or made anonymous meanwhile, so nothing of it is kept."
            " There is nothing for you to do."
        ),
        "fact-is-final": _("What was recorded is never changed. Correct it with a new entry that says why."),
        "not-writable": _(
            "Your role does not write entries of this kind. Tell your coordinator: with the role in which you wrote it"
            " it is sent by itself."
        ),
        "schema-too-new": _("The server is older than this program. It is offered again when the server is updated."),
        "schema-too-old": _("This program is too old for the server. Install the newest version."),
        "unstorable": _("It holds a character that cannot be stored. Open the entry and type the text again."),
        "no-owner": _("It does not say whom it is about. Tell your coordinator."),
        "bad-identifier": _("It names somebody in a way that the server does not understand. Tell your coordinator."),
        "unknown-entity": _(
            "The server does not know this kind of entry yet. It is offered again when the server is updated."
        ),
    }.get(code, _("The server refused it ({code}). Tell your coordinator.").format(code=code))
