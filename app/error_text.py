"""The sentence for every known trouble: what happened, what is safe, what to do now."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from app.errors import AppError, KnownProblem, where_it_happened
from app.i18n import _, format_day, format_number, mark, ngettext, quoted

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a person is told: the title says what happened, `safe` what is not lost, `advice` what to do now.

    `in_short` is the title in a few words, where it is too long for the status line.
    """

    title: str
    safe: str
    advice: str
    in_short: str = ""

    @property
    def text(self) -> str:
        """Return what is safe and what to do now, in one go."""
        return f"{self.safe} {self.advice}".strip()

    @property
    def line(self) -> str:
        """Return what happened, as the status line says it."""
        return self.in_short or self.title.rstrip(".")


class _Entry(NamedTuple):
    """The parts of a :class:`Sentence` before they are filled in."""

    happened: str
    safe: str
    advice: str
    in_short: str = ""


_NOTHING_SENT: Final = mark("Nothing is lost: everything is saved on this laptop.")
_UNCHANGED: Final = mark("Nothing was changed.")
_FIELD_KEPT: Final = mark("What you saved before is still there.")
_STORE_UNTOUCHED: Final = mark("The files on this laptop were left as they are.")

_KEY_AND_STORE: Final = {
    "wrong-passphrase": _Entry(
        mark("The passphrase does not fit."),
        mark("Your records are safe and still locked."),
        mark("Check Caps Lock and try again. If you have forgotten the passphrase, ask your coordinator."),
    ),
    "nobody-to-ask": _Entry(
        mark("This needs a passphrase, and there is nobody to ask."),
        mark("Nothing was opened."),
        mark("Run it in a terminal, or hand the passphrase over as its --help says."),
    ),
    "weak-passphrase": _Entry(
        mark("The passphrase is too easy to guess."),
        mark("Nothing was stored yet."),
        mark(
            "Use at least {shortest} characters that are not a name, a date or a single word; three or four ordinary"
            " words are easy to remember."
        ),
    ),
    "missing-key-file": _Entry(
        mark("The key file of this laptop is missing."),
        mark("The records are still on the disk, but cannot be opened without the key."),
        mark("Put the file keys.json back from a backup, or ask your coordinator for a new enrolment code."),
    ),
    "damaged-key-file": _Entry(
        mark("The key file of this laptop is damaged."),
        mark("The records are still on the disk and were not touched."),
        mark("Put the file keys.json back from a backup, or ask your coordinator for a new enrolment code."),
    ),
    "key-file-exists": _Entry(
        mark("This laptop already has a key."),
        mark("The key and the records were left as they are."),
        mark("Close the program, open it again and unlock with your passphrase."),
    ),
    "too-little-memory": _Entry(
        mark("This laptop has too little free memory to unlock."),
        mark("Your records are safe and still locked."),
        mark("Close other programs and try again."),
    ),
    "wrong-code": _Entry(
        mark("The code does not fit."),
        mark("Your records are safe and still locked."),
        mark("Check each letter. A code works once; if it has been used, ask your coordinator for help."),
    ),
    "passphrase-taken": _Entry(
        mark("This passphrase is already in use on this laptop."),
        _UNCHANGED,
        mark("Choose another one; each person needs a passphrase of their own."),
    ),
    "last-passphrase": _Entry(
        mark("This is the last passphrase that opens this laptop."),
        _UNCHANGED,
        mark("Let somebody else in first, and then take this one away."),
    ),
    "lease-ended": _Entry(
        mark("This laptop has not been in touch with the server for too long."),
        mark("Everything is still saved on it, locked."),
        mark("Connect to a network and unlock again. If that does not help, call your coordinator."),
    ),
    "laptop-revoked": _Entry(
        mark("This laptop's access has been taken away."),
        mark("Everything is still saved on it, sealed, and what was not sent can still be delivered."),
        mark("Call your coordinator. If it was a mistake, they let it in again and read you a help code."),
    ),
    "rekey-needs-new-slots": _Entry(
        mark("Somebody's passphrase on this laptop is still kept in an older form."),
        _UNCHANGED,
        mark("Let each person unlock once with their passphrase, and then change the key."),
    ),
    "rekeying-under-way": _Entry(
        mark("The key of this laptop is being changed."),
        mark("Everything you saved is safe."),
        mark("Lock and unlock once, and do it again."),
    ),
    "backup-failed": _Entry(
        mark("The backup that was just made could not be read back."),
        mark("Your records are safe, and the older backups were kept."),
        mark("Try again. If it happens again, the disk may be failing: send your work and tell your IT support."),
    ),
    "nothing-to-recover": _Entry(
        mark("There is no backup on this laptop that can be opened."),
        mark("The damaged file was left as it was, and what was sent is safe at the server."),
        mark("Do not delete anything. Ask your coordinator for a new enrolment code."),
    ),
    "damaged-store": _Entry(
        mark("The records on this laptop cannot be read; the file is damaged."),
        mark("What was sent to the server is safe there. The damaged file was left as it is."),
        mark("Do not delete anything. Restore the latest backup, or ask your coordinator."),
    ),
    "missing-store": _Entry(
        mark("The records are not where they should be on this laptop."),
        mark("What was sent to the server is safe there. The key file was left as it is."),
        mark("Restore the latest backup, or ask your coordinator for a new enrolment code."),
    ),
    "store-exists": _Entry(
        mark("There are already records on this laptop."),
        _STORE_UNTOUCHED,
        mark("Close the program, open it again and unlock with your passphrase."),
    ),
    "foreign-store": _Entry(
        mark("The file with the records does not belong to this program or this key."),
        _STORE_UNTOUCHED,
        mark("Ask your coordinator; the right file may have been moved or swapped."),
    ),
    "newer-store": _Entry(
        mark("The records were written by a newer version of Pusterum."),
        _STORE_UNTOUCHED,
        mark("Install the newest version of Pusterum on this laptop, then open it again."),
    ),
    "disk-full": _Entry(
        mark("The disk is full, so the last change could not be saved."),
        mark("Everything you saved before is safe."),
        mark("Make room on the disk, for instance by emptying the bin, and then save again."),
    ),
    "no-room-to-start": _Entry(
        mark("The disk is full, so Pusterum cannot start."),
        mark("Everything you saved before is safe."),
        mark("Make room on the disk, for instance by emptying the bin, and then open Pusterum again."),
    ),
    "no-screen": _Entry(
        mark("Pusterum cannot open its window: no screen answers."),
        mark("Everything you saved before is safe."),
        mark("Log in at the laptop's own screen, and open Pusterum from there."),
    ),
    "no-window-library": _Entry(
        mark("Pusterum cannot open its window: this laptop lacks {library}."),
        mark("Everything you saved before is safe."),
        mark(
            "Ask your IT support to install it. Where Pusterum is run from its source, make run does that or says how."
        ),
    ),
    "read-only": _Entry(
        mark("This laptop does not let the program write to its folder."),
        mark("Everything you saved before is safe."),
        mark("Close other programs that may hold the file, or ask your IT support for write access."),
    ),
    "apart-ended": _Entry(
        mark("The part of Pusterum that draws papers and computes reports has stopped."),
        mark("Nothing is lost: everything is saved on this laptop."),
        mark("Do it once more. If it stops again, close other programs: the laptop may be short of memory."),
    ),
    "diploma-not-drawn": _Entry(
        mark("The part of Pusterum that draws papers has stopped, so there is no diploma to show."),
        mark("No new diploma was issued, and one that was issued before keeps its number."),
        mark("Try again. If it stops again, close other programs: the laptop may be short of memory."),
    ),
    "not-printed": _Entry(
        mark("The printer did not take it."),
        mark("Everything in Pusterum is safe."),
        mark("Look whether the printer is on and has paper, or choose another one; you can also save it as a PDF."),
    ),
    "not-written": _Entry(
        mark("{file} could not be saved there."),
        mark("Everything in Pusterum is safe."),
        mark("Choose another folder, or look whether the disk or stick is full or protected against writing."),
    ),
    "locked": _Entry(
        mark("The records were locked before this was done."),
        mark("Everything you saved before is safe."),
        mark("Unlock with your passphrase and do it again."),
    ),
    "already-open": _Entry(
        mark("Pusterum is already open on this laptop."),
        mark("Your records are safe in the window that is open."),
        mark("Use that window, or close it first."),
    ),
    "pdf-unreadable": _Entry(
        mark("The document cannot be shown."),
        mark("Your records are safe and unchanged."),
        mark("Make the document again. If it happens again, tell your coordinator."),
    ),
    "unreadable-row": _Entry(
        mark("One entry on this laptop cannot be read."),
        mark("All other entries are safe and can be used."),
        mark("Go on working, and tell your coordinator, so that the entry can be fetched from the server again."),
    ),
}

_NETWORK: Final = {
    "sending-stopped": _Entry(
        mark("Sending was stopped."),
        _NOTHING_SENT,
        mark("What had been answered is sent; send the rest when it suits you."),
    ),
    "no-network": _Entry(
        mark("There is no network connection."),
        _NOTHING_SENT,
        mark("Go on working. Send when you are back on a network."),
    ),
    "server-down": _Entry(
        mark("The server does not answer."),
        _NOTHING_SENT,
        mark("Try again in a little while. If it lasts until tomorrow, tell your coordinator."),
    ),
    "trial-server-down": _Entry(
        mark("The server with the invented data could not be started on this laptop."),
        _NOTHING_SENT,
        mark("Try again. If it does not start then either, the last lines of {log} say why."),
    ),
    "not-our-server": _Entry(
        mark("What answers at this address is not a Pusterum server."),
        mark("Nothing was sent to it. Everything is saved on this laptop."),
        mark("Check the server address in the settings."),
        mark("Not a Pusterum server"),
    ),
    "captive-portal": _Entry(
        mark("This network wants you to sign in first."),
        mark("Nothing was sent. Everything is saved on this laptop."),
        mark("Open a browser, accept the network's terms and try again, or use your phone's connection."),
    ),
    "certificate": _Entry(
        mark("The server could not prove who it is."),
        mark("Nothing was sent. Everything is saved on this laptop."),
        mark("Try another network and check the date of the laptop. If it goes on, tell your IT support."),
    ),
    "other-protocol": _Entry(
        mark("The server and this laptop have versions that do not fit together."),
        _NOTHING_SENT,
        mark("Install the newest version of Pusterum. If you have it, ask your coordinator about the server."),
        mark("Versions do not fit"),
    ),
    "timed-out": _Entry(
        mark("The server took too long to answer."),
        mark("Nothing is lost, and nothing is counted twice when you send again."),
        mark("Try again, perhaps on a faster network."),
    ),
    "garbled": _Entry(
        mark("Something on the line changed what was sent."),
        mark("Nothing is lost, and nothing is counted twice when you send again."),
        mark("Try again. If it happens again, use another network."),
    ),
    "server-fault": _Entry(
        mark("The server met a fault of its own."),
        _NOTHING_SENT,
        mark("Try again later. If it happens again, tell your coordinator."),
    ),
    "busy": _Entry(
        mark("The server is busy just now."),
        _NOTHING_SENT,
        mark("Try again in a moment."),
    ),
    "too-large": _Entry(
        mark("One change is too large to be sent."),
        _NOTHING_SENT,
        mark("Shorten the longest note you wrote today, or tell your coordinator."),
    ),
    "server-restored": _Entry(
        mark("The server has been set back to an earlier backup."),
        _NOTHING_SENT,
        mark("Send again: this laptop gives the server back what it is missing."),
        mark("The server was set back"),
    ),
    "false-receipt": _Entry(
        mark("The server's receipt could not be verified."),
        mark("Everything is still saved on this laptop and still counts as not sent."),
        mark("Send again. If it happens again, tell your coordinator before you go on."),
    ),
    "sync-under-way": _Entry(
        mark("Sending is already under way."),
        _NOTHING_SENT,
        mark("Wait until it is done."),
    ),
    "not-enrolled": _Entry(
        mark("This laptop is not enrolled at any server."),
        mark("Everything is saved on this laptop."),
        mark("Ask your coordinator for a server address and a one-time code."),
    ),
    "bad-address": _Entry(
        mark("This is not a server address."),
        mark("Nothing was sent."),
        mark("Write it as your coordinator gave it to you, for example https://pusterum.example.dk."),
    ),
    "insecure-address": _Entry(
        mark("This address is not encrypted."),
        mark("Nothing was sent."),
        mark("Use an address that begins with https://."),
    ),
    "expired-code": _Entry(
        mark("The one-time code has expired."),
        mark("Nothing was stored on this laptop."),
        mark("Ask your coordinator for a new code."),
    ),
    "used-code": _Entry(
        mark("The one-time code has already been used."),
        mark("Nothing was stored on this laptop."),
        mark("Ask your coordinator for a new code; each laptop needs its own."),
    ),
    "unknown-code": _Entry(
        mark("The server does not know this code."),
        mark("Nothing was stored on this laptop."),
        mark("Check the letters and digits and that the server address is the right one."),
    ),
    "token-refused": _Entry(
        mark("The server no longer accepts this laptop."),
        mark("Everything is still saved on this laptop, and nothing was sent."),
        mark("Ask your coordinator to let the laptop in again."),
        mark("This laptop is not let in"),
    ),
    "wrong-database": _Entry(
        mark("The server knows the records on this laptop as somebody else's."),
        mark("Everything is still saved on this laptop, and nothing was sent."),
        mark("Ask your coordinator; each counsellor needs an enrolment of their own."),
        mark("Known as somebody else's"),
    ),
    "nothing-to-send": _Entry(
        mark("Nothing is unsent."),
        mark("The server has everything from this laptop."),
        mark("An envelope is only needed when something waits and there is no network."),
    ),
    "no-envelope-key": _Entry(
        mark("This laptop does not know the server's key for envelopes yet."),
        _NOTHING_SENT,
        mark("Send once over a network; from then on envelopes can be made."),
    ),
    "not-an-envelope": _Entry(
        mark("This file is no envelope, or it was changed on the way."),
        _UNCHANGED,
        mark("Make the envelope again on the laptop that it came from."),
    ),
    "envelope-elsewhere": _Entry(
        mark("This envelope is for another server."),
        _UNCHANGED,
        mark("Give it to somebody whose laptop belongs to that server."),
    ),
    "not-our-envelope": _Entry(
        mark("This receipt belongs to an envelope of another laptop."),
        _UNCHANGED,
        mark("Open it on the laptop that made the envelope."),
    ),
    "count-differs": _Entry(
        mark("The server's count does not add up yet."),
        mark("Everything is still saved on this laptop."),
        mark("Send again. If it happens again, tell your coordinator."),
    ),
    "copied-store": _Entry(
        mark("Another copy of this laptop's records has been sent since this one."),
        mark("Everything is still saved on this laptop, and nothing was sent."),
        mark(
            "If this laptop was set back to a backup, say so on the page Close the day. Otherwise ask your coordinator."
        ),
        mark("Sent from another copy"),
    ),
    "wrong-server": _Entry(
        mark("This is not the server that the laptop was enrolled at."),
        mark("Everything is still saved on this laptop, and nothing was sent."),
        mark("Check the server address in the settings, or ask your coordinator."),
        mark("Not the right server"),
    ),
}

_COURSE: Final = {
    "already-closed": _Entry(
        mark("This was closed already on {day}."),
        _UNCHANGED,
        mark("Open it again first if it was closed by mistake."),
    ),
    "already-in-team": _Entry(
        mark("The person already belongs to this team."),
        _UNCHANGED,
        mark("Choose another team."),
    ),
    "already-on-course": _Entry(
        mark("The person is already on this course."),
        _UNCHANGED,
        mark("Open the person's page; their part in the course is there."),
    ),
    "already-recorded": _Entry(
        mark("This outcome has already been recorded."),
        _UNCHANGED,
        mark("Correct the one that stands, with a reason."),
    ),
    "closing-reason-needed": _Entry(
        mark("A reason is needed to close the course."),
        _FIELD_KEPT,
        mark("Choose the reason that fits best; reports count by it."),
    ),
    "co-speaks-against": _Entry(
        mark("The CO reading is not below {below} ppm."),
        mark("The answer is recorded as it was given."),
        mark("Talk about it: cannabis, heating and other smoke raise it too."),
    ),
    "completed-too-early": _Entry(
        mark("The person came {attended} of the {needed} times that the programme asks for."),
        mark("The course is closed as you chose."),
        mark("Reports count by the meetings, not by this word."),
    ),
    "course-closed": _Entry(
        mark("The course is closed."),
        _UNCHANGED,
        mark("Open the course again first, or choose another one."),
    ),
    "course-too-short": _Entry(
        mark("The group course has {planned} of the programme's {least} sessions."),
        mark("The course is saved as you wrote it."),
        mark("Plan at least {least} sessions, or leave it if you have agreed on a shorter one."),
    ),
    "cycle-running": _Entry(
        mark("A round is already under way at this place."),
        _UNCHANGED,
        mark("End the round that is running before the next one begins."),
    ),
    "day-needed": _Entry(
        mark("A day is needed."),
        _FIELD_KEPT,
        mark("Write the day on which it was done."),
    ),
    "empty-letter": _Entry(
        mark("The letter says nothing."),
        _FIELD_KEPT,
        mark("Write a sentence or two, or take the letter back."),
    ),
    "empty-title": _Entry(
        mark("The course needs a name."),
        _FIELD_KEPT,
        mark("Write what people call it, for example the place and the weekday."),
    ),
    "ends-before-start": _Entry(
        mark("The course would end before it begins."),
        _FIELD_KEPT,
        mark("Choose {day} or a later day, or leave it empty."),
    ),
    "format-not-in-programme": _Entry(
        mark("The programme does not know this kind of course."),
        mark("The course is saved as you wrote it."),
        mark("Check whether another programme fits better."),
    ),
    "group-too-large": _Entry(
        mark("The group has {participants} people; the programme advises {most} at most."),
        mark("The person is on the course."),
        mark("Think about two smaller groups."),
    ),
    "guardian-needed": _Entry(
        mark("Somebody under 15 cannot give this consent alone."),
        _FIELD_KEPT,
        mark("Ask a parent or guardian, and note that they gave it."),
    ),
    "joined-after-course": _Entry(
        mark("The course is over by then."),
        _FIELD_KEPT,
        mark("Choose {day} or an earlier day."),
    ),
    "left-before-attending": _Entry(
        mark("The person came to a session after that day."),
        _FIELD_KEPT,
        mark("Choose {day} or a later day."),
    ),
    "left-before-joining": _Entry(
        mark("The person cannot leave before they joined."),
        _FIELD_KEPT,
        mark("Choose {day} or a later day."),
    ),
    "letter-given": _Entry(
        mark("The letter has been given away."),
        _UNCHANGED,
        mark("Write a new letter if something has to be put right."),
    ),
    "letter-not-allowed": _Entry(
        mark("There is no consent to write to the person's own doctor."),
        _UNCHANGED,
        mark("Ask the person, and record the answer under consents."),
    ),
    "maturity-needed": _Entry(
        mark("At {age} the counsellor judges whether the person can consent themselves."),
        _FIELD_KEPT,
        mark("Choose that you judged them mature enough, or that a guardian gave the consent."),
    ),
    "missing-reason-elsewhere": _Entry(
        mark("Only the six-month follow-up has a reason for missing."),
        _FIELD_KEPT,
        mark("Leave the reason empty here."),
    ),
    "more-advice-than-talks": _Entry(
        mark("There cannot be more brief advice than talks."),
        _FIELD_KEPT,
        mark("Write {most} or fewer, or count more talks."),
    ),
    "more-interested-than-visitors": _Entry(
        mark("There cannot be more interested people than visitors."),
        _FIELD_KEPT,
        mark("Write {most} or fewer, or count more visitors."),
    ),
    "no-contact-consent": _Entry(
        mark("There is no consent to contact the person after six months."),
        _UNCHANGED,
        mark("Nobody may call. If they say yes when you meet, record it under consents."),
    ),
    "no-such-letter": _Entry(
        mark("The letter is no longer on this laptop."),
        _UNCHANGED,
        mark("Open the person's page again."),
    ),
    "place-needs-name": _Entry(
        mark("The place needs a name."),
        _FIELD_KEPT,
        mark("Write what people call it."),
    ),
    "place-exists": _Entry(
        mark("Your team already has a place of this name."),
        _FIELD_KEPT,
        mark("Open that one, or add the street to the name if they are two."),
    ),
    "place-has-courses": _Entry(
        mark("A course still runs at this place: {courses}."),
        _FIELD_KEPT,
        mark("Close the course first; then the place can be closed."),
    ),
    "no-such-place": _Entry(
        mark("The place is no longer on this laptop."),
        _UNCHANGED,
        mark("Choose one of your team's places."),
    ),
    "scale-out-of-range": _Entry(
        mark("The scale goes from 0 to {most}."),
        _UNCHANGED,
        mark("Write a number from 0 to {most}, or leave it empty where it was not asked."),
    ),
    "step-without-words": _Entry(
        mark("The step says nothing yet."),
        _UNCHANGED,
        mark("Write what the person will do otherwise, in their own words."),
    ),
    "outside-target-group": _Entry(
        mark("The programme is for heavy smokers, and {cigarettes} a day is what is noted."),
        mark("The person is on the course."),
        mark("Leave it where you have agreed on it, or choose a course of another programme."),
    ),
    "counsellor-education-unknown": _Entry(
        mark("No education as a stop-smoking counsellor is noted for {names}."),
        mark("The programme asks for the basic course of Kræftens Bekæmpelse or the same level."),
        mark("The coordinator notes it on Today."),
    ),
    "no-such-step": _Entry(
        mark("The step is no longer on this laptop."),
        _UNCHANGED,
        mark("Open the place again."),
    ),
    "no-such-team": _Entry(
        mark("The cooperation has no such team."),
        _UNCHANGED,
        mark("Choose one of the teams in the list."),
    ),
    "no-valid-programme": _Entry(
        mark("No version of the programme is in force on {day}."),
        _FIELD_KEPT,
        mark("Choose another day or another programme, or ask your coordinator."),
    ),
    "nobody-to-write-to": _Entry(
        mark("Nobody referred this person."),
        _UNCHANGED,
        mark("They came by themselves, so there is nobody to report back to."),
    ),
    "not-a-count": _Entry(
        mark("This is not a number of people."),
        _FIELD_KEPT,
        mark("Write a whole number from 0 to {most}."),
    ),
    "not-a-time": _Entry(
        mark("This is not a time of day."),
        _FIELD_KEPT,
        mark("Write it as 10:30, or leave it empty."),
    ),
    "not-closed": _Entry(
        mark("This has not been closed."),
        _UNCHANGED,
        mark("There is nothing to take back."),
    ),
    "not-enough-attempts": _Entry(
        mark("Before giving up, {days} more days with a call are needed, {evenings} of them in the evening."),
        _FIELD_KEPT,
        mark("Call again on another day, or say why the person is given up all the same."),
    ),
    "not-on-course": _Entry(
        mark("The person is not on the course on that day."),
        _FIELD_KEPT,
        mark("Choose a day while they are on it, from {day}."),
    ),
    "nothing-to-follow": _Entry(
        mark("There is neither a stop date nor a closed course to count six months from."),
        _UNCHANGED,
        mark("Record the stop date, or close the course first."),
    ),
    "outside-window": _Entry(
        mark("The answer lies outside the window from {first} to {last}."),
        mark("It is recorded, but does not count in the national database."),
        mark("Check the day; if it is right, leave it."),
    ),
    "person-deceased": _Entry(
        mark("The person died on {day}."),
        _UNCHANGED,
        mark("Check the day of death on the person's page if this is wrong."),
    ),
    "phone-only": _Entry(
        mark("The six-month follow-up is made by telephone."),
        _FIELD_KEPT,
        mark("Call, and record the call; letters and messages do not count as attempts."),
    ),
    "same-counsellor": _Entry(
        mark("The second counsellor is the same as the first."),
        _FIELD_KEPT,
        mark("Choose a colleague, or nobody."),
    ),
    "same-course": _Entry(
        mark("The person is on this course already."),
        _UNCHANGED,
        mark("Choose another course."),
    ),
    "second-counsellor-needed": _Entry(
        mark("{participants} participants need two counsellors; one takes {most} at most."),
        _UNCHANGED,
        mark("Name a second counsellor on the course, or say why one is enough."),
    ),
    "session-after-course": _Entry(
        mark("The course ends before that day."),
        _FIELD_KEPT,
        mark("Choose {day} or an earlier day, or let the course end later."),
    ),
    "session-before-course": _Entry(
        mark("The course begins after that day."),
        _FIELD_KEPT,
        mark("Choose {day} or a later day, or let the course begin earlier."),
    ),
    "session-begun": _Entry(
        mark("Something is already written at this session."),
        _UNCHANGED,
        mark("Close the session instead, or empty what is written first."),
    ),
    "starts-after-session": _Entry(
        mark("A session was held before that day."),
        _FIELD_KEPT,
        mark("Choose {day} or an earlier day."),
    ),
    "step-before-cycle": _Entry(
        mark("The round begins after that day."),
        _FIELD_KEPT,
        mark("Choose {day} or a later day."),
    ),
    "stop-date-needed": _Entry(
        mark("A common stop date needs its day."),
        _FIELD_KEPT,
        mark("Write the day, or choose that everybody has a stop date of their own."),
    ),
    "stop-date-outside-course": _Entry(
        mark("The common stop date lies outside the course."),
        _FIELD_KEPT,
        mark("Choose {day} or a later day within the course."),
    ),
    "no-such-field": _Entry(
        mark("This cannot be changed here."),
        mark("Nothing was changed."),
        mark("Open the person's page and change it where it stands."),
    ),
    "no-such-municipality": _Entry(
        mark("This municipality is not one of the cooperation's."),
        _FIELD_KEPT,
        mark("Choose one of the list."),
    ),
    "text-too-long": _Entry(
        mark("The text is too long."),
        _FIELD_KEPT,
        mark("Use at most {longest} characters."),
    ),
    "title-too-long": _Entry(
        mark("The name of the course is too long."),
        _FIELD_KEPT,
        mark("Use at most {longest} characters."),
    ),
    "too-many-sessions": _Entry(
        mark("That is more sessions than a course has."),
        _FIELD_KEPT,
        mark("Write a number up to {most}, or leave it empty for an open-ended course."),
    ),
    "tovholder-needed": _Entry(
        mark("The place has no tovholder yet."),
        _FIELD_KEPT,
        mark("Write down who at the place is in charge of the course, then try again."),
    ),
    "withdrawn-without-yes": _Entry(
        mark("Only a yes can be withdrawn, and there is none."),
        _FIELD_KEPT,
        mark("Choose that the person said no."),
    ),
    "not-a-day": _Entry(
        mark("This is not a day."),
        _FIELD_KEPT,
        mark("Write it as 24-11-2026, or choose it in the calendar."),
    ),
    "outcome-before-joining": _Entry(
        mark("The day lies before the person joined the course."),
        _FIELD_KEPT,
        mark("Choose {day} or a later day."),
    ),
    "follow-up-before-stop-date": _Entry(
        mark("A follow-up cannot lie before the stop date."),
        _FIELD_KEPT,
        mark("Choose {day} or a later day."),
    ),
    "self-report-needed": _Entry(
        mark("Smoke-free needs the day on which the person said so."),
        _FIELD_KEPT,
        mark("Write the day of the conversation; a CO reading alone is not enough."),
    ),
    "self-report-after-assessment": _Entry(
        mark("The person cannot have said so after the outcome was noted."),
        _FIELD_KEPT,
        mark("Choose {day} or an earlier day."),
    ),
    "smokes-and-smoke-free": _Entry(
        mark("Somebody who smokes every day is not smoke-free."),
        _FIELD_KEPT,
        mark("Write 0 cigarettes a day, or choose that the person smokes."),
    ),
    "satisfaction-out-of-range": _Entry(
        mark("Satisfaction is a number from 1 to 5."),
        _FIELD_KEPT,
        mark("Choose 1 for very dissatisfied up to 5 for very satisfied."),
    ),
    "unknown-answer": _Entry(
        mark("This is not one of the answers."),
        _FIELD_KEPT,
        mark("Choose one of the answers that are offered."),
    ),
}

_IDENTIFIERS: Final = {
    "identifier-length": _Entry(
        mark("A number has ten characters, and this one has {given}."),
        _FIELD_KEPT,
        mark("Write the date of birth and the last four, for example 610390-1234, or leave the field empty."),
    ),
    "identifier-letters": _Entry(
        mark("The letters do not stand where a replacement number has them."),
        _FIELD_KEPT,
        mark("A number from a hospital has two letters after the seventh digit, for example 010390-1AB4."),
    ),
    "identifier-no-such-day": _Entry(
        mark("There is no such day as {digits}."),
        _FIELD_KEPT,
        mark("The first six digits are day, month and year of birth. A replacement number has 60 added to the day."),
    ),
    "identifier-future": _Entry(
        mark("By this number the person is not born yet."),
        _FIELD_KEPT,
        mark("Check the year and the seventh digit."),
    ),
    "birth-date-future": _Entry(
        mark("The date of birth lies in the future."),
        _FIELD_KEPT,
        mark("Check the year."),
    ),
    "birth-date-too-early": _Entry(
        mark("By this date the person is older than {oldest} years."),
        _FIELD_KEPT,
        mark("Check the year."),
    ),
}

_PROGRAMMES: Final = {
    "unreadable-rule": _Entry(
        mark("One rule of the programme cannot be read: {rule}."),
        mark("What you recorded is safe. The rule was left as it is."),
        mark("Tell your coordinator, who can write the rule anew under Programmes."),
    ),
    "rule-value-kind": _Entry(
        mark("This is not the kind of value that the rule has."),
        _FIELD_KEPT,
        mark("Write a number where there was a number and words where there were words."),
    ),
    "rule-fixed": _Entry(
        mark("This rule cannot be changed or left out."),
        _UNCHANGED,
        mark("STOPbasen's rules on consent decide it, and what each person has said yes to."),
    ),
    "rule-value-range": _Entry(
        mark("The value lies outside what the rule can be."),
        _FIELD_KEPT,
        mark("A number is never below zero, a share never above 100 %, a time is written like 17:00."),
    ),
    "reason-too-long": _Entry(
        mark("The reason is too long."),
        _UNCHANGED,
        mark("Use at most {longest} characters."),
    ),
}

_NICOTINE: Final = {
    "nothing-to-hand-out": _Entry(
        mark("Nothing is named to hand out."),
        _UNCHANGED,
        mark("Choose a product."),
    ),
    "unknown-product": _Entry(
        mark("Pusterum does not know the product {product}."),
        _UNCHANGED,
        mark("Choose one of the list."),
    ),
    "portions-out-of-range": _Entry(
        mark("That is not a number of weekly portions."),
        _FIELD_KEPT,
        mark("Write a number from 1 to {most}."),
    ),
    "negative-price": _Entry(
        mark("A price is never below zero."),
        _FIELD_KEPT,
        mark("Write the price of one portion, or leave the field empty."),
    ),
    "handout-before-enrolment": _Entry(
        mark("The person was not on a course yet on that day."),
        _UNCHANGED,
        mark("Choose {earliest} or a later day."),
    ),
    "handout-without-enrolment": _Entry(
        mark("The person is not on any course, and nicotine is handed out to those who are."),
        _UNCHANGED,
        mark("Put the person on a course first; an open course is enough."),
    ),
    "no-such-fact": _Entry(
        mark("This entry is no longer on this laptop."),
        _UNCHANGED,
        mark("Open the person's page again."),
    ),
    "corrected-already": _Entry(
        mark("This entry was corrected before."),
        _UNCHANGED,
        mark("Correct the newest entry; the history shows both."),
    ),
    "reason-missing": _Entry(
        mark("A reason is needed, so that others can follow."),
        _UNCHANGED,
        mark("Write in a few words why; it stays in the history."),
    ),
    "stop-date-too-far": _Entry(
        mark("The stop date lies more than a year ahead."),
        _FIELD_KEPT,
        mark("Choose {latest} or an earlier day."),
    ),
    "pause-ends-before-it-begins": _Entry(
        mark("The break ends before it begins."),
        _FIELD_KEPT,
        mark("Choose {earliest} or a later day, or leave the end empty."),
    ),
    "nothing-answered": _Entry(
        mark("Nothing is answered yet."),
        _UNCHANGED,
        mark("Answer at least one question; not asked is an answer too."),
    ),
    "baseline-out-of-range": _Entry(
        mark("This number is not possible here."),
        _FIELD_KEPT,
        mark("Write a number from 0 to {most}."),
    ),
    "baseline-unknown-answer": _Entry(
        mark("This is not one of the answers of the form."),
        _FIELD_KEPT,
        mark("Choose one of the answers that are offered."),
    ),
    "unknown-approach": _Entry(
        mark("This is not a way of cutting down that the program knows."),
        _UNCHANGED,
        mark("Choose one of the list."),
    ),
    "no-steps": _Entry(
        mark("The plan has no steps yet."),
        _UNCHANGED,
        mark("Add at least one step; it may be a very small one."),
    ),
    "steps-out-of-order": _Entry(
        mark("Two steps lie on the same day or in the wrong order."),
        _FIELD_KEPT,
        mark("Give every step a day of its own, one after the other."),
    ),
    "step-before-plan": _Entry(
        mark("The first step lies before the plan begins."),
        _FIELD_KEPT,
        mark("Choose {earliest} or a later day."),
    ),
    "no-such-plan": _Entry(
        mark("This plan is no longer in force."),
        _UNCHANGED,
        mark("Open the person's page again; somebody may have made a new plan."),
    ),
    "weeks-out-of-range": _Entry(
        mark("That is not a number of weeks that a plan can have."),
        _FIELD_KEPT,
        mark("Write a number from 1 to {most}."),
    ),
    "weeks-of-step": _Entry(
        mark("A step lies outside the weeks of the plan."),
        _FIELD_KEPT,
        mark("The weeks of a step go from 1 to {most}, the first not after the last."),
    ),
    "packed-out-of-range": _Entry(
        mark("That is not a number of portions that a bag holds."),
        _FIELD_KEPT,
        mark("Write a number from 1 to {most}."),
    ),
    "count-out-of-range": _Entry(
        mark("That is not a number of portions that a bag holds."),
        _FIELD_KEPT,
        mark("Write a number from 0 to {most}."),
    ),
    "difference-needs-reason": _Entry(
        mark("The count differs by {difference} from what should be in the bag."),
        _UNCHANGED,
        mark("Count once more, or choose a reason for the difference."),
    ),
    "medicine-needs-name": _Entry(
        mark("The medicine needs a name."),
        _UNCHANGED,
        mark("Write what the person calls it."),
    ),
    "unknown-substance": _Entry(
        mark("Pusterum does not know this medicine."),
        _UNCHANGED,
        mark("Write the name as it stands on the packet."),
    ),
    "no-such-medicine": _Entry(
        mark("This medicine is no longer on this laptop."),
        _UNCHANGED,
        mark("Open the person's page again."),
    ),
    "medicine-ends-before-it-begins": _Entry(
        mark("The medicine cannot have been stopped before it was begun."),
        _FIELD_KEPT,
        mark("Choose {earliest} or a later day."),
    ),
    "told-whom-missing": _Entry(
        mark("It is not said who was told."),
        _UNCHANGED,
        mark("Write who was told, or choose that the person did not want it."),
    ),
    "voucher-needs-number": _Entry(
        mark("A voucher needs the number that is printed on it."),
        _FIELD_KEPT,
        mark("Write the number, with at most {longest} characters."),
    ),
    "voucher-number-used": _Entry(
        mark("The number {number} was used on {day}."),
        _UNCHANGED,
        mark("Read the number on the voucher again; each is used once."),
    ),
    "no-voucher-programme": _Entry(
        mark("The person's course gives no vouchers."),
        _UNCHANGED,
        mark("Hand out nicotine instead, or put the person on a course whose programme has vouchers."),
    ),
    "voucher-before-enrolment": _Entry(
        mark("The person was not on the course yet on that day."),
        _FIELD_KEPT,
        mark("Choose {earliest} or a later day."),
    ),
    "voucher-without-value": _Entry(
        mark("A voucher has a value above zero."),
        _FIELD_KEPT,
        mark("Write the amount in kroner."),
    ),
    "voucher-ends-before-issue": _Entry(
        mark("The voucher ends before it was issued."),
        _FIELD_KEPT,
        mark("Choose {earliest} or a later day."),
    ),
    "voucher-redeemed": _Entry(
        mark("A pharmacy has taken this voucher already."),
        _UNCHANGED,
        mark("It can no longer be cancelled or used; ask the pharmacy if that is wrong."),
    ),
    "redeemed-before-issue": _Entry(
        mark("A voucher cannot be used before it was issued."),
        _FIELD_KEPT,
        mark("Choose {earliest} or a later day."),
    ),
    "redeemed-above-value": _Entry(
        mark("The amount is not one that this voucher covers."),
        _FIELD_KEPT,
        mark("Write an amount above 0 and of at most {most} kroner."),
    ),
    "voucher-none-left": _Entry(
        mark("The person has had the {most} vouchers of a year."),
        _UNCHANGED,
        mark("Wait until the year is over, or write why one more is right."),
    ),
    "voucher-value-above": _Entry(
        mark("A voucher of this programme is worth at most {most} kroner."),
        _UNCHANGED,
        mark("Write {most} or less, or why more is right."),
    ),
    "voucher-needs-contact": _Entry(
        mark("A voucher is issued at a session or a call only."),
        _UNCHANGED,
        mark("Choose the contact, or write why the voucher is issued without one."),
    ),
    "voucher-needs-course": _Entry(
        mark("The person was not on a course on that day."),
        _UNCHANGED,
        mark("Choose a day within the course, or write why it is right."),
    ),
    "voucher-smoking-unknown": _Entry(
        mark(
            "Nobody has noted how much the person smoked at the start; "
            "vouchers are for more than {above} cigarettes a day."
        ),
        _UNCHANGED,
        mark("Fill in the base form first, or write why it is right."),
    ),
    "voucher-smokes-too-little": _Entry(
        mark("The person smoked {smokes} a day at the start; vouchers are for more than {above} cigarettes."),
        _UNCHANGED,
        mark("Offer nicotine that is handed out, or write why it is right."),
    ),
    "invoice-needs-pharmacy": _Entry(
        mark("The invoice needs the pharmacy's name."),
        _FIELD_KEPT,
        mark("Write which pharmacy it is from."),
    ),
    "invoice-needs-number": _Entry(
        mark("The invoice needs its number."),
        _FIELD_KEPT,
        mark("Write the number that stands on it."),
    ),
    "invoice-known": _Entry(
        mark("The invoice {number} of this pharmacy was entered before."),
        _UNCHANGED,
        mark("Open it in the list instead."),
    ),
    "invoice-without-lines": _Entry(
        mark("The invoice has no lines."),
        _UNCHANGED,
        mark("Paste or write at least one line with a number and an amount."),
    ),
    "line-without-number": _Entry(
        mark("Line {row} has no voucher number."),
        _UNCHANGED,
        mark("Write the number, or take the line out."),
    ),
    "line-out-of-range": _Entry(
        mark("Line {row} has no amount."),
        _UNCHANGED,
        mark("Write the amount in kroner, for example 225,00."),
    ),
}

_CONTACT: Final = {
    "unknown-channel": _Entry(
        mark("This is not a way that referrals come."),
        _FIELD_KEPT,
        mark("Choose one of the ways that are offered."),
    ),
    "no-such-referral": _Entry(
        mark("The referral is no longer on this laptop."),
        _UNCHANGED,
        mark("Open the list of referrals again."),
    ),
    "contact-before-referral": _Entry(
        mark("The call lies before the referral came."),
        _FIELD_KEPT,
        mark("Choose {day} or a later day, or correct the day of the referral."),
    ),
    "dismissal-needs-reason": _Entry(
        mark("A reason is needed for leaving the task undone."),
        _UNCHANGED,
        mark("A few words are enough; they stand in the person's history."),
    ),
    "education-needs-words": _Entry(
        mark("Write which education it is."),
        _UNCHANGED,
        mark("A few words are enough, such as the name of the course and its year."),
    ),
    "put-off-until-later": _Entry(
        mark("A task can only be put off until a later day."),
        _UNCHANGED,
        mark("Choose tomorrow or a later day."),
    ),
}

_MERGING: Final = {
    "same-person": _Entry(
        mark("This is one and the same person already."),
        _UNCHANGED,
        mark("Choose the other entry."),
    ),
    "already-merged": _Entry(
        mark("One of the two is already part of another person."),
        _UNCHANGED,
        mark("Open that person's page and join them there, or take the earlier joining back first."),
    ),
    "merge-other-identifier": _Entry(
        mark("The two have different numbers."),
        _UNCHANGED,
        mark("Join them only if one number is wrong or a replacement, and write which."),
    ),
    "not-merged": _Entry(
        mark("These two are not joined."),
        _UNCHANGED,
        mark("Open the person's page again."),
    ),
}

_COORDINATION: Final = {
    "coordinator-only": _Entry(
        mark("Only a coordinator can change this."),
        _UNCHANGED,
        mark("Ask your coordinator to do it."),
    ),
    "no-such-programme": _Entry(
        mark("The programme is no longer on this laptop."),
        _UNCHANGED,
        mark("Open the list of programmes again."),
    ),
    "no-such-rule": _Entry(
        mark("No document has a rule of that name."),
        _UNCHANGED,
        mark("Choose one of the rules that are offered."),
    ),
    "nothing-changed": _Entry(
        mark("No rule was changed."),
        mark("The version in force is as it was."),
        mark("Change a rule first, then save."),
    ),
    "version-not-after": _Entry(
        mark("A new version must begin after {day}, when the present one began."),
        _FIELD_KEPT,
        mark("Choose a later day."),
    ),
    "version-superseded": _Entry(
        mark("There is already a newer version, from {day}."),
        _UNCHANGED,
        mark("Open the newest version and change that one."),
    ),
    "day-off-needs-name": _Entry(
        mark("The day off needs a name."),
        _FIELD_KEPT,
        mark("Write what day it is."),
    ),
    "day-off-there": _Entry(
        mark("This day is a day off already: {name}."),
        _FIELD_KEPT,
        mark("Remove that one first if it is to be called something else."),
    ),
    "changes-not-saved": _Entry(
        mark("This version has changes that are not saved."),
        _UNCHANGED,
        mark("Save the new version or discard the changes, then choose another."),
    ),
    "day-off-needs-day": _Entry(
        mark("This is not a day."),
        _FIELD_KEPT,
        mark("Choose a day, or write month and day as 06-05 for every year."),
    ),
}

_RULES: Final = {
    "empty-name": _Entry(
        mark("A name is needed."),
        _FIELD_KEPT,
        mark("A first name or a nickname is enough."),
    ),
    "name-too-long": _Entry(
        mark("The name is too long."),
        _FIELD_KEPT,
        mark("Use at most {longest} characters."),
    ),
    "walk-in-has-records": _Entry(
        mark("Something is recorded of {name} on this course, so they stay on its list."),
        _UNCHANGED,
        mark("Take back what is recorded first, or end their part on the person's page."),
    ),
    "not-a-number": _Entry(
        mark("This is not a number."),
        _FIELD_KEPT,
        mark("Write digits only, for example 15."),
    ),
    "too-many-digits": _Entry(
        mark("The number has too many digits."),
        _FIELD_KEPT,
        mark("Write at most {most} digits."),
    ),
    "amount-too-large": _Entry(
        mark("The amount is too large."),
        _FIELD_KEPT,
        mark("Write an amount of at most {most} kroner."),
    ),
    "too-many-cigarettes": _Entry(
        mark("That is more cigarettes a day than anyone smokes."),
        _FIELD_KEPT,
        mark("Check the number; it is cigarettes a day, not a week."),
    ),
    "future-date": _Entry(
        mark("The day lies in the future."),
        _FIELD_KEPT,
        mark("Choose today or an earlier day."),
    ),
    "co-out-of-range": _Entry(
        mark("The CO reading lies outside what a meter shows."),
        _FIELD_KEPT,
        mark("Read the meter again and write the number in ppm."),
    ),
    "nobody-present": _Entry(
        mark("Nobody is marked as present."),
        mark("The session is still open, and everything you wrote is saved."),
        mark("Mark those who came, or cancel the session if nobody did."),
    ),
    "session-not-closed": _Entry(
        mark("The session is not closed yet."),
        mark("Nothing was changed."),
        mark("Type in the sheet itself; once it is closed, typing over a cell corrects it."),
    ),
    "session-closed": _Entry(
        mark("The session is closed."),
        mark("What was recorded is safe and unchanged."),
        mark("Correct it on the person's own page, so that both the old and the new entry can be seen."),
    ),
    "no-such-course": _Entry(
        mark("The course is no longer on this laptop."),
        _UNCHANGED,
        mark("Open the person's page again; the course may have been moved to another team."),
    ),
    "conflict-gone": _Entry(
        mark("Somebody has chosen already."),
        _UNCHANGED,
        mark("Look at the person's page again; it shows what was chosen."),
    ),
    "nothing-written": _Entry(
        mark("Nothing is written here yet."),
        _UNCHANGED,
        mark("Write or choose what is right, or take one of the two values above."),
    ),
    "value-does-not-fit": _Entry(
        mark("This is not a value for that field."),
        _UNCHANGED,
        mark("Write it the way the two other values are written."),
    ),
    "unknown-status": _Entry(
        mark("This attendance is not one that the program knows."),
        _FIELD_KEPT,
        mark("Choose present, excused or absent."),
    ),
}

_LETTER_SAFE: Final = mark("The letter is kept as it is and no message was made.")
_PAPERS: Final = {
    "nothing-to-print": _Entry(
        mark("There is nothing to print here yet."),
        _UNCHANGED,
        mark("Record it first: a plan, a handout, a voucher, a measurement or a session to come."),
    ),
    "not-for-national": _Entry(
        mark("This person is not to be registered in STOPbasen."),
        _UNCHANGED,
        mark("Hand over the written information and record their yes under consents; without it nothing is typed."),
    ),
    "no-such-session": _Entry(
        mark("The session is no longer on this laptop."),
        _UNCHANGED,
        mark("Open Today and choose a session there."),
    ),
    "period-backwards": _Entry(
        mark("The period ends before it begins."),
        _UNCHANGED,
        mark("Choose a last day on or after the first."),
    ),
    "not-a-report": _Entry(
        mark("The file is not a report."),
        _UNCHANGED,
        mark("Give a file that the server's report command wrote with --format json."),
    ),
    "report-unknown": _Entry(
        mark("There is no report of that name."),
        _UNCHANGED,
        mark("Choose one of: {names}."),
    ),
}
_MESSAGES: Final = {
    "message-no-identifier": _Entry(
        mark("A message to a doctor needs the person's number, and none is known here."),
        _LETTER_SAFE,
        mark("Print the letter and send it by post, or enter a CPR or replacement number on the person's page."),
    ),
    "message-no-name": _Entry(
        mark("A message to a doctor needs the person's name."),
        _LETTER_SAFE,
        mark("Enter a given or family name on the person's page."),
    ),
    "message-no-text": _Entry(
        mark("The letter has no text."),
        _LETTER_SAFE,
        mark("Write the letter first."),
    ),
    "message-location": _Entry(
        mark("The location number (EAN) of {party} is missing or is not 13 digits."),
        _LETTER_SAFE,
        mark("Fill it in; it stands in the doctor's own messages and in MedCom's SOR-EDI list."),
    ),
    "message-too-long": _Entry(
        mark("“{text}” is longer than the {longest} characters that the message has room for."),
        mark("Nothing was cut off, and no message was made."),
        mark("Make it shorter."),
    ),
    "message-control-character": _Entry(
        mark("The text holds a character that no message can carry ({sign})."),
        _LETTER_SAFE,
        mark("Remove the character; it is usually invisible and came along when text was pasted in."),
    ),
    "letter-not-finished": _Entry(
        mark("The letter is not finished."),
        _LETTER_SAFE,
        mark("Finish the letter first."),
    ),
    "letter-without-consent": _Entry(
        mark("There is no consent to write to the doctor."),
        _LETTER_SAFE,
        mark("Ask the person, and record the consent on their page."),
    ),
    "no-outbox-folder": _Entry(
        mark("No folder is chosen for messages on their way out."),
        _LETTER_SAFE,
        mark("Choose the folder that your municipality's message system takes messages from, in the settings."),
    ),
    "folder-unreachable": _Entry(
        mark("The folder {folder} cannot be reached or written to."),
        mark("The message is kept here and nothing was half written."),
        mark("Check that the folder exists and that you may write in it, then try again."),
    ),
    "message-too-large": _Entry(
        mark("The file {file} is larger than {megabytes} MB."),
        mark("The file lies where it was, and nothing was taken in."),
        mark("Ask the sender to send it without its attachments."),
    ),
    "file-unreadable": _Entry(
        mark("The file {file} could not be opened."),
        mark("Nothing was taken in, and the file was left as it is."),
        mark("Check that you may read it, then try again."),
    ),
    "too-many-files": _Entry(
        mark("There are more than {most} files in the folder."),
        mark("Nothing was taken in."),
        mark("Drop fewer at a time."),
    ),
    "message-gone": _Entry(
        mark("The message is no longer on this laptop."),
        _UNCHANGED,
        mark("Close the page and open it again."),
    ),
    "message-already-used": _Entry(
        mark("A referral was already made from this message."),
        _UNCHANGED,
        mark("Open the person to see it."),
    ),
    "message-about-somebody-else": _Entry(
        mark("The message gives another number than the one this person has."),
        _UNCHANGED,
        mark("Choose another person, or add a new one."),
    ),
    "person-died": _Entry(
        mark("This person has died, so no referral is made."),
        mark("The message is kept."),
        mark("Tell the sender, and mark the message as done."),
    ),
}

_RIGHTS: Final = {
    "not-your-right": _Entry(
        mark("This is not for your role to do."),
        _UNCHANGED,
        mark("Ask your coordinator."),
    ),
    "session-not-your-right": _Entry(
        mark("Your role does not record sessions any more."),
        mark("What was typed before stays on this laptop."),
        mark(
            "Ask your coordinator for the role in which you typed it, if only for a day: then close the session and"
            " send."
        ),
    ),
    "person-restricted": _Entry(
        mark("The use of this person's data is restricted."),
        mark("What was recorded before is kept, and nothing was added."),
        mark("Lift the restriction on the person's page first, if the person has agreed to it."),
    ),
    "no-such-person": _Entry(
        mark("This person is no longer on this laptop."),
        _UNCHANGED,
        mark("Search for the person again; they may have moved to another team."),
    ),
    "not-correctable": _Entry(
        mark("This field is not corrected here."),
        _UNCHANGED,
        mark("Correct it where it was recorded; the old entry stays in the history."),
    ),
    "not-a-date": _Entry(
        mark("This is not a date."),
        _FIELD_KEPT,
        mark("Write it as day-month-year, for example 23-04-1961."),
    ),
    "keep-until-past": _Entry(
        mark("The day must lie ahead."),
        _FIELD_KEPT,
        mark("Write the day up to which the records are kept."),
    ),
    "unknown-manner": _Entry(
        mark("It was not said whether to erase or to anonymise, or why."),
        _UNCHANGED,
        mark("Choose one of the two, and the ground for it."),
    ),
    "already-erased": _Entry(
        mark("This person is being erased already."),
        _UNCHANGED,
        mark("Send, and the server does it; then it is so on every laptop."),
    ),
}

CHAPTERS: Final = (
    _MESSAGES,
    _PAPERS,
    _KEY_AND_STORE,
    _NETWORK,
    _COURSE,
    _IDENTIFIERS,
    _PROGRAMMES,
    _CONTACT,
    _MERGING,
    _COORDINATION,
    _NICOTINE,
    _RULES,
    _RIGHTS,
)
_AT_ENROLMENT: Final = {
    "no-network": mark("Connect to a network and try again."),
    "server-down": mark(
        "Check the server address, and try again in a little while. If it lasts, tell your coordinator."
    ),
    "not-our-server": mark("Check the server address. If it is written as you were given it, ask your coordinator."),
    "wrong-server": mark("Check the server address. If it is written as you were given it, ask your coordinator."),
    "timed-out": mark("Try again, perhaps on a faster network. If the code is then used, ask for a new one."),
    "garbled": mark("Try again, perhaps on another network. If the code is then used, ask for a new one."),
}
"""What to do now where the usual advice speaks of sending or of settings: a new laptop has neither."""
_ENTRIES: Final[dict[str, _Entry]] = {code: entry for chapter in CHAPTERS for code, entry in chapter.items()}
_FALLBACK: Final = _Entry(
    mark("Something went wrong that Pusterum has no sentence for ({code})."),
    mark("What you saved before is safe."),
    mark("Try again. If it happens again, tell your coordinator the word in brackets."),
)


def sentence_for(problem: AppError) -> Sentence:
    """Return what to say about it, in the language spoken now; an unknown code gets an honest general sentence."""
    special = _SPECIAL.get(problem.code)
    if special is not None:
        return special(problem.parameters)
    entry = _ENTRIES.get(problem.code, _FALLBACK)
    said = {name: _as_read(value) for name, value in problem.parameters.items()}
    parameters = _Filling(_WHEN_UNSAID | said | {"code": problem.code})
    happened, safe, advice, in_short = (_(part).format_map(parameters) if part else "" for part in entry)
    return Sentence(happened, safe, advice, in_short)


def sentence_of(problem: Exception) -> Sentence:
    """Return what to say about whatever went wrong; of a bug that nothing is lost, and the log is told its place."""
    if isinstance(problem, AppError):
        return sentence_for(problem)
    _log.error("bug: %s", where_it_happened(problem))
    return Sentence(
        _("Something in Pusterum went wrong."),
        _("Everything you saved is safe on this laptop."),
        _("Try again. If it happens again, close Pusterum, open it and tell your coordinator."),
    )


def sentence_at_enrolment(problem: Exception) -> Sentence:
    """Return what to say where a new laptop could not be enrolled: it holds nothing yet that could be safe."""
    said = sentence_of(problem)
    if not isinstance(problem, KnownProblem) or problem.code not in _NETWORK:
        return said
    advice = _AT_ENROLMENT.get(problem.code)
    safe = _("Nothing was stored on this laptop, and what you wrote still stands below.")
    return Sentence(said.title, safe, _(advice) if advice else said.advice)


def known_codes() -> frozenset[str]:
    """Return the codes that have a sentence of their own."""
    return frozenset(_ENTRIES) | frozenset(_SPECIAL)


def _slow_down(parameters: dict[str, Any]) -> Sentence:
    seconds = max(1, round(parameters.get("seconds", 60)))
    if seconds < 90:
        wait = ngettext("Wait {count} second and try again.", "Wait {count} seconds and try again.", seconds)
        count = seconds
    else:
        count = -(-seconds // 60)
        wait = ngettext("Wait {count} minute and try again.", "Wait {count} minutes and try again.", count)
    return Sentence(_("That was too many attempts in a short time."), _(_UNCHANGED), wait.format(count=count))


def _no_party(parameters: dict[str, Any]) -> Sentence:
    if parameters.get("field") == "sender":
        happened = _("It is not known who sends the message.")
        advice = _("Fill in {field} in the settings.").format(field=quoted(_("Sender on letters to doctors")))
    else:
        happened = _("It is not known who receives the message.")
        advice = _("Fill in name, number and kind of number.")
    return Sentence(happened, _(_LETTER_SAFE), advice)


def _as_read(value: Any) -> Any:
    """Return a day or a number as it is written in the language spoken now, and anything else as it is."""
    if isinstance(value, date):
        return format_day(value)
    # A small whole number is written alike everywhere, also before there is anything to write others with.
    is_small = isinstance(value, int) and -1_000 < value < 1_000
    return format_number(value) if isinstance(value, int | float | Decimal) and not is_small else value


class _Filling(dict[str, Any]):
    """What a sentence is filled with; what nobody said is a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


_WHEN_UNSAID: Final[dict[str, Any]] = {"shortest": 10, "longest": 60}
_SPECIAL: Final[dict[str, Callable[[dict[str, Any]], Sentence]]] = {
    "slow-down": _slow_down,
    "message-no-party": _no_party,
}


def document_name(source: str) -> str:
    """Return what a document is called in a line of small print; the cooperation's own words are shown as they are."""
    return {
        "S0": _("Styrket rygestoptilbud"),
        "S1": _("Storrygerindsats"),
        "S2": _("Røgfri på Tværs"),
        "S3": _("Lungeforeningen"),
        "S4": _("Sundhedsstyrelsen, inspirationsark"),
        "W": _("STOPbasen"),
        "own": _("The cooperation's own decision"),
        "": _("Asked for by the sender"),
    }.get(source, source)
