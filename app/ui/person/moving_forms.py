"""The forms that put a person on a course, move them to another, or hand them to another team."""

from collections.abc import Callable

from app.clock import today
from app.i18n import _
from app.services.join_course import JoinCourse, join_course
from app.services.move_person import MoveToCourse, MoveToTeam, move_to_course, move_to_team
from app.storage.queries.person_course import PersonCourses
from app.ui.course.words import goal_word
from app.ui.desk import Desk
from app.ui.widgets import ChoiceField, DayField, Form, TickField


def to_course_form(desk: Desk, found: PersonCourses, title: str, *, done: Callable[[str], object]) -> Form:
    """Return the form that puts the person on a course."""
    on = today(desk.clock)
    course = ChoiceField(_("Course"), name="join-which", offers=found.offers, as_box=True)
    day = DayField(_("Joins on"), name="join-day", today=on, day=on)
    goal = ChoiceField(
        _("What they want"),
        name="join-goal",
        offers=[(key, goal_word(key)) for key in ("", "stop", "reduce", "temporary_abstinence")],
        as_box=True,
    )

    def submit() -> None:
        joined_on = day.day()
        command = JoinCourse(
            found.person_id, course.value(), joined_on, goal=goal.value(), override_reason=form.override_reason
        )
        desk.do(
            lambda work: join_course(command, work=work),
            on_done=lambda _joined: done(_("The person is on the course.")),
            on_error=form.refuse,
        )

    form = Form(title, name="join-form", submit_text=_("Add to the course"), submit=submit)
    form.add_row(course_id=course)
    form.add_row(joined_on=day, goal=goal)
    return form


def to_other_course_form(
    desk: Desk, enrolment_id: str, offers: tuple[tuple[str, str], ...], *, done: Callable[[str], object]
) -> Form:
    """Return the form that moves one part in a course to another course, with what was attended."""
    on = today(desk.clock)
    whither = ChoiceField(
        _("To"),
        name="move-course",
        offers=offers,
        as_box=True,
        advice=_("A course that is not here? Use “To another team”; that team enrols the person."),
    )
    day = DayField(_("From"), name="move-day", today=on, day=on)
    leave = TickField(
        _("The old team no longer follows them"),
        name="move-leave",
        advice=_("Their laptops then let go of the person's records."),
    )

    def submit() -> None:
        moved_on = day.day()
        command = MoveToCourse(
            enrolment_id,
            whither.value(),
            moved_on,
            leave_team=leave.is_ticked(),
            override_reason=form.override_reason,
        )
        desk.do(
            lambda work: move_to_course(command, work=work),
            on_done=lambda _moved: done(_("Moved; what was attended goes with them.")),
            on_error=form.refuse,
        )

    form = Form(_("Move to another course"), name="move-form", submit_text=_("Move"), submit=submit)
    form.add_row(course_id=whither, left_on=day)
    form.add_row(leave_team=leave)
    return form


def to_team_form(desk: Desk, found: PersonCourses, *, done: Callable[[str], object]) -> Form:
    """Return the form that lets another team have the person."""
    on = today(desk.clock)
    names = dict(found.teams)
    others = [(key, name) for key, name in found.teams if key not in found.own_teams]
    # Everything about somebody goes to whom is chosen here: of several teams none is the one that Enter takes.
    offers = [("", _("Choose …")), *others] if len(others) > 1 else others
    team = ChoiceField(_("Team"), name="team-which", offers=offers, as_box=True)

    def advise(chosen: str) -> None:
        team.advise(
            ""
            if not chosen
            else _("Its laptops get the person with the whole history when both have synchronised.")
            if chosen in found.teams_here
            else _("Its courses are not on this laptop: that team enrols the person when both have synchronised.")
        )

    team.changed.connect(advise)
    advise(team.value())
    leave = ChoiceField(
        _("Leaves"),
        name="team-leave",
        offers=[("", _("No team")), *((key, names[key]) for key in found.own_teams if key in names)],
        as_box=True,
    )
    day = DayField(_("From"), name="team-day", today=on, day=on)

    def submit() -> None:
        moved_on = day.day()
        if not team.value():
            team.complain(_("Choose a team."))
            return
        command = MoveToTeam(found.person_id, team.value(), moved_on, leave_team_id=leave.value() or None)
        desk.do(
            lambda work: move_to_team(command, work=work),
            on_done=lambda _moved: done(_moved_words(found, command.team_id)),
            on_error=form.refuse,
        )

    form = Form(_("To another team"), name="team-form", submit_text=_("Move"), submit=submit)
    form.add_row(team_id=team, leave_team_id=leave)
    form.add_row(left_on=day)
    return form


def _moved_words(found: PersonCourses, team_id: str) -> str:
    """Return what happens next to somebody who was handed to another team."""
    if team_id in found.teams_here:
        return _("The other team has the person from now on.")
    return _(
        "{team} has the person from now on. Its courses are not on this laptop: the team enrols the person itself, "
        "once you and they have synchronised."
    ).format(team=dict(found.teams).get(team_id, ""))
