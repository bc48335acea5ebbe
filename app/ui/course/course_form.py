"""The form of a course: a new one at a place, or one that is changed."""

from collections.abc import Callable
from datetime import date

from app.domain.courses import CourseSaid
from app.i18n import _, format_clock
from app.services.make_course import EditCourse, MakeCourse
from app.storage.queries.courses import CourseChoices
from app.ui.course.words import format_word, setting_word, stop_policy_word
from app.ui.widgets import ChoiceField, DayField, Field, Form, NumberField, TickField

NOBODY = ""


class CourseForm(Form):
    """Asks for everything that a course is; `said` fills it for one that is changed."""

    def __init__(
        self,
        choices: CourseChoices,
        *,
        today: date,
        submit: Callable[[], object],
        said: CourseSaid | None = None,
        concept: str = "",
        note: str = "",
        concepts: tuple[str, ...] = (),
        counsellor_id: str = "",
    ) -> None:
        is_new = said is None
        super().__init__(
            _("A new course") if is_new else _("Change the course"),
            name="course-form",
            submit_text=_("Make the course") if is_new else _("Save the course"),
            submit=submit,
        )
        now = said or CourseSaid("", "group", today, counsellor_id=counsellor_id or None)
        self.title = Field(
            _("Name"), name="course-title", advice=_("What people call it, for example place and weekday")
        )
        self.title.input.setText(now.title)
        self.format = ChoiceField(
            _("For"),
            name="course-format",
            offers=[(key, format_word(key)) for key in ("group", "individual")],
            chosen=now.format,
        )
        self.add_row(title=self.title, format=self.format)
        if is_new:
            self.place = ChoiceField(_("Place"), name="course-place", offers=choices.places, as_box=True)
            self.programme = ChoiceField(
                _("Programme"),
                name="course-programme",
                offers=choices.programmes,
                as_box=True,
                advice=_("The version in force on the first day is kept for good."),
            )
            self.add_row(place_id=self.place, programme=self.programme)
        self.concept = Field(_("Concept"), name="course-concept", advice=", ".join(concepts[:4]))
        self.concept.input.setText(concept)
        self.setting = ChoiceField(
            _("Where"),
            name="course-setting",
            offers=[(key, setting_word(key)) for key in ("place", "home", "phone", "video", "walk")],
            chosen=now.setting,
            as_box=True,
        )
        self.add_row(concept=self.concept, setting=self.setting)
        self.starts_on = DayField(_("First day"), name="course-starts-on", today=today, day=now.starts_on)
        self.starts_at = Field(_("Time"), name="course-starts-at", placeholder=format_clock("10:00"))
        self.starts_at.input.setText(format_clock(now.starts_at))
        self.planned = NumberField(
            _("Sessions"),
            name="course-sessions",
            value=float(now.planned_sessions) if now.planned_sessions else None,
            advice=_("Empty for an open-ended course"),
        )
        self.add_row(starts_on=self.starts_on, starts_at=self.starts_at, planned_sessions=self.planned)
        self.ends_on = DayField(
            _("Last day"),
            name="course-ends-on",
            today=today,
            day=now.ends_on,
            advice=_("May be left empty"),
        )
        self.stop_policy = ChoiceField(
            _("Stop date"),
            name="course-stop-policy",
            offers=[(key, stop_policy_word(key)) for key in ("none", "individual", "common")],
            chosen=now.stop_date_policy,
            as_box=True,
        )
        self.stop_on = DayField(_("Common stop date"), name="course-stop-on", today=today, day=now.stop_on)
        self.add_row(ends_on=self.ends_on, stop_date_policy=self.stop_policy, stop_on=self.stop_on)
        self.stop_policy.changed.connect(lambda policy: self.stop_on.setVisible(policy == "common"))
        self.stop_on.setVisible(now.stop_date_policy == "common")
        colleagues = ((NOBODY, _("Nobody")), *choices.colleagues)
        self.counsellor = ChoiceField(
            _("Counsellor"),
            name="course-counsellor",
            offers=colleagues,
            chosen=now.counsellor_id or NOBODY,
            as_box=True,
        )
        self.second = ChoiceField(
            _("Second counsellor"),
            name="course-second-counsellor",
            offers=colleagues,
            chosen=now.second_counsellor_id or NOBODY,
            as_box=True,
        )
        self.add_row(counsellor_id=self.counsellor, second_counsellor_id=self.second)
        self.note = Field(_("Note"), name="course-note")
        self.note.input.setText(note)
        self.with_sessions = TickField(_("Make the weekly sessions now"), name="course-with-sessions", ticked=True)
        if is_new:
            self.add_row(note=self.note, with_sessions=self.with_sessions)
        else:
            self.add_row(note=self.note)

    def made(self) -> MakeCourse:
        """Return the command for a new course; RuleRefusal where a field cannot be read."""
        return MakeCourse(
            place_id=self.place.value(),
            programme=self.programme.value(),
            said=self._read_course(),
            concept=self.concept.text(),
            note=self.note.text(),
            with_sessions=self.with_sessions.is_ticked(),
        )

    def edited(self, course_id: str, *, state: str) -> EditCourse:
        """Return the command that changes a course; RuleRefusal where a field cannot be read."""
        return EditCourse(
            course_id=course_id,
            said=self._read_course(),
            concept=self.concept.text(),
            note=self.note.text(),
            state=state,
        )

    def _read_course(self) -> CourseSaid:
        return CourseSaid(
            title=self.title.text(),
            format=self.format.value(),
            starts_on=self.starts_on.day(),
            planned_sessions=self.planned.whole() or 0,
            ends_on=self.ends_on.day_if_any(),
            starts_at=self.starts_at.text(),
            setting=self.setting.value(),
            stop_date_policy=self.stop_policy.value(),
            stop_on=self.stop_on.day_if_any(),
            counsellor_id=self.counsellor.value() or None,
            second_counsellor_id=self.second.value() or None,
        )
