"""Where messages come from and go to, and who stands as their sender."""

from functools import partial
from typing import Final

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QFileDialog

from app.i18n import _
from app.settings import DeviceSettings
from app.ui.widgets import Card, Field, across_or_down, button, label, note_as_made

_FOLDERS: Final = ("inbox_folder", "outbox_folder")
_SENDER: Final = ("sender_name", "sender_department", "sender_location", "sender_phone")


class MessagesCard(Card):
    """Two folders and four lines; each is saved when it is left, and says so through `chosen`."""

    def __init__(self, settings: DeviceSettings, chosen: SignalInstance) -> None:
        super().__init__(name="messages-card")
        self._settings = settings
        self._chosen = chosen
        self.body.addWidget(label(_("Messages"), type="heading"))
        questions = {
            "inbox_folder": (_("Folder where messages come in"), _("Letters found there are read into the inbox.")),
            "outbox_folder": (
                _("Folder where messages go out"),
                _("Your municipality's message system takes them from there."),
            ),
            "sender_name": (_("Sender on letters to doctors"), _("The municipality, at most 35 characters.")),
            "sender_department": (_("Department"), ""),
            "sender_location": (_("Location number (EAN)"), _("13 digits.")),
            "sender_phone": (_("Telephone"), ""),
        }
        self._fields = {
            name: Field(question, name=name.replace("_", "-"), advice=advice)
            for name, (question, advice) in questions.items()
        }
        for name in _FOLDERS:
            field = self._fields[name]
            choosing = button(
                _("Choose …"), name=f"choose-{name.replace('_', '-')}", on_click=partial(self._choose, name)
            )
            choosing.setAccessibleName(f"{choosing.text()} {questions[name][0]}")
            field.line.addWidget(choosing)
            self.body.addWidget(field)
        for pair in (_SENDER[:2], _SENDER[2:]):
            row = across_or_down()
            for name in pair:
                row.addWidget(self._fields[name], 1)
            self.body.addLayout(row)
        for name, field in self._fields.items():
            field.input.setText(getattr(settings, name))
            note_as_made(field.input)
            field.input.editingFinished.connect(partial(self._take, name))

    def _choose(self, name: str) -> None:
        folder = QFileDialog.getExistingDirectory(self, _("Choose a folder"), getattr(self._settings, name))
        if folder:
            self._fields[name].input.setText(folder)
            self._take(name)

    def _take(self, name: str) -> None:
        text = self._fields[name].text()
        if text != getattr(self._settings, name):
            self._settings = self._settings.evolve(**{name: text})
            note_as_made(self._fields[name].input)
            self._chosen.emit({name: text})
