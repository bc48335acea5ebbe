"""Takes files in: dropped on the window, opened, or found in the folder that the municipality's gateway fills.

Everything that touches a disk runs off the window's thread, because a network drive may be slow or away.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from app.error_text import sentence_for
from app.errors import AppError, RuleRefusal
from app.exchange.given_file import name_of, read_given
from app.i18n import _, ngettext
from app.storage.engine import UnitOfWork
from app.ui.desk import Desk

POLL_MS: Final = 30_000
_SETTLE_MS: Final = 2_000
_MOST_FILES: Final = 2_000
# A gateway writes under another name and renames; what is young may still be growing.
_UNFINISHED: Final = (".part", ".tmp", ".crdownload", ".filepart")
_LARGEST_READ: Final = 17 * 1024 * 1024


@dataclass(slots=True)
class Batch:
    """What became of the files that came together."""

    files: int
    letters: int = 0
    unreadable: int = 0
    known: int = 0
    problems: list[str] = field(default_factory=list)
    message_ids: list[str] = field(default_factory=list)
    waiting: list[Path] = field(default_factory=list)
    is_stopped: bool = False

    @property
    def sentence(self) -> str:
        """Return what happened, in a sentence or two."""
        parts = []
        if self.letters:
            parts.append(ngettext("{n} letter came in.", "{n} letters came in.", self.letters).format(n=self.letters))
        if self.unreadable:
            parts.append(
                ngettext(
                    "{n} file cannot be read: it is kept in the inbox, with the reason.",
                    "{n} files cannot be read: they are kept in the inbox, each with the reason.",
                    self.unreadable,
                ).format(n=self.unreadable)
            )
        if self.known:
            parts.append(
                ngettext("{n} file was here already.", "{n} files were here already.", self.known).format(n=self.known)
            )
        if self.is_stopped and self.waiting:
            left = len(self.waiting)
            parts.append(
                ngettext("Stopped: {n} file was not read.", "Stopped: {n} files were not read.", left).format(n=left)
            )
        return " ".join([*parts, *self.problems]) or _("There was nothing to read.")


class Arrivals(QObject):
    """Reads files into the inbox and tells what became of them; `came` carries a :class:`Batch`.

    One file after the other, so that whatever else is asked of the store comes in between. `reading` says (done, of)
    while files are read that somebody gave.
    """

    came = Signal(object)
    reading = Signal(int, int)

    def __init__(self, desk: Desk, parent: QObject | None = None, *, poll_ms: int = POLL_MS) -> None:
        super().__init__(parent)
        self._desk = desk
        self._folder: Path | None = None
        self._taken: dict[str, tuple[int, int]] = {}
        self._told: set[Path] = set()
        self._is_looking = False
        self._batches: list[Batch] = []
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(lambda _folder: QTimer.singleShot(_SETTLE_MS, self, self.look))
        self._poll = QTimer(self)
        self._poll.setInterval(poll_ms)
        self._poll.timeout.connect(self.look)

    def watch(self, folder: str) -> None:
        """Look into this folder from now on; an empty name stops looking."""
        if self._watcher.directories():
            self._watcher.removePaths(self._watcher.directories())
        self._folder = Path(folder) if folder else None
        self._taken.clear()
        self._told.clear()
        if self._folder is None:
            self._poll.stop()
            return
        self._watcher.addPath(folder)
        self._poll.start()
        self.look()

    def look(self) -> None:
        """Take what is new in the folder; a folder that is away is looked for again at the next turn."""
        if self._folder is None or self._is_looking:
            return
        self._is_looking = True
        folder, taken = self._folder, dict(self._taken)
        self._desk.tasks.run_network(
            lambda: _new_in(folder, taken), on_done=self._take_found, on_error=lambda _problem: self._looked()
        )

    def take(self, paths: Sequence[str]) -> None:
        """Read these files, and the files of these folders."""
        given = [Path(path) for path in paths]
        self._desk.tasks.run_network(
            lambda: _files_of(given), on_done=lambda files: self._receive(files), on_error=self._desk.failed.emit
        )

    def stop(self) -> None:
        """Read no further file of those that were given; what was read stays."""
        for batch in self._batches:
            batch.is_stopped = True

    def _looked(self) -> None:
        self._is_looking = False

    def _take_found(self, found: dict[str, tuple[int, int]]) -> None:
        self._looked()
        if self._folder is not None and found:
            self._taken |= found
            self._receive([self._folder / name for name in found], is_quiet=True)

    def _receive(self, files: Sequence[Path], *, is_quiet: bool = False) -> None:
        batch = Batch(files=len(files), waiting=list(files))
        if not files:
            self.came.emit(batch)
            return
        if not is_quiet:
            self._batches.append(batch)
        self._next(batch, is_quiet=is_quiet)

    def _next(self, batch: Batch, *, is_quiet: bool) -> None:
        if batch.is_stopped or not batch.waiting:
            self._finish(batch, is_quiet=is_quiet)
            return
        if not is_quiet:
            self.reading.emit(batch.files - len(batch.waiting), batch.files)
        file = batch.waiting.pop(0)
        self._desk.do(
            _receiving(file),
            on_done=lambda answer: self._count(batch, answer, is_quiet=is_quiet),
            on_error=lambda problem: self._fail(batch, file, problem, is_quiet=is_quiet),
        )

    def _count(self, batch: Batch, answer: tuple[tuple[str, ...], bool, int], *, is_quiet: bool) -> None:
        message_ids, was_known, unreadable = answer
        if was_known:
            batch.known += 1
        else:
            batch.letters += len(message_ids) - unreadable
            batch.unreadable += unreadable
        batch.message_ids += message_ids
        self._next(batch, is_quiet=is_quiet)

    def _fail(self, batch: Batch, file: Path, problem: Exception, *, is_quiet: bool) -> None:
        if not isinstance(problem, AppError):
            self._desk.failed.emit(problem)
            batch.problems.append(
                _("{file} could not be read: something in Pusterum went wrong.").format(file=name_of(file))
            )
        elif not (is_quiet and self._is_no_news(file, problem)):
            sentence = sentence_for(problem)
            batch.problems.append(f"{sentence.title} {sentence.safe}")
        self._next(batch, is_quiet=is_quiet)

    def _is_no_news(self, file: Path, problem: AppError) -> bool:
        """Try a file of the folder that could not be opened again at every look, and tell of it once.

        One that is gone was taken by somebody else, or its drive is away for now.
        """
        if problem.code != "file-unreadable":
            return False
        self._taken.pop(file.name, None)
        was_told = file in self._told
        self._told.add(file)
        return was_told or isinstance(problem.__cause__, FileNotFoundError)

    def _finish(self, batch: Batch, *, is_quiet: bool) -> None:
        if batch in self._batches:
            self._batches.remove(batch)
        # A folder full of known files is the usual state of a gateway, and no news.
        if not (is_quiet and not batch.letters and not batch.unreadable and not batch.problems):
            self.came.emit(batch)


def _receiving(file: Path) -> Callable[[UnitOfWork], tuple[tuple[str, ...], bool, int]]:
    def receive(work: UnitOfWork) -> tuple[tuple[str, ...], bool, int]:
        from app.services.receive_message import ReceiveMessage, receive_message  # noqa: PLC0415 - read on demand

        content = read_given(file, most=_LARGEST_READ)
        received = receive_message(ReceiveMessage(name_of(file), content), work=work)
        return received.message_ids, received.was_known, received.unreadable

    return receive


def _files_of(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        inside = []
        for file in path.rglob("*") if path.is_dir() else (path,):
            if not file.is_dir() and not _is_unfinished(file.name):
                inside.append(file)
            # Somebody's whole drive is not walked to its end to say that it is too much.
            if len(files) + len(inside) > _MOST_FILES:
                raise RuleRefusal("too-many-files", most=_MOST_FILES)
        files += sorted(inside)
    return files


def _is_unfinished(name: str) -> bool:
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


def _new_in(folder: Path, taken: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Return the finished files of the folder that were not taken, with their size and time of change.

    A folder that is away has none.
    """
    found: dict[str, tuple[int, int]] = {}
    try:
        files = list(folder.iterdir())
    except OSError:
        return found
    # The file system's clock against itself: how long ago something was written there.
    youngest = time.time_ns() - _SETTLE_MS * 1_000_000 // 2
    for file in files:
        try:
            if _is_unfinished(file.name) or not file.is_file():
                continue
            known = file.stat()
        except OSError:  # gone since the folder was listed
            continue
        seen = (known.st_size, known.st_mtime_ns)
        if taken.get(file.name) != seen and known.st_mtime_ns <= youngest:
            found[file.name] = seen
    return found
