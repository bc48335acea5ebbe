"""Who may not write, and about whom nothing may be written: one place refuses, whatever the use case.

Data whose use is restricted (GDPR article 18) are kept and not worked with. An auditor looks on and records nothing.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy.orm import Session

from app.domain.roles import Right, may
from app.errors import RuleRefusal
from app.storage.listed import listed
from app.storage.one_person import ROWS_OF_EACH

# Every commit asks it, so it is not put together anew each time. From each row it goes to the one that it was merged
# into and to those that were merged into it: whichever row says so, the person is meant. A cross join is SQLite's word
# for this order: it would look through all who are restricted, merged or dead, who grow with the years.
_RESTRICTED: Final = f"""
{ROWS_OF_EACH}
SELECT 1 FROM own CROSS JOIN person ON person.id = own.id
WHERE person.restricted_on IS NOT NULL AND person.anonymised_on IS NULL LIMIT 1
"""  # noqa: S608 - made of constants


def refuse_restricted(session: Session, person_ids: Collection[str | None]) -> None:
    """Raise RuleRefusal("person-restricted") where one of these people's data may only be kept, by any of their rows.

    A row that was made anonymous is nobody's any more: it cannot be lifted, and restricts none of the others.
    """
    wanted = [person_id for person_id in person_ids if person_id is not None]
    if wanted and session.connection().exec_driver_sql(_RESTRICTED, {"people": listed(wanted)}).first() is not None:
        raise RuleRefusal("person-restricted")


def refuse_onlookers(session: Session) -> None:
    """Raise RuleRefusal("not-your-right") where the laptop is that of somebody who records nothing."""
    role = session.connection().exec_driver_sql("SELECT role FROM device").scalar()
    if role is not None and not may(role, Right.WRITE_RECORDS):
        raise RuleRefusal("not-your-right", right=Right.WRITE_RECORDS.value)
