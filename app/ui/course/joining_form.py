"""The form that puts somebody on a course: a name is looked for, and the person then chosen."""

from functools import partial

from app.clock import today
from app.domain.checks import cautions
from app.i18n import _
from app.services.join_course import CourseJoined, JoinCourse, join_course
from app.storage.queries.courses import people_to_add
from app.ui.course.closing_form import Telling
from app.ui.course.words import check_words, goal_word
from app.ui.desk import Desk
from app.ui.widgets import ChoiceField, DayField, Field, Form


def joining_form(desk: Desk, course_id: str, people: tuple[tuple[str, str], ...], *, done: Telling) -> Form:
    """Return the form; `people` are offered before a name is written, and `done` says who is on the course now."""
    on = today(desk.clock)
    search = Field(_("Name"), name="join-search", advice=_("Write part of the name, then choose"))
    # The first of several is nobody's choice, and Enter would take them.
    nobody = ("", _("Choose …"))
    names = dict(people)
    whom = ChoiceField(_("Person"), name="join-person", offers=(nobody, *people), as_box=True)
    day = DayField(_("Joins on"), name="join-day", today=on, day=on)
    goal = ChoiceField(
        _("What they want"),
        name="join-goal",
        offers=[(key, goal_word(key)) for key in ("", "stop", "reduce", "temporary_abstinence")],
        as_box=True,
    )

    def offer(found: tuple[tuple[str, str], ...]) -> None:
        names.update(found)
        whom.show_offers(found if len(found) == 1 else (nobody, *found))

    def look(words: str) -> None:
        offer(())
        desk.ask(lambda reading: people_to_add(reading, course_id, words), on_done=offer)

    def told(name: str, joined: CourseJoined) -> None:
        said = " ".join(check_words(check) for check in cautions(joined.checks) if check.rule == "target_group")
        if said:
            done(said, tone="warning")
        else:
            done(_("{name} is on the course.").format(name=name))

    def submit() -> None:
        joined_on = day.day()
        person_id = whom.value()
        if not person_id:
            whom.complain(_("Choose who it is."))
            return
        command = JoinCourse(
            person_id,
            course_id,
            joined_on,
            goal=goal.value(),
            override_reason=form.override_reason,
        )
        desk.do(
            lambda work: join_course(command, work=work),
            on_done=partial(told, names[person_id]),
            on_error=form.refuse,
        )

    form = Form(_("Add a person"), name="join-form", submit_text=_("Add to the course"), submit=submit)
    form.add_row(search=search, person_id=whom)
    form.add_row(joined_on=day, goal=goal)
    search.changed.connect(look)
    return form
