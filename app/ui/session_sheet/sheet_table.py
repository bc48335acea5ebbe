"""The table of the sheet, worked as a spreadsheet is.

Arrows move; typing replaces and F2 edits; Enter goes down and from the last row to the next column; Tab goes to the
right and out of the table behind the last column; Escape restores; Space hands out.
"""

from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.domain.products import products
from app.i18n import language
from app.ui.session_sheet.sheet_model import BEFORE_ROLE, CELLS, NUMBERS, Column, SheetModel
from app.ui.theme import current_metrics, current_tokens
from app.ui.widgets import ChoiceBox, dress_table, heading_width
from app.ui.words import handout_name

_Index = QModelIndex | QPersistentModelIndex
_STATUS_KEYS: Final = {
    "da": {"m": "present", "a": "excused", "u": "absent"},
    "en": {"p": "present", "c": "present", "e": "excused", "a": "absent", "d": "absent"},
}
TEXT_MARGIN: Final = 3
LONGEST_WRITTEN: Final = 2_000
"""Characters that a note or a small step may have."""
_ROOMIER_NAME: Final = 6
"""Letters that the column of names gets before the others share what is left."""
_ROOMIER_HANDOUT: Final = 1.5
_ANY_LANGUAGE: Final = {"1": "present", "2": "excused", "3": "absent"}


class SheetTable(QTableView):
    """A table that is worked from the keyboard alone; `named` tells that Enter was pressed on a person's name."""

    named = Signal(int)
    written = Signal()
    """An editor was closed, whatever became of what stood in it."""
    no_room = Signal()
    """More was written or pasted into a cell than it holds."""
    no_attendance = Signal()
    """A letter was typed that says nothing of somebody's attendance."""

    def __init__(self, model: SheetModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sheet-table")
        self._sheet = model
        self.setModel(model)
        dress_table(self)
        # Two products in one handout are read whole: a row has the height of two lines.
        self.setWordWrap(True)
        self.horizontalHeader().setStretchLastSection(False)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectItems)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.AnyKeyPressed
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.DoubleClicked
        )
        self._delegate = SheetDelegate(self)
        self.setItemDelegate(self._delegate)
        self.clicked.connect(self._clicked)

    def fit_columns(self) -> None:
        """Share the width out by what the columns hold, none narrower than its kind needs."""
        body = current_metrics().body
        room = self.viewport().width() / body
        # Letters that each column needs, and its share of what is left over.
        every = {
            Column.NAME: (12, 4),
            Column.STATUS: (6.6, 0),
            Column.CIGARETTES: (7.6, 0),
            Column.CO: (5, 1),
            Column.HANDOUT: (12, 1),
            Column.STEP: (8, 4),
            Column.NOTE: (7, 4),
        }
        needs = {
            column: (max(letters, heading_width(self, column) / body), share)
            for column, (letters, share) in every.items()
            if self._sheet.is_used(column)
        }
        for column in every:
            self.setColumnHidden(column, column not in needs)
        left_over = max(0.0, room - sum(letters for letters, _share in needs.values()))
        # A handout comes first, so that what is given is read in one line, and that is little; then names: two of one
        # name are told apart by the nickname behind it.
        for column, most in ((Column.HANDOUT, _ROOMIER_HANDOUT), (Column.NAME, _ROOMIER_NAME)):
            if column in needs:
                roomy = min(most, left_over)
                needs[column] = (needs[column][0] + roomy, needs[column][1])
                left_over -= roomy
        shares = sum(share for _letters, share in needs.values())
        for column, (letters, share) in needs.items():
            self.setColumnWidth(column, int(body * (letters + left_over * share / shares)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width out anew; where a notice below takes some of the height, the cursor stays in sight."""
        super().resizeEvent(event)
        at = self.currentIndex()
        was_seen = self.rect().top() <= self.visualRect(at).top() < event.oldSize().height()
        self.fit_columns()
        if was_seen:
            self.scrollTo(at)

    def begin(self, row: int = 0, column: Column = Column.STATUS) -> None:
        """Put the cursor on a cell."""
        if self._sheet.rowCount():
            self.setCurrentIndex(self._sheet.index(max(0, row), column))
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def step(self, *, down: int = 0, right: int = 0) -> None:
        """Move the cursor by rows and columns; below the last row the next column begins, so Enter alone fills all."""
        at = self.currentIndex()
        if down > 0 and at.row() == self._sheet.rowCount() - 1 and at.column() in CELLS:
            following = self._beside(at.column(), 1)
            if following is not None:
                self.setCurrentIndex(self._sheet.index(0, following))
                return
        row = min(max(0, at.row() + down), self._sheet.rowCount() - 1)
        column = self._beside(at.column(), right) if right else at.column()
        self.setCurrentIndex(self._sheet.index(row, at.column() if column is None else column))

    def next_column(self) -> None:
        """Go to the first row of the next column, as after a key that filled this one."""
        following = self._beside(self.currentIndex().column(), 1)
        if following is not None:
            self.setCurrentIndex(self._sheet.index(0, following))

    def edit(self, index: _Index, trigger: QAbstractItemView.EditTrigger, event: QEvent) -> bool:  # type: ignore[override]
        """Open the editor; after F2 the cursor stands at the end of what is there, as in a spreadsheet."""
        opened = super().edit(index, trigger, event)
        if opened and trigger == QAbstractItemView.EditTrigger.EditKeyPressed:
            for line in self.findChildren(QLineEdit, "cell-editor"):
                line.end(False)
        return opened

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:  # noqa: N802 - Qt's own
        """Close an editor and tell."""
        super().closeEditor(editor, hint)
        self.written.emit()

    def is_writing(self) -> bool:
        """Return whether a cell is being typed."""
        return self.state() == QAbstractItemView.State.EditingState

    def take_written(self) -> None:
        """Take what stands in an open editor, as Enter does: a key that acts on the whole sheet costs no digit."""
        if self.is_writing():
            for editor in (*self.findChildren(QLineEdit, "cell-editor"), *self.findChildren(QComboBox)):
                self._delegate.take(editor)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, N802 - Qt's own
        """Tab moves within the row, and leaves the table behind its last and before its first column."""
        at = self.currentIndex()
        beside = self._beside(at.column(), 1 if next else -1) if at.isValid() else None
        if beside is None or self.is_writing():
            return super().focusNextPrevChild(next)
        self.setCurrentIndex(self._sheet.index(at.row(), beside))
        return True

    def _beside(self, column: int, way: int) -> int | None:
        """Return the next shown column that way, or None at the end."""
        column += way
        while 0 <= column < len(Column):
            if not self.isColumnHidden(column):
                return column
            column += way
        return None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the key means in this column; everything else is Qt's."""
        at = self.currentIndex()
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and at.isValid() and self._acts(event, at):
            event.accept()
            return
        super().keyPressEvent(event)

    def _acts(self, event: QKeyEvent, at: QModelIndex) -> bool:
        column = Column(at.column())
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if column is Column.NAME:
                self.named.emit(at.row())
            else:
                self.step(down=1)
            return True
        if column not in CELLS:
            return False
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return self._sheet.setData(at, "")
        if column is Column.HANDOUT and key == Qt.Key.Key_Space:
            self._sheet.toggle_handout(at.row())
            return True
        if column is Column.STATUS:
            return self._status(event.text().casefold(), at, is_space=key == Qt.Key.Key_Space)
        return False

    def _status(self, letter: str, at: QModelIndex, *, is_space: bool) -> bool:
        row = self._sheet.rows[at.row()]
        if is_space:
            following = {"": "present", "present": "excused", "excused": "absent", "absent": ""}
            return self._sheet.setData(at, following[str(row.cells.get("status", ""))])
        meant = (_STATUS_KEYS.get(language(), {}) | _ANY_LANGUAGE).get(letter)
        if meant is None:
            # A letter that means nothing here opens no editor: attendance is chosen, not written.
            if letter.strip():
                self.no_attendance.emit()
            return bool(letter.strip())
        self._sheet.setData(at, meant)
        self.step(down=1)
        return True

    def _clicked(self, index: QModelIndex) -> None:
        """One click chooses attendance or hands out; two clicks open the list of products."""
        if not self._sheet.is_closed and index.column() == Column.STATUS:
            self._status("", index, is_space=True)


class SheetDelegate(QStyledItemDelegate):
    """Draws the last value in grey, and moves on when an editor is left."""

    def __init__(self, table: SheetTable) -> None:
        super().__init__(table)
        self._table = table

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: _Index) -> QWidget:
        """Return the editor of the column; attendance has none."""
        if index.column() == Column.HANDOUT:
            box = ChoiceBox(parent)
            box.addItem("–", "")
            box.setAccessibleName(str(index.data(Qt.ItemDataRole.AccessibleTextRole)))
            for product in products().values():
                box.addItem(product.name(language()), product.key)
            row = self._table._sheet.rows[index.row()]
            for keys in (row.offered, str(row.cells.get("handout", ""))):
                if keys and box.findData(keys) < 0:
                    box.insertItem(1, handout_name(keys), keys)
            return box
        line = QLineEdit(parent)
        line.setMaxLength(LONGEST_WRITTEN)
        line.inputRejected.connect(self._table.no_room)
        line.setObjectName("cell-editor")
        if index.column() in NUMBERS:
            line.setAlignment(Qt.AlignmentFlag.AlignRight)
        line.setAccessibleName(str(index.data(Qt.ItemDataRole.AccessibleTextRole)))
        return line

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        """Show what the cell holds."""
        if isinstance(editor, QComboBox):
            row = self._table._sheet.rows[index.row()]
            key = row.cells.get("handout") or row.offered
            editor.setCurrentIndex(max(0, editor.findData(key)))
        elif isinstance(editor, QLineEdit):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))

    def setModelData(self, editor: QWidget, _model: object, index: _Index) -> None:
        """Hand over what was typed."""
        text = editor.currentData() if isinstance(editor, QComboBox) else editor.text()  # type: ignore[attr-defined]
        self._table._sheet.setData(index, text)

    def take(self, editor: QWidget) -> None:
        """Take what stands in an editor and close it."""
        self.commitData.emit(editor)
        self.closeEditor.emit(editor, QAbstractItemDelegate.EndEditHint.NoHint)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: _Index) -> None:
        """Let the editor fill its cell."""
        editor.setGeometry(option.rect)

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        """Enter goes down and Tab to the right, so that a column or a row is filled without the mouse."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and isinstance(editor, QWidget):
            moves = {
                Qt.Key.Key_Return: (1, 0),
                Qt.Key.Key_Enter: (1, 0),
                Qt.Key.Key_Tab: (0, 1),
                Qt.Key.Key_Backtab: (0, -1),
            }
            if event.key() in moves:
                down, right = moves[Qt.Key(event.key())]
                self.take(editor)
                self._table.step(down=down, right=right)
                self._table.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return super().eventFilter(editor, event)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw the cell, and in grey what was there before beside a number, or beside a name whom else it may be.

        Numbers of last time are a column of their own at the left of those that are typed.
        """
        super().paint(painter, option, index)
        before = index.data(BEFORE_ROLE)
        if not before:
            return
        # The style draws a cell's own text this much inside its padding.
        room = current_metrics().space_3 + TEXT_MARGIN
        rect: QRect = option.rect.adjusted(room, -1, -room, -1)
        shown = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        metrics = option.fontMetrics
        own = QFontMetrics(_bold(option.font)) if index.column() == Column.NAME else metrics
        if index.column() in NUMBERS:
            rect.setRight(rect.right() - max(rect.width() // 2, metrics.horizontalAdvance(f"{shown} ")))
        else:
            rect.setLeft(rect.left() + (own.horizontalAdvance(shown) + room if shown else 0))
        # A number with its end cut off is another number; words are known by their beginning.
        if rect.width() < metrics.horizontalAdvance(before if index.column() in NUMBERS else "= …"):
            return
        painter.save()
        painter.setPen(QColor(current_tokens().ink_soft))
        align = Qt.AlignmentFlag.AlignVCenter | (
            Qt.AlignmentFlag.AlignRight if index.column() in NUMBERS else Qt.AlignmentFlag.AlignLeft
        )
        in_lines = align | Qt.TextFlag.TextWordWrap
        if index.column() == Column.HANDOUT and rect.contains(metrics.boundingRect(rect, in_lines, before)):
            painter.drawText(rect, in_lines, before)
        else:
            painter.drawText(rect, align, metrics.elidedText(before, Qt.TextElideMode.ElideRight, rect.width()))
        painter.restore()


def _bold(font: QFont) -> QFont:
    made = QFont(font)
    made.setBold(True)
    return made
