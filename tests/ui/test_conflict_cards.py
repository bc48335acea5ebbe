"""The cards of a person whose field two colleagues gave different values: in words, and a third that fits the field."""

import re
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QWidget
from sqlalchemy import String

from app.errors import RuleRefusal
from app.i18n import in_language, use_language
from app.ids import natural_id
from app.models.base import LOCAL_COLUMNS, synced_tables
from app.models.course import Attendance, Course, Enrolment, Session
from app.models.organisation import Municipality, Place, User
from app.models.person import Membership, Person, TaskState
from app.models.plan import ReductionPlan
from app.models.smoking import Conflict, Measurement
from app.services.merge_people import MergePeople, merge_people
from app.services.resolve_conflict import ResolveConflict, resolve_conflict
from app.storage.column_kinds import ColumnKind, entity_named_by, kind_of
from app.storage.queries.conflicts import ConflictCard, conflict_cards
from app.storage.queries.row_names import RowName
from app.sync.wire.entities import ENTITIES, Writer
from app.ui.person.conflict_words import heading_words, third_kind, third_offers, value_words
from app.ui.person.conflicts_panel import ConflictsPanel
from app.ui.person.details_panel import DetailsPanel
from app.ui.person.view import PersonView
from app.ui.record_words import codes
from tests.ui.test_sync_page import desk as desk_fixture
from tests.ui.test_sync_page import laptop as laptop_fixture
from tests.ui.test_sync_page import settle
from tests.ui.test_sync_page import shown as sync_page

laptop, desk = laptop_fixture, desk_fixture
DAY, AT = date(2026, 11, 24), datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

IN_CONFLICT = sorted(
    name
    for name, entity in ENTITIES.items()
    if entity.writer is Writer.COUNSELLOR and (not entity.is_fact or "corrects_id" in synced_tables()[name].__table__.c)
)
"""What two laptops can change, and the facts that both can correct."""
WRITTEN_BY_HAND = {
    "given_name", "family_name", "nickname", "phone", "email", "address", "language", "gp_name", "gp_number", "note",
    "identifier", "sender", "sender_identifier", "referrer_name", "text", "small_step", "reason", "prescriber", "name",
    "recipient", "recipient_identifier", "receiver", "receiver_identifier", "file_name", "state_reason", "version",
    "title", "concept", "starts_at", "standard", "subject", "person_name", "person_identifier", "written",
}  # fmt: skip
"""Text that is shown as it was written; a referral's reason for closing is one too."""
READ_BY_THE_PROGRAM = {"task_key", "content", "envelope_id", "letter_id", "care_id", "file_hash", "text_hash"}
RAW = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\d{4}-\d\d-\d\d|\b(true|false|null)\b|\[|\{|_")
A_KEY = "0199f0aa-0000-7000-8000-000000000001"
VALUES = {
    ColumnKind.DAY: ("2026-11-24", "yesterday"),
    ColumnKind.MOMENT: ("2026-11-24T09:00:00Z", "?_"),
    ColumnKind.FLAG: ("true", "false"),
    ColumnKind.WHOLE: ("1200", "_"),
    ColumnKind.NUMBER: ("12.5", "[]"),
    ColumnKind.ROW: (A_KEY,),
    ColumnKind.LIST: ('["gp_name"]', "{"),
}


def a_card(entity, field, standing, contender=None, **more):
    card = ConflictCard(
        conflict_id="c", entity=entity, field=field, kind=kind_of(entity, field), about=RowName(""),
        standing=standing, standing_row=None, standing_by="Mette", contender=contender, contender_row=None,
        contender_by="Jens", contender_at=AT, can_take=True, is_gone=False, is_both_ways=False,
    )  # fmt: skip
    return replace(card, **more)


def columns():
    for entity in IN_CONFLICT:
        for column in synced_tables()[entity].__table__.c:
            if column.name not in LOCAL_COLUMNS:
                yield entity, column


def texts(entity, field):
    kind = kind_of(entity, field)
    if kind is not ColumnKind.TEXT:
        return VALUES[kind]
    if field in READ_BY_THE_PROGRAM:
        return ("first_call_x:" + A_KEY,)
    return (*codes(entity, field), "a_code_of_tomorrow") if codes(entity, field) else ("Som skrevet",)


@pytest.mark.parametrize("spoken", ["en", "da"])
def test_no_card_shows_a_code_a_key_or_a_value_as_the_program_keeps_it(spoken):
    raw = set()
    with in_language(spoken):
        for entity, column in columns():
            heading = heading_words(a_card(entity, column.name, "x"))
            if RAW.search(heading) or heading.endswith(f": {column.name.replace('_', ' ')}"):
                raw.add((entity, column.name, heading))
            for text in (None, "", *texts(entity, column.name)):
                card = a_card(entity, column.name, text)
                for row in (None, RowName("Ali Hansen"), RowName("", DAY), RowName("")):
                    said = value_words(card, text, row)
                    is_code = text and text in codes(entity, column.name) and not text.endswith("nummer")
                    if RAW.search(said) or not said or (is_code and said == text):
                        raw.add((entity, column.name, text, said))
    assert raw == set()


def test_every_column_of_text_is_known_to_hold_codes_or_what_somebody_wrote():
    unknown, unnamed = set(), set()
    for entity, column in columns():
        if ENTITIES[entity].is_fact:
            continue  # whose words the extract asks for too
        is_text = kind_of(entity, column.name) is ColumnKind.TEXT
        known = codes(entity, column.name) or column.name in WRITTEN_BY_HAND | READ_BY_THE_PROGRAM
        if is_text and not known and (entity, column.name) not in (
            ("referral", "closing_reason"), ("outgoing_message", "type"), ("incoming_message", "type"),
            ("incoming_message", "status"),
        ):  # fmt: skip
            unknown.add((entity, column.name))
        is_key = isinstance(column.type, String) and column.type.length == 36
        if is_key and not entity_named_by(entity, column.name):
            unnamed.add((entity, column.name))
    assert (unknown, unnamed) == (set(), set())


def test_values_are_said_as_everywhere_in_the_language_spoken_now():
    said = {
        ("enrolment", "closed_on", "2026-11-24"): ("24. nov. 2026", "24 Nov 2026"),
        ("enrolment", "closing_reason", "moved_course"): ("Flyttet til et andet forløb", "Moved to another course"),
        ("attendance", "status", "present"): ("Mødt", "Came"),
        ("referral", "wants_feedback", "true"): ("Ja", "Yes"),
        ("reduction_plan", "start_value", "12.5"): ("12,5", "12.5"),
        ("person", "identifier_kind", "cpr"): ("CPR", "CPR"),
        ("person", "sex", "female"): ("Kvinde", "Woman"),
        ("person", "preferred_contact", "text"): ("Sms", "Text message"),
        ("person", "merge_took", '["phone", "email"]'): ("Telefon, E-mail", "Phone, E-mail"),
        ("person", "merge_took", '["closing_reason:1:completed", "closing_reason:2:moved_away"]'): (
            "Hvorfor det blev afsluttet", "Why it was closed",
        ),
        ("attendance", "status", "floating"): (
            "(kendes ikke af denne version)", "(this version does not know it)",
        ),
        ("attendance", "hat", "blue"): ("(kendes ikke af denne version)", "(this version does not know it)"),
    }  # fmt: skip
    for number, spoken in enumerate(("da", "en")):
        with in_language(spoken):
            found = {key: value_words(a_card(*key), key[2], None).replace("\xa0", " ") for key in said}
        assert found == {key: words[number] for key, words in said.items()}


def test_a_third_is_offered_where_there_can_be_one():
    assert third_kind(a_card("referral", "wants_feedback", "true", "false")) is None
    assert third_kind(a_card("person", "residence_municipality_id", A_KEY)) is None
    assert third_kind(a_card("person", "may_text", "yes", "no")) is None
    assert third_kind(a_card("enrolment", "closed_on", None)) is ColumnKind.DAY
    assert third_offers(a_card("attendance", "status", "present", "excused")) == [("absent", "Did not come")]


# -- the panel


@pytest.fixture
def spoken_danish():
    use_language("da")
    yield
    use_language("en")


@pytest.fixture
def person(laptop):
    person = laptop.person("Ali")
    laptop.add(
        User(id="mette", name="Mette Holm", role="counsellor"),
        User(id="jens", name="Jens Friis", role="counsellor"),
        Course(
            id="course", team_id="t", place_id="p", delivering_municipality_id="m", programme_version_id="v",
            title="Café", format="group", starts_on=DAY,
        ),
        Session(id="session", team_id="t", course_id="course", place_id="p", number=1, held_on=DAY),
        Enrolment(id="enrolment", person_id=person.id, course_id="course", joined_on=DAY),
        Attendance(
            id="attendance", person_id=person.id, enrolment_id="enrolment", session_id="session", status="present"
        ),
        ReductionPlan(
            id="plan", person_id=person.id, approach="small_steps", starts_on=DAY, start_value=20.0, made_on=DAY,
            made_by="mette",
        ),
        Municipality(id="hvidovre", code="0167", name="Hvidovre"),
    )  # fmt: skip
    return person


_positions = iter(range(10, 1_000))


def in_conflict(laptop, person, entity, row_id, field, standing, contender, change_id=None):
    key = str(uuid.uuid4())
    with laptop.store.session() as session:
        session.add(
            Conflict(
                id=key, person_id=person and person.id, team_id=None, subject_entity=entity, row_id=row_id, field=field,
                standing_value=standing, standing_actor="mette", contender_value=contender, contender_actor="jens",
                contender_at="2026-11-24T09:00:00Z", change_id=change_id or key, server_position=next(_positions),
            )
        )  # fmt: skip
        session.commit()
    return key


def cards(laptop, person):
    with laptop.store.session() as reading:
        return conflict_cards(reading, person.id)


def resolve(laptop, key, **how):
    with laptop.store.unit_of_work(actor="mette", clock=laptop.clock) as work:
        resolve_conflict(ResolveConflict(key, **how), work=work)


def shown(qtbot, desk, person):
    panel = ConflictsPanel(desk)
    qtbot.addWidget(panel)
    panel.resize(900, 1200)
    panel.show()
    panel.show_person(person.id)
    settle(qtbot, desk)
    return panel


def find(panel, name, kind):
    (found,) = (widget for widget in panel.findChildren(kind, name) if not widget.isHidden())
    return found


def says(panel, name):
    return find(panel, name, QLabel).text().replace("\xa0", " ")


def test_a_day_and_a_number_are_typed_the_way_a_dane_types_them(laptop, desk, qtbot, person, spoken_danish):
    in_conflict(laptop, person, "enrolment", "enrolment", "closed_on", "2026-11-20", "2026-11-21")
    in_conflict(laptop, person, "reduction_plan", "plan", "start_value", "12.0", "14.5")
    panel = shown(qtbot, desk, person)
    assert [says(panel, f"conflict-0-{side}-value") for side in ("standing", "contender")] == [
        "20. nov. 2026", "21. nov. 2026",
    ]  # fmt: skip
    assert [says(panel, f"conflict-1-{side}-value") for side in ("standing", "contender")] == ["12", "14,5"]
    headings = [found.text().replace("\xa0", " ") for found in panel.findChildren(QLabel)]
    assert "Tilmelding, Café: Afsluttet den" in headings

    day, number = (find(panel, f"conflict-{n}-third", QLineEdit) for n in (0, 1))
    QTest.keyClicks(number, "12,")
    QTest.keyClicks(day, "i går")
    find(panel, "conflict-0-save", QAbstractButton).click()
    assert says(panel, "conflict-0-third-advice").startswith("Det er ikke en dag.")
    assert (day.text(), len(laptop.all(Conflict))) == ("i går", 2)
    day.clear()
    QTest.keyClicks(day, "24/11 2026")
    QTest.keyClick(day, Qt.Key.Key_Return)
    settle(qtbot, desk)
    assert laptop.get(Enrolment, "enrolment").closed_on == DAY
    # The other card is the same as before, with what was being typed in it.
    assert find(panel, "conflict-1-third", QLineEdit) is number
    QTest.keyClicks(number, "x")
    find(panel, "conflict-1-save", QAbstractButton).click()
    settle(qtbot, desk)
    assert "tal" in says(panel, "conflict-1-third-advice")
    number.setText("12,5")
    find(panel, "conflict-1-save", QAbstractButton).click()
    settle(qtbot, desk)
    assert laptop.get(ReductionPlan, "plan").start_value == 12.5
    assert laptop.all(Conflict) == []


def test_what_holds_codes_is_chosen_and_nothing_is_chosen_beforehand(laptop, desk, qtbot, person):
    in_conflict(laptop, person, "attendance", "attendance", "status", "present", "excused")
    panel = shown(qtbot, desk, person)
    box = find(panel, "conflict-0-third", QComboBox)
    assert [box.itemText(row) for row in range(box.count())] == ["Choose", "Did not come"]
    find(panel, "conflict-0-save", QAbstractButton).click()
    assert says(panel, "conflict-0-third-advice").startswith("Nothing is written here yet.")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    find(panel, "conflict-0-save", QAbstractButton).click()
    settle(qtbot, desk)
    assert laptop.get(Attendance, "attendance").status == "absent"


def test_the_buttons_say_to_a_screen_reader_which_value_they_take(laptop, desk, qtbot, person):
    in_conflict(laptop, person, "attendance", "attendance", "status", "present", "excused")
    in_conflict(laptop, person, "person", person.id, "residence_municipality_id", None, "hvidovre")
    panel = shown(qtbot, desk, person)
    names = [
        made.accessibleName().replace("\xa0", " ")
        for made in panel.findChildren(QAbstractButton)
        if made.objectName().startswith("conflict")
    ]
    about = "Attendance, Café, 24 Nov 2026"
    assert names == [
        f"Keep this: Came ({about})",
        f"Take this: Excused ({about})",
        f"Save this instead: {about}",
        "Keep this: (empty) (Person: Lives in)",
        "Take this: Hvidovre (Person: Lives in)",
    ]


def test_a_card_calls_a_field_by_the_question_that_asks_for_it(laptop, desk, qtbot, person, spoken_danish):
    details = DetailsPanel(desk)
    qtbot.addWidget(details)
    details.show_person(person.id)
    settle(qtbot, desk)
    questions = {
        column.name: details.findChild(QLabel, f"detail-{column.name}-question") for column in Person.__table__.c
    }
    # That of the language is a whole sentence there; letters have one too.
    asked = {name: made.text() for name, made in questions.items() if made is not None and name != "language"}
    assert len(asked) == 16
    assert {name: heading_words(a_card("person", name, "")) for name in asked} == {
        name: f"Person: {question}" for name, question in asked.items()
    }


def test_an_empty_third_takes_nothing_away(laptop, desk, qtbot, person):
    in_conflict(laptop, person, "person", person.id, "note", "Ring", "Bank på")
    panel = shown(qtbot, desk, person)
    find(panel, "conflict-0-save", QAbstractButton).click()
    settle(qtbot, desk)
    assert says(panel, "conflict-0-third-advice").startswith("Nothing is written here yet.")
    assert len(laptop.all(Conflict)) == 1


def test_a_third_value_of_a_person_obeys_the_rules_of_the_field(laptop, desk, qtbot, person):
    in_conflict(laptop, person, "person", person.id, "birth_date", "1980-01-01", "1981-01-01")
    in_conflict(laptop, person, "person", person.id, "identifier", "6101801234", "6101814321")
    panel = shown(qtbot, desk, person)
    find(panel, "conflict-0-third", QLineEdit).setText("24-11-2090")
    find(panel, "conflict-0-save", QAbstractButton).click()
    find(panel, "conflict-1-third", QLineEdit).setText("12")
    find(panel, "conflict-1-save", QAbstractButton).click()
    settle(qtbot, desk)
    assert "date of birth lies in the future" in says(panel, "conflict-0-third-advice")
    assert "ten characters" in says(panel, "conflict-1-third-advice")
    assert len(laptop.all(Conflict)) == 2


def test_a_number_brings_its_kind_and_the_two_are_one_card(laptop, person):
    number = in_conflict(laptop, person, "person", person.id, "identifier", "", "6101814321")
    in_conflict(laptop, person, "person", person.id, "identifier_kind", "none", "replacement", change_id=number)
    (card,) = cards(laptop, person)
    assert card.field == "identifier"
    resolve(laptop, number, value="6101814321")
    row = laptop.get(Person, person.id)
    assert (row.identifier, row.identifier_kind) == ("6101814321", "replacement")
    assert laptop.all(Conflict) == []


def test_a_third_number_has_its_own_kind(laptop, person):
    number = in_conflict(laptop, person, "person", person.id, "identifier", "", "6101814321")
    in_conflict(laptop, person, "person", person.id, "identifier_kind", "none", "ecpr", change_id=number)
    resolve(laptop, number, value="610181-4322")
    row = laptop.get(Person, person.id)
    assert (row.identifier, row.identifier_kind) == ("6101814322", "replacement")
    assert laptop.all(Conflict) == []


def test_who_settled_a_task_and_when_is_decided_with_what_was_decided(laptop, person):
    laptop.add(
        TaskState(
            id="task", person_id=person.id, task_key="first_call", state="done", decided_at=AT, decided_by="mette"
        )
    )  # fmt: skip
    later = "2026-11-24T10:00:00Z"

    def both(change_id):
        state = in_conflict(laptop, person, "task_state", "task", "state", "done", "put_off", change_id=change_id)
        in_conflict(laptop, person, "task_state", "task", "decided_by", "mette", "jens", change_id=change_id)
        in_conflict(laptop, person, "task_state", "task", "decided_at", "2026-11-24T09:00:00Z", later, change_id)
        return state

    def task():
        row = laptop.get(TaskState, "task")
        return row.state, row.decided_by, row.decided_at

    kept, taken, third = both("one"), both("two"), both("three")
    assert [card.field for card in cards(laptop, person)] == ["state"] * 3
    resolve(laptop, kept, keep_standing=True)
    resolve(laptop, third, value="dismissed")
    assert task() == ("dismissed", "mette", AT)
    resolve(laptop, taken, value="put_off")
    assert task() == ("put_off", "jens", AT.replace(hour=10))
    assert laptop.all(Conflict) == []


def test_a_text_that_is_longer_than_its_column_is_refused(laptop, person):
    laptop.add(Membership(id="m", person_id=person.id, team_id="t", joined_on=DAY))
    from app.models.medicine import Medicine

    laptop.add(Medicine(id="pills", person_id=person.id, name="Pill", recorded_on=DAY, recorded_by="mette"))
    key = in_conflict(laptop, person, "medicine", "pills", "prescriber", "A", "B")
    with pytest.raises(RuleRefusal, match="text-too-long"):
        resolve(laptop, key, value="x" * 201)
    resolve(laptop, key, value="x" * 200)


def test_what_was_deleted_meanwhile_is_said_and_nothing_is_offered_to_take(laptop, desk, qtbot, person):
    in_conflict(laptop, person, "attendance", "gone", "status", None, "excused")
    in_conflict(laptop, person, "attendance", "attendance", "deleted", "false", "true")
    panel = shown(qtbot, desk, person)
    words = " ".join(found.text() for found in panel.findChildren(QLabel))
    assert "Jens Friis changed this after it had been deleted, and wrote: Excused." in words
    assert "Jens Friis deleted this without knowing that it had been changed." in words
    for number in (0, 1):
        find(panel, f"conflict-{number}-seen", QAbstractButton).click()
    settle(qtbot, desk)
    assert laptop.all(Conflict) == []


def test_a_persons_page_says_that_somebody_has_to_choose_and_both_it_and_the_days_end_lead_there(
    laptop, desk, qtbot, person
):  # fmt: skip
    page = PersonView(desk)
    qtbot.addWidget(page)
    page.show_person(person.id)
    settle(qtbot, desk)
    assert page.findChildren(QAbstractButton, "go-to-conflicts") == []
    in_conflict(laptop, person, "person", person.id, "note", "Ring", "Bank på")
    page.refresh()
    settle(qtbot, desk)
    find(page, "go-to-conflicts", QAbstractButton).click()
    assert page.section == "conflicts"
    opened = []
    desk.opened.connect(lambda *where: opened.append(where))
    choose = find(sync_page(qtbot, desk), "open-it", QAbstractButton)
    assert choose.text() == "Choose"
    choose.click()
    assert opened == [("person", person.id, "conflicts")]


# -- what a team shares


def test_what_two_wrote_about_a_place_or_a_course_is_chosen_where_the_day_is_closed(laptop, desk, qtbot, person):
    place = laptop.place("Kilden")
    in_conflict(laptop, None, "place", place.id, "kind", "bosted", "herberg")
    in_conflict(laptop, None, "course", "course", "starts_on", "2026-11-24", "2026-12-01")
    in_conflict(laptop, None, "place", place.id, "late", None, None)
    view = sync_page(qtbot, desk)
    words = [found.text().replace("\xa0", " ") for found in view.findChildren(QLabel)]
    assert {"Place, Kilden: Kind", "Housing facility", "Shelter", "Course, Café: Starts on"} <= set(words)
    assert (
        "What Jens Friis recorded came after their access had ended: Place, Kilden. It was taken, so that nothing is"
        in (" ".join(words))
    )
    typed = find(view, "conflict-1-third", QLineEdit)
    QTest.keyClicks(typed, "30/11")
    find(view, "conflict-0-contender", QAbstractButton).click()
    settle(qtbot, desk)
    qtbot.waitUntil(lambda: len(view.findChildren(QWidget, "conflict-0")) == 0)
    assert laptop.get(Place, place.id).kind == "herberg"
    assert find(view, "conflict-1-third", QLineEdit) is typed
    QTest.keyClick(typed, Qt.Key.Key_Return)
    settle(qtbot, desk)
    find(view, "conflict-2-seen", QAbstractButton).click()
    settle(qtbot, desk)
    qtbot.waitUntil(lambda: not [one for one in view.findChildren(QWidget, "team-conflicts") if one.isVisible()])
    assert laptop.get(Course, "course").starts_on == date(2026, 11, 30)
    assert laptop.all(Conflict) == []


# -- whom somebody was joined with


def another(laptop, name, team="t2"):
    with laptop.store.unit_of_work(actor="mette", clock=laptop.clock) as work:
        key = str(uuid.uuid4())
        work.session.add_all(
            [
                Person(id=key, person_id=key, given_name=name, registered_at=AT),
                Membership(id=natural_id("membership", key, team), person_id=key, team_id=team, joined_on=DAY),
            ]
        )
        work.commit()
    return laptop.get(Person, key)


def join(laptop, kept, duplicate):
    with laptop.store.unit_of_work(actor="mette", clock=laptop.clock) as work:
        merge_people(MergePeople(kept.id, duplicate.id), work=work)


def test_where_two_laptops_joined_the_same_two_both_ways_round_there_is_one_thing_to_say(
    laptop, desk, qtbot, person
):  # fmt: skip
    other = another(laptop, "Aly")
    join(laptop, person, other)
    key = in_conflict(laptop, person, "person", person.id, "merged_into_id", None, other.id)
    (card,) = cards(laptop, person)
    assert (card.is_both_ways, card.can_take) == (True, False)
    with pytest.raises(RuleRefusal, match="already-merged"):
        resolve(laptop, key, value=other.id)
    panel = shown(qtbot, desk, person)
    words = [found.text() for found in panel.findChildren(QLabel)]
    assert "Joined both ways round" in words
    assert any(said.startswith("Jens Friis joined the same two the other way round.") for said in words)
    made = [found for found in panel.findChildren(QAbstractButton) if found.objectName()]
    assert [found.accessibleName() for found in made] == ["I have seen it: Joined both ways round"]
    made[0].click()
    settle(qtbot, desk)
    assert laptop.all(Conflict) == []
    assert laptop.get(Person, person.id).merged_into_id is None
    assert laptop.get(Person, other.id).merged_into_id == person.id


def test_of_two_corrections_a_card_says_which_counts_and_what_the_other_wrote(laptop, desk, qtbot, person):
    mette, jens = (
        Measurement(
            id=str(uuid.uuid4()), person_id=person.id, kind="cigarettes_per_day", value=value, measured_on=DAY,
            recorded_by=actor, reason="misheard",
        ) for value, actor in ((10.0, "mette"), (8.0, "jens"))
    )  # fmt: skip
    mette.corrects_id = jens.id
    with laptop.store.unit_of_work(actor="mette", clock=laptop.clock) as work:
        work.session.add_all((mette, jens))
        work.commit()
    in_conflict(laptop, person, "measurement", mette.id, "corrects_id", mette.id, jens.id)
    panel = shown(qtbot, desk, person)
    words = "\n".join(found.text() for found in panel.findChildren(QLabel)).replace("\xa0", " ")
    assert "Measurement, Cigarettes a day, 24 Nov 2026: corrected twice" in words
    assert "each corrected this without knowing of the other" in words
    assert "Value: 10 counts, 8 came later." in words
    assert not RAW.search(words)
    made = [found for found in panel.findChildren(QAbstractButton) if found.objectName()]
    assert [found.accessibleName().replace("\xa0", " ") for found in made] == [
        "I have seen it: Measurement, Cigarettes a day, 24 Nov 2026: corrected twice"
    ]
    made[0].click()
    settle(qtbot, desk)
    assert laptop.all(Conflict) == []
    assert laptop.get(Measurement, mette.id).corrects_id == jens.id


def test_a_card_about_two_corrections_says_what_counts_after_it_was_corrected_once_more(laptop, desk, qtbot, person):
    mette, jens, kirsten = (
        Measurement(
            id=str(uuid.uuid4()), person_id=person.id, kind="cigarettes_per_day", value=value, measured_on=DAY,
            recorded_by=actor, reason="misheard",
        ) for value, actor in ((10.0, "mette"), (8.0, "jens"), (9.0, "kirsten"))
    )  # fmt: skip
    mette.corrects_id, kirsten.corrects_id = jens.id, mette.id
    with laptop.store.unit_of_work(actor="mette", clock=laptop.clock) as work:
        work.session.add_all((mette, jens, kirsten))
        work.commit()
    in_conflict(laptop, person, "measurement", mette.id, "corrects_id", mette.id, jens.id)
    panel = shown(qtbot, desk, person)
    words = "\n".join(found.text() for found in panel.findChildren(QLabel)).replace("\xa0", " ")
    assert "Value: 9 counts, 8 came later." in words


def test_whom_somebody_is_joined_with_is_said_by_name_and_joined_otherwise_where_people_are_joined(
    laptop, desk, qtbot, person
):  # fmt: skip
    twin, third = another(laptop, "Twin"), another(laptop, "Third")
    join(laptop, person, twin)
    key = in_conflict(laptop, person, "person", twin.id, "merged_into_id", person.id, third.id)
    in_conflict(laptop, person, "person", twin.id, "merge_took", '["given_name"]', "[]", change_id=key)
    opened = []
    desk.opened.connect(lambda *where: opened.append(where))
    panel = shown(qtbot, desk, person)
    assert says(panel, "conflict-0-standing-value") == "Joined with Twin “Ali”"
    assert says(panel, "conflict-0-contender-value") == "Joined with Third"
    names = [made.objectName() for made in panel.findChildren(QAbstractButton) if made.objectName()]
    assert names == ["conflict-0-standing", "conflict-0-where"]
    find(panel, "conflict-0-where", QAbstractButton).click()
    assert opened == [("person", person.id, "contacts")]
    with pytest.raises(RuleRefusal, match="already-merged"):
        resolve(laptop, key, value=third.id)
    resolve(laptop, key, keep_standing=True)
    assert laptop.all(Conflict) == []
    assert laptop.get(Person, twin.id).merged_into_id == person.id


def test_choosing_that_two_are_one_gives_both_the_teams_of_both_and_choosing_that_they_are_not_takes_it_back(
    laptop, person
):  # fmt: skip
    twin = another(laptop, "Twin")

    def teams(key):
        return {one.team_id for one in laptop.all(Membership) if one.person_id == key and one.left_on is None}

    before = teams(person.id), teams(twin.id)
    key = in_conflict(laptop, person, "person", twin.id, "merged_into_id", None, person.id)
    with laptop.store.session() as reading:
        (card,) = conflict_cards(reading, person.id)
    assert card.can_take
    resolve(laptop, key, value=person.id)
    assert laptop.get(Person, twin.id).merged_into_id == person.id
    assert teams(person.id) == teams(twin.id) == before[0] | before[1]

    key = in_conflict(laptop, person, "person", twin.id, "merged_into_id", person.id, None)
    (card,) = cards(laptop, person)
    with in_language("en"):
        assert value_words(card, card.contender, card.contender_row) == "Not joined"
    resolve(laptop, key, value=None)
    assert laptop.get(Person, twin.id).merged_into_id is None
    assert (teams(person.id), teams(twin.id)) == before
    assert laptop.all(Conflict) == []
