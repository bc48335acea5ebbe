"""Started as a process of its own: shows a window, says when its first frame stands, and goes.

`python -m bench.first_frame bare` shows a bare window with a table; `pusterum FOLDER` the application's first screen.
"""

import sys
import time
from typing import Any


def bare() -> None:
    """Show a window with a table of a hundred rows, as little as Qt can show."""
    from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt  # noqa: PLC0415
    from PySide6.QtWidgets import QApplication, QMainWindow, QTableView  # noqa: PLC0415

    class Rows(QAbstractTableModel):
        def rowCount(self, _parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
            return 100

        def columnCount(self, _parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
            return 6

        def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> Any:
            return f"{index.row()} {index.column()}" if role == Qt.ItemDataRole.DisplayRole else None

    application = QApplication(sys.argv[:1])
    window, rows, table = QMainWindow(), Rows(), QTableView()
    table.setModel(rows)
    window.setCentralWidget(table)
    window.resize(1280, 720)
    _tell_when_painted(application, table.viewport())
    window.show()
    application.exec()


def pusterum(folder: str) -> None:
    """Show the application as it opens on the records in `folder`: locked, ready for the passphrase."""
    from pathlib import Path  # noqa: PLC0415

    from PySide6.QtWidgets import QApplication, QLineEdit  # noqa: PLC0415

    from app.bootstrap import Pusterum  # noqa: PLC0415

    application = QApplication(sys.argv[:1])
    running = Pusterum(application, folder=Path(folder))
    running.start()
    field = running.window.findChild(QLineEdit)
    assert field is not None, "no passphrase is asked for"
    assert field.isEnabled()
    _tell_when_painted(application, field)
    application.exec()
    running.shut_down()


def _tell_when_painted(application: Any, widget: Any) -> None:
    from PySide6.QtCore import QEvent, QObject, QTimer  # noqa: PLC0415

    class Watcher(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                widget.removeEventFilter(self)
                QTimer.singleShot(0, said)
            return False

    def said() -> None:
        print(time.time(), flush=True)
        application.quit()

    widget.installEventFilter(Watcher(widget))


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        bare()
    else:
        pusterum(sys.argv[2])
