"""Nicotine replacement of one person: the weeks, the next handout, the plan, and what to look at twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QComboBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.clock import today
from app.domain.bag import Batch
from app.domain.nrt import USUAL_WEEKS, Due, Step, offered_schedules, plan_caveats, steps_of, suits
from app.domain.products import cautions_for, product_name, products, schedules
from app.i18n import _, format_day, format_money, language
from app.services.hand_out import HandedOut, TakeBack, take_back
from app.services.plan_nrt import MakeNrtPlan, StopNrtPlan, make_nrt_plan, stop_nrt_plan
from app.storage.engine import UnitOfWork
from app.storage.queries.bag import BagAtHand
from app.storage.queries.nrt import HandoutRow, NrtStory, entitled_weeks, nrt_story
from app.ui.desk import Desk
from app.ui.nicotine_words import caveat_sentence, source_words
from app.ui.person.asking import AskingPanel, tell
from app.ui.person.hand_out_form import hand_out_form
from app.ui.person.rows import Rows
from app.ui.person.weeks_picture import WeeksPicture
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    ChoiceBox,
    ChoiceField,
    Field,
    Form,
    IconButton,
    NumberBox,
    ResultBar,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    is_large_text,
    is_ordinary_text,
    label,
)
from app.ui.widgets.surfaces import set_property
from app.ui.words import product_word

MOST_ROWS = 12


class NrtPanel(AskingPanel):
    """The twelve weeks; handing out is two keys, and everything can be taken back."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.setObjectName("nrt-panel")
        self._story: NrtStory | None = None
        self._steps: list[Step] | None = None
        self._weeks = USUAL_WEEKS
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        card = Card(name="nrt-card")
        column.addWidget(card)
        self.notice = ResultBar(name="nrt-notice")
        card.body.addWidget(self.notice)
        self._top = QVBoxLayout()
        self._plan = QVBoxLayout()
        self._below = QVBoxLayout()
        for part in (self._top, self._forms, self._plan, self._below):
            part.setSpacing(current_metrics().space_3)
            card.body.addLayout(part)

    def show_person(self, person_id: str) -> None:
        """Read the person anew; a form or a plan that is being written stays."""
        if person_id != self._person_id:
            fill_anew(self._forms)
            self.notice.hide()
            self._steps = None
        self._person_id = person_id
        self._desk.ask(lambda reading: nrt_story(reading, person_id), on_done=self._read)

    def _read(self, story: NrtStory) -> None:
        if story.person_id == self._person_id:
            self._story = story
            self._show(story)

    def _show(self, story: NrtStory) -> None:
        with focus_kept(self):
            for part in (self._top, self._plan, self._below):
                fill_anew(part)
            self._top.addLayout(self._heading(story))
            self._top.addWidget(
                WeeksPicture(given=_weeks_of(story.given), plan=story.plan, due=story.due), 0, Qt.AlignmentFlag.AlignTop
            )
            for caveat in story.caveats:
                self._top.addWidget(caveat_row(caveat_sentence(caveat), caveat.source))
            self._top.addLayout(self._buttons(story))
            if self._steps is not None:
                self._show_editor(story)
            self._show_given(story)

    def _heading(self, story: NrtStory) -> QBoxLayout:
        across = across_or_down()
        across.addWidget(label(_("Nicotine replacement"), type="heading"), 1)
        weeks = story.plan.weeks if story.plan else USUAL_WEEKS
        across.addWidget(Badge(_("{n} of {of} weeks handed out").format(n=len(story.weeks), of=weeks), tone="accent"))
        if story.given:
            cost = format_money(story.spent)
            if story.without_price:
                cost = _("{cost}, {n} without a price").format(cost=cost, n=story.without_price)
            across.addWidget(Badge(cost, name="nrt-cost"))
        return across

    def _buttons(self, story: NrtStory) -> QBoxLayout:
        across = across_or_down()
        due = story.due
        text = _("Hand out beyond the weeks")
        if due is not None:
            text = _("Hand out week {week}: {what}").format(week=due.week, what=product_word(due.cell))
        across.addWidget(
            button(
                text,
                name="nrt-hand-out",
                kind="primary" if due else "",
                shows="handbag",
                on_click=lambda: self._begin_hand_out(due),
                gives_way=True,
            )
        )
        across.addWidget(
            button(
                _("Change the plan") if story.plan else _("Make a plan"),
                name="nrt-plan",
                shows="pencil-simple",
                on_click=self._begin_plan,
            )
        )
        across.addStretch(1)
        return across

    def _show_given(self, story: NrtStory) -> None:
        if not story.given:
            return
        rows = Rows(stretch={3: 1}, name="nrt-given")
        for number, row in enumerate(list(reversed(story.given))[:MOST_ROWS]):
            name = label(product_word(row.product), wrap=not is_ordinary_text())
            name.setToolTip(product_name(row.product, language()))
            about = [
                _("batch {batch}").format(batch=row.batch) if row.batch else "",
                _("expires {day}").format(day=format_day(row.expires_on)) if row.expires_on else "",
                format_money(row.price * row.quantity) if row.price is not None else "",
                "" if row.is_at_session else _("outside a session"),
            ]
            undo = IconButton(
                "arrow-u-up-left", _("Take back week {n}").format(n=row.week), name=f"nrt-take-back-{number}"
            )
            undo.clicked.connect(partial(self._begin_take_back, row))
            said = " · ".join(part for part in about if part)
            week = _("Week {n}").format(n=row.week)
            rows.add((f"*{week}", f"~{format_day(row.handed_on)}", name, said), (undo,))
        self._below.addWidget(rows)

    def _begin_hand_out(self, due: Due | None) -> None:
        wanted = due.portions[0].product if due else next(iter(products()))
        user_id = self._desk.user_id
        self._desk.ask(
            lambda reading: BagAtHand(reading, user_id).batch(wanted),
            on_done=lambda batch: self._open_hand_out(due, batch),
        )

    def _open_hand_out(self, due: Due | None, batch: Batch | None) -> None:
        form = hand_out_form(self._desk, self._person_id, due, batch=batch, done=self._handed_out)
        self._open(form, form.submit_button)

    def _handed_out(self, outcome: HandedOut) -> None:
        """Say what was handed out and what to look at twice; one click takes it back."""
        said = _("Week {week} is handed out.").format(week=outcome.week)
        said = " ".join([said, *(caveat_sentence(caveat) for caveat in outcome.caveats)])
        self.notice.show_notice(
            "warning" if outcome.caveats else "success",
            said,
            action=_("Undo"),
            on_action=lambda: self._undo(outcome.handout_ids),
        )
        self._done()

    def _undo(self, handout_ids: Sequence[str]) -> None:
        self.notice.hide()
        reason = _("Undone at once")

        def undo(work: UnitOfWork) -> None:
            for handout_id in handout_ids:
                take_back(TakeBack(handout_id, reason), work=work)

        self._desk.do(undo, on_done=lambda _nothing: self._done())

    def _begin_take_back(self, row: HandoutRow) -> None:
        self._ask_why(
            _("Take back week {n}").format(n=row.week),
            Field(
                _("Why"), name="nrt-reason", advice=_("The week is due again, and the handout stays in the history.")
            ),
            lambda reason, work: take_back(TakeBack(row.handout_id, reason), work=work),
            name="nrt-take-back-form",
        )

    def _begin_plan(self) -> None:
        person_id = self._person_id
        self._desk.ask(
            lambda reading: entitled_weeks(reading, person_id), on_done=lambda weeks: self._open_plan(person_id, weeks)
        )

    def _open_plan(self, person_id: str, weeks: int) -> None:
        story = self._story
        if story is None or person_id != self._person_id:
            return
        self._weeks = weeks
        usual = steps_of(offered_schedules(story.cigarettes)[0], weeks=weeks)
        self._steps = list(story.plan.steps if story.plan else usual)
        fill_anew(self._forms)
        self._show(story)

    def _show_editor(self, story: NrtStory) -> None:
        steps = self._steps or []
        panel = Card(name="nrt-editor")
        set_property(panel, "sunken", True)
        panel.body.addWidget(
            label(_("The plan: an offer to change together; the label has the last word."), type="strong")
        )
        offers = [("", _("As it stands below"))]
        for schedule in offered_schedules(story.cigarettes):
            fits = suits(schedule, story.cigarettes)
            mark = "" if fits else _(" (the label does not say)") if fits is None else _(" (the label means others)")
            offers.append((schedule.key, schedule.name(language()) + mark))
        choice = ChoiceField(_("From a schedule"), name="nrt-schedule", offers=offers, as_box=True)
        choice.changed.connect(self._take_schedule)
        beside = ChoiceField(
            _("Beside it, when it is needed"),
            name="nrt-beside",
            offers=[("", _("Nothing"))]
            + [(key, p.name(language())) for key, p in products().items() if p.form != "patch"],
            chosen=next((step.product for step in steps if step.role == "short_acting"), ""),
            as_box=True,
        )
        beside.changed.connect(self._take_beside)
        across = across_or_down()
        across.addWidget(choice, 3)
        across.addWidget(beside, 2)
        panel.body.addLayout(across)
        panel.body.addLayout(self._step_grid(steps))
        for caveat in plan_caveats(steps, cigarettes=story.cigarettes, medicines=story.medicines):
            panel.body.addWidget(caveat_row(caveat_sentence(caveat), caveat.source))
        forms = {products()[step.product].form for step in steps if step.product in products()}
        told = dict.fromkeys(caution.text(language()) for form in sorted(forms) for caution in cautions_for(form))
        panel.body.addWidget(
            label(
                _("Talk to the doctor or the pharmacy first: {cautions}.").format(cautions="; ".join(told)),
                type="caption",
            )
        )
        keys = {step.product for step in steps}
        for schedule in schedules().values():
            note = schedule.note(language())
            if note and {part.product for part in schedule.steps} <= keys:
                panel.body.addWidget(label(f"{note} {source_words(schedule.source)}", type="caption"))
                break
        buttons = across_or_down()
        for made in (
            button(_("Save the plan"), name="nrt-plan-save", kind="primary", shows="check", on_click=self._save_plan),
            button(_("One more line"), name="nrt-plan-add", shows="plus", on_click=self._add_line),
            button(_("Cancel"), name="nrt-plan-cancel", kind="quiet", on_click=self._leave_plan),
        ):
            buttons.addWidget(made)
        buttons.addStretch(1)
        if story.plan is not None:
            buttons.addWidget(button(_("Stop the plan"), name="nrt-plan-stop", kind="quiet", on_click=self._stop_plan))
        panel.body.addLayout(buttons)
        self._plan.addWidget(panel)

    def _step_grid(self, steps: list[Step]) -> QGridLayout:
        """Return a line for each step; where the text is large its product stands above its numbers."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(current_metrics().space_2)
        grid.setVerticalSpacing(current_metrics().space_2)
        heads = (_("Product"), _("From week"), _("To week"), _("Portions a week"))
        is_tall = is_large_text()
        first = 0 if is_tall else 1
        for column, word in enumerate(heads):
            if column or not is_tall:
                grid.addWidget(label(word, type="caption", wrap=False), 0, column - is_tall)
        for row, step in enumerate(steps):
            at = row * 2 + 1 if is_tall else row + 1
            product = ChoiceBox()
            product.setObjectName(f"nrt-step-{row}-product")
            product.setAccessibleName(_("Product of line {n}").format(n=row + 1))
            product.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            product.setMinimumContentsLength(14)
            for key in products():
                product.addItem(_short_name(key), key)
            if product.findData(step.product) < 0:
                # As a newer version may know one: the plan keeps it.
                product.addItem(_short_name(step.product), step.product)
            product.setCurrentIndex(product.findData(step.product))
            product.activated.connect(lambda _index, row=row, box=product: self._edit(row, product=box.currentData()))
            grid.addWidget(product, at, 0, 1, 3 if is_tall else 1)
            for column, (name, value, most) in enumerate(
                (("from_week", step.from_week, 52), ("to_week", step.to_week, 52), ("quantity", step.quantity, 10))
            ):
                spin = NumberBox()
                spin.setObjectName(f"nrt-step-{row}-{name}")
                spin.setAccessibleName(f"{heads[column + 1]} {row + 1}")
                spin.setRange(1, most)
                spin.setValue(value)
                spin.setKeyboardTracking(False)
                spin.setMinimumWidth(current_metrics().body * 5)
                spin.valueChanged.connect(lambda number, row=row, name=name: self._edit(row, **{name: number}))
                grid.addWidget(spin, at + is_tall, column + first)
            gone = IconButton("x", _("Take out line {n}").format(n=row + 1), name=f"nrt-step-{row}-remove")
            gone.clicked.connect(partial(self._remove_line, row))
            grid.addWidget(gone, at, 3 + first)
        grid.setColumnStretch(0, 1)
        return grid

    def _take_schedule(self, key: str) -> None:
        if key and self._steps is not None and self._story is not None:
            beside = next((step.product for step in self._steps if step.role == "short_acting"), "")
            self._steps = list(steps_of(schedules()[key], weeks=self._weeks, short_acting=beside))
            self._show(self._story)

    def _take_beside(self, product: str) -> None:
        if self._steps is not None and self._story is not None:
            main = [step for step in self._steps if step.role == "main"]
            last = max((step.to_week for step in main), default=USUAL_WEEKS)
            self._steps = [*main, *([Step(product, 1, last, "short_acting")] if product else [])]
            self._show(self._story)

    def _edit(self, row: int, **changes: object) -> None:
        if self._steps is not None and self._story is not None:
            self._steps[row] = replace(self._steps[row], **changes)  # type: ignore[arg-type]
            self._show(self._story)

    def _add_line(self) -> None:
        if self._steps is not None and self._story is not None:
            last = max((step.to_week for step in self._steps if step.role == "main"), default=0)
            product = self._steps[-1].product if self._steps else next(iter(products()))
            self._steps.append(Step(product, last + 1, last + 1))
            self._show(self._story)

    def _remove_line(self, row: int) -> None:
        if self._steps is not None and self._story is not None:
            del self._steps[row]
            self._show(self._story)

    def _leave_plan(self) -> None:
        self._steps = None
        fill_anew(self._forms)
        if self._story is not None:
            self._show(self._story)

    def _save_plan(self) -> None:
        steps = self._steps or []
        command = MakeNrtPlan(
            person_id=self._person_id,
            weeks=max((step.to_week for step in steps), default=self._weeks),
            steps=tuple(steps),
            starts_on=today(self._desk.clock),
        )
        self._desk.do(
            lambda work: make_nrt_plan(command, work=work),
            on_done=lambda _made: self._done(),
            on_error=self._refused_plan,
        )

    def _refused_plan(self, problem: Exception) -> None:
        form = Form(
            _("The plan was not saved"), name="nrt-plan-refused", submit_text=_("Try again"), submit=self._save_plan
        )
        self._open(form, form.submit_button)
        tell(form, problem, self._desk)

    def _stop_plan(self) -> None:
        if self._story is not None and self._story.plan is not None:
            command = StopNrtPlan(self._story.plan.plan_id)
            self._desk.do(lambda work: stop_nrt_plan(command, work=work), on_done=lambda _changed: self._done())

    def _done(self) -> None:
        self._steps = None
        super()._done()


def _short_name(key: str) -> str:
    """Return form and strength, with the hours where there are patches of two kinds."""
    hours = {"16h": _("16 hours"), "24h": _("24 hours")}.get(key.split("-")[1] if key.startswith("patch-") else "")
    return f"{product_word(key)}, {hours}" if hours else product_word(key)


def caveat_row(sentence: str, source: str) -> QWidget:
    """Return a sentence to look at twice, with where it comes from; it never stands in the way."""
    made = QWidget()
    made.setObjectName("caveat")
    made.setAccessibleName(sentence)
    across = QHBoxLayout(made)
    across.setContentsMargins(0, 0, 0, 0)
    across.addWidget(Badge(_("Look twice"), tone="amber"), 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(0)
    words.addWidget(label(sentence))
    words.addWidget(label(source_words(source), type="caption"))
    across.addLayout(words, 1)
    return made


def _weeks_of(given: tuple[HandoutRow, ...]) -> dict[int, tuple[date, str]]:
    """Return for each week the day it was handed out and its products, joined."""
    weeks: dict[int, tuple[date, str]] = {}
    for row in given:
        day, keys = weeks.get(row.week, (row.handed_on, ""))
        weeks[row.week] = (day, f"{keys}+{row.product}" if keys else row.product)
    return weeks
