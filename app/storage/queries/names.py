"""What a person is called on a screen."""

from app.models.person import Person


def shown_name(person: Person) -> str:
    """Return the full name, with the nickname in quotes behind it where both are known."""
    full = f"{person.given_name} {person.family_name}".strip()
    if full and person.nickname and person.nickname != full:
        return f"{full} “{person.nickname}”"
    return full or person.nickname


def diploma_name(person: Person) -> str:
    """Return the name for a diploma: the full name where there is one, else what they are called."""
    return f"{person.given_name} {person.family_name}".strip() or person.nickname
