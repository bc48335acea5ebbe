"""The form that hands out weekly portions, at a session or outside one, as the bag has them."""

from collections.abc import Callable

from app.clock import today
from app.domain.bag import Batch
from app.domain.nrt import Due
from app.domain.products import products
from app.i18n import _, language
from app.services.hand_out import HandedOut, HandedPortion, HandOut, hand_out
from app.storage.queries.bag import BagAtHand
from app.ui.desk import Desk
from app.ui.person.asking import tell
from app.ui.widgets import ChoiceField, DayField, Field, Form, NumberField


def hand_out_form(
    desk: Desk, person_id: str, due: Due | None, *, batch: Batch | None, done: Callable[[HandedOut], object]
) -> Form:
    """Return the form, filled with what is due and with the batch of it that is in the bag."""
    day = today(desk.clock)
    offers = [(key, product.name(language())) for key, product in products().items()]
    rows: list[tuple[ChoiceField, NumberField]] = []
    portions = due.portions if due else ()
    for number, portion in enumerate(portions or (None,)):
        chosen = portion.product if portion else offers[0][0]
        product = ChoiceField(
            _("Product") if number == 0 else _("Beside it"),
            name=f"handout-product-{number}",
            offers=offers if number == 0 else [("", _("Nothing")), *offers],
            chosen=chosen,
            as_box=True,
        )
        amount = NumberField(
            _("Weekly portions"), name=f"handout-quantity-{number}", value=portion.quantity if portion else 1
        )
        rows.append((product, amount))
    handed = DayField(_("The day"), name="handout-day", today=day, day=day)
    week = NumberField(_("Week"), name="handout-week", value=due.week if due else None)
    batch_field = Field(_("Batch"), name="handout-batch")
    expires = DayField(_("Expires"), name="handout-expires", today=day)
    price = NumberField(_("Price of a portion, kroner"), name="handout-price", decimals=True)

    def take_from_the_bag(found: Batch | None) -> None:
        # Batch, expiry and price are of the product that was chosen, and not of the one before it.
        name = found.batch if found else ""
        batch_field.input.setText(name)
        batch_field.advise(_("From the bag: {batch}").format(batch=name) if name else "")
        expires.show_day(found.expires_on if found else None)
        price.show_value(None if found is None or found.price is None else found.price / 100)

    def choose(product: str) -> None:
        user_id = desk.user_id
        desk.ask(lambda reading: BagAtHand(reading, user_id).batch(product), on_done=take_from_the_bag)

    take_from_the_bag(batch)
    rows[0][0].changed.connect(choose)

    def submit() -> None:
        oere = price.value()
        command = HandOut(
            person_id=person_id,
            portions=tuple(
                HandedPortion(
                    choice.value(),
                    amount.whole() or 0,
                    batch=batch_field.text() if number == 0 else "",
                    expires_on=expires.day_if_any() if number == 0 else None,
                    price=round(oere * 100) if oere is not None and number == 0 else None,
                )
                for number, (choice, amount) in enumerate(rows)
                if choice.value()
            ),
            handed_on=handed.day(),
            week=week.whole(),
        )
        desk.do(
            lambda work: hand_out(command, work=work),
            on_done=done,
            on_error=lambda problem: tell(form, problem, desk),
        )

    form = Form(
        _("Hand out, at a session or outside one"), name="handout-form", submit_text=_("Hand out"), submit=submit
    )
    for number, (product, amount) in enumerate(rows):
        form.add_row(
            **(
                {"product": product, "quantity": amount}
                if number == 0
                else {f"product_{number}": product, f"quantity_{number}": amount}
            )
        )
    form.add_row(handed_on=handed, week=week)
    form.add_row(batch=batch_field, expires_on=expires, price=price)
    return form
