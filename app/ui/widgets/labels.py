"""Words on the screen: labels by their place in the type scale, and badges."""

from collections.abc import Iterator
from html import escape

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.ui.theme import current_metrics, icon
from app.ui.widgets.surfaces import set_property

_WIDEST = 16_777_215
"""The greatest width that Qt knows."""


_LONGEST_WORD = 40
"""Letters; a longer word is a name without a blank or an address, and breaks anywhere."""
_BREAK, _BREAKS_AFTER = "\u200b", 4
_JOINER = "\u200d"
_JOINED = ("Mn", "Mc", "Me", "Cf", "Sk")
"""Marks, joiners and tones of skin: they belong to the letter before them."""


def _breakable(text: str) -> str:
    """Return the text with places to break in its longest words; what stands on a letter stays with it."""
    if all(len(word) <= _LONGEST_WORD for word in text.split()):
        return text
    return " ".join(word if len(word) <= _LONGEST_WORD else _BREAK.join(_pieces(word)) for word in text.split(" "))


def _pieces(word: str) -> Iterator[str]:
    from unicodedata import category  # noqa: PLC0415 - the first screen does not wait for it

    begins = 0
    for place, letter in enumerate(word):
        is_joined = category(letter) in _JOINED or (place and word[place - 1] == _JOINER)
        if place - begins >= _BREAKS_AFTER and not is_joined:
            yield word[begins:place]
            begins = place
    yield word[begins:]


class WrappedLabel(QLabel):
    """Words that wrap. How tall they are at a width is measured once: layouts ask for it dozens of times."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._words = text
        self._heights: dict[int, int] = {}
        self._lowest_from = 0
        self.setWordWrap(True)
        if len(text) > _LONGEST_WORD:
            self._break_words(text)

    def text(self) -> str:
        """Return what it says, without the places where it breaks."""
        return self._words

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's own
        """Say something else."""
        if text != self._words:
            self._forget()
            if len(text) > _LONGEST_WORD or len(self._words) > _LONGEST_WORD:
                self._break_words(text)
            else:
                self._words = text
                super().setText(text)

    def _break_words(self, text: str) -> None:
        shown = _breakable(text)
        if self.accessibleName() in ("", self._words):
            # Where it is not what is shown, it is what is read out.
            self.setAccessibleName(text if shown != text else "")
        if (shown != text) != bool(self.minimumWidth()):
            # Some fonts join letters over a break: such a word is cut rather than the window made as wide.
            self.setMinimumWidth(int(shown != text))
        self._words = text
        super().setText(shown)

    def changeEvent(self, event: QEvent) -> None:
        """Forget what was measured in another font."""
        self._forget()
        super().changeEvent(event)

    def heightForWidth(self, width: int) -> int:
        """Return how tall the words are at a width; wider than where they are lowest, it makes no difference."""
        lowest = self.minimumSizeHint().height()
        if not self._lowest_from:
            self._lowest_from = self._surely_lowest_from()
        if width >= self._lowest_from:
            return lowest
        tall = self._heights.get(width)
        if tall is None:
            tall = self._heights[width] = super().heightForWidth(width)
            if tall == lowest:
                self._lowest_from = width
        return tall

    def _surely_lowest_from(self) -> int:
        """Return a width at which all lines of the favourite size have room in one: nothing is measured for it."""
        text = self.text()
        if not text or "\t" in text:
            return _WIDEST
        favourite, line = self.sizeHint(), self.fontMetrics().height()
        return round(favourite.height() / line) * (favourite.width() + line)

    def _forget(self) -> None:
        self._heights.clear()
        self._lowest_from = 0


class OneLine(QLabel):
    """Words in one line, which ends with an ellipsis where they do not fit."""

    def __init__(self, *, type: str = "body", name: str = "") -> None:  # noqa: A002 - the stylesheet's own word
        super().__init__()
        self._words = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("type", type)
        self.setContentsMargins(0, _over_capitals(type), 0, 0)
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_words(self, words: str) -> None:
        """Say something else."""
        self._words = words
        self._fit()

    def one_line(self) -> int:
        """Return how wide the words are."""
        return self.fontMetrics().horizontalAdvance(self._words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as much as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.contentsRect().width()
        self.setText(self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room))


def label(text: str, *, type: str = "body", wrap: bool = True, name: str = "", parent: QWidget | None = None) -> QLabel:  # noqa: A002 - the stylesheet's own word
    """Return a label of the type scale: display, title, heading, lead, body, strong, soft, caption or error.

    The text is plain: what people are called never becomes markup.
    """
    made = WrappedLabel(text, parent) if wrap else QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("type", type)
    made.setContentsMargins(0, _over_capitals(type), 0, 0)
    if name:
        made.setObjectName(name)
    if wrap:
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        made.setSizePolicy(policy)
    return made


def _over_capitals(type: str) -> int:  # noqa: A002 - as above
    """Return the room above a line for the ring of Å, which stands higher in our letters than their line does."""
    metrics = current_metrics()
    letter = metrics.caption if type == "error" else getattr(metrics, type, metrics.body)
    return -(-letter // 15)


def tile(shows: str, *, tone: str = "accent") -> QLabel:
    """Return a large icon on a soft square of its tone."""
    made = QLabel()
    made.setProperty("tile", True)
    made.setProperty("tone", tone)
    size = current_metrics().icon_large
    made.setFixedSize(round(size * 1.25), round(size * 1.25))
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    inner = QSize(round(size * 0.8), round(size * 0.8))
    made.setPixmap(icon(shows, colour=f"{tone}_ink").pixmap(inner, made.devicePixelRatioF()))
    return made


def say_at_most(shown: QLabel, text: str, *, letters: int) -> None:
    """Let a label say no more than so many letters; its tool tip has the rest, and all of it is read out."""
    shown.setAccessibleName("")
    if len(text) <= letters:
        shown.setText(text)
        shown.setToolTip("")
        return
    shown.setText(f"{text[: letters - 1].rstrip()}…")
    shown.setToolTip(tip(text))
    shown.setAccessibleName(text)


def tip(text: str) -> str:
    """Return the text so that a tool tip shows it word for word: what looks like HTML Qt would take for it."""
    return escape(text, quote=False) if "<" in text else text


class Badge(QLabel):
    """A word or two in a coloured pill; tone neutral, accent, amber, success, problem or info."""

    def __init__(self, text: str, *, tone: str = "neutral", name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("badge", True)
        self.setProperty("tone", tone)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        if name:
            self.setObjectName(name)

    def show_state(self, text: str, tone: str) -> None:
        """Say another word in another tone."""
        self.setText(text)
        set_property(self, "tone", tone)


class LongBadge(Badge):
    """A pill with a sentence, which ends with an ellipsis where its line is too short; a tool tip has all of it."""

    def __init__(self, text: str, *, tone: str) -> None:
        super().__init__(text, tone=tone)
        self._words = text
        self.setToolTip(tip(text))

    def sizeHint(self) -> QSize:
        """Return the size of the whole sentence."""
        hint = super().sizeHint()
        return QSize(self._beside() + self.fontMetrics().horizontalAdvance(self._words), hint.height())

    def minimumSizeHint(self) -> QSize:
        """Give way as far as needed."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as much as there is room for."""
        super().resizeEvent(event)
        is_whole = self.width() >= self.sizeHint().width() - 1
        room = self.width() - self._beside()
        short = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        self.setText(self._words if is_whole else short)

    def _beside(self) -> int:
        """Return what the pill has around its words."""
        return super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())
