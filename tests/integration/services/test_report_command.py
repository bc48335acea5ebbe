"""The same figures without a window: from the store, in every format, with the passphrase given."""

import json
import subprocess
import sys
from io import StringIO

import pypdfium2
import pytest
from sqlalchemy import select

from app.domain.reports.everything import NAMES
from app.models.local import Device
from app.models.oversight import AccessLog
from app.services.report_command import main
from main import main as run_command
from tests.trial_laptop import COORDINATOR, PASSPHRASE, make_laptop, opened


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("laptop") / "data"
    make_laptop(folder, user=COORDINATOR)
    (folder.parent / "passphrase").write_text(PASSPHRASE + "\n", encoding="utf-8")
    return folder


def run(laptop, tmp_path, name: str, kind: str, *more: str):
    output = tmp_path / f"out.{kind}"
    status = main(
        [
            name,
            *("--from", "2026-07-01", "--to", "2026-12-31", "--format", kind, "--language", "en"),
            *("--folder", str(laptop), "--passphrase-file", str(laptop.parent / "passphrase")),
            *("--output", str(output), *more),
        ]
    )
    return status, output


def test_every_report_comes_as_json_with_its_checks(laptop, tmp_path) -> None:
    status, output = run(laptop, tmp_path, "all", "json")
    assert status == 0
    content = json.loads(output.read_text(encoding="utf-8"))
    assert [report["report"] for report in content["reports"]] == list(NAMES)
    assert all(check["holds"] for report in content["reports"] for check in report["checks"])


def test_small_numbers_and_names_stay_unless_it_is_for_the_unit_alone(laptop, tmp_path) -> None:
    _status, output = run(laptop, tmp_path, "medicine", "json")
    tables = json.loads(output.read_text(encoding="utf-8"))["reports"][0]["tables"]
    assert "by_person" not in [table["table"] for table in tables]
    people = [row["cells"][0]["value"] for table in tables for row in table["rows"]]
    assert not [value for value in people if value is not None and 0 < value < 5]
    _status, output = run(laptop, tmp_path, "medicine", "json", "--inside")
    tables = json.loads(output.read_text(encoding="utf-8"))["reports"][0]["tables"]
    assert "by_person" in [table["table"] for table in tables]


def test_it_comes_as_pdf_excel_and_csv_and_from_what_was_printed_before(laptop, tmp_path) -> None:
    _status, figures = run(laptop, tmp_path, "all", "json")
    kept = tmp_path / "figures.json"
    kept.write_bytes(figures.read_bytes())
    status, output = run(laptop, tmp_path, "settlement", "pdf")
    assert status == 0
    with pypdfium2.PdfDocument(output.read_bytes()) as document:
        assert "Settlement between municipalities" in str(document[0].get_textpage().get_text_range())
    status, output = run(laptop, tmp_path, "all", "csv")
    assert (status, output.read_bytes()[:3]) == (0, b"\xef\xbb\xbf")
    assert output.read_bytes().count(b"\xef\xbb\xbf") == 1
    status, output = run(laptop, tmp_path, "all", "xlsx")
    assert (status, output.read_bytes()[:2]) == (0, b"PK")
    status, again = run(laptop, tmp_path, "all", "json", "--figures", str(kept))
    assert (status, json.loads(again.read_text())["reports"]) == (0, json.loads(kept.read_text())["reports"])


def test_a_counsellor_gets_no_report_of_the_cooperation(laptop, tmp_path, capsys) -> None:
    def becomes(role):
        store = opened(laptop)
        with store.session() as session:
            session.scalars(select(Device)).one().role = role
            session.commit()
        store.close()

    becomes("counsellor")
    status, output = run(laptop, tmp_path, "reach", "json")
    becomes("coordinator")
    assert (status, output.exists()) == (2, False)
    assert "coordinator" in capsys.readouterr().err


def test_taking_a_report_out_is_in_the_access_log(laptop, tmp_path) -> None:
    run(laptop, tmp_path, "reach", "csv")
    store = opened(laptop)
    with store.session() as session:
        taken = session.scalars(select(AccessLog.what).where(AccessLog.action == "export")).all()
    store.close()
    assert "reports: reach" in taken


def test_what_cannot_be_had_is_said_in_a_sentence(laptop, tmp_path, capsys) -> None:
    (tmp_path / "no.json").write_text("{}", encoding="utf-8")
    assert run(laptop, tmp_path, "all", "json", "--figures", str(tmp_path / "no.json"))[0] == 2
    assert "not a report" in capsys.readouterr().err
    assert main(["all", "--from", "2026-12-31", "--to", "2026-01-01", "--folder", str(laptop), "--language", "en",
                 "--passphrase-file", str(laptop.parent / "passphrase")]) == 2  # fmt: skip
    assert "ends before it begins" in capsys.readouterr().err


@pytest.mark.parametrize("given", ["nowhere", "a folder", "no text"])
def test_a_file_that_cannot_be_read_is_named_and_nothing_else_is_said(tmp_path, capsys, given) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "no text").write_bytes(b"\xff Jens Jensen")
    for option in ("--figures", "--passphrase-file"):
        assert main(["all", option, str(tmp_path / given), "--language", "en"]) == 2
        said = capsys.readouterr().err
        assert "could not be opened" in said or "not a report" in said
        assert "Jens" not in said
        assert "Errno" not in said


@pytest.mark.parametrize("way", ["file", "stdin"])
@pytest.mark.parametrize("command", [["report", "reach"], ["verify"]], ids=["report", "verify"])
def test_a_command_takes_the_passphrase_from_a_file_or_from_standard_input(laptop, monkeypatch, capsys, command, way):
    given = ["--passphrase-stdin"] if way == "stdin" else ["--passphrase-file", str(laptop.parent / "passphrase")]
    monkeypatch.setattr("sys.stdin", StringIO(f"{PASSPHRASE}\r\nno passphrase\n"))
    assert run_command([*command, "--folder", str(laptop), "--language", "en", *given]) == 0
    assert capsys.readouterr().err == ""


def test_a_command_is_given_its_passphrase_in_one_way(capsys) -> None:
    with pytest.raises(SystemExit):
        run_command(["verify", "--passphrase-stdin", "--passphrase-file", "x"])
    assert "not allowed with" in capsys.readouterr().err


def test_a_command_with_nobody_to_ask_for_the_passphrase_says_so(tmp_path) -> None:
    for command in ("report", "verify"):
        arguments = [sys.executable, "main.py", command, *(["all"] if command == "report" else []), "--language", "en"]
        run = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                             start_new_session=True)  # fmt: skip
        assert run.returncode == 2
        assert "there is nobody to ask" in run.stderr
        assert "Traceback" not in run.stderr
