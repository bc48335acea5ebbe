"""Programmes: what each rule says, since when and who says so; the coordinator changes them as a new version."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.clock import today
from app.domain.programmes import FIXED, Programme, Rule, presets, rules_to_add
from app.domain.rules import SECTIONS
from app.error_text import document_name, sentence_for
from app.errors import RuleRefusal
from app.i18n import _, format_day, language, ngettext
from app.services.change_programme import (
    AddDayOff,
    ChangedRule,
    ChangeProgramme,
    RemovedRule,
    add_day_off,
    change_programme,
    remove_day_off,
    take_presets,
)
from app.storage.queries.programmes import DayOffRow, ProgrammesPage, VersionRow, programmes_page
from app.ui.desk import Desk
from app.ui.programmes.notes import note_word
from app.ui.programmes.values import read, written
from app.ui.programmes.values import shown as value_shown
from app.ui.programmes.words import rule_word, section_of, section_word, unit_word
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    ChoiceField,
    DayField,
    EmptyState,
    Field,
    FilledPage,
    Flow,
    Form,
    IconButton,
    PageHeader,
    RebuiltPage,
    across_or_down,
    button,
    fill_anew,
    fits,
    is_large_text,
    label,
    search_field,
    tip,
)

_A_PIECE = 4
"""Rules that are shown before the window answers again."""


@dataclass(frozen=True, slots=True)
class _RuleLine:
    """A rule as it is shown: the card of its section, what it is found by, and what to hide."""

    card: Card
    texts: tuple[str, ...]
    widgets: tuple[QWidget, ...]


class ProgrammesView(RebuiltPage):
    """One version at a time, its rules by section; changes are gathered and saved together from a date."""

    _from: DayField

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.tasks, parent, name="programmes")
        self._desk = desk
        self._found: ProgrammesPage | None = None
        self._version_id = ""
        self._shown_id = ""
        self._changed: dict[str, ChangedRule] = {}
        self._removed: dict[str, RemovedRule] = {}
        self._lines: list[_RuleLine] = []
        self._search = search_field(_("Search for a rule"), name="rules-search", on_change=self._filter)
        self._search.setParent(self)
        self._search.hide()
        self._nothing = label(_("Nothing in this list fits."), type="soft", name="rules-nothing-fits", parent=self)
        self._nothing.hide()
        self._bar = QWidget()
        self._bar.setObjectName("programme-changes")
        self._bar_line = QHBoxLayout(self._bar)
        room = current_metrics().space_4
        self._bar_line.setContentsMargins(room, room // 2, room, room // 2)
        self.below.addWidget(self._bar)
        self._bar.hide()

    def refresh(self) -> None:
        """Read the programmes anew; changes that are not saved yet stay."""
        on = today(self._desk.clock)
        self._desk.ask(lambda reading: programmes_page(reading, today=on), on_done=self._show)

    def _show(self, found: ProgrammesPage) -> None:
        self._found = found
        ids = [row.programme.id for row in found.versions]
        if self._version_id not in ids:
            in_force = [row.programme.id for row in found.versions if row.is_in_force]
            self._version_id = (in_force or ids or [""])[0]
        self._draw()

    def _draw(self) -> None:
        found = self._found
        if found is not None:
            self.show_anew(partial(self._fill, found))
            self._draw_bar()

    def _fill(self, found: ProgrammesPage, page: FilledPage) -> Iterator[None]:
        page.body.addWidget(
            PageHeader(
                _("Programmes"),
                _("What each document asks for. A course keeps the version that it began under."),
            )
        )
        row = next((row for row in found.versions if row.programme.id == self._version_id), None)
        if found.untaken:
            page.body.addWidget(self._untaken(found))
        if row is not None:
            page.body.addWidget(self._choice(found, row))
        page.form_place(page.body)
        searching = QVBoxLayout()
        searching.setSpacing(page.body.spacing())
        page.body.addLayout(searching)
        yield
        lines: list[_RuleLine] = []
        if row is not None:
            added = [rules_to_add()[key] for key in self._changed if not row.programme.has(key)]
            for section in SECTIONS:
                known = (*row.programme.rules.values(), *added)
                rules = [rule for rule in known if section_of(rule.key) == section]
                if rules:
                    card = Card(name=f"rules-{section}")
                    page.body.addWidget(card)
                    yield from self._fill_section(card, section, rules, row, lines)
            if row.removed:
                page.body.addWidget(self._left_out(row))
        elif not found.untaken:
            page.body.addWidget(
                EmptyState(
                    "books", _("No programmes yet"), _("The coordinator takes them here."), name="programmes-empty"
                )
            )
        page.body.addWidget(self._days_off(found))
        # Only now: these stand on the page before until this one is shown.
        for widget in (self._search, self._nothing):
            page.take_along(widget, searching)
        self._lines = lines
        self._shown_id = "" if row is None else row.programme.id
        self._search.setVisible(row is not None)
        self._nothing.hide()
        if self._search.text():
            # Otherwise every line is in sight anyway, and showing hundreds of widgets one by one takes its time.
            self._filter()

    def _filter(self) -> None:
        """Leave the rules in sight that fit, and the sections that still have one."""
        written = self._search.text()
        cards: dict[Card, bool] = {}
        for line in self._lines:
            is_shown = fits(written, line.texts)
            for widget in line.widgets:
                widget.setVisible(is_shown)
            cards[line.card] = cards.get(line.card, False) or is_shown
        for card, has_one in cards.items():
            card.setVisible(has_one)
        self._nothing.setVisible(bool(cards) and not any(cards.values()))

    def _untaken(self, found: ProgrammesPage) -> Card:
        card = Card(name="untaken-card")
        card.body.addWidget(label(_("Programmes to take"), type="heading"))
        for key in found.untaken:
            across = across_or_down()
            preset = presets()[key]
            words = QVBoxLayout()
            words.setSpacing(0)
            words.addWidget(label(_name(preset), type="strong"))
            words.addWidget(label(preset.title, type="caption"))
            across.addLayout(words, 1)
            if found.may_change:
                taking = button(_("Take it"), name=f"take-{key}", on_click=partial(self._take, (key,)))
                taking.setAccessibleName(_("Take {name}").format(name=_name(preset)))
                across.addWidget(taking)
            card.body.addLayout(across)
        if found.may_change and len(found.untaken) > 1:
            card.body.addWidget(
                button(
                    _("Take them all"),
                    name="take-all",
                    kind="primary",
                    on_click=partial(self._take, found.untaken),
                ),
                0,
                Qt.AlignmentFlag.AlignLeft,
            )
        return card

    def _choice(self, found: ProgrammesPage, row: VersionRow) -> Card:
        card = Card(name="version-card")
        offers = [(other.programme.id, _version_words(other)) for other in found.versions]
        choosing = ChoiceField(
            _("Programme and version"), name="programme-version", offers=offers, chosen=row.programme.id, as_box=True
        )
        choosing.changed.connect(partial(self._choose_another, choosing))
        card.body.addWidget(choosing)
        across = Flow(gap=current_metrics().space_2)
        if row.is_in_force:
            across.addWidget(Badge(_("In force"), tone="success"))
        across.addWidget(Badge(_validity(row.programme)))
        courses = ngettext("{n} course began under it", "{n} courses began under it", row.courses)
        across.addWidget(Badge(courses.format(n=row.courses)))
        card.body.addLayout(across)
        if found.may_change and row.is_newest:
            adding = button(_("Add a rule"), name="add-rule", shows="plus", on_click=partial(self._ask_which, row))
            card.body.addWidget(adding, 0, Qt.AlignmentFlag.AlignLeft)
        if not found.may_change:
            card.body.addWidget(label(_("Only a coordinator changes programmes."), type="caption"))
        elif not row.is_newest:
            card.body.addWidget(label(_("There is a newer version; that one can be changed."), type="caption"))
        return card

    def _fill_section(
        self, card: Card, section: str, rules: list[Rule], row: VersionRow, lines: list[_RuleLine]
    ) -> Iterator[None]:
        card.body.addWidget(label(section_word(section), type="heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(current_metrics().space_4)
        grid.setVerticalSpacing(current_metrics().space_3)
        for column in range(1 if is_large_text() else 3):
            grid.setColumnStretch(column, 1)
        card.body.addLayout(grid)
        may_change = self._found is not None and self._found.may_change and row.is_newest
        for line, rule in enumerate(rules):
            texts, widgets = self._add_rule(grid, line, rule, may_change=may_change)
            lines.append(_RuleLine(card, (section_word(section), *texts), widgets))
            if line % _A_PIECE == _A_PIECE - 1:
                yield
        yield

    def _add_rule(
        self, grid: QGridLayout, line: int, rule: Rule, *, may_change: bool
    ) -> tuple[tuple[str, ...], tuple[QWidget, ...]]:
        """Put a rule on a line of its section; return what it is found by, and its widgets."""
        shown = rule
        change = self._changed.get(rule.key)
        leaving = self._removed.get(rule.key)
        if change is not None:
            shown = replace(rule, value=change.value, source=change.source or "own", note=change.note, paragraph="")
        told = label(value_shown(shown), type="strong", name=f"value-{rule.key}")
        where = " · ".join(part for part in (document_name(shown.source), shown.paragraph) if part)
        valid = _("from {day}").format(day=format_day(shown.valid_from))
        said = label(f"{where} · {valid}" if change is None else f"{where} · " + _("not saved yet"), type="caption")
        if leaving is not None:
            said.setText(_("left out, not saved yet") + f" · {leaving.reason}")
        name = label(rule_word(rule.key), name=f"rule-{rule.key}")
        if shown.note:
            name.setToolTip(tip(note_word(shown.note)))
        top = Qt.AlignmentFlag.AlignTop
        tools: list[QWidget] = []
        if is_large_text():
            holder = QVBoxLayout()
            for widget in (name, told, said):
                holder.addWidget(widget)
            grid.addLayout(holder, line, 0)
        else:
            for column, widget in enumerate((name, told, said)):
                grid.addWidget(widget, line, column, top)
        if may_change and rule.key in FIXED:
            fixed = label(_("Fixed by the rules on consent"), type="caption", name=f"fixed-{rule.key}")
            fixed.setToolTip(tip(sentence_for(RuleRefusal("rule-fixed")).advice))
            grid.addWidget(fixed, line, 3, 1, 2, top)
            tools.append(fixed)
        elif may_change:
            changing = button(
                _("Change"), name=f"change-{rule.key}", kind="quiet", on_click=partial(self._change, rule)
            )
            changing.setAccessibleName(_("Change {rule}").format(rule=rule_word(rule.key)))
            grid.addWidget(changing, line, 3, top)
            tools.append(changing)
            removing = IconButton(
                "trash" if leaving is None else "arrow-counter-clockwise",
                (_("Leave out {rule}") if leaving is None else _("Keep {rule}")).format(rule=rule_word(rule.key)),
                name=f"remove-{rule.key}",
            )
            removing.clicked.connect(partial(self._leave_out, rule))
            grid.addWidget(removing, line, 4, top)
            tools.append(removing)
        return (name.text(), told.text(), said.text()), (name, told, said, *tools)

    def _left_out(self, row: VersionRow) -> Card:
        card = Card(name="rules-left-out")
        card.body.addWidget(label(_("Left out of this version"), type="heading"))
        for key, source, reason in row.removed:
            words = f"{rule_word(key)} · {reason}"
            card.body.addWidget(label(words, name=f"left-out-{key}"))
            card.body.addWidget(label(document_name(source), type="caption"))
        return card

    def _ask_which(self, row: VersionRow) -> None:
        """Ask which rule of another document is to hold here too."""
        if self._is_leaving:
            return
        lacking = {
            key: rule
            for key, rule in rules_to_add().items()
            if not row.programme.has(key) and key not in self._changed and key not in FIXED
        }
        ordered = sorted(lacking.values(), key=lambda rule: rule_word(rule.key).casefold())
        which = ChoiceField(
            _("Rule"),
            name="add-rule-which",
            offers=[(rule.key, f"{rule_word(rule.key)} ({document_name(rule.source)})") for rule in ordered],
            as_box=True,
        )
        form = Form(_("Add a rule"), name="add-rule-form", submit_text=_("Go on"), submit=lambda: None)
        form.add_row(rule=which)
        form.on_submit(lambda: self._change(lacking[which.value()]))
        self._show_form(form)

    def _leave_out(self, rule: Rule) -> None:
        """Ask who decided that a rule is left out and why; one that was left out and not saved is kept again."""
        if self._is_leaving:
            return
        if self._removed.pop(rule.key, None) is not None:
            self._draw()
            return
        if self._is_added(rule.key):
            del self._changed[rule.key]
            self._draw()
            return
        form = Form(
            _("Leave out {rule}").format(rule=rule_word(rule.key)),
            name="remove-rule",
            submit_text=_("Leave it out"),
            submit=lambda: None,
        )
        reason = Field(_("Reason"), name="remove-reason")
        source = Field(_("Who decided it"), name="remove-source", placeholder=_("The cooperation's own decision"))
        form.add_row(**{"reason": reason, "source": source})

        def send() -> None:
            if not reason.text().strip():
                raise RuleRefusal("reason-missing", field="reason")
            self._removed[rule.key] = RemovedRule(reason.text(), source.text())
            self._changed.pop(rule.key, None)
            self._draw_without_form()

        form.on_submit(send)
        self._show_form(form)
        reason.setFocus()

    @property
    def _is_leaving(self) -> bool:
        """Return whether the rules in sight are of another version than the one that was chosen just now."""
        return self._shown_id != self._version_id

    def _is_added(self, key: str) -> bool:
        """Return whether a rule stands here only because somebody is about to add it."""
        versions = self._found.versions if self._found is not None else ()
        shown = next((row.programme for row in versions if row.programme.id == self._version_id), None)
        return shown is not None and key in self._changed and not shown.has(key)

    def _show_form(self, form: Form) -> None:
        self.open_form(form)
        form.setFocus()

    def _draw_without_form(self) -> None:
        self.let_go_of_form()
        self._draw()

    def _change(self, rule: Rule) -> None:
        if self._is_leaving:
            return
        before = self._changed.get(rule.key)
        shown = rule if before is None else replace(rule, value=before.value)
        form = Form(rule_word(rule.key), name="change-rule", submit_text=_("Take the value over"), submit=lambda: None)
        unit = unit_word(rule.unit)
        if isinstance(rule.value, bool):
            value: ChoiceField | Field = ChoiceField(
                _("Value"),
                name="change-value",
                offers=[("yes", _("yes")), ("no", _("no"))],
                chosen="yes" if shown.value else "no",
            )
        else:
            value = Field(_("Value"), name="change-value", advice=unit)
            value.input.setText(written(shown))
        source = Field(_("Who decided it"), name="change-source", placeholder=_("The cooperation's own decision"))
        note = Field(_("Reason"), name="change-note", placeholder=_("Optional"))
        form.add_row(**{rule.key: value, "source": source, "note": note})

        def send() -> None:
            text = value.value() if isinstance(value, ChoiceField) else value.text()
            self._changed[rule.key] = ChangedRule(read(rule, text), source=source.text(), note=note.text())
            self._removed.pop(rule.key, None)
            self._draw_without_form()

        form.on_submit(send)
        self._show_form(form)
        value.setFocus()

    def _draw_bar(self) -> None:
        typed = self._from.text() if self._bar_line.count() > 1 else None
        fill_anew(self._bar_line)
        count = len(self._changed) + len(self._removed)
        self._bar.setVisible(bool(count))
        if not count:
            return
        said = ngettext("{n} rule is changed and not saved.", "{n} rules are changed and not saved.", count)
        self._bar_line.addWidget(label(said.format(n=count), type="strong"), 1)
        on = today(self._desk.clock)
        self._from = DayField(
            _("New version from"), name="version-from", today=on, day=on.replace(year=on.year + 1, month=1, day=1)
        )
        if typed is not None:
            self._from.input.setText(typed)
        self._bar_line.addWidget(self._from)
        self._bar_line.addWidget(button(_("Discard"), name="version-discard", kind="quiet", on_click=self._discard))
        self._bar_line.addWidget(
            button(_("Save the new version"), name="version-save", kind="primary", on_click=self._save)
        )

    def _discard(self) -> None:
        self._changed.clear()
        self._removed.clear()
        self._draw_without_form()

    def _save(self) -> None:
        try:
            day = self._from.day()
        except RuleRefusal as refusal:
            self._from.complain(sentence_for(refusal).title)
            return
        command = ChangeProgramme(self._version_id, day, dict(self._changed), dict(self._removed))
        self._desk.do(lambda work: change_programme(command, work=work), on_done=self._saved, on_error=self._refuse)

    def _saved(self, version_id: str) -> None:
        self._changed.clear()
        self._removed.clear()
        self._version_id = version_id
        self.let_go_of_form()
        self.notice.show_notice(
            "success", _("The new version is saved. Courses that have begun keep the version they have.")
        )
        self.refresh()

    def _refuse(self, problem: Exception) -> None:
        if isinstance(problem, RuleRefusal) and problem.parameters.get("field") == "valid_from":
            sentence = sentence_for(problem)
            self._from.complain(f"{sentence.title} {sentence.advice}")
        elif isinstance(problem, RuleRefusal):
            self.notice.show_notice("warning", sentence_for(problem))
        else:
            self._desk.failed.emit(problem)

    def _choose_another(self, choosing: ChoiceField, version_id: str) -> None:
        """Go to a version, unless changes of this one would be lost by that."""
        if version_id == self._version_id:
            return
        if self._changed or self._removed:
            choosing.choose(self._version_id)
            self.notice.show_notice("warning", sentence_for(RuleRefusal("changes-not-saved")))
            return
        self._choose(version_id)

    def _choose(self, version_id: str) -> None:
        self._version_id = version_id
        self._discard()

    def _take(self, keys: tuple[str, ...]) -> None:
        self._desk.do(
            lambda work: take_presets(keys, work=work), on_done=lambda _changed: self.refresh(), on_error=self._refuse
        )

    def _days_off(self, found: ProgrammesPage) -> Card:
        card = Card(name="days-off-card")
        card.body.addWidget(label(_("Days off"), type="heading"))
        card.body.addWidget(
            label(_("Deadlines in working days pass over them. Public holidays are known already."), type="soft")
        )
        for row in found.days_off:
            across = across_or_down()
            across.addWidget(label(_day_off_words(row)), 1)
            if found.may_change:
                across.addWidget(
                    button(
                        _("Remove"),
                        name=f"remove-{row.day_off_id}",
                        kind="quiet",
                        on_click=partial(self._remove_day_off, row.day_off_id),
                    )
                )
            card.body.addLayout(across)
        if found.may_change:
            card.body.addWidget(self._day_off_form(found))
        return card

    def _day_off_form(self, found: ProgrammesPage) -> Form:
        on = today(self._desk.clock)
        form = Form("", name="day-off", submit_text=_("Add the day"), submit=lambda: None, is_part_of_page=True)
        name = Field(_("What day it is"), name="day-off-name", placeholder=_("Constitution Day"))
        day = DayField(_("Day"), name="day-off-day", today=on)
        yearly = ChoiceField(
            _("How often"),
            name="day-off-yearly",
            offers=[("yearly", _("Every year")), ("once", _("Only that year"))],
            chosen="yearly",
        )
        where = ChoiceField(
            _("Where"), name="day-off-where", offers=[("", _("Everywhere")), *found.municipalities], as_box=True
        )
        form.cancel_button.hide()
        form.add_row(name=name, day=day, yearly=yearly, where=where)

        def send() -> None:
            chosen = day.day()
            is_yearly = yearly.value() == "yearly"
            command = AddDayOff(
                name.text(),
                day=None if is_yearly else chosen,
                every_year=f"{chosen:%m-%d}" if is_yearly else "",
                municipality_id=where.value() or None,
            )
            self._desk.do(
                lambda work: add_day_off(command, work=work),
                on_done=lambda _changed: self.refresh(),
                on_error=form.refuse,
            )

        form.on_submit(send)
        return form

    def _remove_day_off(self, day_off_id: str) -> None:
        self._desk.do(
            lambda work: remove_day_off(day_off_id, work=work),
            on_done=lambda _changed: self.refresh(),
            on_error=self._refuse,
        )


def _name(programme: Programme) -> str:
    preset = presets().get(programme.key)
    return preset.name_en if preset is not None and language() != "da" else programme.name


def _version_words(row: VersionRow) -> str:
    return f"{_name(row.programme)} · {_validity(row.programme)}"


def _validity(programme: Programme) -> str:
    if programme.valid_to is None:
        return _("from {day}").format(day=format_day(programme.valid_from))
    return _("{first} to {last}").format(first=format_day(programme.valid_from), last=format_day(programme.valid_to))


def _day_off_words(row: DayOffRow) -> str:
    when = format_day(row.day) if row.day is not None else _("every year on {day}").format(day=_yearly(row.every_year))
    return " · ".join(part for part in (row.name, when, row.municipality or _("everywhere")) if part)


def _yearly(every_year: str) -> str:
    month, _dash, day = every_year.partition("-")
    return f"{int(day)}/{int(month)}"
