"""Sentences for what a letter is, what it is to others, and how sure it is whom it is about."""

from app.domain.incoming import Match, Relation
from app.exchange.medcom import kinds
from app.i18n import _, format_day, language, newer_word
from app.storage.queries.inbox import ShownCandidate, ShownRelation


def kind_word(type_code: str) -> str:
    """Return the kind of letter by name, with a capital; what does not say what it is is a file."""
    if not type_code:
        return _("A file")
    name = kinds.name_of(type_code, language())
    return name[:1].upper() + name[1:]


def state_word(state: str) -> tuple[str, str]:
    """Return the word for a letter's state, and the tone of its badge."""
    return {
        "new": (_("New"), "accent"),
        "referral_made": (_("Referral made"), "success"),
        "attached": (_("On the person's page"), "success"),
        "not_for_us": (_("Not for us"), "neutral"),
        "unreadable": (_("Cannot be read"), "amber"),
        "done": (_("Done"), "neutral"),
    }.get(state, (newer_word(state), "neutral"))


def party_kind_word(id_type: str) -> str:
    """Return what kind of number identifies a sender or receiver."""
    return {
        "ydernummer": _("provider number"),
        "sygehusafdelingsnummer": _("hospital department number"),
        "lokationsnummer": _("location number"),
        "sorkode": _("SOR code"),
        "kommunenummer": _("municipality number"),
    }.get(id_type) or newer_word(id_type)


def relation_sentence(relation: ShownRelation) -> str:
    """Return what the letter is to another one."""
    day = format_day(relation.received_at)
    sentence = {
        Relation.SAME_LETTER: _("The same letter came on {day} in the file {file}."),
        Relation.SAME_NUMBER_OTHER_CONTENT: _(
            "A letter with the same number but other words came on {day} in the file {file}. Compare the two."
        ),
        Relation.SAME_THREAD: _(
            "This belongs to the same correspondence as the letter that came on {day} in the file {file}."
        ),
        Relation.SAME_ENVELOPE: _("Another letter came under the same envelope number on {day} in the file {file}."),
        Relation.CORRECTS: _("This letter corrects the one that came on {day} in the file {file}."),
        Relation.CORRECTED_BY: _(
            "This letter has been corrected. The one that holds came on {day} in the file {file}."
        ),
    }[relation.relation]
    return sentence.format(day=day, file=relation.file_name)


def match_sentence(candidate: ShownCandidate) -> str:
    """Return why somebody may be the one, and what doubt there is."""
    return {
        Match.SAME_NUMBER: _("The same number and name."),
        Match.SAME_NUMBER_OTHER_NAME: _("The same number, but another name. Make sure it is the same person."),
        Match.SAME_NAME_AND_BIRTH_DATE: _("The same name and day of birth, but no number to be sure by."),
        Match.SAME_NAME: _("The same name. Nothing else says that it is the same person."),
        Match.SIMILAR_NAME: _("A name like it and the same day of birth."),
    }[candidate.match]
