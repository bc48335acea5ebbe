"""What the rows about a person say, in words: for the extract that a citizen is given."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from app.domain.baseline import PRODUCTS, is_money
from app.domain.courses import FORMATS, GOALS, SESSION_KINDS, SETTINGS, STOP_DATE_POLICIES
from app.domain.dependence import ITEMS
from app.domain.first_contact import CAME_BECAUSE, REFERRAL_CHANNELS, SELF_CHANNELS
from app.domain.identifiers import shown
from app.domain.medicines import substances
from app.domain.nrt import BETWEEN_PRODUCTS
from app.domain.outcomes import ClosingReason
from app.domain.place_cycle import CONTACT_ROLES, PLACE_KINDS, STEPS
from app.domain.products import products
from app.domain.reduction import APPROACHES
from app.domain.reports.words import because_word
from app.i18n import (
    _,
    format_clock,
    format_day,
    format_moment,
    format_money,
    language,
    language_name,
    newer_word,
    ngettext,
)
from app.services import decide_task, edit_person, plan_nrt, plan_reduction, run_place_cycle, write_letter
from app.services.merge_people import MERGE_RULE
from app.services.typing_forms import form_word
from app.ui.contact.words import (
    channel_word,
    outcome_word,
    purpose_word,
    reach_word,
    referral_state_word,
    topic_word,
)
from app.ui.course import words as course_words
from app.ui.course.words import (
    answer_word,
    closing_word,
    consent_word,
    contact_role_word,
    format_word,
    giver_word,
    goal_word,
    manner_word,
    missing_word,
    result_word,
    said_word,
    session_state_word,
    session_word,
    setting_word,
    step_word,
    stop_policy_word,
    time_point_word,
)
from app.ui.inbox.words import kind_word, party_kind_word
from app.ui.inbox.words import state_word as message_state_word
from app.ui.nicotine_words import (
    approach_word,
    option_word,
    question_words,
    step_state_word,
    tobacco_word,
    trigger_word,
)
from app.ui.programmes.words import rule_word
from app.ui.words import STATUSES, entity_word, field_word, handout_name, number_word, place_kind_word, status_word

FAGERSTROM: Final = frozenset(f"ftnd_{item}" for item in ITEMS)
"""What is measured in points."""
_MONEY: Final = frozenset({("voucher", "value"), ("voucher_redemption", "amount"), ("handout", "price")})


def value_word(entity: str, field: str, value: Any) -> str:
    """Return a value as one reads it; free text as it is."""
    if value is True or value is False:
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        return "; ".join(_answered(key, said) for key, said in value.items())
    if isinstance(value, list):
        return ", ".join(value_word(entity, field, one) for one in value)
    if isinstance(value, int | float):
        if entity == "measurement" and field in FAGERSTROM:
            return ngettext("{n} point", "{n} points", int(value)).format(n=number_word(float(value)))
        is_amount = (entity, field) in _MONEY or (entity == "measurement" and is_money(field))
        return format_money(round(value)) if is_amount else number_word(float(value))
    text = str(value)
    word = _FIELDS.get((entity, field)) or _FIELDS.get(("", field))
    if word is not None:
        return word(text) or text
    return _moment(text) if field.endswith(("_on", "_at", "_date", "until")) else text


def code_word(entity: str, field: str, code: str) -> str | None:
    """Return the word for a code, empty for one that says nothing; None where this version does not know it.

    What a field holds that knows no codes is its own word.
    """
    word = _FIELDS.get((entity, field)) or _FIELDS.get(("", field))
    if word is None:
        return code
    said = word(code)
    known = codes(entity, field)
    if not known or all(part in known for part in code.split(BETWEEN_PRODUCTS)):
        return said
    # Words are kept for codes that nobody writes any more.
    return None if said in ("", code, newer_word(code)) else said


def codes(entity: str, field: str) -> tuple[str, ...]:
    """Return the codes that a field holds, in the order in which one chooses; none where it holds something else."""
    found = _CODES.get((entity, field), ())
    return found() if callable(found) else found


def _answered(question: str, said: Any) -> str:
    """Return a question of the base form with its answer."""
    asked = question_words(question)
    return f"{asked if asked.endswith('?') else asked + ':'} {_answer(question, said)}"


def _answer(question: str, said: Any) -> str:
    """Return one answer of the base form: whether it was given, and what it says."""
    if not isinstance(said, Mapping):
        return str(said)
    if said.get("answer") != "given":
        return option_word(str(said.get("answer", "")))
    value = said.get("value")
    if isinstance(value, Mapping):
        return ", ".join(f"{tobacco_word(key)} {number_word(value[key])}" for key in PRODUCTS if value.get(key)) or "0"
    if is_money(question) and isinstance(value, int | float):
        return format_money(round(value))
    return option_word(value) if isinstance(value, str) else number_word(value)


def _moment(text: str) -> str:
    try:
        if len(text) == len("2026-11-25"):
            return format_day(date.fromisoformat(text))
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return format_moment(at)


def _substance(key: str) -> str:
    known = substances().get(key)
    return known.name(language()) if known is not None else key


def _rule(key: str) -> str:
    """Return a rule that was overridden: one of a programme, or the one about joining two people."""
    return _("Only people with the same number are joined") if key == MERGE_RULE else rule_word(key)


def measurement_word(kind: str) -> str:
    """Return what was measured."""
    return {
        "cigarettes_per_day": _("Cigarettes a day"),
        "product_per_day": _("Of a product a day"),
        "co_ppm": _("CO, ppm"),
        "smoke_free_days": _("Days without smoking"),
    }.get(kind) or question_words(kind)


def _of(words: Callable[[], dict[str, str]]) -> Callable[[str], str]:
    return lambda code: words().get(code) or newer_word(code)


_NUMBER_KIND = _of(
    lambda: {
        "cpr": _("CPR"),
        "replacement": _("Replacement number"),
        "ecpr": _("eCPR"),
        "none": _("None"),
    }
)
_PLAN_STATE = _of(
    lambda: {
        "active": _("In use"),
        "replaced": _("Replaced by a newer one"),
        "reached": _("Managed"),
        "paused": _("Paused"),
        "finished": _("Finished"),
        "stopped": _("Stopped"),
    }
)
_TASK_STATE = _of(
    lambda: {"done": _("Done"), "dismissed": _("Left undone"), "put_off": _("Put off"), "open": _("Waiting")}
)
_FIELDS: Final[dict[tuple[str, str], Callable[[str], str]]] = {
    ("", "product"): handout_name,
    ("measurement", "product"): tobacco_word,
    ("measurement", "kind"): measurement_word,
    ("", "answer"): said_word,
    ("measurement", "answer"): lambda code: _("Answered") if code == "given" else option_word(code),
    ("consent", "answer"): answer_word,
    ("consent", "kind"): consent_word,
    ("", "consent"): answer_word,
    ("", "given_by"): giver_word,
    ("", "manner"): manner_word,
    ("rule_override", "rule"): _rule,
    ("erasure", "manner"): _of(lambda: {"erase": _("Erased"), "anonymise": _("Made anonymous")}),
    ("", "ground"): _of(
        lambda: {"request": _("The person asked"), "retention": _("The time was up"), "mistake": _("A mistake")}
    ),
    ("attendance", "status"): status_word,
    ("", "time_point"): time_point_word,
    ("", "smoke_free"): said_word,
    ("", "nicotine_free"): said_word,
    ("", "may_text"): said_word,
    ("", "missing_reason"): missing_word,
    ("outcome", "source"): _of(
        lambda: {
            "self_report": _("The person said so"),
            "counsellor": _("The counsellor"),
            "other": _("Somebody else"),
        }
    ),
    ("", "trigger"): trigger_word,
    ("", "language"): language_name,
    ("letter", "kind"): _of(lambda: {"gp": _("To the person's own doctor"), "referrer": _("To who referred")}),
    ("letter", "state"): _of(
        lambda: {
            "draft": _("Draft"),
            "finished": _("Finished"),
            "given": _("Given"),
            "withdrawn": _("Withdrawn"),
        }
    ),
    ("plan_step", "state"): step_state_word,
    ("nrt_plan", "state"): _PLAN_STATE,
    ("reduction_plan", "state"): _PLAN_STATE,
    ("reduction_plan", "approach"): approach_word,
    ("referral", "state"): referral_state_word,
    ("referral", "closing_reason"): referral_state_word,
    ("outgoing_message", "state"): _of(
        lambda: {
            "prepared": _("Waits for the folder"),
            "written": _("In the folder"),
            "taken": _("Taken by the message system"),
            "receipt_positive": _("Received"),
            "receipt_negative": _("Refused"),
        }
    ),
    ("task_state", "state"): _TASK_STATE,
    ("team_task_state", "state"): _TASK_STATE,
    ("letter", "language"): language_name,
    ("person", "identifier"): shown,
    ("place", "kind"): place_kind_word,
    ("place_contact", "role"): contact_role_word,
    ("place_cycle", "state"): _of(
        lambda: {"running": _("Under way"), "finished": _("Finished"), "stopped": _("Stopped")}
    ),
    ("place_cycle_step", "step"): lambda step: step_word(step, 1, 1),
    ("place_cycle_step", "state"): course_words.step_state_word,
    ("", "starts_at"): format_clock,
    ("", "setting"): setting_word,
    ("course", "format"): format_word,
    ("course", "stop_date_policy"): stop_policy_word,
    ("course", "state"): _of(lambda: {"running": _("Under way"), "closed": _("Closed")}),
    ("session", "state"): session_state_word,
    ("session", "kind"): lambda kind: _("Session") if kind == "ordinary" else session_word(kind, 0),
    ("incoming_message", "state"): lambda state: message_state_word(state)[0],
    ("incoming_message", "type"): kind_word,
    ("outgoing_message", "type"): kind_word,
    ("nrt_step", "role"): _of(lambda: {"main": _("Long-acting"), "short_acting": _("Short-acting")}),
    ("", "channel"): channel_word,
    ("", "preferred_contact"): reach_word,
    ("", "result"): result_word,
    ("contact_attempt", "outcome"): outcome_word,
    ("", "purpose"): purpose_word,
    ("", "topics"): topic_word,
    ("", "came_because"): because_word,
    ("", "closing_reason"): closing_word,
    ("", "goal"): goal_word,
    ("", "substance"): _substance,
    ("", "sex"): _of(lambda: {"male": _("Man"), "female": _("Woman")}),
    ("", "identifier_kind"): _NUMBER_KIND,
    ("", "sender_identifier_kind"): party_kind_word,
    ("", "subject_entity"): entity_word,
    ("", "entity"): entity_word,
    ("", "field"): field_word,
    ("", "form"): form_word,
}
"""By (entity, field): what says the code; an empty entity is every one."""
_CODES: Final[dict[tuple[str, str], tuple[str, ...] | Callable[[], tuple[str, ...]]]] = {
    ("person", "identifier_kind"): ("cpr", "replacement", "ecpr", "none"),
    ("person", "sex"): edit_person.SEXES,
    ("person", "preferred_contact"): edit_person.PREFERRED,
    ("person", "may_text"): edit_person.ANSWERS,
    ("referral", "channel"): (*REFERRAL_CHANNELS, *SELF_CHANNELS),
    ("referral", "state"): ("open", "accepted", "declined", "not_reached", "withdrawn"),
    ("referral", "came_because"): ("", *CAME_BECAUSE),
    ("referral", "sender_identifier_kind"): (
        "", "ydernummer", "sygehusafdelingsnummer", "lokationsnummer", "sorkode", "kommunenummer",
    ),
    ("enrolment", "closing_reason"): ("", *ClosingReason),
    ("enrolment", "goal"): GOALS,
    ("attendance", "status"): STATUSES,
    ("task_state", "state"): decide_task.STATES,
    ("team_task_state", "state"): decide_task.STATES,
    ("reduction_plan", "approach"): APPROACHES,
    ("reduction_plan", "state"): ("active", "replaced", "reached", "paused"),
    ("plan_step", "state"): plan_reduction.STEP_STATES,
    ("nrt_plan", "state"): ("active", "replaced", "finished", "stopped"),
    ("nrt_step", "role"): plan_nrt.ROLES,
    ("nrt_step", "product"): lambda: tuple(products()),
    ("medicine", "substance"): lambda: ("", *substances()),
    ("letter", "kind"): write_letter.KINDS,
    ("letter", "language"): write_letter.LANGUAGES,
    ("letter", "state"): ("draft", "finished", "given", "withdrawn"),
    ("outgoing_message", "state"): ("prepared", "written", "taken", "receipt_positive", "receipt_negative"),
    ("place", "kind"): PLACE_KINDS,
    ("place_contact", "role"): ("", *CONTACT_ROLES),
    ("place_cycle", "state"): ("running", "finished", "stopped"),
    ("place_cycle_step", "step"): STEPS,
    ("place_cycle_step", "state"): run_place_cycle.STATES,
    ("course", "format"): FORMATS,
    ("course", "setting"): SETTINGS,
    ("course", "stop_date_policy"): STOP_DATE_POLICIES,
    ("course", "state"): ("running", "closed"),
    ("session", "setting"): SETTINGS,
    ("session", "state"): ("planned", "closed", "cancelled"),
    ("session", "kind"): SESSION_KINDS,
    ("incoming_message", "state"): ("new", "referral_made", "attached", "not_for_us", "unreadable", "done"),
}  # fmt: skip
"""By (entity, field): the codes that rows that change carry there."""
