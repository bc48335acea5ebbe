"""The coordinator's rules: take the presets, and change a programme as a new version from a date.

A version is never changed once courses may have begun under it: the old one ends the day before, old courses keep it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select

from app.domain.programmes import (
    FIXED,
    OWN_DECISION,
    Programme,
    Rule,
    RuleValue,
    check_value,
    closed_before,
    presets,
    programme_from_rules,
    rule_to_row,
    rules_to_add,
)
from app.errors import RuleRefusal
from app.ids import natural_id, new_id
from app.models.local import Device
from app.models.organisation import DayOff, ProgrammeVersion
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

LONGEST_SOURCE = 200
LONGEST_DAY_NAME = 120


def take_presets(keys: tuple[str, ...], *, work: UnitOfWork) -> ChangeSet:
    """Take presets as the cooperation's own programmes; those that it has already are left alone.

    The key of the row follows from cooperation and preset, so that two coordinators who both take it make one row.
    Raises RuleRefusal "coordinator-only" or "no-such-programme".
    """
    device = _coordinator(work)
    there = set(work.session.scalars(select(ProgrammeVersion.key)))
    for key in keys:
        preset = presets().get(key)
        if preset is None:
            raise RuleRefusal("no-such-programme")
        if key not in there:
            work.session.add(
                ProgrammeVersion(
                    id=natural_id("programme_version", device.cooperation_id, key),
                    key=key,
                    name=preset.name,
                    valid_from=preset.valid_from,
                    valid_to=preset.valid_to,
                    rules={name: rule_to_row(rule) for name, rule in preset.rules.items()},
                )
            )
    return work.commit()


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """What a rule becomes; `source` is who decided it (a document's code or words), empty: the cooperation itself."""

    value: RuleValue
    source: str = ""
    paragraph: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class RemovedRule:
    """Why a rule is left out; `source` is who decided it, empty: the cooperation itself."""

    reason: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class ChangeProgramme:
    """Which version is followed by a new one, from when, and what differs; a rule not named stays as it is.

    A rule that the version lacks may be added where `rules_to_add` has it. `removed` rules are left out of the new
    version, which keeps who decided it and why.
    """

    version_id: str
    valid_from: date
    changed: Mapping[str, ChangedRule]
    removed: Mapping[str, RemovedRule] = field(default_factory=dict)


def change_programme(command: ChangeProgramme, *, work: UnitOfWork) -> str:
    """Make the new version, end the old one the day before, and return the new one's id.

    Raises RuleRefusal: "coordinator-only", "no-such-programme", "nothing-changed", "version-not-after" (the new one
    must begin after the old one did), "version-superseded" (a later version is there already), "no-such-rule",
    "rule-value-kind", "rule-value-range", "rule-fixed", or "reason-missing" for a rule that is left out without one.
    """
    _coordinator(work)
    old = work.session.get(ProgrammeVersion, command.version_id)
    if old is None:
        raise RuleRefusal("no-such-programme")
    if not command.changed and not command.removed:
        raise RuleRefusal("nothing-changed")
    for key in (*command.changed, *command.removed):
        if key in FIXED:
            raise RuleRefusal("rule-fixed", field=key)
    for key, removed in command.removed.items():
        if not removed.reason.strip():
            raise RuleRefusal("reason-missing", field=key)
    if command.valid_from <= old.valid_from:
        raise RuleRefusal("version-not-after", field="valid_from", day=old.valid_from)
    later = work.session.scalars(
        select(ProgrammeVersion.valid_from).where(
            ProgrammeVersion.key == old.key, ProgrammeVersion.valid_from > old.valid_from
        )
    ).first()
    if later is not None:
        raise RuleRefusal("version-superseded", day=later)
    before = programme_from_rules(old.rules)
    rules = {key: rule for key, rule in before.rules.items() if key not in command.removed}
    for key, change in command.changed.items():
        rules[key] = _changed_rule(before, key, change, valid_from=command.valid_from)
    new = ProgrammeVersion(
        id=new_id(work.clock),
        key=old.key,
        name=old.name,
        valid_from=command.valid_from,
        valid_to=None,
        rules={key: rule_to_row(rule) for key, rule in rules.items()},
        # What was left out before stays so, until somebody takes it in again.
        removed={key: said for key, said in (old.removed or {}).items() if key not in rules}
        | {
            key: {
                "source": removed.source.strip()[:LONGEST_SOURCE] or OWN_DECISION,
                "reason": " ".join(removed.reason.split()),
            }
            for key, removed in command.removed.items()
            if before.has(key)
        },
    )
    work.session.add(new)
    if old.valid_to is None or old.valid_to >= command.valid_from:
        old.valid_to = closed_before(command.valid_from)
    work.commit()
    return new.id


@dataclass(frozen=True, slots=True)
class AddDayOff:
    """A day on which nobody works: one day, or "MM-DD" of every year; without a municipality for all of them."""

    name: str
    day: date | None = None
    every_year: str = ""
    municipality_id: str | None = None


def add_day_off(command: AddDayOff, *, work: UnitOfWork) -> ChangeSet:
    """Add a day off, once; the same name again changes nothing.

    Raises RuleRefusal "coordinator-only", or with the field "day-off-needs-name", "name-too-long", "day-off-needs-day"
    or "day-off-there" for a day that is one already by another name.
    """
    _coordinator(work)
    name = " ".join(command.name.split())
    if not name:
        raise RuleRefusal("day-off-needs-name", field="name")
    if len(name) > LONGEST_DAY_NAME:
        raise RuleRefusal("name-too-long", field="name", longest=LONGEST_DAY_NAME)
    every_year = "" if command.day is not None else _yearly(command.every_year)
    if command.day is None and not every_year:
        raise RuleRefusal("day-off-needs-day", field="day")
    said = command.day.isoformat() if command.day is not None else every_year
    key = natural_id("day_off", command.municipality_id or "", said)
    there = work.session.get(DayOff, key)
    if there is not None and there.name != name:
        raise RuleRefusal("day-off-there", field="day", name=there.name)
    if there is None:
        work.session.add(
            DayOff(
                id=key,
                municipality_id=command.municipality_id,
                day=command.day,
                every_year=every_year,
                name=name,
            )
        )
    return work.commit()


def remove_day_off(day_off_id: str, *, work: UnitOfWork) -> ChangeSet:
    """Take a day off away again. Raises RuleRefusal "coordinator-only"."""
    _coordinator(work)
    row = work.session.get(DayOff, day_off_id)
    if row is not None:
        work.session.delete(row)
    return work.commit()


def _changed_rule(before: Programme, key: str, change: ChangedRule, *, valid_from: date) -> Rule:
    old = before.rule(key) or rules_to_add().get(key)
    if old is None:
        raise RuleRefusal("no-such-rule", field=key)
    return replace(
        old,
        value=check_value(old, change.value),
        source=change.source.strip()[:LONGEST_SOURCE] or OWN_DECISION,
        paragraph=change.paragraph.strip(),
        note=change.note.strip(),
        valid_from=valid_from,
        valid_to=None,
    )


def _yearly(said: str) -> str:
    """Return "MM-DD" where it is a day of some year, empty otherwise."""
    try:
        date.fromisoformat(f"2024-{said}")
    except ValueError:
        return ""
    return said


def _coordinator(work: UnitOfWork) -> Device:
    device = work.session.scalars(select(Device)).first()
    if device is None or device.role != "coordinator":
        raise RuleRefusal("coordinator-only")
    return device
