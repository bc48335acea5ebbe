"""A screen whose page is built anew from what was read, without a jump and without taking a form away."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.ui.tasks import Pieces, TaskRunner
from app.ui.widgets.form import Form
from app.ui.widgets.notice_bar import NoticeBar
from app.ui.widgets.refilling import focus_kept
from app.ui.widgets.surfaces import ScrollPage


class FilledPage(ScrollPage):
    """A page that is filled before it is shown, with the places where forms open."""

    def __init__(self, parent: QWidget, *, name: str) -> None:
        super().__init__(parent, name=name)
        self._form_places: dict[str, QBoxLayout] = {}
        self._taken_along: list[tuple[QBoxLayout, QWidget]] = []

    def form_place(self, layout: QBoxLayout, at: str = "") -> None:
        """Let the form about `at` open here in a layout, at its present end."""
        place = QVBoxLayout()
        place.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(place)
        self._form_places[at] = place

    def put_form(self, form: Form, at: str) -> None:
        """Show a form in its place.

        A form whose place is not on this page stands at the head of it.
        """
        place = self._form_places.get(at)
        if place is None:
            self.body.insertWidget(0, form)
        else:
            place.addWidget(form)
        # At once and not when Qt is back in its loop, so that it can have the keyboard.
        form.show()

    def take_along(self, widget: QWidget, layout: QBoxLayout) -> None:
        """Move a widget over from the page before when this one is shown, such as the line that one is typing in."""
        self._taken_along.append((layout, widget))

    def take_over(self) -> None:
        """Move over now what was to be taken along."""
        for layout, widget in self._taken_along:
            layout.addWidget(widget)


class RebuiltPage(QWidget):
    """Holds one scrolling page; `show_anew` puts another in its place and stays where one had scrolled to.

    A form that is open goes along: it is the same one, with what is typed in it and the cursor where it is. What does
    not scroll stands `above` and `below`; so does the notice of what was done, at the foot as on every page.
    """

    def __init__(self, tasks: TaskRunner, parent: QWidget | None = None, *, name: str) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.form: Form | None = None
        self._form_at = ""
        self._tasks = tasks
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.above = QVBoxLayout()
        column.addLayout(self.above)
        self._whole = QVBoxLayout()
        column.addLayout(self._whole, 1)
        self.notice = NoticeBar(name=f"{name}-notice")
        self.notice.setProperty("below", True)
        column.addWidget(self.notice)
        self.below = QVBoxLayout()
        column.addLayout(self.below)
        self._page: FilledPage | None = None
        self._making: Pieces | None = None

    def show_anew(self, fill: Callable[[FilledPage], Iterator[None]]) -> None:
        """Fill another page out of sight, and show it when it is whole: the page before stays until then.

        `fill` yields wherever the window may answer.
        """
        self.stop_making()
        self._making = self._tasks.in_pieces(self._make(fill))

    def begin_anew(self, *, is_other: bool) -> None:
        """Let go of the form and of the page that is being filled, and where it is about another, of what is shown."""
        self.stop_making()
        self.let_go_of_form()
        if is_other and self._page is not None:
            self._let_go_of(self._page)
            self._page = None

    def stop_making(self) -> None:
        """Leave the page that is being filled."""
        if self._making is not None:
            self._making.drop()

    def finish_making(self) -> None:
        """Show at once the page that is being filled."""
        if self._making is not None:
            self._making.finish()

    def _make(self, fill: Callable[[FilledPage], Iterator[None]]) -> Iterator[None]:
        page = FilledPage(self, name=f"{self.objectName()}-page")
        try:
            for _piece in fill(page):
                page.measure()
                yield
            page.body.addStretch(1)
            self._show_page(page)
        finally:
            if page is not self._page:
                page.deleteLater()

    def _show_page(self, page: FilledPage) -> None:
        before = self._page
        where = before.verticalScrollBar().value() if before is not None else 0
        page.setGeometry(self._whole.geometry())
        with focus_kept(self):
            page.take_over()
            if self.form is not None:
                page.put_form(self.form, self._form_at)
            if before is not None:
                self._let_go_of(before)
            self._page = page
            self._whole.addWidget(page)
            page.show()
        # What scrolls learns now how tall the page is: before that there is nowhere to scroll to.
        QCoreApplication.sendEvent(page.viewport(), QEvent(QEvent.Type.LayoutRequest))
        page.verticalScrollBar().setValue(where)

    def _let_go_of(self, page: FilledPage) -> None:
        self._whole.removeWidget(page)
        page.hide()
        page.deleteLater()

    def open_form(self, form: Form, at: str = "") -> None:
        """Show a form in its place on the page, in place of another; it stays until it is sent or cancelled."""
        self.let_go_of_form()
        self.form, self._form_at = form, at
        form.cancelled.connect(self.put_form_away)
        if self._page is not None:
            self._page.put_form(form, at)

    def put_form_away(self) -> None:
        """Take the form away and read anew what others wrote meanwhile."""
        self.let_go_of_form()
        self.refresh()

    def let_go_of_form(self) -> None:
        """Take the form away; whoever was in it is back at the button that opened it."""
        form, self.form = self.form, None
        if form is not None:
            with focus_kept(self):
                form.hide()
                form.deleteLater()

    def refresh(self) -> None:
        """Read anew what is shown."""
        raise NotImplementedError
