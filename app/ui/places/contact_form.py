"""The form of a place's contact person: name, part at the place, and how to reach them."""

from collections.abc import Callable

from app.i18n import _
from app.services.keep_place_contact import KeepPlaceContact, drop_place_contact, keep_place_contact
from app.storage.queries.place_page import ContactLine
from app.ui.course.words import contact_role_word
from app.ui.desk import Desk
from app.ui.widgets import ChoiceField, Field, Form, button


def contact_form(desk: Desk, place_id: str, contact: ContactLine | None, *, done: Callable[[str], object]) -> Form:
    """Return the form, of a new contact person where none is given; only one that is there can be taken off."""
    name = Field(_("Name"), name="contact-name")
    role = ChoiceField(
        _("Part at the place"),
        name="contact-role",
        offers=[(key, contact_role_word(key)) for key in ("tovholder", "leder", "other")],
        chosen=contact.role if contact else "tovholder",
        as_box=True,
    )
    phone = Field(_("Phone"), name="contact-phone")
    email = Field(_("E-mail"), name="contact-email")
    if contact is not None:
        name.input.setText(contact.name)
        phone.input.setText(contact.phone)
        email.input.setText(contact.email)

    def submit() -> None:
        command = KeepPlaceContact(
            place_id,
            name.text(),
            role.value(),
            phone.text(),
            email.text(),
            contact.contact_id if contact else None,
        )
        desk.do(
            lambda work: keep_place_contact(command, work=work),
            on_done=lambda _kept: done(_("The contact person is saved.")),
            on_error=form.refuse,
        )

    title = _("Change the contact person") if contact else _("A new contact person")
    form = Form(title, name="contact-form", submit_text=_("Save"), submit=submit)
    form.add_row(name=name, role=role)
    form.add_row(phone=phone, email=email)
    if contact is not None:
        contact_id = contact.contact_id
        form.add_action(
            button(
                _("Take off the place"),
                name="drop-contact",
                kind="quiet",
                on_click=lambda: desk.do(
                    lambda work: drop_place_contact(contact_id, work=work),
                    on_done=lambda _changed: done(_("The contact person is taken off.")),
                ),
            )
        )
    return form
