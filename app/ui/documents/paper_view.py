"""Any paper, in the language of whoever gets it: `open("plan:KEY")` makes it and shows the very PDF."""

from functools import partial

from PySide6.QtWidgets import QWidget

from app.i18n import _, language
from app.services.let_out import Leaving
from app.services.make_document import DocumentMade, MakeDocument, Paper, make_document
from app.ui.desk import Desk
from app.ui.documents.preview import PdfPreview
from app.ui.widgets import ChoiceBox
from app.ui.widgets.form_fields import read_whole

LANGUAGES = (("da", "Dansk"), ("en", "English"))


class PaperView(PdfPreview):
    """One paper; the language is the receiver's, not the window's."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, name="paper", title=_("Document"), parent=parent)
        self.made: DocumentMade | None = None
        self._made: DocumentMade | None = None
        self._paper: Paper | None = None
        self._key = ""
        self._language = ChoiceBox()
        self._language.setObjectName("paper-language")
        self._language.setAccessibleName(_("Language of the document"))
        for code, name in LANGUAGES:
            self._language.addItem(name, code)
        read_whole(self._language)
        self._language.setCurrentIndex(self._language.findData(language()))
        self._language.currentIndexChanged.connect(lambda _row: self.refresh())
        self.tools.insertWidget(0, self._language)
        self.back.connect(lambda: desk.open("back"))

    @property
    def about(self) -> str:
        """Return which paper is shown, as it is opened."""
        return "" if self._paper is None else f"{self._paper.value}:{self._key}"

    def open(self, key: str) -> None:
        """Make a paper: its kind, a colon, and the key of what it is about."""
        kind, _colon, about = key.partition(":")
        self._paper, self._key = Paper(kind), about

    def refresh(self) -> None:
        """Make the paper anew."""
        if self._paper is None:
            return
        self.made = self._made = None
        self.show_nothing()
        self.header.show_text(_("Document"), "")
        # A letter was written in one language and stays in it.
        self._language.setVisible(self._paper is not Paper.LETTER)
        command = MakeDocument(self._paper, self._key, self._language.currentData())
        self._desk.do(
            lambda work: make_document(command, work=work),
            on_done=partial(self._have_drawn, self._paper),
            on_error=partial(self.could_not, again=self.refresh),
        )

    def _have_drawn(self, paper: Paper, made: DocumentMade) -> None:
        self._made = made
        self._desk.draw(
            made.drawing,
            on_done=partial(self._show, paper, made),
            on_error=partial(self.could_not, again=self.refresh),
        )

    def _show(self, paper: Paper, made: DocumentMade, pdf: bytes) -> None:
        if made is not self._made:
            return
        self.made = made
        self.show_pdf(
            pdf,
            title=made.title,
            subtitle=made.subject,
            file_name=made.file_name,
            said=_("{document} for {who}").format(document=made.title, who=made.subject),
            leaving=Leaving(f"paper: {paper.value}", made.person_ids or (None,)),
        )
