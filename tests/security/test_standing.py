"""Leases, revocation, rotated tokens and a lost laptop, against a real server and a real store."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app import open_stage
from app.clock import TurnedClock
from app.domain.access_chain import AccessEntry, Action, hash_of
from app.domain.roles import Right
from app.errors import KnownProblem, RuleRefusal
from app.ids import new_id
from app.models.course import Course
from app.models.local import Device, OutboxEntry
from app.models.oversight import AccessLog, Standing
from app.models.person import Person
from app.security.key_store import slots_of
from app.services.let_out import Leaving, note_leaving
from app.settings import KEY_FILE_NAME, UNSENT_NAME, unsent_in
from app.storage.access_log import Access, offer
from app.sync import courier
from app.sync.client import SyncClient
from app.sync.courier import make_envelopes
from app.sync.standing import lease_of, note_clock, report_in
from app.sync.wire.entities import ENTITIES, SCHEMA_VERSION, Scope
from app.sync.wire.notification import KINDS_DA, notification_text
from app.sync.wire.oversight import Laptop as LostLaptop
from app.sync.wire.oversight import LaptopReport, LaptopReportRequest, LaptopsRequest, RevokeRequest
from server.accounts import (
    add_user,
    new_enrolment_code,
    readmit_device,
    revoke_device,
    set_escrow_key,
    set_lease,
    set_teams,
)
from server.courier import receive
from server.escrow import help_code_from, new_escrow_pair
from server.identity import identity_of
from server.standing import laptop_report
from tests.commits import GOES_ON, WAITS, commits_of
from tests.security.counting import count
from tests.server.laptops import Cooperation, refusal

ROOT = Path(__file__).parents[2]
PASSPHRASE, NEW = "tre almindelige ord", "en helt anden lang sætning"
SECRET = "koordinatorens egen sætning"


class Laptop:
    """A laptop set up as the application does it."""

    def __init__(self, folder, cooperation, user="mette"):
        self.folder = folder
        self.cooperation = cooperation
        self.clock = TurnedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
        self.store, self.device = open_stage.enrolled(
            folder, cooperation.server.url, cooperation.code(user), PASSPHRASE, clock=self.clock
        )

    def lock(self):
        self.store.close()

    def unlock(self, passphrase=PASSPHRASE):
        self.store, self.device = open_stage.unlocked(self.folder, passphrase, clock=self.clock)

    def send(self):
        return open_stage.synchronised(self.store, self.device, clock=self.clock)

    def report(self):
        """Report in by itself, as where no synchronisation takes it along."""
        with SyncClient(self.device.server_url, self.device.token, self.device.database_id) as client:
            report_in(self.store, client, self.folder / KEY_FILE_NAME, clock=self.clock)

    def register(self, name, *, by=None, team=None):
        from app.ids import natural_id
        from app.models.person import Membership

        key, team = new_id(self.clock), team or self.device.team_ids[0]
        self.clock.at += timedelta(seconds=1)
        with self.store.unit_of_work(actor=by or self.device.user_id, clock=self.clock) as work:
            work.session.add(
                Person(
                    id=key,
                    person_id=key,
                    given_name=name,
                    identifier_kind="replacement",
                    identifier="610180-1234",
                    registered_at=self.clock.now(),
                )
            )
            work.session.add(
                Membership(
                    id=natural_id("membership", key, team), person_id=key, team_id=team, joined_on=self.clock.at.date()
                )
            )
            work.commit()
        return key

    def pending(self):
        with self.store.session() as session:
            return session.scalars(select(OutboxEntry.entity).where(OutboxEntry.state == "pending")).all()


@pytest.fixture
def laptop(tmp_path, cooperation):
    made = Laptop(tmp_path / "data", cooperation)
    yield made
    made.store.close()


def test_a_laptop_that_was_not_seen_for_too_long_locks_until_the_server_agrees(laptop, cooperation):
    laptop.register("Kaptajnen")
    laptop.lock()
    laptop.clock.at += timedelta(days=29)
    laptop.unlock()
    laptop.lock()
    laptop.clock.at += timedelta(days=2)
    cooperation.server.kill()
    with pytest.raises(KnownProblem, match="lease-ended"):
        laptop.unlock()
    assert (laptop.folder / UNSENT_NAME).exists()
    port = cooperation.server.url.rsplit(":", 1)[1]
    cooperation.server.arguments = ("--port", port)
    cooperation.server.start()
    laptop.unlock()
    assert "person" in laptop.pending()
    laptop.lock()
    laptop.clock.at += timedelta(days=29)
    laptop.unlock()


def test_a_laptop_reports_in_with_the_one_request_that_it_makes_and_by_itself_where_a_server_takes_nothing_along(
    laptop, cooperation, monkeypatch
):
    asked = []
    request = SyncClient._request

    def note(client, method, path, body, **others):
        asked.append(path)
        return request(client, method, path, body, **others)

    monkeypatch.setattr(SyncClient, "_request", note)
    laptop.send()

    def contact() -> datetime:
        with laptop.store.session() as session:
            return session.scalars(select(Standing.contact_at)).one()

    for is_old, expected in (
        (False, [["/v1/look"], ["/v1/exchange"]]),
        (True, [["/v1/look", "/v1/standing"], ["/v1/exchange", "/v1/standing"]]),
    ):
        if is_old:
            for name in ("look", "exchange"):
                whole = getattr(SyncClient, name)

                def without(client, request, whole=whole):
                    return msgspec.structs.replace(whole(client, request), standing=None)

                monkeypatch.setattr(SyncClient, name, without)
        for has_something, paths in zip((False, True), expected, strict=True):
            laptop.clock.at += timedelta(days=1)
            if has_something:
                laptop.register("Kaptajnen")
            asked.clear()
            assert laptop.send().is_safe
            assert (asked, contact()) == (paths, laptop.clock.now())


def test_a_clock_that_is_set_back_gains_no_time(laptop, cooperation):
    laptop.lock()
    laptop.clock.at += timedelta(days=20)
    laptop.unlock()
    laptop.lock()
    with laptop.cooperation.server.connect() as connection:
        revoke_device(connection, laptop.device.id)
    # The thief turns the clock back to the day of the theft, again and again; the lease runs on from the latest moment.
    laptop.clock.at -= timedelta(days=20)
    laptop.unlock()
    with laptop.store.session() as session:
        standing = session.scalars(select(Standing)).one()
        assert standing.latest_seen - standing.contact_at == timedelta(days=20)
    laptop.lock()
    laptop.clock.at += timedelta(days=31)
    with pytest.raises(KnownProblem, match="laptop-revoked"):
        laptop.unlock()


def test_a_clock_that_was_far_ahead_once_ends_no_lease_that_the_server_has_agreed_to_since(laptop):
    right = laptop.clock.at
    laptop.clock.at += timedelta(days=400)
    note_clock(laptop.store, clock=laptop.clock)
    laptop.clock.at = right
    assert lease_of(laptop.store)[0].has_ended(right)
    laptop.send()
    assert not lease_of(laptop.store)[0].has_ended(right)


def test_a_help_code_that_the_server_has_lost_is_deposited_again(laptop, cooperation):
    with cooperation.server.connect() as connection:
        set_escrow_key(connection, cooperation.id, new_escrow_pair(SECRET).public)
    laptop.send()
    for report in (laptop.send, laptop.report):
        with cooperation.server.connect() as connection:
            # As the backup knew it that the server was set back to.
            connection.execute("UPDATE device SET sealed_help = NULL WHERE id = %s", (laptop.device.id,))
        for is_there in (False, True):
            report()
            with cooperation.server.connect() as connection:
                found = connection.execute(
                    "SELECT sealed_help IS NOT NULL FROM device WHERE id = %s", (laptop.device.id,)
                ).fetchone()
            assert found == (is_there,)


def test_a_cooperation_may_have_no_lease(laptop, cooperation):
    with cooperation.server.connect() as connection:
        set_lease(connection, cooperation.id, 0)
    laptop.send()
    laptop.lock()
    laptop.clock.at += timedelta(days=3650)
    laptop.unlock()


def test_a_revoked_laptop_is_sealed_at_next_contact_and_keeps_its_unsent_work(laptop, cooperation, monkeypatch):
    monkeypatch.setattr(courier, "MOST_CHANGES", 1)
    pair = new_escrow_pair(SECRET)
    with cooperation.server.connect() as connection:
        set_escrow_key(connection, cooperation.id, pair.public)
    laptop.send()
    assert slots_of(laptop.folder / KEY_FILE_NAME).has_escrow
    laptop.register("Kaptajnen")
    with cooperation.server.connect() as connection:
        revoke_device(connection, laptop.device.id)
    with pytest.raises(KnownProblem, match="laptop-revoked"):
        laptop.send()
    laptop.lock()
    with pytest.raises(KnownProblem, match="wrong-passphrase"):
        laptop.unlock()
    # What was not sent lies beside it, sealed; a colleague carries it, and the server takes it.
    envelopes = [file.read_bytes() for file in unsent_in(laptop.folder)]
    assert len(envelopes) > 1
    assert b"Kaptajnen" not in b"".join(envelopes)
    with cooperation.server.connect() as connection:
        connection.autocommit = True
        for envelope in (*envelopes, *reversed(envelopes)):
            receive(connection, identity_of(connection), envelope)
        names = connection.execute("SELECT fields ->> 'given_name' FROM row WHERE entity = 'person'").fetchall()
    assert ("Kaptajnen",) in names
    # It was found again: the coordinator lets it in, and reads the help code aloud.
    with cooperation.server.connect() as connection:
        readmit_device(connection, laptop.device.id)
        sealed = connection.execute("SELECT sealed_help FROM device WHERE id = %s", (laptop.device.id,)).fetchone()[0]
    code = help_code_from(bytes(sealed), pair.private_file, SECRET)
    laptop.store, laptop.device, next_code = open_stage.let_in(laptop.folder, code, NEW, clock=laptop.clock)
    assert len(next_code) == 29
    assert "person" in laptop.pending()
    assert not (laptop.folder / UNSENT_NAME).exists()
    report = laptop.send()
    assert report.remaining == 0
    with cooperation.server.connect() as connection:
        renewed = connection.execute("SELECT sealed_help FROM device WHERE id = %s", (laptop.device.id,)).fetchone()[0]
    assert help_code_from(bytes(renewed), pair.private_file, SECRET) != code


def test_without_a_help_key_a_revoked_laptop_still_opens_for_nobody_until_the_server_agrees(laptop, cooperation):
    with cooperation.server.connect() as connection:
        revoke_device(connection, laptop.device.id)
    with pytest.raises(KnownProblem, match="laptop-revoked"):
        laptop.send()
    laptop.lock()
    with pytest.raises(KnownProblem, match="laptop-revoked"):
        laptop.unlock()
    with cooperation.server.connect() as connection:
        readmit_device(connection, laptop.device.id)
    laptop.unlock()


def test_a_laptop_that_its_server_no_longer_knows_is_turned_away_and_not_sealed(laptop, cooperation):
    """A server that was set back may have forgotten a laptop: that is no reason to take it from who works with it."""
    laptop.register("Kaptajnen")
    with cooperation.server.connect() as connection:
        connection.execute("UPDATE device SET token_hash = %s WHERE id = %s", (os.urandom(32), laptop.device.id))
    with pytest.raises(KnownProblem, match="token-refused") as refused:
        laptop.send()
    assert refused.value.parameters["server_code"] == "unknown-token"
    laptop.lock()
    laptop.unlock()
    assert "person" in laptop.pending()
    assert not (laptop.folder / UNSENT_NAME).exists()


@pytest.mark.usefixtures("disk_to_wait_for")
def test_an_old_token_is_replaced_and_the_old_one_holds_until_the_new_one_was_used(laptop, cooperation):
    before = laptop.device.token
    laptop.send()
    assert commits_of(laptop.store, laptop.send)[-1] == GOES_ON
    with cooperation.server.connect() as connection:
        connection.execute("UPDATE device SET token_at = now() - interval '31 days' WHERE id = %s", (laptop.device.id,))
    copy = shutil.copytree(laptop.folder, laptop.folder.with_name("the answer was lost"))
    assert copy
    # The first sending is given the new one, the second shows it.
    assert set(commits_of(laptop.store, laptop.send)) == {WAITS}
    laptop.send()
    with laptop.store.session() as session:
        after = session.scalars(select(Device.token)).one()
    assert after != before
    from tests.server.laptops import refusal

    wire = type("Wire", (), {"url": cooperation.server.url})
    response = cooperation.http.request(
        "POST", f"{wire.url}/v1/pull", body=b"", headers={"Authorization": f"Bearer {before}"}, retries=False
    )
    assert refusal(response) == "unknown-token"
    laptop.send()


def test_the_server_keeps_no_token_and_no_code_in_clear(laptop, cooperation):
    code = cooperation.code("mette")
    with cooperation.server.connect() as connection:
        identity_of(connection)
        tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        everything = "".join(str(connection.execute(f"SELECT * FROM {name}").fetchall()) for name in tables)
    assert laptop.device.token not in everything
    assert code not in everything
    assert code.replace("-", "") not in everything


def test_a_laptop_report_says_exactly_whose_data_it_held(laptop, cooperation, tmp_path):
    held = {laptop.register("Kaptajnen"), laptop.register("Rosa")}
    other = Laptop(tmp_path / "other", cooperation, "sara")
    other.register("Of another team")
    other.send()
    laptop.send()
    gone = laptop.register("Left after the last contact")
    other.lock()
    with cooperation.server.connect() as connection:
        report = laptop_report(connection, laptop.device.id)
        assert {person.person_id for person in report.people} == held
        assert report.with_identifier == 2
        assert report.kinds["person"] == 2
        assert report.confirmed_at
        text = notification_text(report, known_at=datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
    assert gone not in {person.person_id for person in report.people}
    assert "om 2 borgere" in text
    assert "27.11.2026 kl. 13.00" in text
    assert "ENDNU IKKE" in text
    assert "Kaptajnen" not in text


WITHOUT_A_WORD = {
    # What these say of somebody is said by another kind that the notification names.
    "membership", "task_state", "rule_override", "plan_step", "nrt_step", "voucher_redemption", "form_typed",
    "conflict", "correction", "erasure",
}  # fmt: skip


def a_report(**kinds):
    return LaptopReport(
        laptop=LostLaptop(device_id="d", name="Mettes computer", user_name="Mette Holm", enrolled_at=""),
        cooperation="Røgfri på Tværs",
        teams=[],
        confirmed_at="",
        people=[],
        with_identifier=0,
        kinds=kinds,
        waiting=0,
    )


def test_the_notification_names_every_kind_of_record_about_people():
    """GDPR article 33(3)(a): the categories of personal data records concerned."""
    about_people = {entity.name for entity in ENTITIES.values() if entity.scope is Scope.PERSON}
    about_people |= {"incoming_message", "place_contact", "access_log"}
    assert about_people - WITHOUT_A_WORD == set(KINDS_DA)
    for name, said in KINDS_DA.items():
        assert f"- {said}" in notification_text(a_report(**{name: 1}), known_at=KNOWN_AT).splitlines()


def test_letters_in_the_inbox_are_told_beside_the_people_counted_and_no_line_twice():
    text = notification_text(a_report(incoming_message=7, relapse=2, stop_date=1, pause=3), known_at=KNOWN_AT)
    assert "Dertil kommer 7 breve fra indbakken, som kan handle om endnu flere." in text
    assert text.count("stopdatoer, tilbagefald og pauser") == 1
    assert "indbakken" not in notification_text(a_report(person=1), known_at=KNOWN_AT)


KNOWN_AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_people_who_left_the_team_after_the_last_contact_count_as_held(laptop, cooperation):
    key = laptop.register("Kaptajnen")
    laptop.send()
    kirsten = cooperation.laptop("kirsten")
    kirsten.pull()
    (membership,) = [row_id for entity, row_id in kirsten.rows if entity == "membership"]
    kirsten.push(kirsten.update("membership", membership, {"left_on": "2026-11-24"}))
    with cooperation.server.connect() as connection:
        report = laptop_report(connection, laptop.device.id)
    assert [person.person_id for person in report.people] == [key]
    # Once it has heard of it, and said so, they are gone from it, also where the day on which they left is put right.
    laptop.send()
    laptop.send()
    kirsten.push(kirsten.update("membership", membership, {"left_on": "2026-11-23"}, base=10**6))
    with cooperation.server.connect() as connection:
        assert laptop_report(connection, laptop.device.id).people == []


def test_people_of_a_team_or_role_that_its_user_had_at_the_last_contact_count_as_held(laptop, cooperation, tmp_path):
    key = laptop.register("Kaptajnen")
    laptop.send()
    everybodys = Laptop(tmp_path / "everybodys", cooperation, "kirsten")
    everybodys.send()
    everybodys.lock()

    def held(user, role, teams):
        """Whom the report names after the user was set anew, and the laptop has not been here since."""
        device = laptop.device if user == "mette" else everybodys.device
        with cooperation.server.connect() as connection:
            add_user(
                connection, cooperation.users[user], cooperation_id=cooperation.id, name=user, role=role, team_ids=teams
            )
        with cooperation.server.connect() as connection:
            return [person.person_id for person in laptop_report(connection, device.id).people]

    assert held("mette", "counsellor", [cooperation.south]) == [key]
    assert held("mette", "auditor", []) == [key]
    assert held("kirsten", "counsellor", [cooperation.south]) == [key]
    # Once it has been here it holds what is left.
    laptop.send()
    assert held("mette", "auditor", []) == []


def test_what_somebody_carried_in_says_nothing_of_what_the_laptop_holds_by_now(laptop, cooperation):
    key = laptop.register("Kaptajnen")
    laptop.send()
    laptop.register("Rosa")
    with laptop.store.session() as session:
        [envelope] = make_envelopes(session, clock=laptop.clock)
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["mette"], [cooperation.south])
    with cooperation.server.connect() as connection:
        connection.autocommit = True
        said = laptop_report(connection, laptop.device.id).confirmed_at
        receive(connection, identity_of(connection), envelope)
        report = laptop_report(connection, laptop.device.id)
    assert key in {person.person_id for person in report.people}
    assert report.confirmed_at == said


def test_the_report_is_a_command_and_names_people_only_when_asked(laptop, cooperation):
    laptop.register("Kaptajnen")
    laptop.send()
    command = [sys.executable, "-m", "server", "laptop-report", laptop.device.id]
    command += ["--database-url", cooperation.server.about["database_url"]]
    quiet = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(quiet.stdout)["people_count"] == 1
    assert "Kaptajnen" not in quiet.stdout
    loud = subprocess.run([*command, "--names"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(loud.stdout)["people"][0]["name"] == "Kaptajnen"
    text = subprocess.run([*command, "--notification"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "artikel 33" in text.stdout


def test_the_coordinator_reads_a_help_code_with_the_private_file_alone(laptop, cooperation, tmp_path):
    private = tmp_path / "help.key"
    where = ["--database-url", cooperation.server.about["database_url"]]
    environment = {**os.environ, "PUSTERUM_HELP_PASSPHRASE": SECRET}
    made = [sys.executable, "-m", "server", "help-key", "--cooperation", cooperation.id, "--out", str(private), *where]
    subprocess.run(made, cwd=ROOT, env=environment, check=True)
    assert private.stat().st_mode & 0o077 == 0
    laptop.send()
    read = [sys.executable, "-m", "server", "help-code", laptop.device.id, "--key", str(private), *where]
    said = subprocess.run(read, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    laptop.lock()
    laptop.store, _, _ = open_stage.let_in(laptop.folder, said.stdout.strip(), NEW, clock=laptop.clock)
    wrong = {**environment, "PUSTERUM_HELP_PASSPHRASE": "forkert"}
    refused = subprocess.run(read, cwd=ROOT, env=wrong, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "does not open" in refused.stderr
    # Another key in its place would leave the codes that are sealed to this one to a file that nobody keeps.
    second = tmp_path / "second.key"
    again = [str(second) if word == str(private) else word for word in made]
    refused = subprocess.run(again, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (refused.returncode, second.exists()) == (2, False)
    assert "--replace" in refused.stderr
    subprocess.run([*again, "--replace"], cwd=ROOT, env=environment, check=True)
    assert second.exists()


@pytest.mark.parametrize(
    ("user", "sees", "revokes"), [("kirsten", True, True), ("anders", True, False), ("jens", False, False)]
)
def test_only_who_oversees_laptops_sees_them_and_only_the_coordinator_revokes(
    laptop, cooperation, tmp_path, user, sees, revokes
):
    other = Laptop(tmp_path / "other", cooperation, user)
    with open_stage._client(other.store, other.device) as client:
        database_id = other.device.database_id

        def refused(ask):
            try:
                ask()
            except KnownProblem as problem:
                return problem.parameters["server_code"] == "not-yours"
            return False

        assert refused(lambda: client.laptops(LaptopsRequest(database_id=database_id))) != sees
        report = LaptopReportRequest(database_id=database_id, device_id=laptop.device.id)
        assert refused(lambda: client.laptop_report(report)) != sees
        revoke = RevokeRequest(database_id=database_id, device_id=laptop.device.id)
        assert refused(lambda: client.revoke(revoke)) != revokes
    other.lock()
    if revokes:
        with pytest.raises(KnownProblem, match="laptop-revoked"):
            laptop.send()
    else:
        laptop.send()


def test_a_change_in_a_strangers_name_is_refused_and_a_colleagues_is_counted(laptop, cooperation):
    laptop.register("Kaptajnen", by=cooperation.users["jens"])
    assert laptop.send().refused == 0
    nobody = laptop.register("Rosa", by=new_id(laptop.clock))
    assert laptop.send().refused > 0
    with cooperation.server.connect() as connection:
        report = laptop_report(connection, laptop.device.id)
        found = connection.execute("SELECT 1 FROM row WHERE row_id = %s", (nobody,)).fetchone()
    assert found is None
    # The person, the membership, and that they were written: nothing of Mette's own.
    assert list(report.in_other_names.values()) == [3]


def test_a_laptop_of_another_cooperation_is_nobodys_business(laptop, cooperation, tmp_path):
    with cooperation.server.connect() as connection:
        elsewhere = Cooperation.make(connection, cooperation.server)
    other = Laptop(tmp_path / "other", elsewhere, "kirsten")
    with open_stage._client(other.store, other.device) as client:
        for ask in (
            lambda: client.laptop_report(
                LaptopReportRequest(database_id=other.device.database_id, device_id=laptop.device.id)
            ),
            lambda: client.revoke(RevokeRequest(database_id=other.device.database_id, device_id=laptop.device.id)),
        ):
            with pytest.raises(KnownProblem) as refused:
                ask()
            assert refused.value.parameters["server_code"] == "no-such-laptop"
    other.lock()
    elsewhere.http.clear()
    laptop.send()


def test_an_auditor_sees_the_whole_log_and_nobody_s_health(laptop, cooperation, tmp_path):
    laptop.register("Kaptajnen")
    laptop.send()
    auditor = Laptop(tmp_path / "auditor", cooperation, "anders")
    auditor.send()
    with auditor.store.session() as session:
        assert session.scalars(select(Person)).all() == []
        assert session.scalars(select(Course)).all() == []
        assert {row.device_id for row in session.scalars(select(AccessLog))} == {laptop.device.id}
    # Whatever asks for it: an auditor records nothing, on the laptop already.
    with pytest.raises(RuleRefusal, match="not-your-right"):
        auditor.register("Somebody", team=laptop.device.team_ids[0])
    # Nor does an auditor let out what there is about anybody.
    extract = Leaving("extract", (new_id(),), Right.EXPORT_PERSON)
    for who in (auditor, laptop):
        with who.store.unit_of_work(actor=who.device.user_id, clock=who.clock) as work:
            if who is auditor:
                with pytest.raises(RuleRefusal, match="not-your-right"):
                    note_leaving(extract, Action.EXPORT, work=work)
            else:
                note_leaving(extract, Action.EXPORT, work=work)
    auditor.lock()


def test_revoking_a_laptop_ends_the_codes_of_its_user_and_nobody_elses(laptop, cooperation):
    found_in_the_bag, of_a_colleague = cooperation.code("mette"), cooperation.code("jens")
    with cooperation.server.connect() as connection:
        revoke_device(connection, laptop.device.id)
    refused = cooperation.enrol(found_in_the_bag, laptop.device.database_id)
    assert (refused.status, refusal(refused)) == (410, "expired-code")
    assert cooperation.enrol(of_a_colleague, str(uuid.uuid4())).status == 200
    assert cooperation.enrol(cooperation.code("mette"), str(uuid.uuid4())).status == 200


def test_a_code_enrols_one_laptop_for_one_day(cooperation):
    with cooperation.server.connect() as connection:
        code = new_enrolment_code(connection, cooperation.users["mette"])
        kept = connection.execute("SELECT count(*) FROM enrolment_code WHERE used_at IS NULL").fetchone()[0]
    assert kept >= 1
    assert len(code) == 9


def log_as_the_coordinator_sees_it(laptop):
    with laptop.cooperation.server.connect() as connection:
        return laptop_report(connection, laptop.device.id).laptop.log_broken


def logged(laptop, *whom):
    with laptop.store.unit_of_work(actor=laptop.device.user_id, clock=laptop.clock) as work:
        for subject in whom:
            work.log(Access(Action.VIEW, subject, "person"))
        work.commit()


def entries_to_be_sent(session, laptop):
    """Hand the log's new entries to the outbox, and return those that wait there, the oldest first."""
    offer(session, clock=laptop.clock)
    return session.scalars(
        select(OutboxEntry)
        .where(OutboxEntry.entity == "access_log", OutboxEntry.state == "pending")
        .order_by(OutboxEntry.sequence)
    ).all()


@pytest.mark.parametrize("tampering", ["nothing", "changed", "removed", "another's"])
def test_the_server_finds_a_broken_log_as_it_arrives_and_tells_the_coordinator(laptop, tampering):
    logged(laptop, "a", "b", "c")
    laptop.send()
    assert log_as_the_coordinator_sees_it(laptop) == 0
    logged(laptop, "d", "e", "f")
    with laptop.store.session() as session:
        victim = entries_to_be_sent(session, laptop)[1]
        number = victim.fields["number"]
        if tampering == "changed":
            victim.fields = victim.fields | {"subject_id": "somebody else"}
        elif tampering == "another's":
            victim.fields = victim.fields | {"device_id": laptop.device.user_id}
        elif tampering == "removed":
            session.delete(victim)
        session.commit()
    laptop.send()
    logged(laptop, "g")
    laptop.send()
    found = log_as_the_coordinator_sees_it(laptop)
    is_tampered = tampering != "nothing"
    count(tampered=int(is_tampered), tampered_found=int(is_tampered and found == number))
    assert found == (number if is_tampered else 0)


def test_a_log_with_a_gap_stays_marked_while_it_goes_on_and_is_whole_when_the_gap_is_filled(laptop):
    logged(laptop, "a", "b", "c")
    laptop.send()
    logged(laptop, "d", "e", "f")
    with laptop.store.session() as session:
        held_back = entries_to_be_sent(session, laptop)[1]
        late = {name: getattr(held_back, name) for name in ("entity", "row_id", "operation", "fields", "actor", "at")}
        session.delete(held_back)
        session.commit()
    for whom in ("g", "h"):
        laptop.send()
        assert log_as_the_coordinator_sees_it(laptop) == late["fields"]["number"]
        logged(laptop, whom)
    with laptop.store.session() as session:
        session.add(OutboxEntry(change_id=new_id(laptop.clock), base=0, schema=SCHEMA_VERSION, state="pending", **late))
        session.commit()
    laptop.send()
    assert log_as_the_coordinator_sees_it(laptop) == 0
    logged(laptop, "i")
    laptop.send()
    assert log_as_the_coordinator_sees_it(laptop) == 0


def test_an_entry_that_comes_again_with_other_words_marks_the_log_for_good(laptop):
    logged(laptop, "a", "b", "c")
    laptop.send()
    with laptop.store.session() as session:
        sent = session.scalars(
            select(OutboxEntry).where(OutboxEntry.entity == "access_log").order_by(OutboxEntry.sequence.desc())
        ).all()
        for one in sent[:2]:
            told = replace(AccessEntry(**one.fields), subject_id="somebody else")
            session.add(
                OutboxEntry(
                    change_id=new_id(laptop.clock), entity=one.entity, row_id=one.row_id, operation=one.operation,
                    fields=asdict(replace(told, hash=hash_of(told))), base=0, actor=one.actor, at=one.at,
                    schema=one.schema, state="pending",
                )
            )  # fmt: skip
        first = sent[1].fields["number"]
        session.commit()
    for whom in "de":
        laptop.send()
        assert log_as_the_coordinator_sees_it(laptop) == first
        logged(laptop, whom)
