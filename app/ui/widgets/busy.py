"""Long work as the window shows it: after a moment a bar with a sentence, how far it is, and a way to stop it."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget
from shiboken6 import isValid

from app.errors import StoppedError
from app.i18n import _
from app.ui.theme import current_metrics
from app.ui.widgets.buttons import button
from app.ui.widgets.labels import label

_UNNOTICED_MS = 150


class Progress(QObject):
    """Carries how far long work is from its thread to the window, and back that somebody stopped it."""

    told = Signal(int, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_stopped = False

    def stop(self) -> None:
        """Let the work end where it is next asked."""
        self.is_stopped = True

    def tell(self, done: int, of: int) -> None:
        """Tell the window; StoppedError where somebody stopped it, or the window is gone. Runs on the worker."""
        if self.is_stopped or not isValid(self):
            raise StoppedError
        self.told.emit(done, of)


class BusyIndicator(QWidget):
    """A moving bar with a sentence; it keeps its place in the layout, so that nothing jumps, unless told not to."""

    def __init__(self, parent: QWidget | None = None, *, name: str = "busy", keeps_place: bool = True) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(keeps_place)
        self.setSizePolicy(policy)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(current_metrics().space_3)
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(current_metrics().body * 6)
        self._sentence = label("", type="soft", name=f"{name}-sentence")
        self._on_stop: Callable[[], object] | None = None
        self._stop = button(_("Stop"), name=f"{name}-stop", kind="quiet", on_click=self._stop_it)
        self._stop.hide()
        across.addWidget(self._bar)
        across.addWidget(self._sentence, 1)
        across.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignRight)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.show)
        self.hide()

    def start(self, sentence: str, *, on_stop: Callable[[], object] | None = None) -> None:
        """Say what is under way; with `on_stop` it can be stopped."""
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self._bar.setRange(0, 0)
        self._on_stop = on_stop
        self._stop.setEnabled(True)
        self._stop.setAccessibleName(_("Stop: {what}").format(what=sentence))
        self._stop.setVisible(on_stop is not None)
        if self.isHidden():
            self._soon.start(_UNNOTICED_MS)

    def follow(self, sentence: str, progress: Progress) -> None:
        """Say what is under way and show how far it is; stopping stops it."""
        progress.told.connect(self.show_progress)
        self.start(sentence, on_stop=progress.stop)

    def show_progress(self, done: int, of: int) -> None:
        """Show how far it has come."""
        self._bar.setRange(0, of)
        self._bar.setValue(done)

    def stop(self) -> None:
        """Say nothing any more."""
        self._soon.stop()
        self._on_stop = None
        self.hide()

    def _stop_it(self) -> None:
        self._stop.setEnabled(False)
        self._sentence.setText(_("Stopping …"))
        if self._on_stop is not None:
            self._on_stop()
