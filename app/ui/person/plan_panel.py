"""Where counsellor and person make the plan: the picture with its steps to drag, and what has come of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.clock import today
from app.domain.reduction import APPROACHES, STEP_EVERY, PlannedStep, replan, suggest, with_one_more
from app.error_text import sentence_for
from app.errors import AppError, RuleRefusal
from app.i18n import _, format_day, format_money, format_percent, ngettext
from app.services.plan_reduction import (
    ChangeSteps,
    DecideStep,
    MakePlan,
    StepWanted,
    change_steps,
    decide_step,
    make_plan,
)
from app.storage.queries.smoking import PlanRow, SmokingStory, smoking_story
from app.ui.desk import Desk
from app.ui.nicotine_words import approach_sentence, approach_word
from app.ui.person.plan_picture import Drawn, PlanPicture, state_words, step_text
from app.ui.person.rows import Rows
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    ChoiceField,
    DayField,
    EmptyState,
    Field,
    Form,
    IconButton,
    NumberField,
    ResultBar,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    label,
)
from app.ui.words import number_word


@dataclass(frozen=True, slots=True)
class _Draft:
    """A plan that is being made; with `plan_id` the one in force that is being changed, its steps by `step_ids`."""

    title: str
    approach: str
    starts_on: date
    start: float
    goal: float | None
    steps: tuple[PlannedStep, ...]
    plan_id: str = ""
    step_ids: tuple[str, ...] = ()


class PlanPanel(QWidget):
    """The plan of one person; what is dragged stays until it is saved or taken back."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plan-panel")
        self._desk = desk
        self._story: SmokingStory | None = None
        self._person_id = ""
        self._draft: _Draft | None = None
        self._shows_draft = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_metrics().space_4)
        self._worth = QVBoxLayout()
        column.addLayout(self._worth)
        self._card = Card(name="plan-card")
        column.addWidget(self._card)
        self.notice = ResultBar(name="plan-notice")
        self._card.body.addWidget(self.notice)
        self._head = QVBoxLayout()
        self._card.body.addLayout(self._head)
        self.picture = PlanPicture()
        self.picture.changed.connect(self._dragged)
        self._card.body.addWidget(self.picture)
        self._legend = label(
            _("The line with dots is what was smoked, the stairs are the plan. Drag a step, or use the arrow keys."),
            type="caption",
        )
        self._card.body.addWidget(self._legend)
        self._steps = QVBoxLayout()
        self._card.body.addLayout(self._steps)
        self._foot = QVBoxLayout()
        self._card.body.addLayout(self._foot)

    def show_person(self, person_id: str) -> None:
        """Read the person anew; a plan that is being made stays."""
        if person_id != self._person_id:
            self._draft = None
            self.notice.hide()
        self._person_id = person_id
        day = today(self._desk.clock)
        self._desk.ask(lambda reading: smoking_story(reading, person_id, today=day), on_done=self._read)

    def _read(self, story: SmokingStory) -> None:
        if story.person_id == self._person_id:
            self._story = story
            self._show()

    def _show(self) -> None:
        story = self._story
        if story is None:
            return
        with focus_kept(self):
            fill_anew(self._worth)
            self._worth.addWidget(_worth(story))
            for part in (self._head, self._steps, self._foot):
                fill_anew(part)
            self._shows_draft = self._draft is not None
            self.setProperty("unsaved", self._shows_draft)
            self._legend.setVisible(self._draft is not None or story.plan is not None)
            if self._draft is not None:
                self._show_draft(story, self._draft)
            elif story.plan is not None:
                self._show_plan(story, story.plan)
            else:
                self.picture.hide()
                self._head.addWidget(
                    EmptyState(
                        "target",
                        _("No plan yet"),
                        _("Make one together: small steps from where the person is now."),
                        action=_("Make a plan"),
                        on_action=self.begin,
                        name="plan-empty",
                    )
                )

    def _show_plan(self, story: SmokingStory, plan: PlanRow) -> None:
        across = QHBoxLayout()
        across.addWidget(label(approach_word(plan.approach), type="heading"), 1)
        if plan.earlier:
            text = ngettext("{n} earlier plan", "{n} earlier plans", plan.earlier).format(n=plan.earlier)
            across.addWidget(Badge(text))
        self._head.addLayout(across)
        self.picture.show()
        steps = [PlannedStep(step.due_on, step.target, 0, step.text, "planned") for step in plan.steps]
        states = [step.state for step in plan.steps]
        self.picture.show_plan(
            steps, start=plan.start_value, starts_on=plan.starts_on, states=states, drawn=_drawn(story, self._day)
        )
        self._steps.addWidget(self._step_rows(plan))
        buttons = across_or_down()
        if plan.has_missed:
            # One sentence about a step that was too steep, and none about who was to blame.
            self._foot.addWidget(
                label(
                    _("A step was too steep, which is ordinary. Begin anew from where the person is now."), type="soft"
                )
            )
        buttons.addWidget(
            button(
                _("Plan anew from here"),
                name="plan-anew",
                kind="primary" if plan.has_missed else "",
                shows="arrows-clockwise",
                on_click=self.begin_anew,
            )
        )
        buttons.addWidget(
            button(_("A step in words"), name="plan-word-step", shows="text-aa", on_click=self._ask_in_words)
        )
        buttons.addWidget(
            button(_("Another way"), name="plan-other", kind="quiet", shows="traffic-sign", on_click=self.begin)
        )
        buttons.addStretch(1)
        self._foot.addLayout(buttons)

    def _step_rows(self, plan: PlanRow) -> Rows:
        rows = Rows(stretch={1: 1}, name="plan-steps")
        for row, step in enumerate(plan.steps):
            what = step.text or _("At most {n} a day").format(n=number_word(step.target))
            word, tone = state_words(step.state)
            tools = []
            for state, shape, text in (
                ("reached", "check", _("Reached: {what}")),
                ("missed", "arrow-counter-clockwise", _("Not yet: {what}")),
            ):
                tick = IconButton(shape, text.format(what=what), name=f"step-{row}-{state}")
                tick.setCheckable(True)
                tick.setChecked(step.decided and step.state == state)
                wanted = "planned" if tick.isChecked() else state
                tick.clicked.connect(partial(self._decide, step.step_id, wanted))
                tools.append(tick)
            rows.add((f"~{format_day(step.due_on)}", f"*{what}", Badge(word, tone=tone)), tools)
        return rows

    def _show_draft(self, story: SmokingStory, draft: _Draft) -> None:
        self.picture.show()
        self._head.addWidget(label(draft.title, type="heading"))
        if not draft.plan_id:
            self._head.addLayout(self._questions(draft))
            self._head.addWidget(label(approach_sentence(draft.approach), type="soft", name="plan-approach-sentence"))
        self.picture.show_plan(
            draft.steps, start=draft.start, starts_on=draft.starts_on, drawn=_drawn(story, self._day)
        )
        self._steps.addWidget(self._draft_rows(draft))
        buttons = across_or_down()
        for made in (
            button(_("Save the plan"), name="plan-save", kind="primary", shows="check", on_click=self._save),
            button(_("One more step"), name="plan-add-step", shows="plus", on_click=self._add_step),
            button(_("A step in words"), name="plan-word-step", shows="text-aa", on_click=self._ask_in_words),
            button(_("Cancel"), name="plan-cancel", kind="quiet", on_click=self._take_back),
        ):
            buttons.addWidget(made)
        buttons.addStretch(1)
        self._foot.addLayout(buttons)

    def _questions(self, draft: _Draft) -> QVBoxLayout:
        column = QVBoxLayout()
        approach = ChoiceField(
            _("How"),
            name="plan-approach",
            offers=[(key, approach_word(key)) for key in APPROACHES],
            chosen=draft.approach,
        )
        approach.changed.connect(lambda key: self._ask_again(approach=key))
        column.addWidget(approach)
        across = across_or_down()
        start = NumberField(_("Cigarettes a day now"), name="plan-start", value=draft.start)
        start.input.editingFinished.connect(lambda: self._ask_again(start=start))
        begins = DayField(_("From"), name="plan-begins", today=self._day, day=draft.starts_on)
        begins.picked.connect(lambda day: self._ask_again(starts_on=day))
        goal = NumberField(
            _("Goal a day"), name="plan-goal", value=draft.goal, advice=_("0 is to stop; half as many is a goal too.")
        )
        goal.input.editingFinished.connect(lambda: self._ask_again(goal=goal))
        for field in (start, begins, goal):
            across.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(across)
        return column

    def _draft_rows(self, draft: _Draft) -> Rows:
        rows = Rows(stretch={1: 1}, name="plan-steps")
        for row, step in enumerate(draft.steps):
            what = (
                _("At most {n} a day").format(n=number_word(step.target))
                if step.target is not None
                else step_text(step)
            )
            gone = IconButton("x", _("Take out: {what}").format(what=what), name=f"plan-remove-{row}")
            gone.clicked.connect(partial(self._remove_step, row))
            rows.add((f"~{format_day(step.due_on)}", f"*{what}"), (gone,))
        return rows

    @property
    def _day(self) -> date:
        return today(self._desk.clock)

    def begin(self) -> None:
        """Begin a plan from where the person is now, with steps to change."""
        story = self._story
        start = (story.now if story and story.now is not None else story.start if story else None) or 20.0
        self._draft = _Draft(_("A new plan"), "small_steps", self._day, start, None, ())
        self._suggest()

    def begin_anew(self) -> None:
        """Begin a plan with what is left of the one before, from where the person is now."""
        story = self._story
        if story is None or story.plan is None:
            return
        plan = story.plan
        now = story.now if story.now is not None else plan.start_value
        steps = [PlannedStep(step.due_on, step.target, 0, step.text) for step in plan.steps]
        left = replan(steps, [step.state for step in plan.steps], now=now, today=self._day)
        self._draft = _Draft(_("Planned anew from here"), plan.approach, self._day, now, plan.goal_value, left)
        self._show()

    def _ask_again(
        self,
        *,
        approach: str = "",
        start: NumberField | None = None,
        starts_on: date | None = None,
        goal: NumberField | None = None,
    ) -> None:
        draft = self._draft
        if draft is None:
            return
        try:
            changed = replace(
                draft,
                approach=approach or draft.approach,
                start=(start.value() or draft.start) if start else draft.start,
                starts_on=starts_on or draft.starts_on,
                goal=goal.value() if goal else (None if approach else draft.goal),
            )
        except RuleRefusal as refusal:
            field = start or goal
            if field is not None:
                field.complain(sentence_for(refusal).title)
            return
        if changed != draft:
            self._draft = changed
            self._suggest()

    def _suggest(self) -> None:
        draft = self._draft
        if draft is not None:
            steps = suggest(draft.approach, start=draft.start, starts_on=draft.starts_on, goal=draft.goal)
            self._draft = replace(draft, steps=steps)
            self._show()

    def _change_plan(self) -> None:
        """Begin to change the plan in force, where nothing is being made yet."""
        plan = self._story.plan if self._story is not None else None
        if self._draft is not None or plan is None:
            return
        self._draft = _Draft(
            _("The plan, changed"),
            plan.approach,
            plan.starts_on,
            plan.start_value,
            plan.goal_value,
            tuple(PlannedStep(step.due_on, step.target, 0, step.text, "planned") for step in plan.steps),
            plan.plan_id,
            tuple(step.step_id for step in plan.steps),
        )

    def _ask_in_words(self) -> None:
        """Ask for a step that is no number: the two write it as they said it."""
        self._change_plan()
        self._show()
        draft = self._draft
        if draft is None:
            return
        last = draft.steps[-1].due_on if draft.steps else draft.starts_on
        words = Field(_("The step, in your own words"), name="plan-words", placeholder=_("Not in the car"))
        begins = DayField(_("From"), name="plan-words-day", today=self._day, day=last + STEP_EVERY)

        def submit() -> None:
            if not words.text().strip():
                raise RuleRefusal("step-without-words", field="text")
            self._add_in_words(words.text().strip(), begins.day())

        form = Form(_("A step in words"), name="plan-words-form", submit_text=_("Add the step"), submit=submit)
        form.add_row(text=words, due_on=begins)
        form.cancelled.connect(form.deleteLater)
        self._steps.addWidget(form)
        words.setFocus()

    def _add_in_words(self, text: str, due_on: date) -> None:
        draft = self._draft
        if draft is None:
            return
        if any(step.due_on == due_on for step in draft.steps):
            raise RuleRefusal("steps-out-of-order", field="due_on")
        ids = draft.step_ids or ("",) * len(draft.steps)
        pairs = [*zip(draft.steps, ids, strict=True), (PlannedStep(due_on, None, 0, text), "")]
        pairs.sort(key=lambda pair: pair[0].due_on)
        self._draft = replace(
            draft,
            steps=tuple(step for step, _key in pairs),
            step_ids=tuple(key for _step, key in pairs) if draft.plan_id else (),
        )
        self._show()

    def _dragged(self, steps: Sequence[PlannedStep]) -> None:
        self._change_plan()
        if self._draft is not None:
            self._draft = replace(self._draft, steps=tuple(steps))
            self._refill()

    def _refill(self) -> None:
        """Show the draft's words anew and leave the picture in the hand that holds it."""
        draft = self._draft
        if draft is None:
            return
        if self._shows_draft:
            fill_anew(self._steps)
            self._steps.addWidget(self._draft_rows(draft))
        else:
            self._show()
            self.picture.setFocus()

    def _add_step(self) -> None:
        draft = self._draft
        if draft is not None:
            steps = with_one_more(draft.steps, start=draft.start, starts_on=draft.starts_on)
            self._draft = replace(draft, steps=steps, step_ids=(*draft.step_ids, "") if draft.plan_id else ())
            self._show()
            self.picture.choose(len(steps) - 1)

    def _remove_step(self, row: int) -> None:
        draft = self._draft
        if draft is not None:
            ids = (*draft.step_ids[:row], *draft.step_ids[row + 1 :])
            self._draft = replace(draft, steps=(*draft.steps[:row], *draft.steps[row + 1 :]), step_ids=ids)
            self._show()

    def _take_back(self) -> None:
        self._draft = None
        self.notice.hide()
        self._show()

    def _save(self) -> None:
        draft = self._draft
        if draft is None:
            return
        ids = draft.step_ids or ("",) * len(draft.steps)
        wanted = [
            StepWanted(step.due_on, step.target, step_text(step), step_id or None)
            for step, step_id in zip(draft.steps, ids, strict=True)
        ]
        if draft.plan_id:
            change = ChangeSteps(draft.plan_id, wanted)
            self._desk.do(lambda work: change_steps(change, work=work), on_done=self._saved, on_error=self._refused)
            return
        targets = [step.target for step in draft.steps if step.target is not None]
        command = MakePlan(
            person_id=self._person_id,
            approach=draft.approach,
            starts_on=draft.starts_on,
            start_value=draft.start,
            goal_value=targets[-1] if targets else draft.goal or 0.0,
            steps=wanted,
        )
        self._desk.do(lambda work: make_plan(command, work=work), on_done=self._saved, on_error=self._refused)

    def _saved(self, _outcome: object) -> None:
        self._draft = None
        self.notice.hide()
        self.show_person(self._person_id)

    def _refused(self, problem: Exception) -> None:
        if isinstance(problem, AppError):
            self.notice.show_notice("warning", sentence_for(problem))
        else:
            self._desk.failed.emit(problem)

    def _decide(self, step_id: str, state: str) -> None:
        command = DecideStep(step_id, state)
        self._desk.do(
            lambda work: decide_step(command, work=work),
            on_done=lambda _changed: self.show_person(self._person_id),
            on_error=self._refused,
        )


def _worth(story: SmokingStory) -> QWidget:
    """Return what it is worth so far: how much less, how many days, how much money."""
    made = QWidget()
    made.setObjectName("plan-worth")
    across = across_or_down()
    across.setContentsMargins(0, 0, 0, 0)
    made.setLayout(across)
    change = story.reduction
    if change is None:
        across.addWidget(_figure("–", _("Nothing measured of late"), "neutral"), 1)
    elif change.is_smoke_free:
        across.addWidget(_figure("0", _("cigarettes a day"), "success"), 1)
    else:
        share = format_percent(abs(change.share))
        words = _("fewer than at the start") if change.share >= 0 else _("more than at the start")
        badge = _("Half as many or fewer") if change.is_halved else ""
        across.addWidget(_figure(share, words, "success" if change.is_halved else "neutral", badge), 1)
    free = story.smoke_free
    days = ngettext("smoke-free day in a row", "smoke-free days in a row", free.in_a_row)
    in_all = _("{n} in all").format(n=free.in_all) if free.in_all > free.in_a_row else ""
    across.addWidget(_figure(number_word(free.in_a_row), days, "success" if free.in_a_row else "neutral", in_all), 1)
    price = _("by the person's own price") if story.price_per_day is not None else _("by the usual price")
    across.addWidget(
        _figure(format_money(story.saved // 100 * 100), _("saved, {price}").format(price=price), "neutral"), 1
    )
    return made


def _figure(number: str, words: str, tone: str, badge: str = "") -> Card:
    card = Card(name="figure-card")
    across = QHBoxLayout()
    across.addWidget(label(number, type="display", wrap=False))
    if badge:
        across.addWidget(Badge(badge, tone=tone), 0, Qt.AlignmentFlag.AlignVCenter)
    across.addStretch(1)
    card.body.addLayout(across)
    card.body.addWidget(label(words, type="soft"))
    return card


def _drawn(story: SmokingStory, day: date) -> Drawn:
    return Drawn(
        measured=story.cigarettes,
        stop_dates=tuple(row.stop_on for row in story.stop_dates),
        relapses=tuple(row.on for row in story.relapses),
        handouts=tuple(on for on, _week in story.handouts),
        today=day,
    )
