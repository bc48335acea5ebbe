"""What is carried by hand where there is no network: sealed envelopes on a stick, and the receipts that come back."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.exchange.given_file import read_given
from app.i18n import _, ngettext
from app.security.whole_file import write_whole
from app.storage.engine import Reading, known_disk_problems
from app.sync.courier import answers_to_carry_back, make_envelopes, names_for, read_answer, take_along
from app.sync.wire.envelope import LARGEST_ENVELOPE
from app.ui.desk import Desk
from app.ui.door import ENVELOPES, Door

RECEIPTS = "Pusterum (*.receipt)"


class Envelopes(QObject):
    """Asks for files and writes or reads them; `said` carries what was done."""

    said = Signal(str)

    def __init__(self, desk: Desk, door: Door, page: QWidget) -> None:
        """Ask in front of this page."""
        super().__init__(page)
        self._desk = desk
        self._door = door
        self._page = page

    def ask_to_make(self) -> None:
        """Ask where to, and save an envelope there."""
        path = self._door.ask_where(_("Save an envelope"), "pusterum.envelope", ENVELOPES)
        if path is not None:
            self.make(path)

    def make(self, path: Path) -> None:
        """Write everything unsent, sealed, to a file, or where it is too much for one to several beside it."""

        def make(reading: Reading) -> str:
            contents = make_envelopes(reading, clock=self._desk.clock)
            places = names_for(path, len(contents))
            for place, content in zip(places, contents, strict=True):
                write_whole(place, content)
            return ngettext(
                "The envelope is saved. Nothing counts as sent before its receipt is back.",
                "It was too much for one envelope: {n} are saved, as {files}. Take all of them along."
                " Nothing counts as sent before its receipt is back.",
                len(places),
            ).format(n=len(places), files=", ".join(place.name for place in places))

        self._do(make)

    def ask_to_take(self) -> None:
        """Ask for an envelope, and take it along."""
        path, _kind = QFileDialog.getOpenFileName(self._page, _("Take an envelope along"), "", ENVELOPES)
        if path:
            self.take(Path(path))

    def take(self, path: Path) -> None:
        """Take a colleague's envelope along with this laptop's next sending."""

        def take(reading: Reading) -> str:
            take_along(reading, read_given(path, most=LARGEST_ENVELOPE), clock=self._desk.clock)
            return _("The envelope goes along with your next sending.")

        self._do(take)

    def ask_to_read(self) -> None:
        """Ask for a receipt, and read it."""
        path, _kind = QFileDialog.getOpenFileName(self._page, _("Read a receipt"), "", RECEIPTS)
        if path:
            self.read(Path(path))

    def read(self, path: Path) -> None:
        """Take the receipt that came back for an envelope of this laptop."""

        def read(reading: Reading) -> str:
            read_answer(reading, read_given(path, most=LARGEST_ENVELOPE), clock=self._desk.clock)
            return _("The receipt is genuine and is stored.")

        self._do(read)

    def ask_to_carry_back(self) -> None:
        """Ask for a folder, and write the receipts for others into it."""
        folder = QFileDialog.getExistingDirectory(self._page, _("Save the receipts for others"))
        if folder:
            self.carry_back(Path(folder))

    def carry_back(self, folder: Path) -> None:
        """Write the sealed receipts that this laptop holds for others into a folder."""

        def write(reading: Reading) -> str:
            for envelope_id, content in answers_to_carry_back(reading).items():
                write_whole(folder / f"{envelope_id}.receipt", content)
            return _("The receipts are saved. Give each to whoever made the envelope.")

        self._do(write)

    def _do(self, job: Callable[[Reading], str]) -> None:
        def work() -> str:
            with known_disk_problems(), self._desk.store.session() as reading:
                return job(reading)

        self._desk.tasks.run(work, on_done=self.said.emit, on_error=self._desk.failed.emit)
