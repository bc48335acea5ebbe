"""The access log's chain: whatever is changed, removed, inserted, swapped or cut off is named by its place."""

from dataclasses import replace

import pytest

from app.domain.access_chain import BEGINNING, AccessEntry, Action, BrokenPlace, Fault, broken_places, hash_of


def chain(length: int, *, what: str = "person") -> list[AccessEntry]:
    """Return a whole chain of so many entries."""
    made: list[AccessEntry] = []
    before = BEGINNING
    for number in range(1, length + 1):
        entry = AccessEntry(
            device_id="laptop",
            number=number,
            at=f"2026-11-23T10:{number:02d}:00+00:00",
            user_id="mette",
            action=Action.VIEW,
            subject_id=f"person-{number}",
            what=what,
            reason="",
            previous=before,
        )
        made.append(replace(entry, hash=hash_of(entry)))
        before = made[-1].hash
    return made


def test_a_whole_chain_has_no_broken_place_in_whatever_order_it_is_read() -> None:
    entries = chain(5)
    assert broken_places(reversed(entries), head=(5, entries[-1].hash)) == ()
    assert broken_places(entries) == ()
    assert broken_places([], head=(0, BEGINNING)) == ()


@pytest.mark.parametrize("field", ["at", "user_id", "what", "reason", "subject_id", "action"])
def test_an_entry_whose_words_were_changed_is_named(field: str) -> None:
    entries = chain(4)
    entries[1] = replace(entries[1], **{field: "something else"})
    assert broken_places(entries) == (BrokenPlace(2, Fault.CHANGED),)


def test_every_removed_entry_is_named_once() -> None:
    entries = chain(6)
    assert broken_places([entries[0], entries[3], *entries[4:]]) == (
        BrokenPlace(2, Fault.MISSING),
        BrokenPlace(3, Fault.MISSING),
    )


def test_an_entry_put_in_twice_is_named() -> None:
    entries = chain(3)
    assert broken_places([*entries, entries[1]]) == (BrokenPlace(2, Fault.DOUBLED),)


def test_an_entry_written_anew_no_longer_hangs_on_the_one_before_it() -> None:
    entries, others = chain(3), chain(3, what="session")
    assert broken_places([entries[0], others[1], others[2]]) == (BrokenPlace(2, Fault.UNLINKED),)


def test_entries_cut_off_at_the_end_are_missing_where_the_head_is_kept_elsewhere() -> None:
    entries = chain(4)
    kept = (4, entries[-1].hash)
    assert broken_places(entries[:2], head=kept) == (BrokenPlace(3, Fault.MISSING), BrokenPlace(4, Fault.MISSING))
    assert broken_places([], head=(1, entries[0].hash)) == (BrokenPlace(1, Fault.MISSING),)


def test_a_chain_written_anew_as_a_whole_does_not_end_in_the_head() -> None:
    others = chain(3, what="session")
    assert broken_places(others, head=(3, chain(3)[-1].hash)) == (BrokenPlace(3, Fault.CHANGED),)


def test_a_head_that_is_older_than_the_chain_says_nothing_against_it() -> None:
    entries = chain(3)
    assert broken_places(entries, head=(2, entries[1].hash)) == ()
