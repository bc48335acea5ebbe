"""A walk through every screen there is, for pictures and for the tests that look at all of them.

New screens and panels are walked by themselves: the tour asks the registries (`app/ui/shell/screens.py`,
`app/ui/person/panels.py`) and stops wherever something can be seen.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tools.demo_day import Day, open_first_session

MOMENT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def opened(folder: Path, *, clock: Any = None, size: tuple[int, int] = (1280, 720)) -> Day:
    """Start the application on a folder, in the settings that lie beside it, in a window of that size."""
    from app.clock import TurnedClock  # noqa: PLC0415 - after the environment is set
    from app.settings import DeviceSettings  # noqa: PLC0415

    settings = DeviceSettings.load()
    day = Day(settings.language, folder=folder, clock=clock or TurnedClock(MOMENT), settings=settings)
    day.pusterum.window.resize(*size)
    day.pusterum.start()
    day.settle()
    return day


def before_enrolling(day: Day) -> Iterator[str]:
    """Walk through a new laptop."""
    yield "welcome"
    day.click("choose-enrol")
    yield "enrol"


FORMS = {
    "plan": ("plan-other", "event-", "baseline-new", "baseline-begin"),
    "nrt": ("nrt-plan", "voucher-issue"),
    "medicine": ("medicine-told-",),
    "contacts": ("note-contact", "correct-"),
    "course": ("join-course", "move-team", "leave-", "outcome-"),
    "consents": ("consent-",),
    "history": ("correct-",),
    "rights": ("rights-restrict", "rights-erase", "rights-anonymise"),
    "courses": ("new-course",),
    "places": ("new-place",),
    "referrals": ("referral-new",),
    "bag": ("bag-pack", "bag-count"),
    "follow-ups": ("call-", "answer-", "missing-"),
    "course-page": ("change-course", "extra-session", "add-person", "leave-", "move-"),
    "place": ("count-visit", "change-place", "new-contact"),
}
"""What opens a form where: the names of buttons, or how they begin; of each the first that can be seen is pressed."""


def whole_day(day: Day, passphrase: str, *, with_forms: bool = True) -> Iterator[str]:
    """Walk from the passphrase through every screen; yields the name of what is shown now."""
    day.find("unlock-passphrase")
    yield "unlock"
    day.unlock(passphrase)
    yield "today"
    yield from _session(day)
    yield from _person(day, with_forms=with_forms)
    yield from _screens(day, with_forms=with_forms)


def _forms(day: Day, at: str) -> Iterator[str]:
    """Open the forms of a screen or section one after the other, and let each be."""
    from PySide6.QtWidgets import QAbstractButton  # noqa: PLC0415

    from app.ui.widgets import Form  # noqa: PLC0415

    window = day.pusterum.window
    for name in FORMS.get(at, ()):
        found = next(
            (
                button
                for button in window.findChildren(QAbstractButton)
                if button.objectName().startswith(name) and button.isVisible() and button.isEnabled()
            ),
            None,
        )
        if found is None:
            continue
        found.click()
        day.settle()
        opened = [form for form in window.findChildren(Form) if form.isVisible()]
        if opened:
            yield f"{at}-form-{name.strip('-')}"
        for form in opened:
            form.cancel_button.click()
        day.settle()


def _session(day: Day) -> Iterator[str]:
    from PySide6.QtCore import Qt  # noqa: PLC0415

    from app.ui.session_sheet.sheet_model import Column  # noqa: PLC0415

    key = Qt.Key
    table = open_first_session(day)
    name = table.model().rows[0].name
    day.press(key.Key_F6, name.replace("\u2068", "")[:3])
    day.wait(lambda: day.find("walk-in-offers").count() > 0, "people who are known")
    yield "walk-in"
    day.press(key.Key_Escape, key.Key_F5)
    table.begin(0, Column.CIGARETTES)
    for number in ("12", "20", "8", "15", "10", "0"):
        day.press(number, key.Key_Return)
    table.begin(0, Column.HANDOUT)
    for _ in range(5):
        day.press(key.Key_Space, key.Key_Return)
    yield "session-sheet"
    table.begin(0, Column.CO)
    day.press("mange", key.Key_Return)
    yield "refused"
    workspace = day.pusterum.workspace
    assert workspace is not None  # noqa: S101 - the store is open
    table.begin(0, Column.CO)
    day.press("12", key.Key_Return)
    workspace.show_screen(workspace.today)
    workspace.tell_restored()
    day.settle()
    yield "restored"
    day.click("workspace-notice-action")
    day.settle()
    day.press((key.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: workspace.session.model.is_closed, "the session to close")
    day.settle()
    yield "session-closed"
    first = workspace.session.model.rows[0]
    day.click(f"diploma-{first.person_id}")
    day.wait(lambda: workspace.diploma.issued, "the diploma")
    yield "diploma"


def _person(day: Day, *, with_forms: bool) -> Iterator[str]:
    workspace = day.pusterum.workspace
    assert workspace is not None  # noqa: S101 - the store is open
    somebody = workspace.session.model.rows[0].person_id
    workspace._open_person(somebody)
    for section in workspace.person.section_keys:
        workspace.person.show_section(section)
        day.settle()
        yield f"person-{section}"
        if with_forms:
            yield from _forms(day, section)
    from PySide6.QtCore import Qt  # noqa: PLC0415 - after the environment is set

    day.press(Qt.Key.Key_F9)
    yield "for-the-person"
    day.press(Qt.Key.Key_Escape)
    for section in workspace.person.section_keys:
        workspace._open_person(_newcomer(day), section)
        day.settle()
        yield f"newcomer-{section}"


def _newcomer(day: Day) -> str:
    """Return somebody of whom nothing is known but a nickname, made where there is nobody yet."""
    from sqlalchemy import select  # noqa: PLC0415

    from app.models.person import Person  # noqa: PLC0415
    from app.services.add_walk_in import AddWalkIn, add_walk_in  # noqa: PLC0415

    app = day.pusterum
    workspace, store, device = app.workspace, app.store, app._device
    assert workspace is not None and store is not None and device is not None  # noqa: PT018, S101 - the store is open
    with store.unit_of_work(actor=device.user_id, clock=app.clock) as work:
        found = work.session.scalars(select(Person.id).where(Person.nickname == "Den nye")).first()
        if found is not None:
            return found
        assert workspace.session._sheet is not None  # noqa: S101 - a session was opened
        return add_walk_in(AddWalkIn(workspace.session._sheet.course_id, "Den nye"), work=work).person_id


def _screens(day: Day, *, with_forms: bool) -> Iterator[str]:
    from app.ui.shell.screens import SCREENS  # noqa: PLC0415

    workspace = day.pusterum.workspace
    assert workspace is not None  # noqa: S101 - the store is open
    from PySide6.QtCore import Qt  # noqa: PLC0415 - after the environment is set

    find = (Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    day.press(find)
    yield "find-lately"
    day.press("kild")
    yield "find"
    day.press(Qt.Key.Key_Escape)
    # Beside the window, as the application reads: this is the tour's own work, and no screen waits for it.
    with ThreadPoolExecutor(1) as beside:
        looking = beside.submit(something_of_each, day)
        day.wait(looking.done, "something to open of each kind")
    about = looking.result()
    role = workspace._desk.role
    for name in ("people", "places", *(entry.key for entry in SCREENS), "sync"):
        entry = next((entry for entry in SCREENS if entry.key == name), None)
        if entry is not None and not entry.is_for(role):
            # What others see is looked at too.
            _act_as(day, entry.roles[0])
            workspace._later.setdefault(name, entry)
        workspace._desk.open(name, about.get(name, ""))
        day.settle()
        yield name
        if with_forms:
            yield from _forms(day, "course-page" if name == "course" else name)
        if name == "reports":
            reports = workspace.screen_called(name)
            reports.compute()
            day.wait(partial(_are_computed, reports), "the reports")
            day.settle()
            yield "reports-computed"
            reports.show_people(reports.model.index(0, 1))
            day.settle()
            yield "reports-behind"
        if workspace._desk.role != role:
            _act_as(day, role)
    day.click("send")
    day.wait(lambda: not day.pusterum.tasks.is_busy, "the answer")
    day.settle()
    yield "cannot-send"
    yield from _at_odds(day)
    workspace._desk.open("settings")
    day.settle()
    yield "settings"
    yield from _covered(day)


def _are_computed(reports: Any) -> bool:
    return not reports.is_busy


def _at_odds(day: Day) -> Iterator[str]:
    """Show what asks somebody to choose or to mend: what colleagues or the server do not agree with."""
    from app.errors import KnownProblem  # noqa: PLC0415
    from tools.at_odds import let_server_refuse, let_two_differ  # noqa: PLC0415

    app = day.pusterum
    workspace, store = app.workspace, app.store
    assert workspace is not None and store is not None  # noqa: PT018, S101 - the store is open
    somebody = workspace.session.model.rows[0].person_id
    let_two_differ(store, somebody, at=f"{app.clock.now():%Y-%m-%dT%H:%M:%SZ}")
    workspace._open_person(somebody, "conflicts")
    day.settle()
    yield "conflicts"
    let_server_refuse(store)
    workspace._desk.open("sync")
    # As after the next sending, which came through.
    workspace.sync._problem = None
    workspace.sync.refresh()
    day.settle()
    yield "refused-by-the-server"
    for name in ("quarantine", "conflicts", "team-conflicts"):
        day.show_top_of(name)
        yield f"sync-{name}"
    workspace.sync.failed(KnownProblem("copied-store"))
    day.settle()
    day.show_top_of("sync-answer")
    yield "another-copy"
    workspace.sync.failed(KnownProblem("wrong-database"))
    day.settle()
    yield "somebody-elses"


def _act_as(day: Day, role: str) -> None:
    """Let whoever is at the laptop be of another role."""
    from sqlalchemy import update  # noqa: PLC0415

    from app.models.local import Device  # noqa: PLC0415

    app = day.pusterum
    assert app.store is not None and app.workspace is not None  # noqa: PT018, S101 - the store is open
    with app.store.session() as session:
        session.execute(update(Device).values(role=role))
        session.commit()
    app.workspace._desk.role = role


def _covered(day: Day) -> Iterator[str]:
    """Show what the cover key shows, before the store is closed behind it."""
    from app.ui.shell.cover import Cover  # noqa: PLC0415

    cover = Cover(day.pusterum.window)
    cover.draw_over()
    yield "cover"
    cover.hide()
    cover.deleteLater()


def something_of_each(day: Day) -> dict[str, str]:
    """Return what the screens are opened about: a course, a place, somebody's plan, a letter, a part to type."""
    from sqlalchemy import select  # noqa: PLC0415

    from app.errors import RuleRefusal  # noqa: PLC0415
    from app.models.course import Course, Enrolment  # noqa: PLC0415
    from app.models.person import Consent  # noqa: PLC0415
    from app.services.typing_forms import forms_to_type  # noqa: PLC0415
    from app.services.write_letter import DraftLetter, draft_letter  # noqa: PLC0415

    app = day.pusterum
    store, device = app.store, app._device
    assert store is not None and device is not None  # noqa: PT018, S101 - it is open
    about: dict[str, str] = {}
    with store.session() as session:
        course = session.scalars(select(Course).where(Course.state == "running").order_by(Course.title)).first()
        if course is not None:
            about |= {"course": course.id, "place": course.place_id}
        # One after another, because a large store has thousands.
        agreed = select(Consent.person_id).where(Consent.answer == "given")
        parts = select(Enrolment).where(Enrolment.person_id.in_(agreed)).order_by(Enrolment.id)
        parts = parts.execution_options(yield_per=20)
        for part in session.scalars(parts):
            about.setdefault("paper", f"plan:{part.person_id}")
            try:
                forms_to_type(session, part.id)
            except RuleRefusal:
                continue
            about["typing"] = part.id
            break
        for part in session.scalars(parts):
            try:
                with store.unit_of_work(actor=device.user_id, clock=app.clock) as work:
                    about["letter"] = draft_letter(DraftLetter(part.id, "gp"), work=work).letter_id
            except RuleRefusal:
                continue
            break
    return about
