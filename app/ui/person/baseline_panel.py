"""The base form: where the person begins, in the order of the national form, with dependence as it is answered."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.clock import today
from app.domain.baseline import COUNTED_AS_CIGARETTES, FORM, PRODUCTS, UNKNOWN, Question, dependence_scores
from app.domain.dependence import ITEMS, cigarettes_item, ftnd, ftnd_band, hsi, hsi_band
from app.domain.vouchers import amount_typed, amount_written
from app.errors import RuleRefusal
from app.i18n import _, format_day, format_money
from app.services.record_baseline import RecordBaseline, record_baseline
from app.storage.queries.smoking import BaselineRow, SmokingStory, smoking_story
from app.ui.desk import Desk
from app.ui.nicotine_words import option_word, question_words, tobacco_word
from app.ui.person.asking import tell
from app.ui.tasks import Pieces
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    DayField,
    EmptyState,
    Field,
    Flow,
    Form,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    is_large_text,
    is_narrow,
    label,
)
from app.ui.widgets.form_fields import OfferBox, number_typed, number_written, read_whole
from app.ui.widgets.surfaces import set_property
from app.ui.words import number_word

Said = dict[str, Any]
_A_PIECE = 2
"""Questions that are put in before the window answers again."""


class BaselinePanel(QWidget):
    """What was answered, and the form to fill in or correct."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("baseline-panel")
        self._desk = desk
        self._person_id = ""
        self._story: SmokingStory | None = None
        self._opening: Pieces | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        card = Card(name="baseline-card")
        column.addWidget(card)
        self._body = QVBoxLayout()
        self._forms = QVBoxLayout()
        card.body.addLayout(self._body)
        card.body.addLayout(self._forms)

    def show_person(self, person_id: str) -> None:
        """Read the person anew; a form that is being filled in stays."""
        if person_id != self._person_id:
            if self._opening is not None:
                self._opening.drop()
            fill_anew(self._forms)
        self._person_id = person_id
        day = today(self._desk.clock)
        self._desk.ask(lambda reading: smoking_story(reading, person_id, today=day), on_done=self._read)

    def _read(self, story: SmokingStory) -> None:
        if story.person_id != self._person_id:
            return
        self._story = story
        with focus_kept(self):
            fill_anew(self._body)
            if story.baseline is None:
                self._body.addWidget(
                    EmptyState(
                        "clipboard-text",
                        _("Where does the person begin?"),
                        _("A few questions; not asked and does not want to answer are answers too."),
                        action=_("Fill in the base form"),
                        on_action=self._begin,
                        name="baseline-empty",
                    )
                )
            else:
                self._show_answers(story, story.baseline)

    def _show_answers(self, story: SmokingStory, baseline: BaselineRow) -> None:
        badges = (
            Badge(dependence_words(story.ftnd, story.hsi), tone="accent", name="baseline-dependence"),
            Badge(_("{n} of {of} answered").format(n=baseline.answered, of=baseline.questions)),
        )
        # A heading that wraps above them would take its height from the answers.
        across = Flow(gap=current_metrics().space_2) if is_narrow() else QHBoxLayout()
        heading = label(_("Where the person began"), type="heading", wrap=not is_narrow())
        across.addWidget(heading)
        if isinstance(across, QHBoxLayout):
            across.setStretchFactor(heading, 1)
        for badge in badges:
            across.addWidget(badge)
        self._body.addLayout(across)
        said = _("Filled in {day}").format(day=format_day(baseline.filled_on))
        if baseline.pack_years is not None:
            said += " · " + _("{n} pack-years").format(n=number_word(round(baseline.pack_years, 1)))
        self._body.addWidget(label(said, type="soft"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(current_metrics().space_5)
        grid.setVerticalSpacing(current_metrics().space_1)
        columns = 1 if is_large_text() else 2
        shown = [question for question in FORM if question.key in baseline.answers]
        rows = -(-len(shown) // columns)
        for number, question in enumerate(shown):
            column, row = divmod(number, rows)
            grid.addWidget(label(question_words(question.key), type="soft"), row, column * 2)
            grid.addWidget(
                label(answer_words(question, baseline.answers[question.key]), type="strong"), row, column * 2 + 1
            )
        for column in range(columns):
            grid.setColumnStretch(column * 2, 3)
            grid.setColumnStretch(column * 2 + 1, 2)
        self._body.addLayout(grid)
        buttons = across_or_down()
        buttons.addWidget(
            button(_("Correct the form"), name="baseline-correct", shows="pencil-simple", on_click=self._correct)
        )
        buttons.addWidget(button(_("A new form"), name="baseline-new", kind="quiet", on_click=self._begin))
        buttons.addStretch(1)
        self._body.addLayout(buttons)

    def _begin(self) -> None:
        self._open({}, "")

    def _correct(self) -> None:
        if self._story is not None and self._story.baseline is not None:
            self._open(self._story.baseline.answers, self._story.baseline.baseline_id)

    def _open(self, answers: Mapping[str, Said], corrects_id: str) -> None:
        """Open the form once all its questions stand: there are many, and the window answers between them."""
        if self._opening is not None:
            self._opening.drop()
        self._opening = self._desk.tasks.in_pieces(self._made(answers, corrects_id))

    def _made(self, answers: Mapping[str, Said], corrects_id: str) -> Iterator[None]:
        day = today(self._desk.clock)
        filled = DayField(_("Filled in on"), name="baseline-day", today=day, day=day)
        reason = Field(_("Why it is corrected"), name="baseline-reason")
        questions = _Questions()

        def submit() -> None:
            command = RecordBaseline(
                person_id=self._person_id,
                filled_on=filled.day(),
                # What a newer version asks is not let go of; the service says that it cannot be corrected here.
                answers={**answers, **questions.answers()},
                corrects_id=corrects_id or None,
                reason=reason.text() if corrects_id else "",
            )
            self._desk.do(
                lambda work: record_baseline(command, work=work),
                on_done=lambda _made: self._done(),
                on_error=lambda problem: tell(form, problem, self._desk),
            )

        title = _("Correct the base form") if corrects_id else _("The base form")
        form = Form(title, name="baseline-form", submit_text=_("Save the form"), submit=submit)
        form.add_row(**({"filled_on": filled, "reason": reason} if corrects_id else {"filled_on": filled}))
        form.setParent(self)
        form.hide()
        form.body.insertWidget(form.body.count() - 1, questions)
        try:
            for _piece in questions.fill(answers):
                form.body.totalHeightForWidth(self.width())
                yield
        except GeneratorExit:
            form.deleteLater()
            raise
        form.fields |= questions.lines
        fill_anew(self._forms)
        self._forms.addWidget(form)
        form.show()
        form.cancelled.connect(lambda: fill_anew(self._forms))
        questions.first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _done(self) -> None:
        fill_anew(self._forms)
        self.show_person(self._person_id)


class _Line(QWidget):
    """One question with its answer; what is refused is told below it."""

    def __init__(self, question: Question, said: Said | None, on_change: Callable[[], object]) -> None:
        super().__init__()
        self.question = question
        self._said = said
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        across = across_or_down()
        asked = label(question_words(question.key))
        across.addWidget(asked, 5)
        self.box = OfferBox()
        self.box.setObjectName(f"baseline-{question.key}")
        self.box.setAccessibleName(question_words(question.key))
        if question.kind == "choice":
            for option in question.options:
                self.box.addItem(option_word(option), option)
        else:
            self.box.addItem(_("Answered"), "given")
        for option in UNKNOWN:
            self.box.addItem(option_word(option), option)
        read_whole(self.box)
        self.numbers: dict[str, QLineEdit] = {}
        # Many numbers stand above what is said of all of them, and one does where there is no room beside it.
        answered = QVBoxLayout() if question.kind == "amounts" or is_narrow() else QHBoxLayout()
        if question.kind != "choice":
            answered.addLayout(self._number_fields(question, said, on_change), 1)
        if question.kind == "amounts":
            answered.setSpacing(current_metrics().space_1)
            answered.addWidget(label(_("Answer"), type="caption", wrap=False))
        answered.addWidget(self.box, 2)
        across.addLayout(answered, 6)
        if question.kind == "amounts":
            across.setAlignment(asked, Qt.AlignmentFlag.AlignTop)
        column.addLayout(across)
        self._below = label("", type="error", name=f"baseline-{question.key}-advice")
        self._below.hide()
        column.addWidget(self._below)
        self._show(said)
        self.box.currentIndexChanged.connect(lambda _row: on_change())

    def answer(self) -> Said:
        """Return the answer; RuleRefusal where a number that is written is none, or none that is taken."""
        chosen = self.box.currentData()
        if chosen is None and self._said is not None:
            return dict(self._said)
        if chosen in UNKNOWN:
            return {"answer": chosen, "value": None}
        if self.question.kind == "choice":
            return {"answer": "given", "value": chosen}
        values = {key: self._number(line) for key, line in self.numbers.items() if line.text().strip()}
        if not values:
            return {"answer": "not_asked", "value": None}
        return {"answer": "given", "value": values if self.question.kind == "amounts" else values[self.question.key]}

    def complain(self, sentence: str) -> None:
        """Say what is wrong."""
        self._below.setText(sentence)
        self._below.show()

    def advise(self, sentence: str = "") -> None:
        """Say nothing more."""
        self._below.setText(sentence)
        self._below.setVisible(bool(sentence))

    def _number_fields(self, question: Question, said: Said | None, on_change: Callable[[], object]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(current_metrics().space_2)
        grid.setVerticalSpacing(current_metrics().space_1)
        keys = question.options if question.kind == "amounts" else (question.key,)
        value = said.get("value") if said else None
        for place, key in enumerate(keys):
            line = QLineEdit()
            line.setObjectName(
                f"baseline-{question.key}-{key}" if question.kind == "amounts" else f"baseline-{key}-number"
            )
            line.setAccessibleName(tobacco_word(key) if question.kind == "amounts" else question_words(key))
            line.setMaximumWidth(current_metrics().body * 5)
            known = value.get(key) if isinstance(value, Mapping) else value
            if known is not None:
                line.setText(amount_written(round(known)) if question.kind == "money" else number_written(known))
            line.textEdited.connect(lambda _text: self._answered(on_change))
            self.numbers[key] = line
            row, column = divmod(place, 2 if is_narrow() else 3)
            if question.kind == "amounts":
                grid.addWidget(label(tobacco_word(key), type="caption", wrap=False), row * 2, column)
                grid.addWidget(line, row * 2 + 1, column, Qt.AlignmentFlag.AlignLeft)
                grid.setColumnStretch(column, 1)
            else:
                grid.addWidget(line, 0, 0, Qt.AlignmentFlag.AlignLeft)
        return grid

    def _answered(self, on_change: Callable[[], object]) -> None:
        self.box.setCurrentIndex(self.box.findData("given"))
        on_change()

    def _number(self, line: QLineEdit) -> float:
        if self.question.kind == "money":
            return float(amount_typed(line.text(), field=self.question.key))
        return number_typed(line.text().strip(), field=self.question.key, decimals=True)

    def _show(self, said: Said | None) -> None:
        if said is None or said["answer"] == "not_asked":
            self.box.setCurrentIndex(self.box.findData("not_asked"))
        elif said["answer"] != "given":
            self.box.setCurrentIndex(self.box.findData(said["answer"]))
        else:
            self.box.setCurrentIndex(self.box.findData(said["value"] if self.question.kind == "choice" else "given"))
        if self.box.currentIndex() < 0:
            # As a newer version asked: it stays, and is not written over with the first of these.
            self.box.setPlaceholderText(_("Something else"))


class _Questions(QWidget):
    """All questions below each other, and the dependence that they add up to so far."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("baseline-questions")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(current_metrics().space_2)
        self._score = Badge("", tone="accent", name="baseline-score")
        self._filled_in = ""
        self.lines: dict[str, _Line] = {}
        set_property(self, "plain", True)

    def fill(self, answers: Mapping[str, Said]) -> Iterator[None]:
        """Put the questions in with what was answered, a few at a time."""
        for question in FORM:
            line = self.lines[question.key] = _Line(question, answers.get(question.key), self._reckon)
            if question.key == "years_smoked":
                self._column.addWidget(self._score, 0, Qt.AlignmentFlag.AlignRight)
            self._column.addWidget(line)
            if len(self.lines) % _A_PIECE == 0:
                yield
        self._reckon()

    @property
    def first(self) -> QWidget:
        """Return where the form is begun."""
        return self.lines["products"].numbers[PRODUCTS[0]]

    def answers(self) -> dict[str, Said]:
        """Return every answer; RuleRefusal where a number cannot be read."""
        return {key: line.answer() for key, line in self.lines.items()}

    def _reckon(self) -> None:
        """Fill in the fourth question from the amounts, and say what the answers add up to."""
        try:
            amounts = self.lines["products"].answer()
            if amounts["answer"] == "given":
                smoked = sum(amounts["value"].get(key, 0) for key in COUNTED_AS_CIGARETTES)
                box = self.lines["ftnd_4"].box
                if smoked and box.currentData() in ("not_asked", self._filled_in):
                    points = cigarettes_item(smoked)
                    self._filled_in = next(answer for answer, score in ITEMS[4] if score == points)
                    box.setCurrentIndex(box.findData(self._filled_in))
            scores = dependence_scores({f"ftnd_{item}": self.lines[f"ftnd_{item}"].answer() for item in ITEMS})
        except RuleRefusal:
            return
        self._score.setText(dependence_words(ftnd(scores), hsi(scores)))


def dependence_words(fagerstrom: int | None, short: int | None) -> str:
    """Return the score, the short one where an answer is missing, or that it is incomplete."""
    if fagerstrom is not None:
        return _("Fagerström {n} of 10, {band}").format(n=fagerstrom, band=option_word(ftnd_band(fagerstrom)))
    if short is not None:
        return _("HSI {n} of 6, {band}; Fagerström incomplete").format(n=short, band=option_word(hsi_band(short)))
    return _("Dependence: incomplete")


def answer_words(question: Question, said: Mapping[str, Any]) -> str:
    """Return an answer as one reads it."""
    if said["answer"] != "given":
        return option_word(said["answer"])
    value = said["value"]
    if question.kind == "amounts":
        used = [f"{tobacco_word(key)} {number_word(value[key])}" for key in PRODUCTS if value.get(key)]
        return ", ".join(used) or _("None")
    if question.kind == "money":
        return format_money(round(value))
    return option_word(value) if question.kind == "choice" else number_word(value)
