"""The words of a statement that goes through all rows of one person: those that turned out to be the same."""

from typing import Final

OF_THE_SAME: Final = """
  UNION SELECT person.merged_into_id FROM own JOIN person ON person.id = own.id WHERE person.merged_into_id IS NOT NULL
  UNION SELECT person.id FROM own JOIN person ON person.merged_into_id = own.id
"""
"""What follows the first rows of `own`: from each to the one that it was merged into, and to those merged into it."""

ROWS_OF_EACH: Final = f"WITH RECURSIVE own(id) AS (SELECT value FROM json_each(:people) {OF_THE_SAME})"  # noqa: S608 - made of constants
"""The beginning of a statement about these `people`: `own` are all rows that are theirs, whichever are asked for."""

ROWS_OF_ONE: Final = f"WITH RECURSIVE own(id) AS (SELECT :person {OF_THE_SAME})"
"""The same about one `person`."""

WHOM_ENROLLED: Final = f"(WITH RECURSIVE own(id) AS (SELECT enrolment.person_id {OF_THE_SAME}) SELECT min(id) FROM own)"  # noqa: S608 - made of constants
"""Whom an `enrolment` is of, for counting: the same for all rows of one person."""
