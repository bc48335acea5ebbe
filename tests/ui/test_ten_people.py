"""The promise of the session sheet: ten people by key presses alone, through the real window."""

from PySide6.QtCore import Qt
from sqlalchemy import func, select

from app.models.course import Attendance, Session
from app.models.smoking import Handout, Measurement

KEY = Qt.Key
NUMBERS = ["12", "20", "8", "15", "10", "0", "25", "6", "18", "30"]
CARBON_MONOXIDE = ["9", "14", "6", "11", "8", "2", "22", "5", "13", "31"]
NOTES = [
    "Stolt i dag", "Sover dårligt", "Ny plastertype", "Kom til tiden", "Talte om penge", "Syv dage røgfri",
    "Tog en smøg på vejen", "Vil have sin søster med", "Kløe af plasteret", "Først i næste uge",
]  # fmt: skip
MOST_KEYS = 60


class Keyboard:
    """Counts what is pressed, apart from the digits and words themselves."""

    def __init__(self, day):
        self._day = day
        self.count = 0

    def key(self, *keys):
        for key in keys:
            self.count += 1
            self._day.press(key)

    def write(self, text):
        self._day.press(text)


def test_ten_people_are_recorded_with_at_most_sixty_key_presses_beyond_digits_and_words(day):
    hands = Keyboard(day)
    hands.key(KEY.Key_Return)
    table = day.find("sheet-table")
    day.wait(lambda: table.model().rowCount() == 10, "the ten people")
    day.settle()
    session_id = day.pusterum.workspace.session.session_id
    before = _counts(day)
    hands.key(KEY.Key_F5)
    for column in (NUMBERS, CARBON_MONOXIDE):
        for number in column:
            hands.write(number)
            hands.key(KEY.Key_Return)
    hands.key(KEY.Key_F7, KEY.Key_Tab)
    for note in NOTES:
        hands.write(note)
        hands.key(KEY.Key_Return)
    hands.key((KEY.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: day.pusterum.workspace.session.model.is_closed, "the session to close")
    day.settle()
    print(f"key presses: {hands.count}")
    assert hands.count <= MOST_KEYS

    with day.pusterum.store.session() as reading:
        assert reading.get(Session, session_id).state == "closed"
        rows = reading.scalars(select(Attendance).where(Attendance.session_id == session_id)).all()
        assert [row.status for row in rows] == ["present"] * 10
        assert sorted(row.note for row in rows) == sorted(NOTES)
        for kind, typed in (("cigarettes_per_day", NUMBERS), ("co_ppm", CARBON_MONOXIDE)):
            values = reading.scalars(
                select(Measurement.value).where(Measurement.session_id == session_id, Measurement.kind == kind)
            ).all()
            assert sorted(values) == sorted(float(number) for number in typed)
        handed = reading.scalars(
            select(Handout.person_id).where(Handout.session_id == session_id, Handout.quantity > 0)
        ).all()
        assert set(handed) == {row.person_id for row in rows}
    after = _counts(day)
    assert [new - old for new, old in zip(after, before, strict=True)][:2] == [10, 20]


def _counts(day):
    with day.pusterum.store.session() as reading:
        return [reading.scalar(select(func.count()).select_from(table)) for table in (Attendance, Measurement, Handout)]
