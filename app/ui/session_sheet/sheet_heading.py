"""The first line of the sheet: the way back, which session it is, and its papers."""

from functools import partial

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.i18n import _, format_clock, format_day
from app.storage.queries.session_sheet import Sheet
from app.ui.course.words import session_of_all_word
from app.ui.widgets import IconButton, OneLine, PageHeader, button, is_large_text, tip


class SheetHeading(QHBoxLayout):
    """Says which session it is; `paper` carries which of its papers is asked for."""

    back = Signal()
    paper = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        going_back = IconButton("arrow-left", _("Back to Today"), name="sheet-back")
        going_back.clicked.connect(self.back)
        self.addWidget(going_back, 0, Qt.AlignmentFlag.AlignTop)
        self._header = PageHeader("", "")
        self._line = OneLine(type="heading", name="sheet-heading")
        # Where the text is large, every line above the table is a person less in sight.
        self.addWidget(self._line if is_large_text() else self._header, 1)
        self._right = QHBoxLayout()
        self.addLayout(self._right)
        self.setAlignment(self._right, Qt.AlignmentFlag.AlignTop)
        self._in_words = 0
        self._papers: list[tuple[QPushButton, str]] = []
        for paper, shows, words, about in (
            ("attendance", "printer", _("Attendance list"), _("Attendance list on paper")),
            ("session_handouts", "list-dashes", _("Handed out"), _("What was handed out here, on paper")),
        ):
            made = button(
                words, name=f"sheet-{paper}", kind="quiet", shows=shows, on_click=partial(self.paper.emit, paper)
            )
            made.setAccessibleName(about)
            made.setToolTip(tip(about))
            self._right.addWidget(made)
            self._papers.append((made, words))

    def show_sheet(self, sheet: Sheet) -> None:
        """Say where and when it is, and which of its course's sessions."""
        number = session_of_all_word(sheet.kind, sheet.number, sheet.planned_sessions)
        about = f"{sheet.title} · {format_day(sheet.held_on)} {format_clock(sheet.starts_at)}".strip()
        if is_large_text():
            self._line.show_words(sheet.place)
            self._line.setAccessibleName(f"{sheet.place} · {number} · {about}")
            self._line.setToolTip(tip(f"{sheet.place} · {number} · {about}"))
        else:
            self._header.show_text(f"{sheet.place} · {number}", about)

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's own
        """Say what the papers are where the title keeps its one line beside it, and show icons alone elsewhere."""
        papers = sum(made.sizeHint().width() for made, _words in self._papers)
        # At first they are in words.
        self._in_words = self._in_words or papers
        if is_large_text():
            # In one line that gives way to everything else.
            needed = self._line.one_line() + self.sizeHint().width()
        else:
            needed = self._header.one_line() + self.sizeHint().width() - self._header.sizeHint().width()
        fits = needed - papers + self._in_words <= rect.width()
        for made, words in self._papers:
            made.setText(words if fits else "")
        super().setGeometry(rect)

    def add_at_right(self, shown: QWidget) -> None:
        """Put something beside the papers."""
        self._right.addWidget(shown)
