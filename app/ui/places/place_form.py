"""The form of a place: what it is called, what kind it is, where it lies, and whether it is still used."""

from collections.abc import Callable

from app.clock import today
from app.domain.place_cycle import PLACE_KINDS
from app.i18n import _
from app.services.keep_place import KeepPlace, PlaceKept, keep_place
from app.storage.queries.place_page import PlaceChoices, PlacePage
from app.ui.desk import Desk
from app.ui.widgets import ChoiceField, DayField, Field, Form
from app.ui.words import place_kind_word


def place_form(
    desk: Desk, choices: PlaceChoices, found: PlacePage | None, *, done: Callable[[PlaceKept], object]
) -> Form:
    """Return the form, of a new place where none was found; only a place that is there can be closed."""
    kinds = PLACE_KINDS if found is None or found.kind in PLACE_KINDS else (*PLACE_KINDS, found.kind)
    name = Field(_("Name"), name="place-name")
    kind = ChoiceField(
        _("Kind"),
        name="place-kind",
        offers=[(key, place_kind_word(key)) for key in kinds],
        chosen=found.kind if found else kinds[0],
        as_box=True,
    )
    municipality = ChoiceField(
        _("Municipality"),
        name="place-municipality",
        offers=choices.municipalities,
        chosen=found.municipality_id if found else choices.own_municipality,
        as_box=True,
    )
    team = ChoiceField(_("Team"), name="place-team", offers=choices.teams, as_box=True)
    address = Field(_("Address"), name="place-address")
    note = Field(_("Note"), name="place-note", advice=_("The door code, the dog, when it is quiet"))
    closed = DayField(
        _("No longer used from"),
        name="place-closed-on",
        today=today(desk.clock),
        day=found.closed_on if found else None,
        advice=_("Empty while the place is used; what happened there stays"),
    )
    if found is not None:
        name.input.setText(found.name)
        address.input.setText(found.address)
        note.input.setText(found.note)

    def submit() -> None:
        command = KeepPlace(
            name.text(),
            kind.value(),
            team_id=team.value(),
            municipality_id=municipality.value(),
            address=address.text(),
            note=note.text(),
            closed_on=closed.day_if_any(),
            place_id=found.place_id if found else None,
        )
        desk.do(lambda work: keep_place(command, work=work), on_done=done, on_error=form.refuse)

    title = _("A new place") if found is None else _("Change the place")
    form = Form(title, name="place-form", submit_text=_("Save the place"), submit=submit)
    form.add_row(name=name, kind=kind)
    form.add_row(address=address, municipality_id=municipality)
    if found is not None:
        form.add_row(note=note, closed_on=closed)
    elif len(choices.teams) == 1:
        form.add_row(note=note)
    else:
        form.add_row(note=note, team_id=team)
    return form
