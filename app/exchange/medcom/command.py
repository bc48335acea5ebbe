"""`python main.py read-message FILE… --json`: say what is in message files, without opening any store."""

import argparse
import contextlib
import errno
import io
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from app.exchange.medcom.letter import Attachment, Letter, Party, Person, Refused, Style
from app.exchange.medcom.reading import MAXIMUM_BYTES, read_letters
from app.exchange.medcom.sentences import sentence_of

# Characters that end a line for some readers, or that UTF-8 cannot carry; JSON has another spelling for them.
_AWKWARD: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class NotAFileError(OSError):
    """A pipe or a device, which would be waited for without end."""


def main(argv: Sequence[str]) -> int:
    """Run the command.

    Return 0 when every file got an answer, 2 where one could not be opened, 1 where the answers could not be written.
    """
    arguments = _arguments(argv)
    status = 0
    for name in arguments.files:
        lines, is_opened = _answers(name, arguments)
        if not is_opened:
            status = 2
        try:
            for line in lines:
                _write(line)
        except BrokenPipeError:
            # Whoever asked has seen enough.
            return status
        except OSError:
            _complain(_NOWHERE[arguments.language])
            return 1
    return status


_NOWHERE: Final = {
    "da": "Svarene kunne ikke skrives. Der er måske ikke mere plads på drevet.",
    "en": "The answers could not be written. The drive may be full.",
}


def _answers(name: str, arguments: argparse.Namespace) -> tuple[list[str], bool]:
    """Return the lines to say of a file, and whether it could be opened."""
    try:
        content = _content(name)
    except (OSError, ValueError) as error:
        refused = Refused(code=_why(name, error))
        _complain(f"{_printable(name)}: {sentence_of(refused, arguments.language)}")
        return [_line(refused, name, arguments)], False
    try:
        return [_line(item, name, arguments) for item in read_letters(content)], True
    except Exception:  # noqa: BLE001 - a fault of ours in one file must not cost the others their answer
        return [_line(Refused(code="unexpected"), name, arguments)], True


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python main.py read-message", description="Say what is in MedCom message files."
    )
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="one JSON object a letter, one to a line")
    parser.add_argument("--language", choices=("da", "en"), default="da")
    return parser.parse_args(argv)


def _content(name: str) -> bytes:
    path = Path(name)
    if path.exists() and not path.is_file() and not path.is_dir():
        raise NotAFileError
    with path.open("rb") as file:
        return file.read(MAXIMUM_BYTES + 1)


def _why(name: str, error: OSError | ValueError) -> str:
    """Return the code of why a file could not be opened; some systems deny access to a folder rather than name it."""
    if isinstance(error, NotAFileError):
        return "not-a-file"
    if isinstance(error, (ValueError, FileNotFoundError)):
        return "not-found"
    with contextlib.suppress(OSError):
        if isinstance(error, IsADirectoryError) or Path(name).is_dir():
            return "folder"
    return "cannot-open"


def _line(item: Letter | Refused, name: str, arguments: argparse.Namespace) -> str:
    if not arguments.json:
        return _as_text(item, name, arguments.language)
    text = json.dumps(as_json(item, name, arguments.language), ensure_ascii=False)
    return _AWKWARD.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _complain(sentence: str) -> None:
    """Say something beside the answers, where there is a place for it."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(sentence + "\n")


def _write(line: str) -> None:
    """Write UTF-8 whatever the console is set to, since other programs read this. Raises OSError."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, "stdout")
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(line + "\n")
        return
    sys.stdout.flush()
    buffer.write((line + "\n").encode("utf-8", "backslashreplace"))
    buffer.flush()


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def as_json(item: Letter | Refused, file: str, language: str) -> dict[str, Any]:
    """Return one line's object: a letter with everything it says, or why there is none."""
    if isinstance(item, Refused):
        line: dict[str, Any] = {"file": file, "refused": item.code, "sentence": sentence_of(item, language)}
        if item.type:
            line |= {"type": item.type, "version": item.version, "letter_id": item.letter_id}
            line["person"] = _person(item.person)
        return line
    return {
        "file": file,
        "standard": item.standard,
        "type": item.type,
        "version": item.version,
        "letter_id": item.letter_id,
        "status": item.status,
        "envelope_id": item.envelope_id,
        "sent": item.sent,
        "authorised": item.authorised,
        "sender": _party(item.sender),
        "receiver": _party(item.receiver),
        "copy_to": [_party(party) for party in item.copy_to],
        "person": _person(item.person),
        "subject": item.subject,
        "referral_text": item.referral_text,
        "referral_styles": [_style(style) for style in item.referral_styles],
        "clinical_text": item.clinical_text,
        "clinical_styles": [_style(style) for style in item.clinical_styles],
        "attachments": [_attachment(attachment) for attachment in item.attachments],
        "episode_ids": list(item.episode_ids),
        "receipt": None
        if item.receipt is None
        else {
            "positive": item.receipt.positive,
            "envelope_id": item.receipt.envelope_id,
            "letter_ids": list(item.receipt.letter_ids),
            "refuse_code": item.receipt.refuse_code,
            "refuse_text": item.receipt.refuse_text,
        },
        "other": [{"name": name, "text": text} for name, text in item.other],
        "warnings": [{"code": remark.code, "sentence": sentence_of(remark, language)} for remark in item.warnings],
    }


def _party(party: Party) -> dict[str, str]:
    return {
        "name": party.name,
        "id": party.id,
        "id_type": party.id_type,
        "location_number": party.location_number,
    }


def _person(person: Person | None) -> dict[str, Any] | None:
    if person is None:
        return None
    return {
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "identifier": person.identifier,
        "identifier_kind": person.identifier_kind,
        "other_identifiers": [{"kind": kind, "identifier": number} for kind, number in person.other_identifiers],
    }


def _style(style: Style) -> dict[str, Any]:
    return {"start": style.start, "end": style.end, "kind": style.kind}


def _attachment(attachment: Attachment) -> dict[str, Any]:
    return {
        "name": attachment.name,
        "id": attachment.id,
        "kind": attachment.kind,
        "extension": attachment.extension,
        "size": attachment.size,
        "url": attachment.url,
        "included": attachment.content is not None,
    }


def _as_text(item: Letter | Refused, name: str, language: str) -> str:
    output = io.StringIO()
    output.write(f"{_printable(name)}\n")
    if isinstance(item, Refused):
        output.write(f"  {sentence_of(item, language)}")
        return output.getvalue()
    output.write(f"  {item.type} {item.version} {item.letter_id} {item.status}\n")
    output.write(f"  {item.sender.name} → {item.receiver.name}\n")
    if item.person:
        output.write(f"  {item.person.name} {item.person.identifier}\n")
    for text in (item.subject, item.referral_text, item.clinical_text):
        if text:
            output.write("".join(f"    {line}\n" for line in text.split("\n")))
    output.writelines(f"  ! {sentence_of(remark, language)}\n" for remark in item.warnings)
    return output.getvalue().rstrip("\n")
