"""No meaning by colour alone: with every tone of one colour, whatever differs in meaning still looks different."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from PySide6.QtCore import QAbstractAnimation

from app import i18n
from app.domain.nrt import Due, Portion
from app.domain.reduction import PlannedStep
from app.errors import KnownProblem
from app.storage.queries.unsent import SyncState
from app.sync.report import SyncProgress, SyncStep
from app.ui.person.pictures import Curve, Marks, TwelveBoxes
from app.ui.person.plan_picture import Drawn, PlanPicture
from app.ui.person.weeks_picture import WeeksPicture
from app.ui.sync_status.standing import standing
from app.ui.theme import LIGHT, appearance, apply_theme
from app.ui.theme.stylesheet import build_stylesheet
from app.ui.widgets import NoticeBar

TONES = ("accent", "amber", "success", "problem", "info")
DAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def one_tone(qapp):
    """The light theme for somebody who sees no colours: every tone, its soft ground and its ink are one."""
    i18n.use_language("en")
    apply_theme(qapp, "light", 100)
    alike = {f"{tone}{kind}": getattr(LIGHT, f"accent{kind}") for tone in TONES for kind in ("", "_soft", "_ink")}
    appearance._now.tokens = replace(LIGHT, **alike, problem_hover=LIGHT.accent_hover, on_problem=LIGHT.on_accent)
    qapp.setStyleSheet(build_stylesheet(appearance._now.tokens, appearance._now.metrics))
    yield
    apply_theme(qapp, "light", 100)


def drawn(widget, qtbot, wide=700):
    qtbot.addWidget(widget)
    widget.resize(wide, widget.sizeHint().height() if widget.sizeHint().height() > 0 else 300)
    return widget.grab().toImage()


def all_differ(images):
    return [(one, other) for one, other in itertools.combinations(sorted(images), 2) if images[one] == images[other]]


def test_the_boxes_of_the_weeks_tell_what_was_given_what_is_due_and_what_is_to_come(qtbot):
    given, due = {1: (DAY, "patch-24h-21")}, Due(1, (Portion("patch-24h-21"),))
    images = {
        "given": drawn(WeeksPicture(given=given, plan=None, due=None), qtbot),
        "due": drawn(WeeksPicture(given={}, plan=None, due=due), qtbot),
        "to come": drawn(WeeksPicture(given={}, plan=None, due=None), qtbot),
    }
    assert all_differ(images) == []
    boxes = {name: drawn(TwelveBoxes(weeks), qtbot) for name, weeks in {"given": [1], "not": []}.items()}
    assert all_differ(boxes) == []


def test_the_marks_on_a_curve_are_told_apart_by_their_shape(qtbot):
    points = [(DAY - timedelta(days=30), 20.0), (DAY, 8.0)]
    on = (DAY - timedelta(days=10),)
    images = {
        name: drawn(Curve(points, marks), qtbot)
        for name, marks in {
            "nothing": Marks(),
            "stop date": Marks(stop_dates=on),
            "relapse": Marks(relapses=on),
            "handout": Marks(handouts=on),
            "plan": Marks(plan=((DAY - timedelta(days=30), 20.0), (DAY, 8.0))),
        }.items()
    }
    assert all_differ(images) == []


def test_the_steps_of_a_plan_tell_what_became_of_them_without_their_colour(qtbot):
    def plan(state, marks=None):
        picture = PlanPicture()
        step = PlannedStep(due_on=DAY, target=10)
        picture.show_plan([step], start=20.0, starts_on=DAY - timedelta(days=20), states=[state], drawn=marks)
        return drawn(picture, qtbot)

    assert all_differ({state: plan(state) for state in ("reached", "missed", "waiting")}) == []
    on = (DAY - timedelta(days=10),)
    marks = {"stop": Drawn(stop_dates=on), "relapse": Drawn(relapses=on), "handout": Drawn(handouts=on)}
    assert all_differ({name: plan("waiting", drawn_) for name, drawn_ in marks.items()}) == []


def test_the_kinds_of_notices_have_icons_of_their_own(qtbot):
    def notice(kind):
        bar = NoticeBar()
        qtbot.addWidget(bar)
        bar.show_notice(kind, "The same words.")
        for animation in bar.findChildren(QAbstractAnimation):
            animation.setCurrentTime(animation.totalDuration())
        return drawn(bar, qtbot)

    assert all_differ({kind: notice(kind) for kind in ("info", "success", "warning", "problem")}) == []


def test_how_sending_stands_is_told_by_words_and_icon():
    at = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    fresh = SyncState(0, 0, (), None, 0, "", "https://x")
    states = {
        "nothing": standing(fresh, today=DAY),
        "pending": standing(replace(fresh, pending=3), today=DAY),
        "refused": standing(replace(fresh, refused=1), today=DAY),
        "conflicts": standing(replace(fresh, received_at=at, conflicts=1), today=DAY),
        "received": standing(replace(fresh, received_at=at), today=DAY),
        "sending": standing(fresh, today=DAY, progress=SyncProgress(SyncStep.HELLO)),
        "failed": standing(fresh, today=DAY, problem=KnownProblem("server-down")),
        "offline": standing(fresh, today=DAY, problem=KnownProblem("no-network")),
    }
    for one, other in itertools.combinations(states.values(), 2):
        if one.tone != other.tone:
            assert one.line != other.line
            assert one.shape != other.shape
