"""Other medicines of one person, and what their prescribers should hear when smoking changes; never a dose."""

from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.clock import today
from app.domain.medicines import Alert, action_text, recognise, signs_text, substances
from app.error_text import sentence_for
from app.errors import RuleRefusal
from app.i18n import _, format_day, language
from app.services.record_medicine import (
    ChangeMedicine,
    RecordMedicine,
    TakeBackNotice,
    TellPrescriber,
    change_medicine,
    record_medicine,
    take_back_notice,
    tell_prescriber,
)
from app.storage.queries.medicines import MedicineRow, MedicineStory, NoticeRow, medicine_story
from app.ui.desk import Desk
from app.ui.nicotine_words import level_word, source_words, trigger_word
from app.ui.person.asking import AskingPanel
from app.ui.person.rows import Rows
from app.ui.theme import current_metrics, icon
from app.ui.widgets import (
    Badge,
    Card,
    ChoiceField,
    DayField,
    EmptyState,
    Field,
    Form,
    IconButton,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    label,
)

_TONES = {"red": ("problem", "warning-octagon"), "amber": ("amber", "warning"), "info": ("info", "info")}


class MedicinePanel(AskingPanel):
    """Alerts at the top, medicines below; a medicine is added in one line."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.setObjectName("medicine-panel")
        self._story: MedicineStory | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_metrics().space_4)
        self._alerts = QVBoxLayout()
        self._alerts.setSpacing(current_metrics().space_3)
        column.addLayout(self._alerts)
        column.addLayout(self._forms)
        card = Card(name="medicine-card")
        column.addWidget(card)
        card.body.addWidget(label(_("Other medicines"), type="heading"))
        card.body.addWidget(
            label(
                _("What changes a medicine is the smoke, not the nicotine: the alerts stand with and without patches."),
                type="soft",
            )
        )
        self._list = QVBoxLayout()
        card.body.addLayout(self._list)
        self._name = Field(
            _("Add a medicine"),
            name="medicine-name",
            advice=" ",
            placeholder=_("For example Leponex"),
        )
        self._name.changed.connect(self._recognise)
        self._name.submitted.connect(self._add)
        add = button(_("Add"), name="medicine-add", shows="plus", on_click=self._add)
        self._name.line.addWidget(add)
        card.body.addWidget(self._name)
        self._told = QVBoxLayout()
        card.body.addLayout(self._told)

    def show_person(self, person_id: str) -> None:
        """Read the person anew; what is being typed stays."""
        if person_id != self._person_id:
            fill_anew(self._forms)
            self._name.input.clear()
        self._person_id = person_id
        day = today(self._desk.clock)
        self._desk.ask(lambda reading: medicine_story(reading, person_id, today=day), on_done=self._read)

    def _read(self, story: MedicineStory) -> None:
        if story.person_id != self._person_id:
            return
        self._story = story
        with focus_kept(self):
            for part in (self._alerts, self._list, self._told):
                fill_anew(part)
            for number, alerts in enumerate(_by_medicine(story.alerts)):
                self._alerts.addWidget(self._alert_card(number, alerts))
            if any(alert.asks_for_notice for alert in story.alerts):
                self._alerts.addWidget(label(signs_text(language()), type="caption"))
            if story.medicines:
                self._list.addWidget(self._medicine_rows(story))
            else:
                self._list.addWidget(
                    EmptyState(
                        "pill",
                        _("No medicine is written down"),
                        _(
                            "Nobody has asked yet, or the person takes nothing. Write below what stands on the box:"
                            " Pusterum says whether the smoke changes it, and whom to tell."
                        ),
                        name="medicine-empty",
                    )
                )
            self._show_notices(story)

    def _alert_card(self, number: int, alerts: list[Alert]) -> QFrame:
        alert = alerts[0]
        tone, shape = _TONES[alert.level]
        metrics = current_metrics()
        frame = QFrame()
        frame.setObjectName(f"medicine-alert-{alert.level}")
        frame.setProperty("notice", True)
        frame.setProperty("tone", tone)
        outer = across_or_down()
        outer.setContentsMargins(metrics.space_4, metrics.space_3, metrics.space_4, metrics.space_3)
        frame.setLayout(outer)
        across = QHBoxLayout()
        across.setSpacing(metrics.space_3)
        mark = label("", wrap=False)
        size = round(metrics.icon * 1.3)
        mark.setPixmap(icon(shape, colour=tone).pixmap(QSize(size, size), mark.devicePixelRatioF()))
        across.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        substance = substances()[alert.substance]
        generic = substance.name(language())
        name = alert.medicine if alert.medicine.casefold() == generic.casefold() else f"{alert.medicine} ({generic})"
        changes = ", ".join(f"{trigger_word(a.trigger)} {format_day(a.on)}" for a in alerts)
        title = _("{medicine}: {changes}").format(medicine=name, changes=changes)
        action = action_text(alert.level, language())
        words = QVBoxLayout()
        words.setSpacing(metrics.space_1)
        words.addWidget(label(title, type="strong"))
        words.addWidget(label(action))
        if substance.tell == "addiction_centre":
            words.addWidget(label(_("The addiction centre is told.")))
        words.addWidget(label(f"{substance.known(language())} {source_words(substance.source)}", type="caption"))
        across.addLayout(words, 1)
        outer.addLayout(across, 1)
        frame.setAccessibleName(f"{level_word(alert.level)}: {title}. {action}")
        if alert.asks_for_notice:
            told = button(
                _("Told, or declined"),
                name=f"medicine-told-{number}",
                shows="chat-circle-text",
                on_click=partial(self._begin_notice, alerts),
            )
            outer.addWidget(told, 0, Qt.AlignmentFlag.AlignVCenter)
        return frame

    def _medicine_rows(self, story: MedicineStory) -> Rows:
        rows = Rows(stretch={0: 1, 1: 1, 3: 1}, name="medicines")
        for row, medicine in enumerate(story.medicines):
            known = substances().get(medicine.substance)
            level = known.level if known else ""
            badge: QWidget | str = Badge(level_word(level), tone=_TONES[level][0]) if level in _TONES else ""
            about = [medicine.prescriber]
            tools = []
            if medicine.stopped_on is not None:
                about.append(_("until {day}").format(day=format_day(medicine.stopped_on)))
            else:
                change = IconButton(
                    "pencil-simple", _("Change {name}").format(name=medicine.name), name=f"medicine-change-{row}"
                )
                change.clicked.connect(partial(self._begin_change, medicine))
                tools.append(change)
            said = " · ".join(part for part in about if part)
            rows.add((f"*{medicine.name}", label(_substance_words(medicine)), badge, said), tools)
        return rows

    def _show_notices(self, story: MedicineStory) -> None:
        if not story.notices:
            return
        self._told.addWidget(label(_("Who was told"), type="strong"))
        rows = Rows(stretch={1: 2, 2: 2, 3: 1}, name="notices")
        for row, notice in enumerate(story.notices):
            what = label(f"{notice.medicine}, {trigger_word(notice.trigger)} {format_day(notice.trigger_on)}")
            whom = notice.told_whom if notice.consent == "given" else _("The person did not want it told")
            undo = IconButton("arrow-u-up-left", _("Take back"), name=f"notice-back-{row}")
            undo.clicked.connect(partial(self._begin_take_back, notice))
            said = " · ".join(part for part in (notice.told_by, notice.note) if part)
            rows.add((f"~{format_day(notice.told_on)}", what, f"*{whom}", said), (undo,))
        self._told.addWidget(rows)

    def _recognise(self, text: str) -> None:
        """Say while it is typed what the medicine is taken for."""
        found = recognise(text) if text.strip() else None
        if found is None:
            self._name.advise(_("Not known: it is kept as it is written.") if len(text.strip()) > 3 else " ")
            return
        substance = substances()[found.substance]
        said = (
            substance.name(language())
            if found.is_exact
            else _("{name}, if {guess} is meant").format(name=substance.name(language()), guess=found.name)
        )
        word = level_word(substance.level)
        self._name.advise(f"{said}: {word}" if word else said)

    def _add(self) -> None:
        command = RecordMedicine(person_id=self._person_id, name=self._name.text())
        self._desk.do(
            lambda work: record_medicine(command, work=work),
            on_done=lambda _made: self._added(),
            on_error=self._not_added,
        )

    def _added(self) -> None:
        self._name.input.clear()
        self._name.advise(" ")
        self.show_person(self._person_id)

    def _not_added(self, problem: Exception) -> None:
        if isinstance(problem, RuleRefusal):
            sentence = sentence_for(problem)
            self._name.complain(f"{sentence.title} {sentence.advice}")
        else:
            self._desk.failed.emit(problem)

    def _begin_notice(self, alerts: list[Alert]) -> None:
        alert = alerts[0]
        day = today(self._desk.clock)
        story = self._story
        rows = story.medicines if story else ()
        prescriber = next((row.prescriber for row in rows if row.medicine_id == alert.medicine_id), "")
        consent = ChoiceField(
            _("May it be told?"),
            name="notice-consent",
            offers=[("given", _("Yes, the person agreed")), ("declined", _("No, the person declined"))],
            chosen="given",
        )
        whom = Field(_("Who was told"), name="notice-whom", placeholder=_("Name, ward or telephone"))
        whom.input.setText(prescriber)
        told = DayField(_("When"), name="notice-day", today=day, day=day)
        note = Field(_("What was agreed (optional, never a dose)"), name="notice-note")

        def submit() -> None:
            command = TellPrescriber(
                medicine_id=alert.medicine_id,
                trigger=alert.trigger,
                trigger_on=alert.on,
                told_on=told.day(),
                consent=consent.value(),
                told_whom=whom.text(),
                note=note.text(),
                also=tuple((other.trigger, other.on) for other in alerts[1:]),
            )
            self._do(lambda work: tell_prescriber(command, work=work), form)

        title = _("{medicine}: the prescriber is told").format(medicine=alert.medicine)
        form = Form(title, name="notice-form", submit_text=_("Save"), submit=submit)
        form.add_row(consent=consent)
        form.add_row(told_whom=whom, told_on=told)
        form.add_row(note=note)
        self._open(form, whom)

    def _begin_change(self, medicine: MedicineRow) -> None:
        day = today(self._desk.clock)
        offers = [("", _("Not known"))] + [(key, known.name(language())) for key, known in substances().items()]
        substance = ChoiceField(
            _("What it is"), name="medicine-substance", offers=offers, chosen=medicine.substance, as_box=True
        )
        prescriber = Field(_("Who prescribes it"), name="medicine-prescriber")
        prescriber.input.setText(medicine.prescriber)
        stopped = DayField(_("Stopped on (empty while it is taken)"), name="medicine-stopped", today=day)

        def submit() -> None:
            command = ChangeMedicine(
                medicine_id=medicine.medicine_id,
                substance=substance.value(),
                prescriber=prescriber.text(),
                stopped_on=stopped.day_if_any(),
            )
            self._do(lambda work: change_medicine(command, work=work), form)

        form = Form(medicine.name, name="medicine-form", submit_text=_("Save"), submit=submit)
        form.add_row(name=substance, prescriber=prescriber, stopped_on=stopped)
        self._open(form, prescriber)

    def _begin_take_back(self, notice: NoticeRow) -> None:
        self._ask_why(
            notice.medicine,
            Field(_("Why nobody was told after all"), name="notice-reason", advice=_("The alert stands again.")),
            lambda reason, work: take_back_notice(TakeBackNotice(notice.notice_id, reason), work=work),
            name="notice-back-form",
        )


def _by_medicine(alerts: tuple[Alert, ...]) -> list[list[Alert]]:
    """Return the alerts of each medicine together: one talk with the prescriber answers them all."""
    groups: dict[str, list[Alert]] = {}
    for alert in alerts:
        groups.setdefault(alert.medicine_id, []).append(alert)
    return list(groups.values())


def _substance_words(medicine: MedicineRow) -> str:
    known = substances().get(medicine.substance)
    if known is None:
        return _("Not known to Pusterum")
    name = known.name(language())
    return _("{name}, if {guess} is meant").format(name=name, guess=medicine.guess) if medicine.guess else name
