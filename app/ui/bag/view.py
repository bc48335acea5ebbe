"""The bag: pack it in the morning, count it in the evening, and say why it differs."""

from collections.abc import Iterator
from datetime import date
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.clock import today
from app.domain.bag import REASONS, expired
from app.domain.products import product_name, products
from app.error_text import sentence_for
from app.errors import RuleRefusal
from app.i18n import _, format_day, format_moment, format_money, language, ngettext
from app.services.pack_bag import (
    BagCounted,
    CorrectMovement,
    CountBag,
    Counted,
    PackBag,
    correct_movement,
    count_bag,
    pack_bag,
)
from app.storage.queries.bag import BagDay, BagNow, MovementRow, bag_now
from app.ui.desk import Desk
from app.ui.nicotine_words import difference_reason_word, movement_word
from app.ui.person.asking import tell
from app.ui.person.rows import Rows
from app.ui.tasks import Pieces
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    ChoiceBox,
    ChoiceField,
    DayField,
    EmptyState,
    Field,
    Form,
    IconButton,
    NumberBox,
    NumberField,
    PageHeader,
    ResultBar,
    ScrollPage,
    TickField,
    across_or_down,
    button,
    fill_anew,
    fits,
    focus_kept,
    is_large_text,
    label,
    search_field,
)

MANY_MOVES = 6
"""Movements from which on there is a line to find some of them."""


class BagView(QWidget):
    """One counsellor's bag on this laptop."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bag")
        self._desk = desk
        self._counting: dict[str, _CountLine] = {}
        self._opening: Pieces | None = None
        self._put_back: TickField | None = None
        self._bag: BagNow | None = None
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        page = ScrollPage(self, name="bag-page")
        whole.addWidget(page)
        page.body.addWidget(
            PageHeader(
                _("The bag"), _("In weekly portions: what is packed, handed out and left, added up from what happened.")
            )
        )
        self.notice = ResultBar(name="bag-notice")
        page.body.addWidget(self.notice)
        card = Card(name="bag-card")
        page.body.addWidget(card)
        self._table = QVBoxLayout()
        self._buttons = across_or_down()
        self._forms = QVBoxLayout()
        for part in (self._table, self._buttons, self._forms):
            card.body.addLayout(part)
        self._history = Card(name="bag-history")
        self._history.body.addWidget(label(_("What went in and out"), type="heading"))
        self._moves_search = search_field(
            _("Search for a product, a batch or a day"), name="bag-moves-search", on_change=self._filter_history
        )
        self._history.body.addWidget(self._moves_search)
        self._moves = QVBoxLayout()
        self._history.body.addLayout(self._moves)
        self._history.hide()
        page.body.addWidget(self._history)
        page.body.addStretch(1)

    def refresh(self) -> None:
        """Read the bag anew; a count that is being written stays."""
        user_id, day = self._desk.user_id, today(self._desk.clock)
        self._desk.ask(lambda reading: bag_now(reading, user_id, today=day), on_done=self._show)

    def _show(self, bag: BagNow) -> None:
        self._bag = bag
        if self._counting:
            return
        with focus_kept(self):
            fill_anew(self._table)
            fill_anew(self._buttons)
            days = [day for day in bag.days if day.line.left or day.packed_today or day.handed_today]
            if days:
                self._table.addWidget(self._lines(days))
            else:
                self._table.addWidget(
                    EmptyState(
                        "handbag", _("The bag is empty"), _("Pack it in the morning: one line for each product.")
                    )
                )
            tools = [
                button(
                    _("Pack"),
                    name="bag-pack",
                    kind="" if days else "primary",
                    shows="plus",
                    on_click=self.begin_packing,
                )
            ]
            if days:
                tools.append(
                    button(
                        _("Count the bag"),
                        name="bag-count",
                        kind="primary",
                        shows="clipboard-text",
                        on_click=self.begin_counting,
                    )
                )
            for tool in tools:
                self._buttons.addWidget(tool)
            self._buttons.addStretch(1)
            self._show_history(bag)

    def _lines(self, days: list[BagDay]) -> Rows:
        rows = Rows(stretch={0: 2, 4: 1}, name="bag-lines")
        heads = (_("Product"), _("Packed today"), _("Handed out today"), _("In the bag"))
        if not is_large_text():
            rows.add((heads[0], *(_figure(head, type="caption") for head in heads[1:])))
        day = today(self._desk.clock)
        for entry in days:
            numbers = (str(entry.packed_today or ""), str(entry.handed_today or ""), str(entry.line.left))
            name = f"*{product_name(entry.line.product, language())}"
            if is_large_text():
                said = [f"{head}: {number}" for head, number in zip(heads[1:], numbers, strict=True) if number]
                rows.add((name, label(" · ".join(said)), _state(entry, day)))
            else:
                left = _figure(numbers[2], type="heading")
                rows.add((name, _figure(numbers[0]), _figure(numbers[1]), left, _state(entry, day)))
        return rows

    def begin_packing(self) -> None:
        """Open a line to pack; it stays open for the next product."""
        self._stop_opening()
        day = today(self._desk.clock)
        product = ChoiceField(
            _("Product"),
            name="pack-product",
            offers=[(key, known.name(language())) for key, known in products().items()],
            as_box=True,
        )
        quantity = NumberField(_("Weekly portions"), name="pack-quantity")
        batch = Field(_("Batch"), name="pack-batch")
        expires = DayField(_("Expires"), name="pack-expires", today=day)
        price = NumberField(_("Price of a portion, kroner"), name="pack-price", decimals=True)

        def submit() -> None:
            oere = price.value()
            command = PackBag(
                product=product.value(),
                quantity=quantity.whole() or 0,
                batch=batch.text(),
                expires_on=expires.day_if_any(),
                price=None if oere is None else round(oere * 100),
            )
            self._desk.do(
                lambda work: pack_bag(command, work=work),
                on_done=lambda packed: self._packed(packed.is_expired, quantity),
                on_error=lambda problem: tell(form, problem, self._desk),
            )

        form = Form(_("Into the bag"), name="pack-form", submit_text=_("Pack"), submit=submit)
        form.add_row(product=product, quantity=quantity)
        form.add_row(batch=batch, expires_on=expires, price=price)
        fill_anew(self._forms)
        self._forms.addWidget(form)
        quantity.setFocus(Qt.FocusReason.OtherFocusReason)

    def _packed(self, is_expired: bool, quantity: NumberField) -> None:
        quantity.show_value(None)
        quantity.setFocus(Qt.FocusReason.OtherFocusReason)
        if is_expired:
            self.notice.show_notice("warning", _("The batch has passed its expiry date. It is packed all the same."))
        else:
            self.notice.hide()
        self.refresh()

    def begin_counting(self) -> None:
        """Count every product; a difference asks for its reason on the same line."""
        if self._bag is not None:
            self._stop_opening()
            self._opening = self._desk.tasks.in_pieces(self._open_count(self._bag))

    def _open_count(self, bag: BagNow) -> Iterator[None]:
        """Make the lines out of sight, a few at a time, then put them where the bag was shown."""
        lines = QWidget(self)
        lines.hide()
        grid = _grid(lines)
        counting: dict[str, _CountLine] = {}
        try:
            if not is_large_text():
                words = (_("Product"), _("Should be there"), _("Counted"), _("Why it differs"), "")
                for column, word in enumerate(words):
                    head = _figure(word, type="caption") if column == 1 else label(word, type="caption", wrap=False)
                    grid.addWidget(head, 0, column)
                grid.setColumnStretch(0, 3)
                grid.setColumnStretch(3, 2)
                grid.setColumnStretch(4, 2)
            for row, entry in enumerate(bag.days, start=1):
                if entry.line.left or entry.packed_today or entry.handed_today:
                    counting[entry.line.product] = _CountLine(grid, row, entry)
                    grid.totalHeightForWidth(self.width())
                    yield
        except GeneratorExit:
            lines.deleteLater()
            raise
        for part in (self._forms, self._table, self._buttons):
            fill_anew(part)
        self._counting = counting
        self._table.addWidget(lines)
        lines.show()
        self._put_back = TickField(
            _("Everything goes back to the cupboard"),
            name="bag-put-back",
            advice=_("Leave it open where the bag stays packed until tomorrow."),
        )
        self._table.addWidget(self._put_back)
        for made in (
            button(
                _("Save the count"), name="bag-count-save", kind="primary", shows="check", on_click=self._save_count
            ),
            button(_("Cancel"), name="bag-count-cancel", kind="quiet", on_click=self._leave_count),
        ):
            self._buttons.addWidget(made)
        self._buttons.addStretch(1)
        first = next(iter(self._counting.values()), None)
        if first is not None:
            first.counted.setFocus(Qt.FocusReason.OtherFocusReason)
            first.counted.selectAll()

    def _stop_opening(self) -> None:
        if self._opening is not None:
            self._opening.drop()

    def _save_count(self) -> None:
        command = CountBag(
            [line.entered(product) for product, line in self._counting.items()],
            put_back=self._put_back is not None and self._put_back.is_ticked(),
        )
        self._desk.do(lambda work: count_bag(command, work=work), on_done=self._counted, on_error=self._count_refused)

    def _counted(self, outcome: BagCounted) -> None:
        self._counting = {}
        if outcome.differences:
            count = len(outcome.differences)
            said = ngettext("{n} difference explained.", "{n} differences explained.", count).format(n=count)
        else:
            said = _("The bag holds what it should.")
        self.notice.show_notice("success", said)
        self.refresh()

    def _count_refused(self, problem: Exception) -> None:
        line = self._counting.get(str(getattr(problem, "parameters", {}).get("field", "")))
        if isinstance(problem, RuleRefusal) and line is not None:
            line.complain(f"{sentence_for(problem).title} {sentence_for(problem).advice}")
        elif isinstance(problem, RuleRefusal):
            self.notice.show_notice("warning", sentence_for(problem))
        else:
            self._desk.failed.emit(problem)

    def _leave_count(self) -> None:
        self._counting = {}
        self.refresh()

    def _show_history(self, bag: BagNow) -> None:
        self._history.setVisible(bool(bag.history))
        self._moves_search.setVisible(len(bag.history) >= MANY_MOVES)
        self._filter_history()

    def _filter_history(self) -> None:
        """Show what fits of what went in and out."""
        fill_anew(self._moves)
        if self._bag is None:
            return
        rows = Rows(stretch={3: 1}, name="bag-moves")
        found = 0
        for row, move in enumerate(self._bag.history):
            day = format_moment(move.moved_at)
            when = f"~{day}"
            sign = -move.quantity if move.kind == "returned" else move.quantity
            about = [
                product_name(move.product, language()),
                _("batch {batch}").format(batch=move.batch) if move.batch else "",
                format_money(move.price) if move.price is not None else "",
                _reason_words(move.reason),
            ]
            if not fits(self._moves_search.text(), (day, movement_word(move.kind), *about)):
                continue
            found += 1
            tools = []
            if move.kind == "packed":
                change = IconButton(
                    "pencil-simple",
                    _("Correct {product}").format(product=product_name(move.product, language())),
                    name=f"bag-correct-{row}",
                )
                change.clicked.connect(partial(self._begin_correction, move))
                tools.append(change)
            said = label(" · ".join(part for part in about if part))
            number = _figure(f"{sign:+d}".replace("-", "\u2212"), type="strong")
            rows.add((when, label(movement_word(move.kind), wrap=False), number, said), tools)
        self._moves.addWidget(rows if found else label(_("Nothing in this list fits."), type="soft"))

    def _begin_correction(self, move: MovementRow) -> None:
        self._stop_opening()
        quantity = NumberField(_("The right number of portions"), name="correct-quantity", value=move.quantity)
        reason = Field(_("Why"), name="correct-reason")

        def submit() -> None:
            command = CorrectMovement(move.movement_id, quantity.whole() or 0, reason.text())
            self._desk.do(
                lambda work: correct_movement(command, work=work),
                on_done=lambda _changed: self._corrected(),
                on_error=lambda problem: tell(form, problem, self._desk),
            )

        form = Form(product_name(move.product, language()), name="correct-form", submit_text=_("Save"), submit=submit)
        form.add_row(quantity=quantity, reason=reason)
        fill_anew(self._forms)
        self._forms.addWidget(form)
        quantity.setFocus(Qt.FocusReason.OtherFocusReason)

    def _corrected(self) -> None:
        fill_anew(self._forms)
        self.refresh()


class _CountLine:
    """One product being counted: its number, and the reason where it differs."""

    def __init__(self, grid: QGridLayout, row: int, entry: BagDay) -> None:
        self._line = entry.line
        self._grid = grid
        name = product_name(entry.line.product, language())
        is_tall = is_large_text()
        # Where the text is large a product takes three lines: its name, its numbers, and why they differ.
        self._at = ((row * 3, 0), (row * 3 + 1, 0), (row * 3 + 1, 1), (row * 3 + 2, 0), (row * 3 + 2, 1))
        if not is_tall:
            self._at = ((row, 0), (row, 1), (row, 2), (row, 3), (row, 4))
        should = str(entry.line.left)
        should = _("Should be there: {n}").format(n=should) if is_tall else should
        grid.addWidget(label(name, type="strong"), *self._at[0], 1, 2 if is_tall else 1)
        grid.addWidget(_figure(should), *self._at[1])
        self.counted = NumberBox()
        self.counted.setObjectName(f"count-{entry.line.product}")
        self.counted.setAccessibleName(_("Counted: {product}").format(product=name))
        self.counted.setRange(0, 999)
        self.counted.setValue(max(0, entry.line.left))
        self.counted.valueChanged.connect(self._differs)
        grid.addWidget(self.counted, *self._at[2])
        self._why: _Why | None = None
        self._differs()

    def entered(self, product: str) -> Counted:
        """Return what was counted."""
        if self._why is None:
            return Counted(product, self.counted.value(), "", "")
        return Counted(product, self.counted.value(), self._why.reason.currentData() or "", self._why.note.text())

    def complain(self, sentence: str) -> None:
        """Say what is wrong beside the line."""
        if self._why is not None:
            self._why.below.setText(sentence)
            self._why.below.show()
            self._why.reason.setFocus()

    def _differs(self) -> None:
        """Ask why where the number differs; what asks is made then, because most numbers do not."""
        is_different = self._line.difference(self.counted.value()) != 0
        if is_different and self._why is None:
            self._why = _Why(self._line.product)
            self._grid.addWidget(self._why.reason, *self._at[3])
            self._grid.addLayout(self._why.column, *self._at[4])
        if self._why is not None:
            for part in (self._why.reason, self._why.note):
                part.setVisible(is_different)
            self._why.below.hide()


class _Why:
    """Why a number differs: one of the usual reasons, and words of one's own."""

    def __init__(self, product: str) -> None:
        name = product_name(product, language())
        self.reason = ChoiceBox()
        self.reason.setObjectName(f"count-reason-{product}")
        self.reason.setAccessibleName(_("Why {product} differs").format(product=name))
        self.reason.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.reason.setMinimumContentsLength(10)
        self.reason.addItem(_("Choose why"), "")
        for reason in REASONS:
            self.reason.addItem(difference_reason_word(reason), reason)
        self.column = QVBoxLayout()
        self.column.setSpacing(0)
        self.note = QLineEdit()
        self.note.setObjectName(f"count-note-{product}")
        self.note.setAccessibleName(_("More about the difference"))
        self.note.setPlaceholderText(_("In your own words"))
        self.below = label("", type="error")
        self.column.addWidget(self.note)
        self.column.addWidget(self.below)


def _figure(words: str, *, type: str = "body") -> QLabel:  # noqa: A002 - the stylesheet's own word
    """Return a number, or the heading above numbers: at the right in columns, digit below digit."""
    made = label(words, type=type, wrap=False)
    if not is_large_text():
        made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made


def _state(entry: BagDay, day: date) -> QWidget | str:
    """Return what to know about what is left: expired, missing, or when the first of it expires."""
    old = expired(entry.line, day)
    if old:
        batches = ", ".join(batch.batch or "–" for batch in old)
        return Badge(_("Batch {batch} has expired").format(batch=batches), tone="amber")
    if entry.line.left < 0:
        return Badge(_("More handed out than packed"), tone="amber")
    ends = [batch.expires_on for batch in entry.line.batches if batch.left > 0 and batch.expires_on is not None]
    return _("first expires {day}").format(day=format_day(min(ends))) if ends else ""


def _grid(owner: QWidget) -> QGridLayout:
    grid = QGridLayout(owner)
    grid.setContentsMargins(0, 0, 0, 0)
    metrics = current_metrics()
    grid.setHorizontalSpacing(metrics.space_3 if is_large_text() else metrics.space_5)
    grid.setVerticalSpacing(metrics.space_2)
    return grid


def _reason_words(reason: str) -> str:
    key, colon, said = reason.partition(": ")
    return f"{difference_reason_word(key)}: {said}" if colon else difference_reason_word(key)
