"""Words for the codes that rows carry, in the user's language."""

from app.domain.nrt import from_cell
from app.domain.products import product_name, products, so_many
from app.i18n import NO_BREAK, _, format_number, language, newer_word

STATUSES = ("present", "excused", "absent")


def status_word(status: str) -> str:
    """Return the word for an attendance."""
    return {"present": _("Came"), "excused": _("Excused"), "absent": _("Did not come")}.get(status, "")


def place_kind_word(kind: str) -> str:
    """Return the word for a kind of place."""
    return {
        "vaerested": _("Drop-in centre"),
        "bosted": _("Housing facility"),
        "rusmiddelcenter": _("Addiction centre"),
        "herberg": _("Shelter"),
        "varmestue": _("Warm room"),
        "krisecenter": _("Crisis centre"),
        "socialpsykiatri": _("Social psychiatry"),
        "other": _("Another kind of place"),
    }.get(kind) or newer_word(kind)


def has_word(entity: str) -> bool:
    """Return whether there is a word for what people record; what only the program knows has none."""
    return entity_word(entity) != _as_it_is(entity)


def _as_it_is(entity: str) -> str:
    return entity.replace("_", " ")


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
        "baseline": _("Base form"),
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
        "team_task_state": _("Task of the team"),
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
        "form_typed": _("Form typed in"),
        "correction": _("Correction"),
        "erasure": _("Being forgotten"),
        "outgoing_message": _("Electronic letter"),
        "incoming_message": _("Letter that came in"),
        "session_draft": _("Typed and not yet closed"),
        "value_history": _("What it said before"),
        "extract": _("Extract of all data"),
        "access_log": _("Use of the data"),
        "message": _("Letter that came in"),
        "messages": _("Electronic letters"),
        "report": _("Report"),
        "shown to the person": _("Shown to the person"),
        "text message": _("Text message"),
    }.get(entity, _as_it_is(entity))


def field_word(field: str) -> str:
    """Return what a field is called everywhere: where it is asked for, in the history, in a conflict, in an extract."""
    return {
        "deleted": _("Deleted"),
        "at": _("Changed at"),
        "before": _("Before"),
        "after": _("After"),
        "saved_at": _("Typed at"),
        "handout": _("Handout"),
        "given_name": _("First name"),
        "family_name": _("Family name"),
        "nickname": _("Nickname"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "address": _("Address"),
        "note": _("Note"),
        "status": _("Attendance"),
        "language": _("Language"),
        "identifier": _("CPR or replacement number"),
        "birth_date": _("Born"),
        "residence_municipality_id": _("Lives in"),
        "small_step": _("Next small step"),
        "left_on": _("Left on"),
        "goal": _("Goal"),
        "closing_reason": _("Why it was closed"),
        "closed_on": _("Closed on"),
        "course": _("Course"),
        "held_on": _("Day"),
        "due_on": _("Due on"),
        "decided": _("Decision"),
        "agreed_on": _("Agreed on"),
        "agreed_sessions": _("Sessions agreed"),
        "amount": _("Amount"),
        "anonymised_on": _("Made anonymous on"),
        "answer": _("Answer"),
        "answered_on": _("Answered on"),
        "answers": _("Answers"),
        "approach": _("Way to go"),
        "asked_by_citizen": _("Asked for by the person"),
        "assessed_on": _("Assessed on"),
        "attempted_at": _("Tried at"),
        "batch": _("Batch"),
        "began_on": _("Began on"),
        "came_because": _("Came because"),
        "channel": _("By which way"),
        "cigarettes_per_day": _("Cigarettes a day"),
        "closed_by": _("Closed by"),
        "co_ppm": _("Carbon monoxide, ppm"),
        "consent": _("Consent"),
        "contender_actor": _("Who wrote the other value"),
        "contender_at": _("When the other value was written"),
        "contender_value": _("The other value"),
        "corrected_on": _("Corrected on"),
        "deceased_on": _("Died on"),
        "decided_at": _("Decided at"),
        "decided_by": _("Decided by"),
        "decided_on": _("Decided on"),
        "entity": _("About what"),
        "expires_on": _("Expires on"),
        "field": _("Which field"),
        "file_name": _("Name of the file"),
        "filled_on": _("Filled in on"),
        "form": _("Form (paper)"),
        "form_version": _("Version of the form"),
        "from_week": _("From week"),
        "given_by": _("Given how"),
        "given_on": _("Handed over on"),
        "goal_on": _("Goal reached by"),
        "goal_value": _("Goal of the plan"),
        "gp_name": _("General practitioner"),
        "gp_number": _("The practice's number"),
        "ground": _("On which ground"),
        "handed_on": _("Handed out on"),
        "happened_on": _("Happened on"),
        "identifier_kind": _("Kind of number"),
        "information_given": _("Information that was given"),
        "is_self_referral": _("Came by themselves"),
        "issued_on": _("Issued on"),
        "joined_on": _("Joined on"),
        "kind": _("Kind"),
        "made_by": _("Made by"),
        "made_on": _("Made on"),
        "manner": _("In which way"),
        "may_text": _("May we text?"),
        "measured_at": _("Measured at"),
        "measured_on": _("Measured on"),
        "merge_took": _("What joining took over"),
        "meter": _("Meter"),
        "minutes": _("Minutes"),
        "missing_reason": _("Why it is missing"),
        "name": _("Name"),
        "new_value": _("New value"),
        "nicotine_free": _("Free of nicotine"),
        "number": _("Number"),
        "old_value": _("Old value"),
        "outcome": _("How it went"),
        "overridden_on": _("Overridden on"),
        "pharmacy": _("Pharmacy"),
        "preferred_contact": _("Wants to be reached by"),
        "prescriber": _("Prescriber"),
        "price": _("Price"),
        "product": _("Product"),
        "purpose": _("Purpose"),
        "quantity": _("Quantity"),
        "rank": _("Place in the order"),
        "reason": _("Reason"),
        "received_at": _("Received at"),
        "received_on": _("Received on"),
        "receiver": _("Receiver"),
        "receiver_identifier": _("Number of the receiver"),
        "recipient": _("Recipient"),
        "recipient_identifier": _("Number of the recipient"),
        "recorded_by": _("Recorded by"),
        "recorded_on": _("Recorded on"),
        "redeemed_on": _("Used on"),
        "referrer_name": _("Who referred"),
        "registered_at": _("Registered at"),
        "restricted_on": _("Restricted on"),
        "result": _("Result"),
        "role": _("Which part of the treatment"),
        "rule": _("Rule"),
        "satisfaction": _("Satisfaction"),
        "self_report_on": _("Own account from"),
        "sender": _("Sender"),
        "sender_identifier": _("Number of the sender"),
        "sender_identifier_kind": _("Kind of the sender's number"),
        "serial": _("Serial number"),
        "sex": _("Sex"),
        "smoke_free": _("Smoke-free"),
        "source": _("Where it is known from"),
        "standing_actor": _("Who wrote the value that stands"),
        "standing_value": _("The value that stands"),
        "start_value": _("Value at the start"),
        "started_on": _("Started on"),
        "starts_on": _("Starts on"),
        "state": _("State"),
        "state_at": _("State since"),
        "state_reason": _("Why it is in this state"),
        "stop_on": _("Stop date"),
        "stopped_on": _("Stopped on"),
        "subject_entity": _("About which kind of record"),
        "substance": _("Active substance"),
        "taken_back": _("Taken back"),
        "target": _("Target"),
        "task_key": _("Which task"),
        "text": _("Text"),
        "time_point": _("At which time"),
        "to_week": _("To week"),
        "told_on": _("Told on"),
        "told_whom": _("Who was told"),
        "topics": _("Topics"),
        "trigger": _("What caused it"),
        "trigger_on": _("Caused on"),
        "type": _("Type"),
        "typed_on": _("Typed on"),
        "until": _("Until"),
        "valid_until": _("Valid until"),
        "value": _("Value"),
        "version": _("Version"),
        "wants_feedback": _("Wants to hear how it goes"),
        "week": _("Week"),
        "weeks": _("Weeks"),
        "written_at": _("Written at"),
        "written_by": _("Written by"),
        "written_on": _("Written on"),
        "keep_until": _("Keep until"),
        "team_id": _("Team"),
        "municipality_id": _("Municipality"),
        "delivering_municipality_id": _("Delivering municipality"),
        "person_id": _("Person"),
        "linked_person_id": _("Person"),
        "merged_into_id": _("Joined with another"),
        "merged_with_id": _("Joined with another"),
        "place_id": _("Place"),
        "course_id": _("Course"),
        "enrolment_id": _("Enrolment"),
        "moved_from_id": _("Moved from"),
        "session_id": _("Session"),
        "referral_id": _("Referral"),
        "programme_version_id": _("Programme"),
        "plan_id": _("Plan"),
        "previous_id": _("The plan before"),
        "cycle_id": _("Round at the place"),
        "contact_id": _("Contact person"),
        "counsellor_id": _("Counsellor"),
        "second_counsellor_id": _("Second counsellor"),
        "message_id": _("Electronic letter"),
        "letter_row_id": _("Letter"),
        "letter_id": _("Number of the letter"),
        "letter_number": _("Number of the letter"),
        "envelope_id": _("Number of the envelope"),
        "care_id": _("Number of the correspondence"),
        "content": _("What the letter says"),
        "file_hash": _("Checksum of the file"),
        "text_hash": _("Checksum of the text"),
        "standard": _("Standard"),
        "sent_at": _("Sent at"),
        "person_name": _("Name in the letter"),
        "person_identifier": _("Number in the letter"),
        "subject": _("Subject"),
        "written": _("Written at"),
        "starts_at": _("Begins at"),
        "ends_on": _("Ends on"),
        "ended_on": _("Ended on"),
        "setting": _("Where"),
        "closed_at": _("Closed at"),
        "holds_counselling": _("Holds counselling"),
        "title": _("Title"),
        "format": _("Kind"),
        "concept": _("Concept"),
        "planned_sessions": _("Sessions planned"),
        "stop_date_policy": _("About stop dates"),
        "step": _("Step"),
        "planned_on": _("Planned for"),
        "done_on": _("Done on"),
    }.get(field) or newer_word(field)


def number_word(value: float | None) -> str:
    """Return a measured number as one writes it, without a needless ",0"."""
    if value is None:
        return ""
    return format_number(int(value) if float(value).is_integer() else value)


def handout_name(keys: str) -> str:
    """Return the full names of what one handout holds; a combination is joined by "+"."""
    return " + ".join(so_many(product_name(key, language()), quantity) for key, quantity in from_cell(keys))


def product_word(key: str) -> str:
    """Return form and strength of a product, short enough for a column; an unknown key is shown as it is.

    `key` may hold a whole handout, as a cell of the session sheet does.
    """
    said = []
    for part, quantity in from_cell(key):
        product = products().get(part)
        word = part if product is None else f"{form_word(product.form)} {number_word(product.strength)}{NO_BREAK}mg"
        said.append(so_many(word, quantity))
    return " + ".join(said)


def form_word(form: str) -> str:
    """Return what a product looks like."""
    return {
        "patch": _("Patch"),
        "gum": _("Gum"),
        "lozenge": _("Lozenge"),
        "microtab": _("Microtab"),
        "mouth_spray": _("Mouth spray"),
        "inhaler": _("Inhaler"),
    }.get(form) or newer_word(form)
