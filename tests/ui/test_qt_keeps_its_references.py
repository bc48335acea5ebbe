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
for frame in range(3000):
    table.setObjectName(str(frame))
    table.viewport().repaint()
print(before - sys.getrefcount(None))
"""


def test_a_table_painted_for_thousands_of_frames_loses_no_reference():
    # PySide6 6.12 loses one reference to None on every call below Python 3.12, and then aborts the process.
    painted = subprocess.run([sys.executable, "-c", PAINT], capture_output=True, text=True, check=False)
    assert painted.returncode == 0, painted.stderr
    assert int(painted.stdout.splitlines()[-1]) < 500
