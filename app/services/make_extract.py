"""The papers that a citizen can ask for: everything we hold about them, and who looked at it."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.documents.record_pages import RecordDocument, Section
from app.exchange.medcom.letter import Letter
from app.i18n import _, format_moment, format_number, language, newer_word, ngettext
from app.models.letter import IncomingMessage
from app.services.open_message import letter_of
from app.storage.engine import Reading
from app.storage.queries.extract import AccessLine, PersonExtract, person_extract, shown_fields


def action_word(action: str) -> str:
    """Return what somebody did, as the access log says it to people."""
    return {
        "view": _("Seen"),
        "search": _("Searched"),
        "create": _("Registered"),
        "edit": _("Changed"),
        "print": _("Printed"),
        "export": _("Given out"),
    }.get(action) or newer_word(action)


@dataclass(frozen=True, slots=True)
class Words:
    """How kinds of rows, fields and values are called on the paper."""

    entity: Callable[[str], str]
    field: Callable[[str], str]
    value: Callable[[str, str, Any], str]
    """Of an entity, a field and its value."""


def extract_of(reading: Reading, person_id: str, *, with_names: bool) -> PersonExtract | None:
    """Return everything about a person, letters that came in with what they say; None where nobody such is here."""
    found = person_extract(reading, person_id, with_names=with_names)
    if found is None or "incoming_message" not in found.rows:
        return found
    told = tuple({**row, "text": _letter_text(reading, str(row["id"]))} for row in found.rows["incoming_message"])
    return replace(found, rows={**found.rows, "incoming_message": told})


def _letter_text(reading: Reading, message_id: str) -> str:
    letter = letter_of(reading, reading.get_one(IncomingMessage, message_id))
    if not isinstance(letter, Letter):
        return ""
    other = (f"{name}: {text}" for name, text in letter.other)
    return "\n\n".join(part for part in (letter.referral_text, letter.clinical_text, *other) if part)


def extract_json(extract: PersonExtract, words: Words) -> bytes:
    """Return everything as JSON: kinds of rows by name, each with its rows, and the access log.

    A field has its value as it is stored, and where it tells somebody something the words for both beside it.
    """
    content = {
        "person_id": extract.person_id,
        "name": extract.name,
        "language": language(),
        "records": {
            entity: {"title": words.entity(entity), "rows": [_told(entity, row, words, extract.names) for row in rows]}
            for entity, rows in extract.rows.items()
        },
        "access_log": [
            {"at": line.at.isoformat(), "action": line.action, "what": line.what, "user": line.user}
            for line in extract.accesses
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def extract_paper(extract: PersonExtract, words: Words) -> RecordDocument:
    """Return everything as a paper that can be read, yet to be drawn: one section a kind of row."""
    sections = []
    for entity, rows in extract.rows.items():
        lines: list[tuple[str, str]] = []
        for number, row in enumerate(rows):
            if number:
                lines.append(("", ""))
            for name, value in shown_fields(row, extract.names).items():
                lines += _lines(entity, row, name, extract.names.get(str(value), value), words)
        if lines:
            sections.append(Section(words.entity(entity), lines))
    lead = ngettext(
        "Everything that is recorded about {name}: {n} record.",
        "Everything that is recorded about {name}: {n} records.",
        extract.count,
    ).format(name=extract.name, n=format_number(extract.count))
    return RecordDocument(
        title=_("Extract of your data"), lead=lead, sections=sections, foot="Pusterum", language=language()
    )


def access_paper(name: str, accesses: Iterable[AccessLine], words: Words) -> RecordDocument:
    """Return who looked at somebody's data, as a paper yet to be drawn; without names where the lines carry none."""
    lines = [
        (
            format_moment(line.at),
            " · ".join(part for part in (action_word(line.action), _kinds(line.what, words), line.user) if part),
        )
        for line in accesses
    ]
    lead = ngettext(
        "Who looked at the data of {name}: {n} entry.", "Who looked at the data of {name}: {n} entries.", len(lines)
    ).format(name=name, n=format_number(len(lines)))
    return RecordDocument(
        title=_("Use of your data"),
        lead=lead,
        sections=[Section(_("The newest first"), lines)] if lines else [],
        foot="Pusterum",
        language=language(),
    )


def _kinds(what: str, words: Words) -> str:
    """Return in words what the access log says was seen, changed or given out.

    That is the kinds of rows of a change, or the name of a paper, of reports or of a message that came in, each of
    which may say more behind it.
    """
    kind, _colon, which = what.partition(": ")
    if kind == "paper":
        return paper_word(which)
    if kind == "message" and which:
        return words.entity("message")
    if kind.split(" ")[0] == "reports":
        return words.entity("report")
    return ", ".join(words.entity(part.strip()) for part in what.split(",") if part.strip())


def paper_word(paper: str) -> str:
    """Return what a paper is called when one says that it was seen, printed or saved."""
    return {
        "plan": _("Paper: plan for smoking less"),
        "nrt_card": _("Paper: card for the nicotine medicine"),
        "appointment": _("Paper: appointment"),
        "months": _("Paper: what the months brought"),
        "vouchers": _("Paper: vouchers"),
        "handouts": _("Paper: list of what was handed out"),
        "attendance": _("Paper: attendance list"),
        "session_handouts": _("Paper: list of what was handed out"),
        "place_handouts": _("Paper: list of what was handed out"),
        "poster": _("Poster"),
        "letter": _("Paper: letter"),
        "typing": _("Paper: to be typed into STOPbasen"),
        "diploma": _("Paper: diploma"),
    }.get(paper) or newer_word(paper)


def _lines(entity: str, row: Mapping[str, Any], name: str, value: Any, words: Words) -> list[tuple[str, str]]:
    """Return a field as lines of the paper: a form has one for each question."""
    if not isinstance(value, Mapping):
        return [(words.field(name), words.value(*_read_by(entity, row, name), value))]
    answers = [words.value(entity, name, {question: said}) for question, said in value.items()]
    return [(words.field(name) if number == 0 else "", answer) for number, answer in enumerate(answers)]


def _read_by(entity: str, row: Mapping[str, Any], name: str) -> tuple[str, str]:
    """Return as which field of which kind of row a value is read.

    That of a measurement is read by what was measured, for a price is money; what was corrected, or written twice, as
    it stood.
    """
    if entity == "measurement" and name == "value":
        return entity, str(row.get("kind", name))
    if entity == "correction" and name in ("old_value", "new_value"):
        return str(row.get("subject_entity", entity)), str(row.get("field", name))
    if entity == "conflict" and name in ("standing_value", "contender_value"):
        return str(row.get("entity", entity)), str(row.get("field", name))
    if entity == "value_history" and name in ("before", "after"):
        return str(row["entity"]), str(row["field"])
    if entity == "session_draft":
        return ("handout", "product") if name == "handout" else ("attendance", name)
    return entity, name


def _told(entity: str, row: Mapping[str, Any], words: Words, names: Mapping[str, str]) -> dict[str, Any]:
    shown = shown_fields(row, names)
    return {
        name: {
            "value": value,
            "field": words.field(name),
            "words": words.value(*_read_by(entity, row, name), names.get(str(value), value)),
        }
        if name in shown
        else {"value": value}
        for name, value in row.items()
    }
