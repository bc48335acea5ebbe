"""A citizen sees, corrects, restricts and is forgotten: on the server, on every laptop, and in every copy."""

import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.clock import today
from app.domain.retention import due_on, retention_rules
from app.errors import RuleRefusal
from app.i18n import in_language, newer_word
from app.ids import natural_id, new_id
from app.models.base import synced_tables
from app.models.course import Attendance
from app.models.oversight import Correction, Erasure
from app.models.person import Consent, ContactAttempt, Person
from app.models.smoking import Handout, Measurement
from app.services.citizens_rights import CorrectField, ErasePerson, correct_field, erase_person, keep_until, restrict
from app.services.make_extract import Words, extract_json
from app.services.merge_people import MergePeople, merge_people
from app.storage.backup import backups
from app.storage.queries.extract import access_lines, person_extract, shown_fields
from app.storage.queries.review import due_for_review
from app.storage.queries.rights import rights_card
from app.sync.wire.entities import ENTITIES, Scope
from invented import rows
from tests.server.laptops import everything_kept

SECRETS = ("Kaptajnen", "Havnefogeden", "610180-1234", "Rød cykel ved kajen", "20 00 00 01")


def a_story(laptop):
    """A person with measurements, a handout, a consent and a note that tells who it is."""
    key = laptop.register("Kaptajnen")
    with laptop.store.unit_of_work(actor=laptop.device.user_id, clock=laptop.clock) as work:
        person = work.session.get(Person, key)
        person.nickname, person.note, person.phone = "Havnefogeden", "Rød cykel ved kajen", "20 00 00 01"
        person.birth_date = date(1980, 1, 21)
        for number, value in enumerate((22.0, 15.0, 9.0)):
            work.session.add(
                Measurement(
                    id=new_id(laptop.clock), person_id=key, kind="cigarettes_per_day", value=value,
                    measured_on=date(2026, 11, 1 + number), recorded_by=laptop.device.user_id,
                    note="Rød cykel ved kajen",
                )
            )  # fmt: skip
        work.session.add(
            Handout(
                id=new_id(laptop.clock), person_id=key, product="patch-24h-21", quantity=1, week=1,
                handed_on=date(2026, 11, 3), recorded_by=laptop.device.user_id,
            )
        )  # fmt: skip
        work.session.add(
            Consent(
                id=new_id(laptop.clock), person_id=key, kind="sms", answer="given", answered_on=date(2026, 11, 1),
                recorded_by=laptop.device.user_id, note="Rød cykel ved kajen",
            )
        )  # fmt: skip
        work.commit()
    return key


def everything_on(laptop):
    """Every row of every table of a laptop's store, as text."""
    with laptop.store.engine.connect() as connection:
        names = [name for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        # As plain tuples: what SQLAlchemy says of a row leaves out the middle of a long value.
        found = {name: [*map(tuple, connection.exec_driver_sql(f'SELECT * FROM "{name}"'))] for name in names}
    return "".join(f"{name}: {content}" for name, content in found.items())


def everything_at(cooperation):
    with cooperation.server.connect() as connection:
        return everything_kept(connection, cooperation.id)


def told(text):
    """Which secrets the text tells, in whichever letters (an index keeps small ones, JSON numbers for some)."""
    said = text.casefold()
    return [secret for secret in SECRETS if any(form in said for form in (secret.casefold(), escaped(secret)))]


def escaped(secret):
    """How a column of JSON keeps it, shown as Python shows a text."""
    return json.dumps(secret.casefold())[1:-1].replace("\\", "\\\\")


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
def test_whoever_is_erased_is_gone_from_the_server_its_history_and_every_laptop(laptops, cooperation, manner):
    key = a_story(laptops["mette"])
    for name in ("mette", "jens", "kirsten"):
        laptops[name].send()
    assert told(everything_on(laptops["jens"])) == list(SECRETS)
    with laptops["kirsten"].store.unit_of_work(
        actor=laptops["kirsten"].device.user_id, clock=laptops["kirsten"].clock
    ) as work:
        erase_person(ErasePerson(key, manner, "request", "Borgeren har bedt om det"), work=work)
    for name in ("kirsten", "mette", "jens", "kirsten"):
        report = laptops[name].send()
        assert report.receipt is not None
    assert told(everything_at(cooperation)) == []
    for laptop in laptops.values():
        assert told(everything_on(laptop)) == []
        assert told(str(laptop.store.journal.read().records)) == []
        with laptop.store.session() as session:
            values = sorted(session.scalars(select(Measurement.value).where(Measurement.person_id == key)))
            handouts = session.scalars(select(Handout.quantity).where(Handout.person_id == key)).all()
            person = session.get(Person, key)
            assert person.anonymised_on is not None
            assert person.birth_date == date(1980, 1, 1)
            # Anonymised, the statistics stay right; erased, only what bookkeeping needs is left.
            assert values == ([9.0, 15.0, 22.0] if manner == "anonymise" else [])
            assert handouts == [1]


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
@pytest.mark.parametrize("is_taken_back", [False, True])
def test_rows_that_were_edited_or_deleted_before_somebody_was_erased_tell_nothing_either(
    laptops,
    cooperation,
    manner,
    is_taken_back,
):
    mette, kirsten = laptops["mette"], laptops["kirsten"]
    key = mette.register("Kaptajnen")
    came = natural_id("attendance", key, "today")
    row = Attendance(id=came, person_id=key, enrolment_id=key, session_id=key, status="present", note="Havnefogeden")
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        work.session.add(row)
        work.commit()
    for name in laptops:
        laptops[name].send()
    for note in ("Rød cykel ved kajen", "20 00 00 01"):
        with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
            work.session.get(Attendance, came).note = note
            work.commit()
        for name in laptops:
            laptops[name].send()
    if is_taken_back:
        with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
            work.session.delete(work.session.get(Attendance, came))
            work.commit()
    with kirsten.store.unit_of_work(actor=kirsten.device.user_id, clock=kirsten.clock) as work:
        erase_person(ErasePerson(key, manner, "request", "Borgeren har bedt om det"), work=work)
    for name in ("mette", "jens", "kirsten", "mette", "jens"):
        laptops[name].send()
    assert told(everything_at(cooperation)) == []
    for laptop in laptops.values():
        assert told(everything_on(laptop)) == []


def test_work_about_somebody_erased_that_arrives_too_late_is_refused_and_kept_nowhere_on_the_server(
    laptops,
    cooperation,
):
    key = a_story(laptops["mette"])
    laptops["mette"].send()
    laptops["kirsten"].send()
    with laptops["mette"].store.unit_of_work(
        actor=laptops["mette"].device.user_id, clock=laptops["mette"].clock
    ) as work:
        work.session.get(Person, key).note = "Rød cykel ved kajen, nu punkteret"
        work.commit()
    with laptops["kirsten"].store.unit_of_work(
        actor=laptops["kirsten"].device.user_id, clock=laptops["kirsten"].clock
    ) as work:
        erase_person(ErasePerson(key, "anonymise", "request", "bedt om det"), work=work)
    laptops["kirsten"].send()
    report = laptops["mette"].send()
    assert report.refused == 1
    assert told(everything_at(cooperation)) == []
    laptops["mette"].send()
    assert told(everything_on(laptops["mette"])) == []


def erased_after_a_backup(laptops):
    """Somebody whom Mette's laptop holds in a backup, and whom the coordinator erased since."""
    from app.settings import KEY_FILE_NAME
    from app.storage.backup import make_backup

    mette, kirsten = laptops["mette"], laptops["kirsten"]
    key = a_story(mette)
    mette.send()
    old = make_backup(mette.store, mette.folder / KEY_FILE_NAME, clock=mette.clock)
    kirsten.send()
    with kirsten.store.unit_of_work(actor=kirsten.device.user_id, clock=kirsten.clock) as work:
        erase_person(ErasePerson(key, "erase", "request", "bedt om det"), work=work)
    kirsten.send()
    mette.clock.at += timedelta(minutes=1)
    return mette, old


def test_backups_made_before_an_erasure_are_replaced(laptops):
    mette, old = erased_after_a_backup(laptops)
    mette.send()
    assert not old.path.exists()
    assert len(backups(mette.folder)) == 1


def test_backups_made_before_an_erasure_go_though_the_disk_is_too_full_for_what_comes_after(laptops, monkeypatch):
    from app.errors import KnownProblem
    from app.storage.engine import Store

    mette, old = erased_after_a_backup(laptops)

    def full(_store):
        raise KnownProblem("disk-full")

    monkeypatch.setattr(Store, "compact", full)
    with pytest.raises(KnownProblem, match="disk-full"):
        mette.send()
    assert not old.path.exists()


def test_a_store_that_a_full_disk_kept_from_being_made_anew_is_made_anew_at_a_later_sending(laptops, monkeypatch):
    from app.errors import KnownProblem
    from app.storage.engine import Store

    mette, _old = erased_after_a_backup(laptops)
    compact, made = Store.compact, []

    def full(_store):
        raise KnownProblem("disk-full")

    def with_room(store):
        compact(store)
        made.append(store)

    monkeypatch.setattr(Store, "compact", full)
    with pytest.raises(KnownProblem, match="disk-full"):
        mette.send()
    # What is sent meanwhile arrives, and is not said to have failed.
    assert mette.send().receipt is not None
    assert not backups(mette.folder)
    monkeypatch.setattr(Store, "compact", with_room)
    mette.send()
    assert (len(made), len(backups(mette.folder))) == (1, 1)
    assert told(everything_on(mette)) == []
    mette.send()
    assert len(made) == 1


@pytest.mark.parametrize("user", ["mette", "jens"])
def test_a_counsellor_erases_nobody_not_even_past_the_service(laptops, cooperation, user):
    from app.models.oversight import Erasure

    key = a_story(laptops["mette"])
    laptops["mette"].send()
    laptop = laptops[user]
    laptop.send()
    refused = pytest.raises(RuleRefusal, match="not-your-right")
    with laptop.store.unit_of_work(actor=laptop.device.user_id, clock=laptop.clock) as work, refused:
        erase_person(ErasePerson(key, "erase", "request", "x"), work=work)
    with laptop.store.unit_of_work(actor=laptop.device.user_id, clock=laptop.clock) as work:
        work.session.add(
            Erasure(
                id=new_id(laptop.clock), person_id=key, manner="erase", ground="request",
                decided_on=date(2026, 11, 24), recorded_by=laptop.device.user_id,
            )
        )  # fmt: skip
        work.commit()
    assert laptop.send().refused == 1
    assert told(everything_at(cooperation)) == list(SECRETS)


def test_a_correction_keeps_what_was_there_before_and_reaches_the_other_laptop(laptops):
    key = a_story(laptops["mette"])
    mette = laptops["mette"]
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        correct_field(CorrectField(key, "phone", "20 00 00 02", "Nyt nummer", asked_by_citizen=True), work=work)
    mette.send()
    laptops["jens"].send()
    with laptops["jens"].store.session() as session:
        (kept,) = session.scalars(select(Correction).where(Correction.person_id == key))
        assert (kept.field, kept.old_value, kept.new_value) == ("phone", "20 00 00 01", "20 00 00 02")
        assert (kept.reason, kept.asked_by_citizen) == ("Nyt nummer", True)
        assert session.get(Person, key).phone == "20 00 00 02"
    for wrong, code in (
        (CorrectField(key, "phone", "1", " "), "reason-missing"),
        (CorrectField(key, "merged_into_id", "1", "x"), "not-correctable"),
        (CorrectField(key, "birth_date", "i går", "x"), "not-a-date"),
        (CorrectField(key, "birth_date", "2026-11-25", "x"), "birth-date-future"),
        (CorrectField(key, "birth_date", "1886-11-24", "x"), "birth-date-too-early"),
        (CorrectField(key, "given_name", "x" * 301, "x"), "name-too-long"),
        (CorrectField(key, "sex", "kvinde", "x"), "unknown-answer"),
        (CorrectField(key, "identifier_kind", "cpr", "x"), "not-correctable"),
        (CorrectField("nobody", "phone", "1", "x"), "no-such-person"),
    ):
        refused = pytest.raises(RuleRefusal, match=code)
        with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work, refused:
            correct_field(wrong, work=work)


def test_restricted_data_are_kept_and_nothing_is_added_until_it_is_lifted(laptops):
    key = a_story(laptops["mette"])
    mette = laptops["mette"]
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        restrict(key, is_restricted=True, reason="Borgeren bestrider oplysningen", work=work)

    def measure():
        with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
            work.session.add(
                Measurement(
                    id=new_id(mette.clock), person_id=key, kind="co_ppm", value=7.0, measured_on=date(2026, 11, 24),
                    recorded_by=mette.device.user_id,
                )
            )  # fmt: skip
            work.commit()

    with pytest.raises(RuleRefusal, match="person-restricted"):
        measure()
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        restrict(key, is_restricted=False, reason="Afklaret", work=work)
    measure()
    with mette.store.session() as session:
        assert len(session.scalars(select(Correction).where(Correction.person_id == key)).all()) == 2


def erasure_of_one_row(key, manner, *, by):
    """An erasure as an older version wrote it: of this row alone, whatever was merged with it."""
    return Erasure(
        id=new_id(by.clock), person_id=key, manner=manner, ground="request", decided_on=date(2026, 11, 24),
        recorded_by=by.device.user_id, reason="bedt om det",
    )  # fmt: skip


@pytest.mark.parametrize("asked_of", [0, 1, 2])
@pytest.mark.parametrize("is_older", [False, True])
def test_a_restriction_is_of_every_row_of_the_person_however_they_were_merged(laptops, asked_of, is_older):
    mette, jens = laptops["mette"], laptops["jens"]
    keys = [mette.register(name) for name in ("Kaptajnen", "Kaptajn", "Havnefogeden")]
    other = mette.register("Rosa")

    def note(key):
        with jens.store.unit_of_work(actor=jens.device.user_id, clock=jens.clock) as work:
            work.session.get(Person, key).note = f"{jens.clock.now()}"
            work.commit()

    def restricted_rows():
        with jens.store.session() as session:
            return set(session.scalars(select(Person.id).where(Person.restricted_on.is_not(None))))

    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        if is_older:
            # As an older version, or somebody before they were merged, restricted one row alone.
            work.despite_restriction()
            work.session.get(Person, keys[asked_of]).restricted_on = date(2026, 11, 20)
        for merged, into in zip(keys[1:], keys, strict=False):
            work.session.get(Person, merged).merged_into_id = into
        work.commit()
        if not is_older:
            restrict(keys[asked_of], is_restricted=True, reason="Borgeren bestrider oplysningen", work=work)
    mette.send()
    jens.send()
    since = date(2026, 11, 20) if is_older else date(2026, 11, 24)
    for key in keys:
        with pytest.raises(RuleRefusal, match="person-restricted"):
            note(key)
        with jens.store.session() as session:
            card = rights_card(session, key)
            assert (card.restricted_on, len(card.corrections)) == (since, 0 if is_older else 1)
    note(other)
    if is_older:
        with jens.store.unit_of_work(actor=jens.device.user_id, clock=jens.clock) as work:
            restrict(keys[0], is_restricted=True, reason="Alle rækker", work=work)
        with jens.store.session() as session:
            assert rights_card(session, keys[asked_of]).restricted_on == since, "it is restricted since the first day"
    assert restricted_rows() == set(keys)
    with jens.store.unit_of_work(actor=jens.device.user_id, clock=jens.clock) as work:
        restrict(keys[(asked_of + 1) % 3], is_restricted=False, reason="Afklaret", work=work)
    assert restricted_rows() == set()
    for key in keys:
        note(key)
        with jens.store.session() as session:
            assert rights_card(session, key).restricted_on is None


def test_two_rows_merged_into_one_another_are_restricted_as_one(laptops):
    mette = laptops["mette"]
    one, other = mette.register("Kaptajnen"), mette.register("Kaptajn")
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        work.session.get(Person, one).merged_into_id = other
        work.session.get(Person, other).merged_into_id = one
        work.commit()
        restrict(one, is_restricted=True, reason="Borgeren bestrider oplysningen", work=work)
    refused = pytest.raises(RuleRefusal, match="person-restricted")
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work, refused:
        work.session.get(Person, other).note = "x"
        work.commit()


def test_nobody_is_merged_with_somebody_whose_data_are_restricted(laptops):
    mette = laptops["mette"]
    kept, duplicate = mette.register("Kaptajnen"), mette.register("Kaptajn")
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        restrict(kept, is_restricted=True, reason="Borgeren bestrider oplysningen", work=work)
    refused = pytest.raises(RuleRefusal, match="person-restricted")
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work, refused:
        merge_people(MergePeople(kept, duplicate), work=work)


def test_a_row_that_is_erased_is_neither_restricted_nor_does_it_restrict_the_others(laptops):
    mette, kirsten = laptops["mette"], laptops["kirsten"]
    kept, erased = mette.register("Kaptajnen"), mette.register("Kaptajn")
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        work.session.get(Person, erased).merged_into_id = kept
        work.session.get(Person, erased).restricted_on = date(2026, 11, 20)
        work.despite_restriction()
        work.commit()
    mette.send()
    kirsten.send()
    with kirsten.store.unit_of_work(actor=kirsten.device.user_id, clock=kirsten.clock) as work:
        work.despite_restriction()
        work.session.add(erasure_of_one_row(erased, "anonymise", by=kirsten))
        work.commit()
    kirsten.send()
    mette.send()
    with mette.store.session() as session:
        assert rights_card(session, kept).restricted_on is None
    for is_restricted in (True, False):
        with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
            restrict(kept, is_restricted=is_restricted, reason="Afklaret", work=work)
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        work.session.get(Person, kept).note = "x"
        work.commit()
    assert mette.send().refused == 0
    with kirsten.store.unit_of_work(actor=kirsten.device.user_id, clock=kirsten.clock) as work:
        erase_person(ErasePerson(kept, "anonymise", "request", "bedt om det"), work=work)
    with (
        kirsten.store.unit_of_work(actor=kirsten.device.user_id, clock=kirsten.clock) as work,
        pytest.raises(RuleRefusal, match="already-erased"),
    ):
        restrict(kept, is_restricted=True, reason="x", work=work)


def test_the_extract_holds_every_row_about_the_person_and_of_nobody_else(laptops):
    mette = laptops["mette"]
    key = a_story(mette)
    other = mette.register("Rosa")
    merged = mette.register("Kaptajn")
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        work.session.get(Person, merged).merged_into_id = key
        work.commit()
    with mette.store.session() as session:
        extract = person_extract(session, key, with_names=False)
        expected = 0
        for table in synced_tables().values():
            if "person_id" in table.__table__.c:
                rows = select(table.id).where(table.__table__.c.person_id.in_([key, merged]))
                expected += len(session.execute(rows).all())
        assert extract.count == expected >= 8
        assert other not in json.dumps(extract.rows)
        assert {row["id"] for row in extract.rows["person"]} == {key, merged}


@pytest.mark.parametrize("asked_of", [0, 1, 2])
def test_rows_that_were_merged_one_into_the_next_are_one_person_to_tell_and_to_erase(laptops, asked_of):
    mette, kirsten = laptops["mette"], laptops["kirsten"]
    keys = [mette.register(name) for name in ("Kaptajnen", "Kaptajn", "Havnefogeden")]
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        for merged, into in zip(keys[1:], keys, strict=False):
            work.session.get(Person, merged).merged_into_id = into
        work.commit()
    mette.send()
    kirsten.send()
    with kirsten.store.session() as session:
        extract = person_extract(session, keys[asked_of], with_names=False)
        assert {row["id"] for row in extract.rows["person"]} == set(keys)
        assert not rights_card(session, keys[asked_of]).is_erasing
    for rows_before in (1, 3):
        with kirsten.store.unit_of_work(actor=kirsten.device.user_id, clock=kirsten.clock) as work:
            if rows_before == 1:
                # As an older version erased: one row alone, and what was merged into it.
                work.session.add(erasure_of_one_row(keys[0], "erase", by=kirsten))
                work.commit()
            else:
                erase_person(ErasePerson(keys[asked_of], "erase", "request", "bedt om det"), work=work)
        for laptop in (kirsten, mette, kirsten):
            laptop.send()
        with mette.store.session() as session:
            left = session.scalars(select(Person.given_name).where(Person.id.in_(keys), Person.given_name != "")).all()
            assert len(left) == 3 - rows_before
            assert rights_card(session, keys[asked_of]).is_erasing == (rows_before == 3)
    refused = pytest.raises(RuleRefusal, match="already-erased")
    with kirsten.store.unit_of_work(actor=kirsten.device.user_id, clock=kirsten.clock) as work, refused:
        erase_person(ErasePerson(keys[asked_of], "erase", "request", "bedt om det"), work=work)


def test_the_citizens_log_names_staff_only_where_it_is_asked_for(laptops):
    mette = laptops["mette"]
    key = a_story(mette)
    with mette.store.session() as session:
        named, unnamed = (access_lines(session, [key], with_names=names) for names in (True, False))
    assert [line.action for line in named] == [line.action for line in unnamed] == ["edit", "create"]
    assert {line.user for line in unnamed} == {""}
    assert all(line.user for line in named)


def test_whose_time_is_up_stands_in_a_list_and_is_not_deleted(laptops):
    mette = laptops["mette"]
    old = mette.register("Længe siden")
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        work.session.get(Person, old).registered_at = mette.clock.now() - timedelta(days=6 * 365)
        membership = work.session.get(
            synced_tables()["membership"], natural_id("membership", old, mette.device.team_ids[0])
        )
        membership.joined_on = date(2020, 11, 1)
        work.commit()
    a_story(mette)
    with mette.store.session() as session:
        due = due_for_review(session, today=date(2026, 11, 24))
        assert [one.person_id for one in due] == [old]
        assert session.get(Person, old) is not None


def test_a_call_after_midnight_is_the_last_contact_of_the_day_that_clocks_said(laptops):
    mette = laptops["mette"]
    (old,) = long_ago(mette, ["Længe siden"])
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        work.session.add(
            ContactAttempt(
                id=new_id(mette.clock), person_id=old, attempted_at=datetime(2021, 5, 3, 22, 30, tzinfo=UTC),
                channel="phone", purpose="other", outcome="reached", topics=[], recorded_by=mette.device.user_id,
            )
        )  # fmt: skip
        work.commit()
    with mette.store.session() as session:
        (due,) = due_for_review(session, today=date(2026, 11, 24))
    assert due.last_on == date(2021, 5, 4)


def long_ago(laptop, names, *, in_a_circle=False):
    """People of whom each was merged into the one before, and about whom nothing was recorded for six years."""
    keys = [laptop.register(name) for name in names]
    into = [keys[-1] if in_a_circle else None, *keys[:-1]]
    with laptop.store.unit_of_work(actor=laptop.device.user_id, clock=laptop.clock) as work:
        for key, kept in zip(keys, into, strict=True):
            person = work.session.get(Person, key)
            person.registered_at = laptop.clock.now() - timedelta(days=6 * 365)
            person.merged_into_id = kept
            membership = natural_id("membership", key, laptop.device.team_ids[0])
            work.session.get(synced_tables()["membership"], membership).joined_on = date(2020, 11, 1)
        work.commit()
    return keys


@pytest.mark.parametrize("in_a_circle", [False, True])
@pytest.mark.parametrize("contact_in", [None, 0, 1, 2])
def test_of_somebody_of_several_rows_the_last_contact_in_any_of_them_counts(laptops, contact_in, in_a_circle):
    mette = laptops["mette"]
    keys = long_ago(mette, ("Kaptajnen", "Kaptajn", "Havnefogeden"), in_a_circle=in_a_circle)
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        if contact_in is not None:
            work.session.add(
                Consent(
                    id=new_id(mette.clock), person_id=keys[contact_in], kind="sms", answer="given",
                    answered_on=date(2026, 11, 1), recorded_by=mette.device.user_id,
                )
            )  # fmt: skip
        work.commit()
    with mette.store.session() as session:
        due = due_for_review(session, today=date(2026, 11, 24))
        assert [one.person_id for one in due] == (keys[:1] if contact_in is None else [])


def test_a_decision_to_keep_somebody_counts_in_whichever_row_it_stands_and_an_erased_row_hides_no_other(laptops):
    mette, kirsten = laptops["mette"], laptops["kirsten"]
    keys = long_ago(mette, ("Kaptajnen", "Kaptajn"))
    mette.send()
    kirsten.send()
    with kirsten.store.unit_of_work(actor=kirsten.device.user_id, clock=kirsten.clock) as work:
        keep_until(keys[1], date(2027, 5, 1), "Klage", work=work)
    with kirsten.store.unit_of_work(actor=kirsten.device.user_id, clock=kirsten.clock) as work:
        # As an older version erased: one row alone.
        work.session.add(erasure_of_one_row(keys[0], "erase", by=kirsten))
        work.commit()
    with kirsten.store.session() as session:
        (due,) = due_for_review(session, today=date(2026, 11, 24))
        assert (due.person_id, due.name, due.kept_until) == (keys[1], "Kaptajn", date(2027, 5, 1))


def test_every_kind_of_record_about_a_person_has_a_retention_rule():
    of_people = {entity.name for entity in ENTITIES.values() if entity.scope is Scope.PERSON}
    assert set(retention_rules().records) == of_people


def test_every_field_that_a_rule_keeps_or_blanks_is_a_field():
    tables = synced_tables()
    for entity, rule in retention_rules().records.items():
        columns = set(tables[entity].__table__.c.keys())
        assert (rule.keep or set()) <= columns, entity
        assert rule.blank - {"note", "reason", "closing_note"} <= columns, entity
        # Free text may tell of a person, so no rule keeps any.
        left = rule.anonymised(dict.fromkeys(columns, "text"))
        for name in {"note", "reason", "text", "small_step", "phone", "email", "address"} & columns:
            assert entity == "erasure" or rule.goes_when_anonymised or left[name] == "", (entity, name)


@pytest.mark.parametrize(
    ("last", "months", "due"),
    [
        (date(2020, 1, 31), 1, date(2020, 2, 29)),
        (date(2021, 8, 31), 6, date(2022, 2, 28)),
        (date(2021, 11, 24), 60, date(2026, 11, 24)),
        (date(2020, 12, 1), 1, date(2021, 1, 1)),
    ],
)
def test_months_are_counted_as_people_count_them(last, months, due):
    assert due_on(last, months) == due


@pytest.mark.parametrize("spoken", ["en", "da"])
def test_every_field_of_the_extract_has_a_word_in_both_languages(spoken):
    from app.i18n import language, use_language
    from app.models.base import LOCAL_COLUMNS, synced_tables
    from app.ui.words import entity_word, field_word

    before = language()
    use_language(spoken)
    try:
        tables = {
            name: model.__table__.c for name, model in synced_tables().items() if "person_id" in model.__table__.c
        }
        fields = {column.name for columns in tables.values() for column in columns} - LOCAL_COLUMNS
        unnamed = {name for name in fields if shown_fields({name: "x"}) and field_word(name) == newer_word(name)}
        plain = {name for name in fields if shown_fields({name: "x"}) and field_word(name) == name}
        kinds = {name for name in tables if entity_word(name) == name.replace("_", " ")}
    finally:
        use_language(before)
    assert (unnamed, plain, kinds) == (set(), set(), set())


def test_records_that_the_coordinator_keeps_come_last_with_their_day_until_it_comes(laptops):
    kirsten, mette = laptops["kirsten"], laptops["mette"]
    old, other = mette.register("Længe siden"), mette.register("Også længe siden")
    with mette.store.unit_of_work(actor=mette.device.user_id, clock=mette.clock) as work:
        team = mette.device.team_ids[0]
        for number, person in enumerate((old, other)):
            registered = mette.clock.now() - timedelta(days=6 * 365 - number)
            work.session.get(Person, person).registered_at = registered
            membership = work.session.get(synced_tables()["membership"], natural_id("membership", person, team))
            membership.joined_on = date(2020, 1, 1 + number)
        work.commit()
    mette.send()
    kirsten.send()
    with kirsten.store.unit_of_work(actor=kirsten.device.user_id, clock=kirsten.clock) as work:
        with pytest.raises(RuleRefusal) as refused:
            keep_until(old, today(kirsten.clock), "A complaint is open", work=work)
        assert refused.value.code == "keep-until-past"
        keep_until(old, date(2027, 6, 1), "A complaint is open", work=work)

    def due(day):
        with kirsten.store.session() as session:
            return [(one.person_id, one.kept_until) for one in due_for_review(session, today=day)]

    until = date(2027, 6, 1)
    assert due(date(2027, 5, 31)) == [(other, None), (old, until)]
    assert due(until) == [(old, None), (other, None)]


CODE = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
FREE_TEXT = {
    "given_name", "family_name", "nickname", "note", "text", "reason", "name", "small_step", "pharmacy", "number",
    "phone", "told_whom", "prescriber", "sender", "recipient", "batch", "identifier",
}  # fmt: skip


@pytest.mark.parametrize("spoken", ["en", "da"])
def test_the_extract_says_in_words_what_the_rows_carry_as_codes(spoken):
    from app.ui.record_words import value_word

    untold = set()
    with in_language(spoken):
        for entity, _row_id, fields in rows(7, today=date(2026, 11, 24)):
            if "person_id" in fields:
                for name, value in shown_fields(fields).items():
                    is_code = isinstance(value, str) and CODE.fullmatch(value) and not value.isdigit()
                    if (
                        is_code
                        and name not in FREE_TEXT
                        and value_word(entity, name, value) in (value, newer_word(value))
                    ):
                        untold.add((entity, name, value))
    assert untold == set()


def test_the_extract_as_json_holds_both_the_code_and_the_word(laptops):
    from app.ui.record_words import value_word
    from app.ui.words import entity_word, field_word

    mette = laptops["mette"]
    key = a_story(mette)
    with mette.store.session() as session:
        extract = person_extract(session, key, with_names=False)
    with in_language("da"):
        content = json.loads(extract_json(extract, Words(entity_word, field_word, value_word)))
    kind = content["records"]["measurement"]["rows"][0]["kind"]
    assert kind == {"value": "cigarettes_per_day", "field": "Slags", "words": "Cigaretter om dagen"}
    told = sum(len(kind["rows"]) for kind in content["records"].values())
    assert (content["language"], told) == ("da", extract.count)
