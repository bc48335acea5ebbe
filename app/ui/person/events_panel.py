"""Stop dates, smoking again and breaks: ordinary events, written down in one line and taken back as easily."""

from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.clock import today
from app.i18n import _, format_day
from app.services.record_smoking import (
    RecordPause,
    RecordRelapse,
    RecordStopDate,
    TakeBackEvent,
    record_pause,
    record_relapse,
    record_stop_date,
    take_back_event,
)
from app.storage.queries.smoking import SmokingStory, smoking_story
from app.ui.desk import Desk
from app.ui.person.asking import AskingPanel
from app.ui.person.rows import Rows
from app.ui.widgets import (
    Badge,
    Card,
    DayField,
    Field,
    Form,
    IconButton,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    label,
)


class EventsPanel(AskingPanel):
    """What happened to somebody's smoking, and three buttons for what happens now."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.setObjectName("events-panel")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        card = Card(name="events-card")
        column.addWidget(card)
        card.body.addWidget(label(_("Stop dates, smoking again, breaks"), type="heading"))
        buttons = across_or_down()
        for name, text, shape, begin in (
            ("stop-date", _("Agree on a stop date"), "flag-banner", self._begin_stop_date),
            ("relapse", _("Smoked again"), "arrow-u-up-left", self._begin_relapse),
            ("pause", _("A break"), "pause", self._begin_pause),
        ):
            buttons.addWidget(button(text, name=f"event-{name}", shows=shape, on_click=begin))
        buttons.addStretch(1)
        card.body.addLayout(buttons)
        card.body.addLayout(self._forms)
        self._list = QVBoxLayout()
        card.body.addLayout(self._list)

    def show_person(self, person_id: str) -> None:
        """Read the person anew; a form that is open stays."""
        if person_id != self._person_id:
            fill_anew(self._forms)
        self._person_id = person_id
        day = today(self._desk.clock)
        self._desk.ask(lambda reading: smoking_story(reading, person_id, today=day), on_done=self._show)

    def _show(self, story: SmokingStory) -> None:
        if story.person_id != self._person_id:
            return
        rows = [
            (row.agreed_on, _("Stop date {day}").format(day=format_day(row.stop_on)), "", "stop_date", row.fact_id)
            for row in story.stop_dates
        ]
        latest = next((row.fact_id for row in story.stop_dates if row.is_latest), "")
        rows += [(row.on, _("Smoked again"), row.note, "relapse", row.fact_id) for row in story.relapses]
        rows += [
            (
                row.on,
                _("A break until {day}").format(day=format_day(row.until))
                if row.until
                else _("A break, end not known"),
                row.note,
                "pause",
                row.fact_id,
            )
            for row in story.pauses
        ]
        with focus_kept(self):
            fill_anew(self._list)
            shown = Rows(stretch={1: 2, 2: 2}, name="events")
            for number, (on, what, note, entity, fact_id) in enumerate(sorted(rows, reverse=True)):
                undo = IconButton(
                    "arrow-u-up-left", _("Take back: {what}").format(what=what), name=f"event-back-{number}"
                )
                undo.clicked.connect(partial(self._begin_take_back, entity, fact_id, what))
                third = Badge(_("Holds now"), tone="accent") if fact_id == latest else note
                shown.add((f"~{format_day(on)}", f"*{what}", third), (undo,))
            self._list.addWidget(shown)
            if not rows:
                self._list.addWidget(
                    label(_("Nothing yet. Stopping needs no date; a small step is enough."), type="soft")
                )

    def _begin_stop_date(self) -> None:
        day = today(self._desk.clock)
        stop = DayField(_("The day to stop"), name="stop-on", today=day)
        agreed = DayField(_("Agreed on"), name="agreed-on", today=day, day=day)

        def submit() -> None:
            command = RecordStopDate(person_id=self._person_id, stop_on=stop.day(), agreed_on=agreed.day())
            self._do(lambda work: record_stop_date(command, work=work), form)

        form = Form(_("A stop date beside those before"), name="stop-date-form", submit_text=_("Save"), submit=submit)
        form.add_row(stop_on=stop, agreed_on=agreed)
        self._open(form, stop)

    def _begin_relapse(self) -> None:
        day = today(self._desk.clock)
        happened = DayField(_("The day"), name="happened-on", today=day, day=day)
        note = Field(_("What helped or made it hard (optional)"), name="relapse-note")

        def submit() -> None:
            command = RecordRelapse(person_id=self._person_id, happened_on=happened.day(), note=note.text())
            self._do(lambda work: record_relapse(command, work=work), form)

        form = Form(
            _("Smoked again: an ordinary event, the course goes on"),
            name="relapse-form",
            submit_text=_("Save"),
            submit=submit,
        )
        form.add_row(happened_on=happened, note=note)
        self._open(form, note)

    def _begin_pause(self) -> None:
        day = today(self._desk.clock)
        began = DayField(_("From"), name="began-on", today=day, day=day)
        until = DayField(_("Until (empty while nobody knows)"), name="pause-until", today=day)
        note = Field(_("Why (optional)"), name="pause-note")

        def submit() -> None:
            command = RecordPause(
                person_id=self._person_id, began_on=began.day(), until=until.day_if_any(), note=note.text()
            )
            self._do(lambda work: record_pause(command, work=work), form)

        form = Form(
            _("A break from the course: nothing is lost by it"), name="pause-form", submit_text=_("Save"), submit=submit
        )
        form.add_row(began_on=began, until=until)
        form.add_row(note=note)
        self._open(form, note)

    def _begin_take_back(self, entity: str, fact_id: str, what: str) -> None:
        self._ask_why(
            _("Take back: {what}").format(what=what),
            Field(_("Why it was written by mistake"), name="take-back-reason"),
            lambda reason, work: take_back_event(
                TakeBackEvent(entity=entity, fact_id=fact_id, reason=reason), work=work
            ),
            name="take-back-form",
        )
