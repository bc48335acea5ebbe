"""Words for plans, nicotine replacement, vouchers and other medicines, in the user's language."""

from app.domain.nrt import Caveat
from app.domain.products import prescriptions, product_name
from app.domain.programmes import DOCUMENTS
from app.i18n import _, language, newer_word, ngettext


def approach_word(approach: str) -> str:
    """Return what a way of cutting down is called."""
    return {
        "small_steps": _("Small steps"),
        "smoke_free_time": _("Smoke-free time"),
        "preloading": _("Nicotine before the stop date"),
        "cut_down_to_stop": _("Cut down to stop"),
    }.get(approach) or newer_word(approach)


def approach_sentence(approach: str) -> str:
    """Return what a way of cutting down means, in one sentence."""
    return {
        "small_steps": _("A tenth fewer each week, down to half. Stopping can wait."),
        "smoke_free_time": _("Stretches without smoking that grow from an hour to a whole day."),
        "preloading": _("Smoke as usual with nicotine beside it for four weeks, then stop."),
        "cut_down_to_stop": _("Fewer each week, and none after six weeks."),
    }.get(approach, "")


def hours_words(hours: int) -> str:
    """Return the step of so many hours without smoking."""
    if hours >= 24:
        return _("A whole day without smoking")
    return ngettext("{n} hour without smoking", "{n} hours without smoking", hours).format(n=hours)


def step_state_word(state: str) -> str:
    """Return what became of a step; nothing that was missed is called a failure."""
    return {
        "planned": _("Ahead"),
        "waiting": _("Now"),
        "reached": _("Managed"),
        "missed": _("Not yet"),
        "dropped": _("Left out"),
    }.get(state) or newer_word(state)


def trigger_word(trigger: str) -> str:
    """Return what changed in somebody's smoking."""
    return {
        "stop_date": _("stop date"),
        "reduction": _("half as many cigarettes"),
        "smoke_free": _("smoke-free"),
        "relapse": _("smoked again"),
        "closure": _("left the course"),
    }.get(trigger) or newer_word(trigger)


def level_word(level: str) -> str:
    """Return how urgent an alert is."""
    return {
        "red": _("Before the stop date"),
        "amber": _("When smoking changes"),
        "info": _("Good to know"),
    }.get(level, "")


def difference_reason_word(reason: str) -> str:
    """Return why a count differs."""
    return {
        "broken": _("Broken or wet"),
        "lost": _("Lost"),
        "expired": _("Expired, thrown away"),
        "given_unrecorded": _("Handed out, not recorded"),
        "found": _("Found again"),
        "miscounted": _("Packed or counted wrongly"),
        "other": _("Something else"),
    }.get(reason) or newer_word(reason)


def movement_word(kind: str) -> str:
    """Return what happened to what is in the bag."""
    return {
        "packed": _("Packed"),
        "returned": _("Put back"),
        "explained": _("Difference explained"),
    }.get(kind) or newer_word(kind)


def invoice_difference_word(code: str) -> str:
    """Return what does not fit about a line of an invoice."""
    return {
        "unknown_number": _("No voucher has this number"),
        "cancelled": _("The voucher was cancelled"),
        "number_twice_issued": _("Two vouchers have this number"),
        "amount_above_value": _("More than the voucher is worth"),
        "charged_before": _("Charged before"),
        "before_issue": _("Used before it was issued"),
        "after_validity": _("Used after its last day"),
        "after_invoice": _("Used after the invoice was written"),
    }.get(code) or newer_word(code)


def caveat_sentence(caveat: Caveat) -> str:
    """Return what to look at twice, and what to do about it."""
    speak = language()
    product = product_name(caveat.product, speak)
    medicine = prescriptions().get(caveat.product)
    sentences = {
        "exactly-twenty": _(
            "Exactly 20 cigarettes a day: the patches' labels say more than 20 or fewer than 20. "
            "Ask the pharmacy which strength."
        ),
        "not-with-nicotine": _(
            "{medicine} and nicotine at the same time may increase side effects. "
            "Talk to the doctor or the pharmacy first."
        ).format(medicine=medicine.name(speak) if medicine else product),
        "more-than-the-label": _("More {product} than the label allows: at most {limit} a day.").format(
            product=product, limit=caveat.limit
        ),
        "same-form-twice": _("{product} and {other} in the same weeks: no label speaks of both together.").format(
            product=product, other=product_name(caveat.other, speak)
        ),
        "no-source-for-combination": _(
            "{product} together with {other}: no source says that they go together. Ask the pharmacy."
        ).format(product=product, other=product_name(caveat.other, speak)),
        "lower-limit-beside": _("{product} beside a patch: at most {limit} a day.").format(
            product=product, limit=caveat.limit
        ),
        "week-handed-out-twice": _("Week {week} was handed out twice.").format(week=caveat.week),
        "two-weeks-in-a-day": _("Another week was handed out on the same day."),
        "beyond-the-weeks": _("All {limit} weeks have been handed out before.").format(limit=caveat.limit),
        "expired-batch": _("The batch has passed its expiry date.")
        if not caveat.week
        else _("Week {week} was from a batch that had expired.").format(week=caveat.week),
    }
    return sentences.get(caveat.code, caveat.code)


def source_words(source: str) -> str:
    """Say where a sentence comes from."""
    return _("Source: {source}").format(source=source_name(source))


def source_name(source: str) -> str:
    """Return where something comes from: a document by its title, a web page by its name."""
    words = {
        "Norwegian interaction database": _("the Norwegian interaction database"),
        "general knowledge, to be confirmed": _("general knowledge, to be confirmed"),
        "general knowledge": _("general knowledge"),
        "labels": _("the labels"),
    }
    said = DOCUMENTS.get(source, source).replace("W: ", "")
    for english, word in words.items():
        if english in said:
            said = said.replace(english, word)
            break
    return said


def question_words(key: str) -> str:
    """Return a question of the base form."""
    return {
        "education": _("Highest completed education"),
        "occupation": _("Occupation"),
        "products": _("What is used, a day"),
        "ftnd_1": _("How soon after waking is the first cigarette?"),
        "ftnd_2": _("Is it hard not to smoke where it is forbidden?"),
        "ftnd_3": _("Which cigarette would be hardest to give up?"),
        "ftnd_4": _("How many cigarettes a day?"),
        "ftnd_5": _("More in the first hours after waking than later?"),
        "ftnd_6": _("Smoking also when ill in bed most of the day?"),
        "years_smoked": _("Years of smoking"),
        "earlier_attempts": _("Earlier attempts to stop"),
        "lives_with_smoker": _("Lives with somebody who smokes"),
        "recommended_by_professional": _("A health professional recommended stopping"),
        "tried_medicine": _("Has tried nicotine replacement or medicine"),
        "setting": _("Where"),
        "readiness": _("Ready to change, 0 to 10"),
        "confidence": _("Confident of managing, 0 to 10"),
        "price_per_day": _("What smoking costs a day, in kroner"),
    }.get(key) or newer_word(key)


def option_word(option: str) -> str:
    """Return one answer of the base form."""
    return _OPTIONS[option]() if option in _OPTIONS else newer_word(option)


def tobacco_word(key: str) -> str:
    """Return what is smoked or used."""
    return {
        "cigarettes": _("Cigarettes"),
        "rolled": _("Hand-rolled"),
        "cheroots": _("Cheroots"),
        "cigars": _("Cigars"),
        "pipe": _("Pipe"),
        "e_cigarette": _("E-cigarette"),
        "heated": _("Heated tobacco"),
        "snus": _("Snus"),
        "pouches": _("Nicotine pouches"),
    }.get(key) or newer_word(key)


_OPTIONS = {
    "not_asked": lambda: _("Not asked"),
    "does_not_know": lambda: _("Does not know"),
    "does_not_want": lambda: _("Does not want to answer"),
    "yes": lambda: _("Yes"),
    "no": lambda: _("No"),
    "folkeskole": lambda: _("Primary and lower secondary school"),
    "gymnasium": lambda: _("Upper secondary school"),
    "short_courses": lambda: _("One or several shorter courses"),
    "skilled": lambda: _("Skilled (trade, office or the like)"),
    "other_vocational": lambda: _("Other vocational training"),
    "short_higher": lambda: _("Short higher education"),
    "medium_higher": lambda: _("Medium higher education"),
    "long_higher": lambda: _("Long higher education"),
    "working": lambda: _("Working"),
    "homemaker": lambda: _("Homemaker"),
    "disability_pension": lambda: _("Disability pension"),
    "early_retirement": lambda: _("Early retirement"),
    "unemployed": lambda: _("Unemployed or in activation"),
    "cash_benefit": lambda: _("Cash benefit"),
    "student": lambda: _("Student or pupil"),
    "on_leave": lambda: _("On leave"),
    "pensioner": lambda: _("Pensioner"),
    "other": lambda: _("Other"),
    "within_5": lambda: _("Within 5 minutes"),
    "within_30": lambda: _("6 to 30 minutes"),
    "within_60": lambda: _("31 to 60 minutes"),
    "later": lambda: _("More than an hour"),
    "first_in_the_morning": lambda: _("The first in the morning"),
    "any_other": lambda: _("Any other"),
    "up_to_10": lambda: _("10 or fewer"),
    "up_to_20": lambda: _("11 to 20"),
    "up_to_30": lambda: _("21 to 30"),
    "above_30": lambda: _("31 or more"),
    "more": lambda: _("More"),
    "none": lambda: _("None"),
    "one_to_three": lambda: _("One to three"),
    "municipal_clinic": lambda: _("Municipal clinic"),
    "pharmacy": lambda: _("Pharmacy"),
    "hospital": lambda: _("Hospital"),
    "midwife": lambda: _("Midwife"),
    "primary_care": lambda: _("Doctor's practice"),
    "low": lambda: _("low"),
    "moderate": lambda: _("moderate"),
    "high": lambda: _("high"),
}
