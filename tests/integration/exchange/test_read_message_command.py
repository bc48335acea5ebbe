import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.exchange.medcom.command import main
from app.exchange.medcom.sentences import _REFUSALS, _REMARKS
from tests.unit.exchange import medcom_messages as messages


def lines(captured: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in captured.splitlines()]


def test_every_letter_is_one_line_of_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two, care = tmp_path / "to.xml", tmp_path / "care.json"
    two.write_bytes(messages.oioxml(letters=2, extra=messages.REFERENCE).encode("cp1252"))
    care.write_bytes(messages.as_json(messages.care_communication()))
    assert main([str(two), str(care), "--json"]) == 0
    first, second, third = lines(capsys.readouterr().out)
    assert first["file"] == str(two)
    assert (first["standard"], first["type"], first["version"]) == ("OIOXML", "XREF15", "XH1530R")
    assert (first["letter_id"], second["letter_id"]) == ("Brev0001", "Brev00011")
    assert first["sender"] == {
        "name": "Lægerne Åboulevarden",
        "id": "079741",
        "id_type": "ydernummer",
        "location_number": "5790000121526",
    }
    assert isinstance(first["person"], dict)
    assert first["person"]["identifier_kind"] == "replacement"
    assert first["clinical_text"] == messages.PLAIN
    assert isinstance(first["attachments"], list)
    assert first["attachments"][0]["included"] is False
    assert isinstance(first["warnings"], list)
    assert first["warnings"][0]["sentence"].startswith("Bilaget ABC123")
    assert third["standard"] == "FHIR"


def test_a_file_that_cannot_be_opened_is_said_and_the_rest_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = tmp_path / "godt.edi"
    good.write_bytes(messages.edifact_ref01().encode("latin-1"))
    assert main([str(tmp_path / "findes-ikke"), str(tmp_path), "a\0b", str(good), "--json", "--language", "en"]) == 2
    captured = capsys.readouterr()
    missing, folder, impossible, read = lines(captured.out)
    assert [one["refused"] for one in (missing, folder, impossible)] == ["not-found", "folder", "not-found"]
    assert missing["sentence"] == "There is no file of this name. Check the name and the folder."
    assert len(captured.err.splitlines()) == 3
    assert read["type"] == "REF01"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are POSIX's")
def test_a_pipe_with_nothing_in_it_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe, good = tmp_path / "rør", tmp_path / "godt.edi"
    os.mkfifo(pipe)
    good.write_bytes(messages.edifact_ref01().encode("latin-1"))
    assert main([str(pipe), str(good), "--json"]) == 2
    refused, read = lines(capsys.readouterr().out)
    assert (refused["refused"], read["type"]) == ("not-a-file", "REF01")
    assert (
        refused["sentence"]
        == "Det er et rør eller en enhed og ikke en fil. Gem først meddelelsen i en fil, og angiv den."
    )


def test_other_types_are_named_in_the_chosen_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "recept.xml"
    file.write_text(messages.oioxml("XH0130R").replace("HospitalReferral", "Prescription").replace("XREF01", "XPRE01"))
    assert main([str(file), "--json", "--language", "en"]) == 0
    assert main([str(file), "--json"]) == 0
    english, danish = lines(capsys.readouterr().out)
    assert english["sentence"] == "A prescription for Bodil Ærø Sørensen: not for Pusterum. The file is unchanged."
    assert danish["sentence"] == "En recept for Bodil Ærø Sørensen: ikke til Pusterum. Filen er uændret."


def test_text_that_no_encoding_carries_is_still_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "care.json"
    text = messages.as_json(messages.care_communication(topic={"text": "TOPIC"})).decode()
    file.write_text(text.replace("TOPIC", "a\\ud800b\u2028c\x85d"))
    assert main([str(file), "--json"]) == 0
    (line,) = lines(capsys.readouterr().out)
    assert line["subject"] == "a\ud800b\u2028c\x85d"
    assert main([str(file)]) == 0


def test_without_json_a_person_can_read_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "brev.xml"
    file.write_text(messages.oioxml(), encoding="utf-8")
    empty = tmp_path / "tom"
    empty.write_bytes(b"")
    assert main([str(file), str(empty), "--language", "en"]) == 0
    out = capsys.readouterr().out
    assert "Lægerne Åboulevarden → Odense Kommune, Sundhedscenter" in out
    assert all(f"    {line}\n" in out for line in messages.PLAIN.split("\n"))
    assert "The file is empty." in out


def test_the_command_runs_as_a_process_in_a_plain_console(tmp_path: Path) -> None:
    file = tmp_path / "brev.xml"
    file.write_text(messages.oioxml(), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "app.exchange.medcom", str(file), "--json"],
        capture_output=True,
        check=False,
        # And it warns, on stderr, wherever a file is read or written in the encoding that the surroundings have.
        env={
            **{"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            **{"PYTHONIOENCODING": "ascii", "PYTHONWARNDEFAULTENCODING": "1"},
        },
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert json.loads(result.stdout)["person"]["name"] == "Bodil Ærø Sørensen"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full drive that is always there is Linux's")
def test_answers_that_cannot_be_written_end_in_a_sentence_and_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "brev.xml"
    file.write_bytes(messages.oioxml().encode("cp1252"))
    with contextlib.suppress(OSError), Path("/dev/full").open("w", encoding="ascii") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main([str(file), "--json"]) == 1
        monkeypatch.setattr(sys, "stdout", None)
        assert main([str(file), "--json"]) == 1
    sentence = "Svarene kunne ikke skrives. Der er måske ikke mere plads på drevet."
    assert capsys.readouterr().err.splitlines() == [sentence] * 2


def test_every_sentence_is_there_in_both_languages() -> None:
    for english, danish in (*_REFUSALS.values(), *_REMARKS.values()):
        assert english != danish
        assert ("{what}" in english) == ("{what}" in danish)
