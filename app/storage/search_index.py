"""What the search index asks of a connection: how a name sounds, as a function that SQL can call.

The index is filled by triggers on the table of people, so nobody can write a person past it: not a use case, not
synchronising. The triggers call the functions below; every connection of the store has them.
"""

from typing import Any, Final

from app.domain.sounds import sound_keys, words_of

FOREIGN_KEYBOARD: Final = str.maketrans({"ø": "o", "å": "a", "æ": "a"})


def install_search(connection: Any) -> None:
    """Give a connection of the driver the functions that the triggers call."""
    connection.create_function("pusterum_words", 1, _words, deterministic=True)
    connection.create_function("pusterum_sounds", 1, _sounds, deterministic=True)


def forget_words(connection: Any) -> None:
    """Write the index of people anew without the words of who is gone, and of what somebody was called before.

    Until then these stand in its old parts, though no search finds them. The caller commits.
    """
    connection.execute("INSERT INTO person_index (person_index) VALUES ('optimize')")


def _words(names: str | None) -> str:
    """Return the words, and once more as somebody types them whose keyboard has no Danish letters."""
    words = words_of(names or "")
    foreign = [word.translate(FOREIGN_KEYBOARD) for word in words]
    return " ".join([*words, *(word for word in foreign if word not in words)])


def _sounds(names: str | None) -> str:
    return " ".join(sorted(sound_keys(names or "")))
