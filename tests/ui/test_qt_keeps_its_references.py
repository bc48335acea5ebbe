import subprocess
import sys

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLayoutItem, QPushButton, QVBoxLayout, QWidget

from app.ui.shell.keyboard import tab_order

PAINT = """
import sys
from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtWidgets import QApplication, QTableView

class Names(QAbstractTableModel):
    def rowCount(self, parent=None):
        return 10
    def columnCount(self, parent=None):
        return 6
    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        return "Kaptajnen" if role == Qt.ItemDataRole.DisplayRole else None

application = QApplication([])
table = QTableView()
model = Names()
table.setModel(model)
table.resize(900, 500)
table.show()
application.processEvents()
before = sys.getrefcount(None)
for frame in range(50):
    table.viewport().repaint()
for call in range(3000):
    table.setObjectName(str(call))
print(before - sys.getrefcount(None))
"""


def test_thousands_of_calls_into_qt_and_out_of_it_lose_no_reference():
    # Below Python 3.12, PySide6 6.12 loses one reference to None on every call that returns none, and then aborts the
    # process. A frame asks the model hundreds of times, so that fifty of them are enough for calls the other way.
    painted = subprocess.run([sys.executable, "-c", PAINT], capture_output=True, text=True, check=False)
    assert painted.returncode == 0, painted.stderr
    assert int(painted.stdout.splitlines()[-1]) < 500


def items_of_layouts():
    """The items that a layout was asked for.

    PySide6 is not told when Qt deletes one. It takes it for what Qt makes at the same address, and the program ends
    with a segmentation fault when that goes.
    """
    return [
        kept
        for kept in shiboken6.getAllValidWrappers()
        if isinstance(kept, QLayoutItem) and not isinstance(kept, QObject) and not shiboken6.createdByPython(kept)
    ]


def test_what_a_layout_was_asked_for_stays_until_it_goes(qapp):
    page = QWidget()
    column = QVBoxLayout(page)
    row = QHBoxLayout()
    column.addLayout(row)
    gone = QLabel("gone")
    column.addWidget(gone)
    item = column.itemAt(1)
    assert column.itemAt(0) is row, "a layout in another is Python's own, and safe"
    assert items_of_layouts() == [item]
    shiboken6.delete(gone)
    assert column.count() == 1
    assert items_of_layouts() == [item], "PySide6 knows by now that Qt deleted it: nothing is dangerous any more"
    shiboken6.delete(page)
    assert items_of_layouts() == []


def test_looking_for_the_way_of_tab_asks_no_layout_for_what_it_holds(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    column, row, grid = QVBoxLayout(page), QHBoxLayout(), QGridLayout()
    column.addWidget(QPushButton("1"))
    column.addLayout(grid)
    column.addLayout(row)
    # Put in from the end: the layouts say which comes first.
    for number, (across, down) in enumerate([(1, 1), (0, 1), (1, 0), (0, 0)]):
        grid.addWidget(QPushButton(str(5 - number)), down, across)
    row.addWidget(QPushButton("7"))
    row.insertWidget(0, QPushButton("6"))
    column.addWidget(QPushButton("8"))
    page.show()
    assert [found.text() for found in tab_order(page)] == list("12345678")
    assert items_of_layouts() == []
