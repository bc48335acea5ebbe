"""Words for the codes that rows carry, in the user's language."""

from app.domain.nrt import BETWEEN_PRODUCTS
from app.domain.products import product_name, products
from app.i18n import _, format_number, language

STATUSES = ("present", "excused", "absent")


def status_word(status: str) -> str:
    """Return the word for an attendance."""
    return {"present": _("Came"), "excused": _("Excused"), "absent": _("Did not come")}.get(status, "")


def place_kind_word(kind: str) -> str:
    """Return the word for a kind of place; an unknown kind is shown as it is."""
    return {
        "vaerested": _("Drop-in centre"),
        "bosted": _("Housing facility"),
        "rusmiddelcenter": _("Addiction centre"),
        "herberg": _("Shelter"),
        "varmestue": _("Warm room"),
        "krisecenter": _("Crisis centre"),
        "socialpsykiatri": _("Social psychiatry"),
        "other": _("Another kind of place"),
    }.get(kind, kind)


def entity_word(entity: str) -> str:
    """Return what a change is about."""
    return {
        "person": _("Person"),
        "membership": _("Team membership"),
        "enrolment": _("Enrolment"),
        "attendance": _("Attendance"),
        "measurement": _("Measurement"),
        "handout": _("Handout"),
        "session": _("Session"),
        "diploma": _("Diploma"),
        "place": _("Place"),
        "consent": _("Consent"),
        "referral": _("Referral"),
        "contact_attempt": _("Contact attempt"),
        "course": _("Course"),
        "baseline": _("Form at the start"),
        "stop_date": _("Stop date"),
        "relapse": _("Relapse"),
        "reduction_plan": _("Reduction plan"),
        "nrt_plan": _("Plan for nicotine replacement"),
        "medicine": _("Medicine"),
        "voucher": _("Voucher"),
        "outcome": _("Outcome"),
        "follow_up_attempt": _("Follow-up"),
        "letter": _("Letter"),
        "outreach_visit": _("Outreach visit"),
        "stock_movement": _("Bag"),
        "task_state": _("Task"),
        "place_contact": _("Contact person"),
        "conflict": _("Choice between two values"),
        "plan_step": _("Step of a plan"),
        "nrt_step": _("Product of a plan"),
        "pause": _("Break"),
        "medicine_notice": _("Notice to a prescriber"),
        "voucher_redemption": _("Voucher used"),
        "pharmacy_invoice": _("Invoice"),
        "invoice_line": _("Line of an invoice"),
        "rule_override": _("Rule overridden"),
    }.get(entity, entity.replace("_", " "))


def field_word(field: str) -> str:
    """Return what a field is called; an unknown one is shown in plain letters."""
    return {
        "deleted": _("Deleted"),
        "given_name": _("First name"),
        "family_name": _("Family name"),
        "nickname": _("Nickname"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "address": _("Address"),
        "note": _("Note"),
        "status": _("Attendance"),
        "language": _("Language"),
        "identifier": _("Identifier"),
        "birth_date": _("Date of birth"),
        "residence_municipality_id": _("Municipality of residence"),
        "small_step": _("Next small step"),
        "left_on": _("Left on"),
        "goal": _("Goal"),
        "closing_reason": _("Why it ended"),
        "closed_on": _("Closed on"),
        "due_on": _("Due on"),
        "decided": _("Decision"),
    }.get(field, field.replace("_", " "))


def number_word(value: float | None) -> str:
    """Return a measured number as one writes it, without a needless ",0"."""
    if value is None:
        return ""
    return format_number(int(value) if float(value).is_integer() else value)


def handout_name(keys: str) -> str:
    """Return the full names of what one handout holds; a combination is joined by "+"."""
    return " + ".join(product_name(key, language()) for key in keys.split(BETWEEN_PRODUCTS) if key)


def product_word(key: str) -> str:
    """Return form and strength of a product, short enough for a column; an unknown key is shown as it is.

    The products of a combination are joined with a plus sign, as they are in the key.
    """
    if BETWEEN_PRODUCTS in key:
        return f" {BETWEEN_PRODUCTS} ".join(product_word(part) for part in key.split(BETWEEN_PRODUCTS))
    product = products().get(key)
    if product is None:
        return key
    return f"{form_word(product.form)} {number_word(product.strength)} mg"


def form_word(form: str) -> str:
    """Return what a product looks like."""
    return {
        "patch": _("Patch"),
        "gum": _("Gum"),
        "lozenge": _("Lozenge"),
        "microtab": _("Microtab"),
        "mouth_spray": _("Mouth spray"),
        "inhaler": _("Inhaler"),
    }.get(form, form)
