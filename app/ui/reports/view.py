"""Reports: a period, one button, then every table with the people behind each number, and the ways to take it along."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLayout,
    QListWidgetItem,
    QPlainTextEdit,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.clock import today
from app.documents.report_pdf import ReportContent, report_pdf
from app.documents.spreadsheet import report_xlsx
from app.domain.reports.as_of import end_of
from app.domain.reports.everything import half_year
from app.domain.reports.participations import Cohort
from app.domain.reports.plain import as_csv
from app.domain.reports.suppression import for_outside
from app.domain.reports.table import Report, Table
from app.domain.rules import SHOWN
from app.error_text import sentence_for
from app.errors import AppError, RuleRefusal, StoppedError
from app.i18n import _, format_day, language, ngettext
from app.services.compute_reports import ComputeReports, ReportsOf, compute_beside, get_ready
from app.services.let_out import Leaving
from app.ui.desk import Desk
from app.ui.documents.preview import PdfPreview
from app.ui.door import Door
from app.ui.programmes.said import DocumentsSay
from app.ui.reports.behind_number import BehindNumber, wrapping_list
from app.ui.reports.figures_table import FiguresTable
from app.ui.reports.table_model import ReportTableModel
from app.ui.theme import current_metrics
from app.ui.widgets import (
    BusyIndicator,
    ChoiceBox,
    DayField,
    EmptyState,
    Flow,
    PageHeader,
    Progress,
    ResultBar,
    ScrollPage,
    across_or_down,
    button,
    dress_table,
    focus_kept,
    is_large_text,
    label,
    note_as_made,
    short_row,
)
from app.ui.widgets.room import body_for_window

CSV_MARK: Final = b"\xef\xbb\xbf"


class _TakenAlong(NamedTuple):
    """What was computed, and what was written, chosen and looked at."""

    found: ReportsOf | None
    days: tuple[str, ...]
    boxes: tuple[int, int]
    is_inside: bool
    row: int


class ReportsView(QWidget):
    """The reports of a period; they are computed beside the window and stay until others are."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.door = Door(desk, self)
        self._progress: Progress | None = None
        self.reports: tuple[Report, ...] = ()
        self._tables: list[tuple[Report, Table]] = []
        self._found: ReportsOf | None = None
        self._whose = ("", "")
        self._layers = QStackedLayout(self)
        self._paper = PdfPreview(desk, name="report-paper", title=_("Reports"))
        self._paper.back.connect(lambda: self._layers.setCurrentWidget(self._page))
        self._layers.addWidget(self._paper)
        self._fitting = QTimer(self, singleShot=True, interval=0)
        self._fitting.timeout.connect(self._fit)
        self._make_page()
        self._layers.setCurrentWidget(self._page)

    def _make_page(self) -> None:
        """Lay the page out for the window as it is now."""
        self._scrolls = _scrolls()
        self._page = page = QWidget()
        self._layers.insertWidget(0, page)
        column = _column(page)
        top = across_or_down()
        self._header = PageHeader(
            _("Reports"), _("Choose a period and compute. Click a number to see who is behind it.")
        )
        top.addWidget(self._header, 1)
        self._taking = QHBoxLayout()
        self._show = button(
            _("Show on paper"), name="reports-paper", kind="primary", shows="printer", on_click=self.on_paper
        )
        self._excel = button(_("Excel"), name="reports-excel", shows="table", on_click=partial(self._save, "xlsx"))
        self._csv = button(_("CSV"), name="reports-csv", shows="file-text", on_click=partial(self._save, "csv"))
        for made in (self._show, self._excel, self._csv):
            self._taking.addWidget(made)
            made.setEnabled(False)
        top.addLayout(self._taking)
        column.addLayout(top)
        self.notice = ResultBar(name="reports-notice")
        column.addWidget(self.notice)
        column.addLayout(self._question())
        self._nothing_yet = EmptyState(
            "chart-bar",
            _("Nothing is computed yet"),
            _("Choose a period above. All reports are made in one go, and stay until you compute anew."),
            action=_("Compute"),
            on_action=self.compute,
            name="reports-empty",
        )
        column.addWidget(self._nothing_yet, 1)
        self._tables_shown = self._body()
        self._tables_shown.hide()
        column.addWidget(self._tables_shown, 1)
        column.addWidget(DocumentsSay(self._desk, SHOWN["reports"], name="reports-documents", beside=self._foot()))

    def refresh(self) -> None:
        """Keep what was computed: it changes when somebody computes anew."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the page, once it is known how wide the window is by now."""
        super().resizeEvent(event)
        self._fitting.start()

    def _fit(self) -> None:
        """Lay the page out anew where the window is for the other layout; what is being computed comes first."""
        if _scrolls() == self._scrolls or self.is_busy:
            return
        taken, before, is_paper = self.taken_along(), self._page, self._layers.currentWidget() is self._paper
        with focus_kept(self):
            self._layers.removeWidget(before)
            before.hide()
            before.deleteLater()
            self._make_page()
            self.take_up(taken)
            self._layers.setCurrentWidget(self._paper if is_paper else self._page)

    def showEvent(self, event: QShowEvent) -> None:
        """Be ready to compute: a period is chosen first."""
        super().showEvent(event)
        if not event.spontaneous():
            self._desk.expect(self._desk.figures, get_ready)

    def taken_along(self) -> _TakenAlong:
        """Return what was computed and what is asked, for a page that follows this one."""
        asked = tuple(field.input.text() for field in (self._since, self._until, self._known_on))
        boxes = self._periods.currentIndex(), self._cohort.currentIndex()
        return _TakenAlong(self._found, asked, boxes, self._inside.isChecked(), self._list.currentRow())

    def take_up(self, taken: _TakenAlong) -> None:
        """Show what was computed and asked on the page before this one."""
        self._periods.setCurrentIndex(taken.boxes[0])
        self._cohort.setCurrentIndex(taken.boxes[1])
        for field, text in zip((self._since, self._until, self._known_on), taken.days, strict=True):
            field.input.setText(text)
        self._inside.setChecked(taken.is_inside)
        if taken.found is not None:
            self._computed(taken.found)
            self._list.setCurrentRow(taken.row)

    @property
    def is_busy(self) -> bool:
        """Return whether reports are being computed."""
        return self._progress is not None

    def compute(self) -> None:
        """Compute every report of the chosen period, or stop where that is under way."""
        if self._progress is not None:
            self._progress.stop()
            return
        self.notice.hide()
        try:
            since, until, known_on = self._since.day(), self._until.day(), self._known_on.day_if_any()
        except RuleRefusal as refusal:
            self.notice.show_notice("problem", sentence_for(refusal))
            return
        command = ComputeReports(
            since=since,
            until=until,
            today=known_on or today(self._desk.clock),
            as_of=None if known_on is None else end_of(known_on),
            cohort=self._cohort.currentData(),
            names_wanted=True,
        )
        progress = Progress(self)
        self._progress = progress
        # Nobody makes the screens anew meanwhile.
        self.setProperty("unsaved", True)
        self.busy.follow(_("Computing …"), progress)
        self._go.setText(_("Stop"))
        store, user_id = self._desk.store, self._desk.user_id

        def job() -> ReportsOf:
            return store.with_key(
                lambda key: self._desk.figures.do(
                    partial(compute_beside, command, store.path, key, user_id), tell=progress.tell
                )
            )

        self._desk.beside(job, on_done=self._computed, on_error=self._could_not)

    def on_paper(self) -> None:
        """Show every report as the PDF that is printed."""
        if not self.reports:
            return
        reports, is_inside, made = self.reports, self._inside.isChecked(), self._made_by()
        cooperation, spoken = self._whose[0], language()

        def job() -> bytes:
            told = leaving(reports, is_inside=is_inside)
            content = ReportContent(
                language=spoken, reports=told, cooperation=cooperation, made=made, is_inside=is_inside
            )
            return self._desk.papers.do(partial(report_pdf, content))

        self._beside(job, self._show_paper)

    def write(self, path: Path) -> None:
        """Write the reports to a file of the kind that its name says."""
        reports, is_inside, spoken = self.reports, self._inside.isChecked(), language()

        def content() -> bytes:
            told = leaving(reports, is_inside=is_inside)
            if path.suffix.lower() == ".xlsx":
                return self._desk.papers.do(partial(report_xlsx, told, language=spoken))
            written = [as_csv(one) for one in told]
            return b"".join([*written[:1], *(one[len(CSV_MARK) :] for one in written[1:])])

        def done() -> None:
            self.busy.stop()
            self._allow(True)
            self.notice.show_notice("success", _("Saved as {file}").format(file=path.name))

        self.busy.start(_("Writing …"), on_stop=self.door.stop)
        self._allow(False)
        self.door.save(path, content, self._leaving(), on_done=done, on_error=self._could_not)

    def _beside(self, job: Callable[[], Any], on_done: Callable[[Any], object]) -> None:
        """Do something that takes a while beside the window, which says that it is at work."""
        self.busy.start(_("Writing …"))
        self._allow(False)

        def done(answer: Any) -> None:
            self.busy.stop()
            self._allow(True)
            on_done(answer)

        self._desk.beside(job, on_done=done, on_error=self._could_not)

    def _allow(self, allowed: bool) -> None:
        for made in (self._show, self._excel, self._csv):
            made.setEnabled(allowed)

    def _show_paper(self, pages: bytes) -> None:
        self._paper.show_pdf(
            pages,
            title=_("Reports"),
            subtitle=self._period(),
            file_name=self.file_name("pdf"),
            said=_("Reports, {period}").format(period=self._period()),
            leaving=self._leaving(),
        )
        self._layers.setCurrentWidget(self._paper)

    def show_people(self, index: QModelIndex) -> None:
        """List the people behind a figure; that they were seen is in the access log."""
        # Beside each other they stand in the place of the names of the tables: the figures stay where they are.
        self._list.setVisible(is_large_text())
        self.behind.show_people(self.model.people(index), self.model.says(index))

    def _leave_people(self) -> None:
        self._put_away_people()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _put_away_people(self) -> None:
        self.behind.put_away()
        self._list.show()

    def _question(self) -> QVBoxLayout:
        day = today(self._desk.clock)
        self._periods = ChoiceBox()
        self._periods.setObjectName("reports-period")
        self._periods.setAccessibleName(_("Period"))
        for words, period in periods(day):
            self._periods.addItem(words, period)
        self._periods.currentIndexChanged.connect(self._period_chosen)
        since, until = half_year(day)
        self._since = DayField(_("From"), name="reports-since", today=day, day=since)
        self._until = DayField(_("To"), name="reports-until", today=day, day=until)
        self._known_on = DayField(_("As known on (empty: now)"), name="reports-known-on", today=day, day=None)
        self._cohort = ChoiceBox()
        self._cohort.setObjectName("reports-cohort")
        self._cohort.setAccessibleName(_("Who is counted"))
        self._cohort.addItem(_("Who joined in the period"), Cohort.JOINED)
        self._cohort.addItem(_("Whose course ended in the period"), Cohort.ENDED)
        self._inside = QCheckBox(_("For the unit alone: show small numbers"))
        self._inside.setObjectName("reports-inside")
        self._inside.toggled.connect(lambda _on: self._choose(self._list.currentRow()))
        self._go = button(_("Compute"), name="reports-compute", shows="calculator", on_click=self.compute)
        for box in (self._periods, self._cohort):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        # In a narrow window they go on in the next line, so that the figures come sooner.
        days: QLayout = Flow(gap=current_metrics().space_4) if self._scrolls else across_or_down()
        choosing = QWidget()
        chosen = QVBoxLayout(choosing)
        chosen.setContentsMargins(0, 0, 0, 0)
        chosen.setSpacing(current_metrics().space_1)
        chosen.addWidget(label(_("Period"), type="strong", wrap=False))
        chosen.addWidget(self._periods)
        # As deep as the fields beside it, which have their line of advice.
        chosen.addWidget(label(" ", type="caption"))
        chosen.addStretch(1)
        days.addWidget(choosing)
        for field in (self._since, self._until, self._known_on):
            days.addWidget(field)
        if isinstance(days, QBoxLayout):
            days.addStretch(1)
        whom = across_or_down()
        whom.addWidget(self._cohort)
        whom.addWidget(self._inside)
        whom.addStretch(1)
        whom.addWidget(self._go)
        both = QVBoxLayout()
        both.setSpacing(current_metrics().space_2)
        both.addLayout(days)
        both.addLayout(whom)
        return both

    def _body(self) -> QWidget:
        split = QSplitter(Qt.Orientation.Vertical if is_large_text() else Qt.Orientation.Horizontal)
        self._list = wrapping_list(_("Tables"), name="reports-list")
        # Its lines are measured for the width that is left beside the bar.
        self._list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._list.currentRowChanged.connect(self._choose)
        split.addWidget(self._list)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        self._title = label("", type="heading")
        self._note = label("", type="soft")
        column.addWidget(self._title)
        column.addWidget(self._note)
        self.table = FiguresTable()
        self.table.setObjectName("reports-table")
        self.table.setAccessibleName(_("Table"))
        dress_table(self.table)
        self.model = ReportTableModel(self)
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.setWordWrap(True)
        self.table.clicked.connect(self.show_people)
        self.table.activated.connect(self.show_people)
        column.addWidget(self.table, 1)
        self._notes = QPlainTextEdit()
        self._notes.setObjectName("reports-notes")
        self._notes.setAccessibleName(_("How it was counted"))
        self._notes.setReadOnly(True)
        self._notes.setTabChangesFocus(True)
        self._notes.hide()
        column.addWidget(self._notes, 2)
        split.addWidget(middle)
        self.behind = BehindNumber(self._desk)
        self.behind.left.connect(self._leave_people)
        split.insertWidget(2 if is_large_text() else 1, self.behind)
        body = current_metrics().body
        split.setSizes([body * 15, body * 15, body * 52])
        split.setStretchFactor(split.indexOf(middle), 1)
        if is_large_text():
            # Below each other: room for some rows of each.
            split.setSizes([body * 12, body * 22, body * 18])
        if self._scrolls:
            split.setMinimumHeight(body * (52 if is_large_text() else 26))
        split.setChildrenCollapsible(False)
        split.setHandleWidth(current_metrics().space_4)
        return split

    def _foot(self) -> QWidget:
        """Return what stands below the tables: whether they are sound, what is under way, and how it was counted."""
        made = QWidget()
        foot = short_row()
        foot.setContentsMargins(0, 0, 0, 0)
        made.setLayout(foot)
        self._checks = label("", type="caption", name="reports-checks")
        foot.addWidget(self._checks, 1)
        self.busy = BusyIndicator(name="reports-busy")
        foot.addWidget(self.busy, 1)
        self._how = button(_("How it was counted"), name="reports-how", kind="quiet", on_click=self._show_how)
        self._how.setCheckable(True)
        self._how.hide()
        foot.addWidget(self._how)
        return made

    def _period_chosen(self, row: int) -> None:
        period = self._periods.itemData(row)
        if period is not None:
            self._since.show_day(period[0])
            self._until.show_day(period[1])

    def _computed(self, found: ReportsOf) -> None:
        self._ended()
        self._found = found
        self.reports, self._whose = found.reports, (found.by.cooperation, found.by.name)
        for field in (self._since, self._until, self._known_on):
            # What it asks is answered, and no longer to be kept.
            note_as_made(field.input)
        self._nothing_yet.hide()
        self._tables_shown.show()
        self._how.show()
        self._list.clear()
        self._tables = []
        for report in self.reports:
            heading = QListWidgetItem(report.title)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            heading.setToolTip(report.title)
            font = heading.font()
            font.setBold(True)
            heading.setFont(font)
            self._list.addItem(heading)
            self._tables.append((report, report.tables[0]))
            for table in report.tables:
                item = QListWidgetItem(table.title)
                item.setToolTip(table.title)
                self._list.addItem(item)
                self._tables.append((report, table))
        self._allow(True)
        self._list.setCurrentRow(1)
        wrong = [check.sentence for report in self.reports for check in report.checks if not check.holds]
        if wrong:
            self.notice.show_notice("warning", _("A check does not hold: {sentence}").format(sentence=wrong[0]))

    def _choose(self, row: int) -> None:
        if not 0 <= row < len(self._tables):
            return
        report, table = self._tables[row]
        self._title.setText(f"{report.title} · {table.title}")
        self._note.setText(table.note)
        self._note.setVisible(bool(table.note))
        self.model.show_table(table)
        self.table.clearSpans()
        for heading in self.model.heading_rows():
            self.table.setSpan(heading, 0, 1, self.model.columnCount())
        header = self.table.horizontalHeader()
        # Its letters are known once it is dressed, and it was out of sight until something was computed.
        header.ensurePolished()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)
        self.table.measure()
        self._put_away_people()
        marks = [f"{'✓' if check.holds else '✗'} {check.sentence}" for check in report.checks]
        self._notes.setPlainText("\n\n".join((*report.notes, *marks)))
        holding = sum(check.holds for check in report.checks)
        said = ngettext("✓ {n} of {of} check holds", "✓ {n} of {of} checks hold", len(report.checks))
        self._checks.setText(said.format(n=holding, of=len(report.checks)))

    def _show_how(self) -> None:
        """Show the notes beneath the table, or hide them."""
        self._notes.setVisible(self._how.isChecked())

    def _made_by(self) -> str:
        return _("Made {day} by {who}").format(day=format_day(today(self._desk.clock)), who=self._whose[1])

    def _period(self) -> str:
        first = self.reports[0]
        return f"{format_day(first.since)} – {format_day(first.until)}"

    def file_name(self, kind: str) -> str:
        """Return what a file of the reports is called: those of several periods stand in order of time."""
        first = self.reports[0]
        return _("Reports") + f" {first.since.isoformat()} – {first.until.isoformat()}.{kind}"

    def _save(self, kind: str) -> None:
        kinds = {"xlsx": "Excel (*.xlsx)", "csv": "CSV (*.csv)"}
        path = self.door.ask_where(_("Save"), self.file_name(kind), kinds[kind])
        if path is not None:
            self.write(path)

    def _leaving(self) -> Leaving:
        """Return what the access log says when the reports leave: whose names are on them too, where there are any."""
        people: dict[str, None] = {}
        if self._inside.isChecked():
            for report in self.reports:
                for table in report.tables:
                    if table.is_inside_only:
                        people.update(dict.fromkeys(table.behind))
        return Leaving(f"reports {self._period()}", (None, *people))

    def _could_not(self, problem: Exception) -> None:
        self._ended()
        if isinstance(problem, StoppedError):
            return
        if isinstance(problem, AppError):
            self.notice.show_notice("problem", sentence_for(problem))
        else:
            self._desk.failed.emit(problem)

    def _ended(self) -> None:
        self._progress = None
        self.setProperty("unsaved", False)
        self.busy.stop()
        self._allow(bool(self.reports))
        self._go.setText(_("Compute"))
        self._fitting.start()


def leaving(reports: tuple[Report, ...], *, is_inside: bool) -> tuple[Report, ...]:
    """Return the reports as they are taken along: small numbers hidden, unless they stay in the unit."""
    return reports if is_inside else tuple(map(for_outside, reports))


ROOMY_BODY: Final = 19
"""Text this many pixels tall leaves room for the question and the tables in a window of 720 pixels."""


def _scrolls() -> bool:
    """Return whether the page is taller than the window: in a narrow one its fields stand below each other."""
    return body_for_window() > ROOMY_BODY


def _column(page: QWidget) -> QVBoxLayout:
    """Return the column that the page is laid out in; it scrolls where the text is large for the window."""
    metrics = current_metrics()
    whole = QVBoxLayout(page)
    if _scrolls():
        whole.setContentsMargins(0, 0, 0, 0)
        scrolled = ScrollPage(page, name="reports-page", widest=metrics.body * 90)
        whole.addWidget(scrolled)
        return scrolled.body
    whole.setContentsMargins(metrics.space_5, metrics.space_5, metrics.space_5, metrics.space_4)
    whole.setSpacing(metrics.space_3)
    return whole


def periods(day: date) -> list[tuple[str, tuple[date, date] | None]]:
    """Return the periods that a coordinator reports, the half-year before this one first."""
    first, last = half_year(day)
    quarter = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    quarter_end = quarter - timedelta(days=1)
    quarter_start = date(quarter_end.year, quarter_end.month - 2, 1)
    return [
        (_("Last half-year"), (first, last)),
        (_("This half-year"), (date(day.year, 7 if day.month > 6 else 1, 1), day)),
        (_("Last quarter"), (quarter_start, quarter_end)),
        (_("Last year"), (date(day.year - 1, 1, 1), date(day.year - 1, 12, 31))),
        (_("This year"), (date(day.year, 1, 1), day)),
        (_("Other days"), None),
    ]
