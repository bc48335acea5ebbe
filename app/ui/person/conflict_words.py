"""What a card of two values says: the values in words, whose they are, and what cannot be chosen here."""

from dataclasses import replace
from typing import Final

from app.i18n import _, format_day, format_moment
from app.storage.column_kinds import ColumnKind, as_value
from app.storage.queries.conflicts import ConflictCard, TwoValues
from app.storage.queries.row_names import RowName
from app.ui.record_words import code_word, codes, value_word
from app.ui.words import entity_word, field_word

_OF_THE_PROGRAM: Final = frozenset(
    {"task_key", "content", "file_hash", "text_hash", "envelope_id", "letter_id", "letter_number", "care_id"}
)
"""Fields that the program alone reads: keys, sums, the bytes of a letter."""
_WHY_UNREADABLE: Final = ("incoming_message", "reason")
_MADE_BY_THE_PROGRAM: Final = frozenset(
    {
        ("person", "identifier_kind"),
        ("person", "restricted_on"),
        ("person", "anonymised_on"),
        ("referral", "sender_identifier_kind"),
        ("outgoing_message", "state"),
        ("outgoing_message", "type"),
        ("incoming_message", "state"),
        ("incoming_message", "type"),
        ("course", "state"),
        ("session", "state"),
        ("session", "number"),
        ("place_cycle", "state"),
        ("place_cycle", "number"),
        ("place_cycle_step", "step"),
        ("place_cycle_step", "number"),
    }
)
"""What follows from something else or is decided elsewhere: one of the two is right, and nobody writes a third."""


_CALLED_BY_CODE: Final = {"measurement": "kind", "handout": "product", "consent": "kind"}
"""Entity whose rows are called by what they are of -> its field that says so in a code."""


def heading_words(card: ConflictCard) -> str:
    """Return which field of what the card is about: "Enrolment, Café: Closed on"; no word stands there twice."""
    about, field = subject_words(card), field_word(card.field)
    if field == entity_word(card.entity):
        return about
    return _("{entity}: {field}").format(entity=about, field=field)


def subject_words(card: ConflictCard) -> str:
    """Return what the card is about: "Enrolment, Café"."""
    # A receipt lists the kinds of rows that have a word, and none that only the program knows.
    entity = {
        "place_cycle": _("Round at the place"),
        "place_cycle_step": _("Step of the round"),
        "incoming_message": _("Electronic letter"),
    }.get(card.entity) or entity_word(card.entity)
    coded = _CALLED_BY_CODE.get(card.entity)
    name = (code_word(card.entity, coded, card.about.name) or "") if coded else card.about.name
    about = row_words(replace(card.about, name=name))
    return f"{entity}, {about}" if about else entity


def row_words(row: RowName) -> str:
    """Return what a row is called, by its name and its day."""
    return ", ".join(part for part in (row.name, format_day(row.on) if row.on is not None else "") if part)


def value_words(card: TwoValues, text: str | None, row: RowName | None) -> str:
    """Return one of a card's two values as one reads it; `row` is what the row is called that it names."""
    if card.field == "merged_into_id":
        if not text:
            return _("Not joined")
        return _("Joined with {name}").format(name=row_words(row) if row is not None else _("somebody"))
    if text is None or (not text and card.kind is not ColumnKind.TEXT):
        return _("(empty)")
    if card.kind is ColumnKind.ROW:
        return _row(row)
    if card.kind is ColumnKind.UNKNOWN:
        return _unknown()
    if _is_of_the_program(card):
        return _("(only the program reads this)") if text else _("(empty)")
    if card.kind is ColumnKind.TEXT:
        said = code_word(card.entity, card.field, text)
        return _unknown() if said is None else said or _("(empty)")
    try:
        value = as_value(card.kind, text)
    except ValueError:
        return _unknown()
    if card.kind is ColumnKind.DAY:
        return format_day(value)
    if card.kind is ColumnKind.MOMENT:
        return format_moment(value)
    if card.kind is ColumnKind.LIST and not isinstance(value, dict):
        # Of what joining took over a word stands before the row that it is about.
        words = dict.fromkeys(field_word(str(one).partition(":")[0]) for one in value)
        return ", ".join(words) or _("(empty)")
    return value_word(card.entity, card.field, value) or _("(empty)")


def _row(row: RowName | None) -> str:
    if row is None:
        return _("(not on this laptop)")
    return row_words(row) or _("(has no name)")


def _is_of_the_program(card: TwoValues) -> bool:
    return card.field in _OF_THE_PROGRAM or (card.entity, card.field) == _WHY_UNREADABLE


def _unknown() -> str:
    return _("(this version does not know it)")


def third_kind(card: ConflictCard) -> ColumnKind | None:
    """Return what a third value would be, None where none can be written: one of the two it is then."""
    if not card.can_take or _is_of_the_program(card) or (card.entity, card.field) in _MADE_BY_THE_PROGRAM:
        return None
    if card.kind is ColumnKind.TEXT and codes(card.entity, card.field) and not third_offers(card):
        return None
    return card.kind if card.kind in (ColumnKind.TEXT, ColumnKind.DAY, ColumnKind.WHOLE, ColumnKind.NUMBER) else None


def third_offers(card: ConflictCard) -> list[tuple[str, str]]:
    """Return the codes that neither value is, with their words; none where the field holds no codes."""
    both = (card.standing, card.contender)
    offers = [(code, code_word(card.entity, card.field, code)) for code in codes(card.entity, card.field)]
    return [(code, word) for code, word in offers if word and code not in both]


def late_words(card: ConflictCard, *, is_of_person: bool) -> str:
    """Say that what somebody recorded came when they had no access any more, and that it was taken."""
    name = card.contender_by or _("A colleague")
    if is_of_person:
        return _(
            "What {name} recorded about this person came after their access had ended. It was taken, so that nothing is"
            " lost. Look through the latest entries."
        ).format(name=name)
    return _(
        "What {name} recorded came after their access had ended: {what}. It was taken, so that nothing is lost."
    ).format(name=name, what=subject_words(card))


def both_ways_words(card: ConflictCard) -> str:
    """Say what happened where two laptops joined the same two people the opposite way round."""
    return _(
        "{name} joined the same two the other way round. The first joining stands, and nothing is lost: both are one"
        " person, with everything that was recorded of either."
    ).format(name=card.contender_by or _("A colleague"))


def gone_words(card: ConflictCard) -> str:
    """Say that what somebody changed was deleted meanwhile, and what they wrote."""
    value = value_words(card, card.contender, card.contender_row)
    return _(
        "{name} changed this after it had been deleted, and wrote: {value}. It stays deleted; where it is needed,"
        " record it anew."
    ).format(name=card.contender_by or _("A colleague"), value=value)


def deleted_words(card: ConflictCard) -> str:
    """Say that somebody deleted what another had changed, and that it was kept."""
    return _(
        "{name} deleted this without knowing that it had been changed. It was kept, so that nothing is lost."
    ).format(name=card.contender_by or _("A colleague"))


def corrected_twice_words(card: ConflictCard) -> str:
    """Say that two corrected the same without knowing of each other, which of them counts, and what each wrote."""
    if card.standing_by and card.contender_by and card.standing_by != card.contender_by:
        first = _("{first} and {second} each corrected this without knowing of the other.").format(
            first=card.standing_by, second=card.contender_by
        )
    else:
        first = _("This was corrected on two laptops that did not know of each other.")
    lines = [
        _("{field}: {counts} counts, {other} came later.").format(
            field=field_word(one.field),
            counts=value_words(one, one.standing, one.standing_row),
            other=value_words(one, one.contender, one.contender_row),
        )
        for one in card.differing
    ]
    last = _(
        "The one that arrived first counts, and both stay in the history. Is the other right? Correct it once more."
    )
    return "\n".join((first, *lines, last))
