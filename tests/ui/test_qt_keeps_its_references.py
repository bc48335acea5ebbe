import subprocess
import sys

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
